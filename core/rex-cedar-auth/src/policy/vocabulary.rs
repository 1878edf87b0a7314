//! The names that the schema knows, for messages about names that it does not know.

use cedar_policy::SchemaFragment;
use serde_json::Value;
use std::collections::BTreeMap;

/// Made only once something is wrong: reading the text of the schema takes milliseconds.
#[derive(Default)]
pub(super) struct Vocabulary {
    /// The attributes of each entity type.
    pub(super) types: BTreeMap<String, Vec<String>>,
    /// The members of the context of each action, by uid.
    pub(super) actions: BTreeMap<String, Vec<String>>,
}

impl Vocabulary {
    /// The names that a schema in Cedar syntax declares.
    pub(super) fn of(schema: &str) -> Self {
        let mut vocabulary = Self::default();
        let schema = SchemaFragment::from_cedarschema_str(schema).ok();
        let schema = schema.and_then(|(fragment, _)| fragment.to_json_value().ok()).unwrap_or_default();
        let shared = schema.get("").and_then(|body| body.get("commonTypes")).unwrap_or(&Value::Null);
        for (namespace, body) in members(&schema) {
            let prefix = if namespace.is_empty() { String::new() } else { format!("{namespace}::") };
            for (name, declared) in members(at(body, "/entityTypes")) {
                vocabulary.types.insert(format!("{prefix}{name}"), names(at(declared, "/shape/attributes")));
            }
            for (name, declared) in members(at(body, "/actions")) {
                let context = at(declared, "/appliesTo/context");
                let shape = ["name", "type"].into_iter().find_map(|key| shared.get(context.get(key)?.as_str()?));
                let context = names(at(shape.unwrap_or(context), "/attributes"));
                vocabulary.actions.insert(format!("{prefix}Action::\"{name}\""), context);
            }
        }
        vocabulary
    }

    /// The action that was probably meant by `written`.
    pub(super) fn action(&self, written: &str) -> Option<&str> {
        let split = |uid: &str| {
            let (type_name, id) = uid.split_once('"')?;
            Some((type_name.strip_suffix("Action::")?.to_owned(), id.trim_end_matches('"').to_owned()))
        };
        let (space, name) = split(written)?;
        self.closest(self.actions.keys(), |uid| {
            let (other_space, other_name) = split(uid)?;
            // Without a namespace the name decides alone.
            let apart = if space.is_empty() { 0 } else { near(&space, &other_space)? };
            Some(apart + near(&name, &other_name)?)
        })
    }

    /// The entity type that was probably meant by `written`.
    pub(super) fn entity_type(&self, written: &str) -> Option<&str> {
        let split = |name: &str| name.rsplit_once("::").map(|(space, name)| (space.to_owned(), name.to_owned()));
        let (space, name) = split(written).unwrap_or_else(|| (String::new(), written.to_owned()));
        self.closest(self.types.keys(), |other| {
            let (other_space, other_name) = split(other).unwrap_or_else(|| (String::new(), other.to_owned()));
            let apart = if space.is_empty() { 0 } else { near(&space, &other_space)? };
            Some(apart + near(&name, &other_name)?)
        })
    }

    #[expect(clippy::unused_self, reason = "what is found lives as long as the vocabulary")]
    fn closest<'v>(
        &'v self,
        names: impl Iterator<Item = &'v String>,
        distance: impl Fn(&str) -> Option<usize>,
    ) -> Option<&'v str> {
        names
            .filter_map(|name| Some((distance(name)?, name)))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, name)| name.as_str())
    }

    /// The entity types that have an attribute of this name.
    pub(super) fn types_with(&self, attribute: &str) -> Vec<&str> {
        let with = |(_, names): &(&String, &Vec<String>)| names.iter().any(|name| name == attribute);
        self.types.iter().filter(with).map(|(name, _)| name.as_str()).collect()
    }

    /// The actions whose context has a member of this name.
    pub(super) fn actions_with(&self, member: &str) -> Vec<&str> {
        let with = |(_, names): &(&String, &Vec<String>)| names.iter().any(|name| name == member);
        self.actions.iter().filter(with).map(|(uid, _)| uid.as_str()).collect()
    }
}

/// The edit distance, where it is small enough that one may have been meant for the other.
fn near(written: &str, meant: &str) -> Option<usize> {
    let (written, meant) = (written.to_lowercase(), meant.to_lowercase());
    // A whole word in place of its beginning, as in `Directory` for `Dir`, is near too.
    if written.starts_with(&meant) || meant.starts_with(&written) {
        return Some(usize::from(written != meant));
    }
    let distance = strsim::damerau_levenshtein(&written, &meant);
    (distance <= (meant.len() / 3).max(1)).then_some(distance)
}

fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn names(value: &Value) -> Vec<String> {
    members(value).map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::Vocabulary;

    #[test]
    fn finds_what_was_meant() {
        let words = Vocabulary::of(rex_policy_schema::TEXT);
        assert_eq!(words.action("file_system::Action::\"raed\""), Some("file_system::Action::\"read\""));
        assert_eq!(words.action("file_sytem::Action::\"read\""), Some("file_system::Action::\"read\""));
        assert_eq!(words.action("Action::\"kill\""), Some("process_system::Action::\"kill\""));
        assert_eq!(words.action("file_system::Action::\"teleport\""), None);
        assert_eq!(words.entity_type("Dir"), Some("file_system::Dir"));
        assert_eq!(words.entity_type("file_system::Directory"), Some("file_system::Dir"));
        assert_eq!(words.entity_type("user"), Some("User"));
        assert_eq!(words.entity_type("network::Url"), Some("network::url"));
        assert_eq!(words.entity_type("Banana"), None);
        assert_eq!(words.types_with("path"), ["file_system::Dir", "file_system::File", "network::url"]);
        assert_eq!(words.actions_with("destination"), ["file_system::Action::\"move\""]);
    }
}
