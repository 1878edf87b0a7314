//! Arguments of the script: from a file of tagged JSON, and from the command line.

use rhai::{Array, Dynamic, Map, Scope};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How deep values of the file may be nested: a list or map of plain values is two.
const MAX_DEPTH: usize = 2;

/// A value of the argument file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) enum Tagged {
    #[serde(rename = "stringValue")]
    String(String),
    #[serde(rename = "integerValue")]
    Integer(i32),
    #[serde(rename = "longValue")]
    Long(i64),
    #[serde(rename = "doubleValue")]
    Double(f64),
    #[serde(rename = "booleanValue")]
    Boolean(bool),
    #[serde(rename = "listValue")]
    List(Vec<Tagged>),
    #[serde(rename = "mapValue")]
    Map(BTreeMap<String, Tagged>),
}

impl Tagged {
    fn too_deep(&self, depth: usize) -> bool {
        let within = |value: &Tagged| value.too_deep(depth + 1);
        depth > MAX_DEPTH
            || match self {
                Self::List(elements) => elements.iter().any(within),
                Self::Map(members) => members.values().any(within),
                _ => false,
            }
    }

    fn into_dynamic(self) -> Dynamic {
        match self {
            Self::String(text) => text.into(),
            Self::Integer(number) => i64::from(number).into(),
            Self::Long(number) => number.into(),
            Self::Double(number) => number.into(),
            Self::Boolean(truth) => truth.into(),
            Self::List(elements) => elements.into_iter().map(Self::into_dynamic).collect::<Array>().into(),
            Self::Map(members) => {
                let members = members.into_iter().map(|(key, value)| (key.into(), value.into_dynamic()));
                members.collect::<Map>().into()
            }
        }
    }
}

/// What the argument file holds.
pub(crate) type Tagging = BTreeMap<String, Tagged>;

/// Reads the text of an argument file.
pub(crate) fn read(text: &str) -> Result<Tagging, serde_json::Error> {
    serde_json::from_str(text)
}

/// The name of the first argument that is nested too deeply.
pub(crate) fn too_deep(arguments: &Tagging) -> Option<&str> {
    arguments.iter().find(|(_, value)| value.too_deep(1)).map(|(name, _)| name.as_str())
}

/// The scope that the script starts with. An argument of the command line goes before one of the file.
pub(crate) fn scope(file: Tagging, inline: Vec<Inline>) -> Scope<'static> {
    let mut scope = Scope::new();
    for (name, value) in file {
        if inline.iter().all(|argument| argument.name != name) {
            scope.push_dynamic(name, value.into_dynamic());
        }
    }
    for argument in inline {
        scope.push_dynamic(argument.name, argument.value.into_dynamic());
    }
    scope
}

/// Whether a script can use `name` as a variable.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut rest = name.trim_start_matches('_').chars();
    rest.next().is_some_and(|c| c.is_ascii_alphabetic()) && rest.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// An argument of the command line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inline {
    pub(crate) name: String,
    value: Plain,
}

/// Its value; of `Send` parts alone, as the command line's parser demands.
#[derive(Debug, Clone, PartialEq)]
enum Plain {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Json(String),
}

impl Plain {
    fn into_dynamic(self) -> Dynamic {
        match self {
            Self::Text(text) => text.into(),
            Self::Int(number) => number.into(),
            Self::Float(number) => number.into(),
            Self::Bool(truth) => truth.into(),
            // It was read once already, to check it.
            Self::Json(text) => rex_runner_registrar::from_json(&text, usize::MAX).unwrap_or_default(),
        }
    }

    /// The value of a text without a type.
    fn inferred(text: &str) -> Self {
        if let Ok(truth) = text.parse() {
            return Self::Bool(truth);
        }
        if let Ok(number) = text.parse() {
            return Self::Int(number);
        }
        let like_a_float =
            text.contains(['.', 'e', 'E']) && text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match text.parse::<f64>() {
            Ok(number) if like_a_float && number.is_finite() => Self::Float(number),
            _ => Self::Text(text.to_owned()),
        }
    }
}

impl std::str::FromStr for Inline {
    type Err = String;

    fn from_str(argument: &str) -> Result<Self, String> {
        let (name, value) = argument.split_once('=').ok_or("write NAME=VALUE or NAME:TYPE=VALUE")?;
        let (name, kind) = name.split_once(':').map_or((name, None), |(name, kind)| (name, Some(kind)));
        if !is_identifier(name) {
            return Err(format!("`{name}` is no variable name: use letters, digits and underscores, a letter first"));
        }
        let wrong = |what: &str| format!("`{value}` is no {what}");
        let value = match kind {
            None => Plain::inferred(value),
            Some("string") => Plain::Text(value.to_owned()),
            Some("int") => Plain::Int(value.parse().map_err(|_| wrong("integer of 64 bits"))?),
            Some("float") => Plain::Float(value.parse().map_err(|_| wrong("number"))?),
            Some("bool") => Plain::Bool(value.parse().map_err(|_| wrong("truth value: write true or false"))?),
            Some("json") => {
                let read = rex_runner_registrar::from_json(value, usize::MAX);
                drop(read.map_err(|error| wrong(&format!("JSON: {error}")))?);
                Plain::Json(value.to_owned())
            }
            Some(other) => return Err(format!("`{other}` is no type: use string, int, float, bool or json")),
        };
        Ok(Self { name: name.to_owned(), value })
    }
}

/// The first name that is given twice.
pub(crate) fn repeated(inline: &[Inline]) -> Option<&str> {
    let mut seen = std::collections::BTreeSet::new();
    inline.iter().map(|argument| argument.name.as_str()).find(|name| !seen.insert(*name))
}

#[cfg(test)]
mod tests;
