//! A policy: loaded strictly, refused with its reasons when it does not fit.

mod demands;
mod error;
mod explain;
mod foreign;
mod index;
pub(crate) mod reach;
mod requirement;
mod source;
mod vocabulary;

pub(crate) use demands::only_for_files;
pub use error::{PolicyError, PolicyWarning, Problem};
pub(crate) use index::{Index, Slot};

use crate::Kind;
use cedar_policy::{
    ActionConstraint, Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, ValidationWarning, Validator, pst,
};
use error::Stage;
use requirement::Requirement;
use source::Place;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// A set of policies that fits the schema.
#[derive(Debug)]
pub struct Policies {
    set: PolicySet,
    requirements: HashMap<PolicyId, Requirement>,
    /// The paths of all directories that some policy names.
    directories: HashSet<String>,
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
    /// `@id` twice, spells a path as no request does, or holds a `forbid` that can never match: nothing else would say that it
    /// forbids nothing.
    pub fn load(source: &str, text: &str) -> Result<Self, PolicyError> {
        let schema = || {
            rex_policy_schema::load().map_err(|damaged| {
                PolicyError::new(source, text, Stage::Parse, vec![Problem::text(damaged.to_string())])
            })
        };
        Self::against(source, text, schema, rex_policy_schema::TEXT)
    }

    /// Holds `text` against another schema than that of REX, given in Cedar syntax: for tools, no gate decides by it. Gives
    /// the number of policies and what is suspicious in them.
    ///
    /// # Errors
    /// As [`Self::load`]; and when the schema itself is not valid.
    pub fn check(source: &str, text: &str, schema: &str) -> Result<(usize, Vec<PolicyWarning>), PolicyError> {
        let (parsed, _) = Schema::from_cedarschema_str(schema).map_err(|error| {
            let message = format!("the schema is not valid: {error}");
            PolicyError::new(source, text, Stage::Validation, vec![Problem::text(message)])
        })?;
        let policies = Self::against(source, text, || Ok(parsed), schema)?;
        Ok((policies.len(), policies.warnings))
    }

