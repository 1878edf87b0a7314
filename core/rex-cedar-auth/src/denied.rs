//! A denial: what was asked, by whom, and why not.

use crate::Kind;
use crate::action::Definition;
use std::fmt;
use std::rc::Rc;

/// Why the gate said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No permit matched the request.
    NotPermitted,
    /// A forbid matched it.
    Forbidden,
    /// A policy could not be evaluated; the texts say which and why. The gate fails closed.
    PolicyError(Vec<String>),
    /// The policies allow it, but not with an eye on what makes it dangerous; the text says on what.
    Unclear(String),
    /// It was allowed, but no record of it could be kept; the run ends.
    Unrecorded,
    /// The function that runs did not declare that it needs this: a defect of REX, whatever the policy says.
    Undeclared {
        /// The script function.
        function: &'static str,
    },
}

/// The gate's no. Shown, it is the text that scripts and tools know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied(Box<Denial>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Denial {
    principal: Rc<str>,
    action: &'static Definition,
    kind: Kind,
    id: String,
    cause: Cause,
    policies: Rc<[Rc<str>]>,
}

impl Denied {
    pub(crate) fn new(
        principal: Rc<str>,
        action: &'static Definition,
        kind: Kind,
        id: String,
        cause: Cause,
        policies: Rc<[Rc<str>]>,
    ) -> Self {
        Self(Box::new(Denial { principal, action, kind, id, cause, policies }))
    }

    /// The account that asked.
    pub fn principal(&self) -> &str {
        &self.0.principal
    }

    /// The action that was asked for.
    pub fn action(&self) -> &'static Definition {
        self.0.action
    }

    /// The kind of resource.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The id of the resource, for files and directories the path.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Why.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The policies that decided, by `@id` or `policyN`, with their line. Empty when no permit matched.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        self.0.policies.iter().map(AsRef::as_ref)
    }

    /// The cause in words for people.
    pub fn explanation(&self) -> String {
        match self.cause() {
            Cause::NotPermitted => "no permit in the policy matches".to_owned(),
            Cause::Forbidden => format!("forbidden by {}", self.policies().collect::<Vec<_>>().join(", ")),
            Cause::PolicyError(errors) => format!("a policy could not be evaluated: {}", errors.join("; ")),
            Cause::Unclear(why) => why.clone(),
            Cause::Unrecorded => "no record of it could be kept in the audit log".to_owned(),
            Cause::Undeclared { function } => {
                format!(
                    "the function `{function}` does not declare that it needs this; please report it as a defect of REX"
                )
            }
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Denial { principal, action, kind, id, .. } = &*self.0;
        // Scripts know the ids of urls in quotes, all others without.
        let quote = if *kind == Kind::Url { "\"" } else { "" };
        write!(
            f,
            "Permission denied: {principal} unauthorized to perform {} for {}::{quote}{id}{quote}",
            action.uid,
            kind.type_name()
        )
    }
}

impl std::error::Error for Denied {}
