//! A policy: loaded strictly, refused with its reasons when it does not fit.

mod error;
mod index;
mod requirement;
mod source;

pub use error::{PolicyError, PolicyWarning, Problem};
pub(crate) use index::{Index, Slot};

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use std::collections::HashMap;
use std::rc::Rc;

/// A set of policies that fits the schema.
#[derive(Debug)]
pub struct Policies {
    schema: Schema,
    set: PolicySet,
    names: HashMap<PolicyId, Rc<str>>,
    warnings: Vec<PolicyWarning>,
}

impl Policies {
    /// Reads `text`, which came from `source` (a file name for messages), and holds it against the schema.
    ///
    /// A policy with an `@id("…")` bears that name in denials, another `policyN` in the order of the text.
    ///
    /// # Errors
    /// The text does not parse, names something that the schema does not know, uses a value against its type, gives one
    /// `@id` twice, or holds a `forbid` template, which nothing could ever apply.
    pub fn load(source: &str, text: &str) -> Result<Self, PolicyError> {
        let outline = source::outline(text);
        let refuse = |problem: Problem| PolicyError::new(source, text, error::Stage::Parse, vec![problem]);
        if let Some(problem) = outline.too_large(text) {
            return Err(refuse(problem));
        }
        let schema = rex_policy_schema::load().map_err(|damaged| refuse(Problem::text(damaged.to_string())))?;
        let parsed: PolicySet =
            text.parse().map_err(|errors| PolicyError::new(source, text, error::Stage::Parse, error::problems(&errors)))?;
        let mut warnings = Vec::new();
        for template in parsed.templates() {
            let line = outline.line_of(template.id().as_ref());
            match template.effect() {
                Effect::Forbid => return Err(refuse(Problem::forbid_template(line))),
                Effect::Permit => warnings.push(PolicyWarning::permit_template(line)),
            }
        }
        let mut named = Vec::new();
        let mut names: HashMap<PolicyId, Rc<str>> = HashMap::new();
        for policy in parsed.policies() {
            let id = policy.annotation("id").filter(|id| !id.is_empty()).map_or_else(|| policy.id().clone(), PolicyId::new);
            let line = outline.line_of(policy.id().as_ref());
            let name: &str = id.as_ref();
            if names.insert(id.clone(), format!("`{name}` (line {line})").into()).is_some() {
                return Err(refuse(Problem::duplicate_id(name, line)));
            }
            named.push(policy.new_id(id));
        }
        let set = PolicySet::from_policies(named).map_err(|error| refuse(Problem::text(error.to_string())))?;
        let validation = Validator::new(schema.clone()).validate_with_level(&set, ValidationMode::Strict, LEVEL);
        let problems: Vec<_> = validation.validation_errors().map(error::problem).collect();
        if !problems.is_empty() {
            return Err(PolicyError::new(source, text, error::Stage::Validation, problems));
        }
        warnings.extend(validation.validation_warnings().map(PolicyWarning::from_validation));
        Ok(Self { schema, set, names, warnings })
    }

    /// What is suspicious but not wrong, for example a policy that can never match.
    pub fn warnings(&self) -> &[PolicyWarning] {
        &self.warnings
    }

    /// How many policies there are.
    pub fn len(&self) -> usize {
        self.set.num_of_policies()
    }

    /// Whether there is no policy at all, so that everything is denied.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Policy> {
        self.set.policies()
    }

    pub(crate) fn set(&self) -> &PolicySet {
        &self.set
    }

    /// The name of a policy for denials: its id and line.
    pub(crate) fn name(&self, id: &PolicyId) -> Rc<str> {
        self.names.get(id).cloned().unwrap_or_else(|| AsRef::<str>::as_ref(id).into())
    }
}

/// Attributes of the principal, the resource and what the context holds may be read, not those of entities further away: the
/// gate supplies no others, so that reading one would be an error at run time.
const LEVEL: u32 = 1;
