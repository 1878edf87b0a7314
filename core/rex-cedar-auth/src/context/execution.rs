//! The context of `execute`: the command line, the environment, and whom the program runs as.

use super::{ContextData, Demands};
use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A program about to be started.
#[derive(Debug)]
pub struct Execution {
    /// The name it is started by.
    pub name: String,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
    /// The user it will run as.
    pub user: Account,
    /// The group it will run as.
    pub group: Account,
    /// The process whose pid namespace it will run in, where one was asked for.
    pub target_process_id: Option<u32>,
}

/// An argument as the script grouped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// One word.
    Alone(String),
    /// Two words, of which the first says what the second is.
    Keyed(String, String),
}

/// A user or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its number; -1 where there is none of this name.
    pub id: i64,
}

impl Argument {
    /// The words that the program gets for it.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::Alone(word) => (word, None),
            Self::Keyed(key, value) => (key, Some(value)),
        };
        [Some(first), second].into_iter().flatten().map(String::as_str)
    }

    fn name(&self) -> &str {
        let (Self::Alone(name) | Self::Keyed(name, _)) = self;
        name
    }
}

impl Execution {
    /// The names that more than one argument has: a tag could show but one of them.
    fn repeated(&self) -> BTreeSet<&str> {
        let mut seen = HashSet::new();
        self.arguments.iter().map(Argument::name).filter(|name| !seen.insert(*name)).collect()
    }

    fn arguments_entity(&self) -> Result<Entity, String> {
        let repeated = self.repeated();
        let (mut keys, mut flags, mut positional) = (Vec::new(), Vec::new(), Vec::new());
        let mut tags = Vec::new();
        let mut alone = 0;
        for argument in &self.arguments {
            let (name, value) = match argument {
                Argument::Alone(text) => {
                    tags.push((format!("$ARG{alone}"), text.as_str()));
                    alone += 1;
                    if text.starts_with('-') { &mut flags } else { &mut positional }.push(text.as_str());
                    (text, "true")
                }
                Argument::Keyed(key, value) => {
                    keys.push(key.as_str());
                    (key, value.as_str())
                }
            };
            // Such a tag would speak for the argument of that number.
            if !name.starts_with("$ARG") && !repeated.contains(name.as_str()) {
                tags.push((name.clone(), value));
            }
        }
        let sets = [
            ("keys", set(keys)),
            ("flags", set(flags)),
            ("positional_values", set(positional)),
            ("repeated", set(repeated)),
        ];
        entity("Arguments", sets, tags)
    }

    fn argv_entity(&self) -> Result<Entity, String> {
        let words = self.arguments.iter().flat_map(Argument::words);
        let tags: Vec<_> = std::iter::once(self.name.as_str())
            .chain(words)
            .enumerate()
            .map(|(at, word)| (at.to_string(), word))
            .collect();
        let count = i64::try_from(tags.len().saturating_sub(1)).unwrap_or(i64::MAX);
        entity("Argv", [("count", RestrictedExpression::new_long(count))], tags)
    }

    fn environment_entity(&self) -> Result<Entity, String> {
        let names = set(self.environment.keys().map(String::as_str));
        let tags = self.environment.iter().map(|(name, value)| (name.clone(), value.as_str()));
        entity("Environment", [("names", names)], tags)
    }
}

impl ContextData for Execution {
    const EMPTY: bool = false;
    const DEMANDING: bool = true;

    fn members(&self) -> Vec<(String, RestrictedExpression)> {
        let reference = |name| uid(name).ok().map(RestrictedExpression::new_entity_uid);
        let number = RestrictedExpression::new_long;
        let account = |account: &Account, name: &str, id: &str| {
            let text = RestrictedExpression::new_string(account.name.clone());
            record([(name, text), (id, number(account.id))])
        };
        let namespace = |target: u32| record([("target_process_id", number(target.into()))]);
        let members = [
            ("argv", reference("Argv")),
            ("arguments", reference("Arguments")),
            ("environment", reference("Environment")),
            ("user", account(&self.user, "username", "uid")),
            ("group", account(&self.group, "groupname", "gid")),
            ("namespace", self.target_process_id.and_then(namespace)),
        ];
        members.into_iter().filter_map(|(name, member)| Some((name.to_owned(), member?))).collect()
    }

    fn entities(&self) -> Result<Vec<Entity>, String> {
        Ok(vec![self.argv_entity()?, self.arguments_entity()?, self.environment_entity()?])
    }

