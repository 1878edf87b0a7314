//! Variables of a frame by their names.

use super::expression::Surroundings;
use super::memory::Memory;
use super::module::Modules;
use super::process::Process;
use super::scope::variable;
use super::unwind::State;
use super::value::{Shown, Value};
use crate::{Error, Result};

/// A longer text is no name.
const LONGEST: usize = 1024;

/// What a script may ask for: a variable, and members and elements of it. Nothing of it is ever a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    variable: String,
    steps: Vec<Step>,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(u64),
}

impl Path {
    /// Reads a name.
    ///
    /// # Errors
    /// `ValidationError` for what is none.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let refused = || {
            let text: String = text.chars().take(100).collect();
            Error::ValidationError(format!(
                "`{}` is no name of a variable: write a name, and after it `.member`, `->member` or `[number]`",
                text.escape_debug()
            ))
        };
        if text.len() > LONGEST {
            return Err(refused());
        }
        let (variable, mut rest) = identifier(text).ok_or_else(refused)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("->").or_else(|| rest.strip_prefix('.')) {
                let (member, after) = identifier(after).ok_or_else(refused)?;
                steps.push(Step::Member(member.to_owned()));
                rest = after;
            } else {
                let (digits, after) =
                    rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(refused)?;
                let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
                steps.push(Step::Element(digits.and_then(|digits| digits.parse().ok()).ok_or_else(refused)?));
                rest = after;
            }
        }
        Ok(Self { variable: variable.to_owned(), steps })
    }
}

/// The identifier that a text begins with, and the rest.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, rest))
}

/// The value of a variable in a frame as text; nothing where it is not there.
pub(super) fn show(process: &Process<'_>, modules: &Modules<'_>, state: &State, path: &Path) -> Option<String> {
    let module = modules.opened_at(state.lookup)?;
    let memory = Memory { process, modules };
    let around =
        Surroundings { memory, registers: &state.registers, cfa: state.cfa, frame_base: None, bias: module.bias };
    let address = state.lookup.wrapping_sub(module.bias);
    let unit = module.lines()?.find_dwarf_and_unit(address).skip_all_loads()?;
    let variable = variable(unit, state, &around, &path.variable)?;
    let (Some(found), Some(type_offset)) = (variable.found, variable.type_offset) else {
        return Some("<optimized out>".to_owned());
    };
    let shown = Shown { unit, memory };
    let mut value = Value { found, type_offset };
    for step in &path.steps {
        value = match step {
            Step::Member(name) => shown.member(&value, name)?,
            Step::Element(index) => shown.element(&value, *index)?,
        };
    }
    Some(shown.show(&value).unwrap_or_else(|| "<unavailable>".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Path, Step};

    #[test]
    fn names() {
        let path = Path::parse("list->head.items[12].x_1").unwrap();
        let member = |name: &str| Step::Member(name.to_owned());
        assert_eq!(path.variable, "list");
        assert_eq!(path.steps, [member("head"), member("items"), Step::Element(12), member("x_1")]);
        assert_eq!(Path::parse("_a").unwrap().steps, []);
    }

    #[test]
    fn what_is_no_name() {
        for text in [
            "",
            " a",
            "a b",
            "1",
            "1a",
            "a.",
            "a->",
            "a[",
            "a[]",
            "a[x]",
            "a[-1]",
            "a]",
            "a.1",
            "$_shell(\"touch x\")",
            "1\nshell touch x",
            "a;b",
            "a(b)",
            "*a",
            "&a",
            "a+1",
            "a\n",
            "ä",
            "a[99999999999999999999]",
            "$x",
            "$_exitcode",
            "a->[1]",
            "!ls",
        ] {
            let error = Path::parse(text).unwrap_err().to_string();
            assert!(error.starts_with("Validation error: `") && error.lines().count() == 1, "{text:?}: {error}");
        }
        assert!(Path::parse(&"a".repeat(1025)).is_err());
    }
}