    fn against(
        source: &str,
        text: &str,
        schema: impl FnOnce() -> Result<Schema, PolicyError>,
        schema_text: &str,
    ) -> Result<Self, PolicyError> {
        let outline = source::outline(text);
        let refuse = |stage, problems| PolicyError::new(source, text, stage, problems);
        if let Some(problem) = outline.too_large(text) {
            return Err(refuse(Stage::Parse, vec![problem]));
        }
        let internal = |message: String| refuse(Stage::Parse, vec![Problem::text(message)]);
        let parsed: PolicySet =
            text.parse().map_err(|errors| refuse(Stage::Parse, explain::unparsed(&errors, text, schema_text)))?;
        let mut set = PolicySet::new();
        let mut names: HashMap<PolicyId, Rc<str>> = HashMap::new();
        let mut directories = HashSet::new();
        let mut idle = Idle::default();
        for template in parsed.templates() {
            let place = outline.place_of(template.id().as_ref());
            let help = "write the entity itself in place of the slot";
            idle.found(template.effect(), place, "nothing fills `?principal` or `?resource`", help);
        }
        for policy in parsed.policies() {
            let id =
                policy.annotation("id").filter(|id| !id.is_empty()).map_or_else(|| policy.id().clone(), PolicyId::new);
            let place = outline.place_of(policy.id().as_ref());
            let name: &str = id.as_ref();
            if names.insert(id.clone(), format!("`{name}` (line {})", place.line).into()).is_some() {
                let message = format!("the `@id(\"{name}\")` of another policy");
                return Err(refuse(
                    Stage::Parse,
                    vec![Problem::of_statement(place.offset, message, "choose another id")],
                ));
            }
            // In a `forbid` or an `unless` it would be a hole.
            let literals = policy.entity_literals();
            let is_dir = |uid: &&cedar_policy::EntityUid| uid.type_name().to_string() == Kind::Dir.type_name();
            directories.extend(literals.iter().filter(is_dir).map(|uid| uid.id().unescaped().to_owned()));
            for path in literals.iter().filter_map(impossible_path) {
                let message = format!("no file or directory has the path `{}`", path.escape_debug());
                let help = "write an absolute path without `//`, `.`, `..` or a slash at its end";
                idle.problems.push(Problem::of_statement(place.offset, message, help));
            }
            idle.places.insert(id.clone(), place);
            set.add(policy.new_id(id)).map_err(|error| internal(error.to_string()))?;
        }
        // Only now: it takes the memory that the parser has given back. New memory is a fault for each page of it.
        let validator = Validator::new(schema()?);
        let validation = validator.validate(&set, ValidationMode::Strict);
        if !validation.validation_passed() {
            return Err(refuse(Stage::Validation, explain::unfit(validation.validation_errors(), text, schema_text)));
        }
        let mut requirements = HashMap::new();
        for policy in set.policies() {
            let tree = tree(policy);
            let template = tree.as_ref().map(pst::StaticPolicy::body);
            if template.is_some_and(foreign::looks_into_named) {
                let place = idle.places.get(policy.id()).copied().unwrap_or_default();
                let message =
                    "a condition looks into an entity that the policy names, but only those of the request are known";
                let help = "ask about `resource`, `principal` or the context instead";
                idle.problems.push(Problem::of_statement(place.offset, message.to_owned(), help));
            }
            let requirement = template.map_or_else(Requirement::unknown, requirement::requirement);
            requirements.insert(policy.id().clone(), requirement);
        }
        for warning in validation.validation_warnings() {
            idle.warned(warning, &set, validator.schema());
        }
        if !idle.problems.is_empty() {
            return Err(refuse(Stage::Validation, idle.problems));
        }
        Ok(Self { set, requirements, directories, names, warnings: idle.warnings })
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

    pub(crate) fn directories(&self) -> &HashSet<String> {
        &self.directories
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&Policy, &Requirement)> {
        self.set.policies().filter_map(|policy| Some((policy, self.requirements.get(policy.id())?)))
    }

    #[cfg(test)]
    pub(crate) fn set(&self) -> &PolicySet {
        &self.set
    }

    /// The name of a policy for denials: its id and line.
    pub(crate) fn name(&self, id: &PolicyId) -> Rc<str> {
        self.names.get(id).cloned().unwrap_or_else(|| AsRef::<str>::as_ref(id).into())
    }
}

/// Policies that can never match. An idle permit is worth a warning; an idle forbid is a hole.
#[derive(Default)]
struct Idle {
    places: HashMap<PolicyId, Place>,
    impossible: HashSet<PolicyId>,
    problems: Vec<Problem>,
    warnings: Vec<PolicyWarning>,
}

impl Idle {
    fn found(&mut self, effect: Effect, place: Place, why: &str, help: &str) {
        match effect {
            Effect::Forbid => {
                let message = format!("this `forbid` never applies: {why}");
                self.problems.push(Problem::of_statement(place.offset, message, help));
            }
            Effect::Permit => {
                let message = format!("the `permit` on line {} never applies: {why}: {help}", place.line);
                self.warnings.push(PolicyWarning(message));
            }
        }
    }

    fn warned(&mut self, warning: &ValidationWarning, set: &PolicySet, schema: &Schema) {
        let place = self.places.get(warning.policy_id()).copied().unwrap_or_default();
        let idle =
            matches!(warning, ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_));
        let Some(policy) = set.policy(warning.policy_id()).filter(|_| idle) else {
            let message = format!("line {}: {}", place.line, explain::without_policy(&warning.to_string()));
            return self.warnings.push(PolicyWarning(message));
        };
        // Cedar gives both warnings for one policy.
        if !self.impossible.insert(policy.id().clone()) {
            return;
        }
        match policy.action_constraint() {
            ActionConstraint::Eq(action) if schema.action_groups().any(|group| *group == action) => {
                let help = format!("write `action in {action}`");
                self.found(
                    policy.effect(),
                    place,
                    &format!("`{action}` is a group, and no request is for a group"),
                    &help,
                );
            }
            _ => self.found(
                policy.effect(),
                place,
                "no request that the schema knows satisfies it",
                "compare its actions with the kinds of resource that they apply to",
            ),
        }
    }
}

/// The syntax tree of a policy. Made from what Cedar holds of it, not from its text, which would be parsed once more: a tenth of what the
/// policy costs a start.
fn tree(policy: &Policy) -> Option<pst::StaticPolicy> {
    match Policy::from(policy.as_ref().clone()).to_pst() {
        Ok(pst::Policy::Static(tree)) => Some(tree),
        _ => None,
    }
}

/// The path of a file or directory, when it is spelled as no request spells one.
fn impossible_path(uid: &cedar_policy::EntityUid) -> Option<&str> {
    let is_path = Kind::from_type_name(&uid.type_name().to_string()).is_some_and(Kind::is_path);
    let path: &str = uid.id().as_ref();
    let normal = path == "/"
        || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|part| !matches!(part, "" | "." | "..")));
    (is_path && (!normal || path.contains('\0'))).then_some(path)
}