    fn demands(&self) -> Demands {
        let loading = self.environment.iter().filter(|(name, value)| loads_code(name, value));
        Demands {
            named: loading.map(|(name, _)| name.clone()).collect(),
            untold: self.repeated().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// A record of these members, which are distinct, so that it can always be built.
fn record<const N: usize>(members: [(&str, RestrictedExpression); N]) -> Option<RestrictedExpression> {
    RestrictedExpression::new_record(members.map(|(name, member)| (name.to_owned(), member))).ok()
}

fn set<'t>(texts: impl IntoIterator<Item = &'t str>) -> RestrictedExpression {
    RestrictedExpression::new_set(
        texts.into_iter().map(|text| RestrictedExpression::new_string(text.to_owned())).collect::<Vec<_>>(),
    )
}

/// Each request has one entity of each of these types.
fn uid(name: &str) -> Result<EntityUid, String> {
    let type_name: EntityTypeName = format!("file_system::{name}").parse().map_err(|error| format!("{error}"))?;
    Ok(EntityUid::from_type_name_and_id(type_name, EntityId::new("of this request")))
}

fn entity<'t>(
    name: &str,
    attributes: impl IntoIterator<Item = (&'static str, RestrictedExpression)>,
    tags: impl IntoIterator<Item = (String, &'t str)>,
) -> Result<Entity, String> {
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
    let tags = tags.into_iter().map(|(tag, value)| (tag, RestrictedExpression::new_string(value.to_owned())));
    Entity::new_with_tags(uid(name)?, attributes, [], tags).map_err(|error| error.to_string())
}

/// Whether a variable makes programs run other code than their own: what the loader ignores in programs with raised rights
/// (`ld.so(8)`), and what shells and interpreters run or load at their start.
fn loads_code(name: &str, value: &str) -> bool {
    const PREFIXES: [&str; 4] = ["LD_", "DYLD_", "MALLOC_", "BASH_FUNC_"];
    const NAMES: &[&str] = &[
        "GCONV_PATH",
        "GETCONF_DIR",
        "GLIBC_TUNABLES",
        "HOSTALIASES",
        "LOCALDOMAIN",
        "LOCPATH",
        "NIS_PATH",
        "NLSPATH",
        "RESOLV_HOST_CONF",
        "RES_OPTIONS",
        "BASHOPTS",
        "BASH_ENV",
        "ENV",
        "FPATH",
        "IFS",
        "PROMPT_COMMAND",
        "PS4",
        "SHELLOPTS",
        "ZDOTDIR",
        "CLASSPATH",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "LUA_CPATH",
        "LUA_INIT",
        "LUA_PATH",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PERL5DB",
        "PERL5LIB",
        "PERL5OPT",
        "OPENSSL_CONF",
        "PERLLIB",
        "PYTHONHOME",
        "PYTHONINSPECT",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONUSERBASE",
        "RUBYLIB",
        "RUBYOPT",
        "_JAVA_OPTIONS",
    ];
    // A shell takes such a value for the body of a function.
    let function = value.starts_with("()");
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name) || function
}

#[cfg(test)]
mod tests {
    use super::{Account, Argument, ContextData, Execution, loads_code};
    use std::collections::BTreeMap;

    fn alone(word: &str) -> Argument {
        Argument::Alone(word.into())
    }

    fn keyed(key: &str, value: &str) -> Argument {
        Argument::Keyed(key.into(), value.into())
    }

    fn execution(arguments: Vec<Argument>, environment: &[(&str, &str)]) -> Execution {
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let account = |name: &str| Account { name: name.into(), id: 0 };
        let (user, group) = (account("root"), account("wheel"));
        Execution { name: "tool".into(), arguments, environment, user, group, target_process_id: None }
    }

    fn tags(execution: &Execution, of: &str) -> BTreeMap<String, String> {
        let entity = execution.entities().unwrap().into_iter().find(|entity| entity.uid().to_string().contains(of));
        let json = entity.unwrap().to_json_value().unwrap();
        let tags = json["tags"].as_object().unwrap();
        tags.iter().map(|(tag, value)| (tag.clone(), value.as_str().unwrap().to_owned())).collect()
    }

    fn texts<const N: usize>(tags: [(&str, &str); N]) -> BTreeMap<String, String> {
        tags.into_iter().map(|(tag, value)| (tag.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn the_command_line_is_told_word_by_word() {
        let words = execution(vec![keyed("-o", "v"), alone("-o"), alone("v")], &[]);
        let told = texts([("0", "tool"), ("1", "-o"), ("2", "v"), ("3", "-o"), ("4", "v")]);
        assert_eq!(tags(&words, "Argv"), told);
        assert_eq!(tags(&execution(vec![alone("")], &[]), "Argv"), texts([("0", "tool"), ("1", "")]));
    }

    #[test]
    fn a_repeated_name_has_no_tag() {
        let twice = execution(vec![keyed("--out", "a"), keyed("--out", "b"), keyed("--in", "c")], &[]);
        assert_eq!(tags(&twice, "Arguments"), texts([("--in", "c")]));
        assert_eq!(twice.demands().untold, ["--out"]);
        let mixed = execution(vec![keyed("--out", "a"), alone("--out")], &[]);
        assert_eq!(tags(&mixed, "Arguments"), texts([("$ARG0", "--out")]));
    }

    #[test]
    fn a_literal_cannot_pass_for_a_numbered_argument() {
        let literal = execution(vec![alone("$ARG1"), alone("real"), keyed("$ARG2", "x")], &[]);
        let told = texts([("$ARG0", "$ARG1"), ("$ARG1", "real"), ("real", "true")]);
        assert_eq!(tags(&literal, "Arguments"), told);
    }

    #[test]
    fn variables_that_load_code_are_known() {
        for (name, value) in [("LD_PRELOAD", "x"), ("GLIBC_TUNABLES", ""), ("PYTHONPATH", ""), ("X", "() { :; }")] {
            assert!(loads_code(name, value), "{name}");
        }
        for name in ["LANG", "PATH", "HOME", "OLD_X", "ENVIRONMENT", "PYTHONUNBUFFERED"] {
            assert!(!loads_code(name, "x"), "{name}");
        }
        let demands = execution(vec![], &[("LANG", "C"), ("LD_PRELOAD", "x")]).demands();
        assert_eq!(demands.named, ["LD_PRELOAD"]);
    }
}
