//! Cedar's findings in words that say what to write instead.

use super::error::Problem;
use super::vocabulary::Vocabulary;
use cedar_policy::{ParseErrors, ValidationError};
use miette::{Diagnostic, LabeledSpan, SourceSpan};
use std::collections::BTreeMap;

/// The problems of a text that does not parse.
pub(super) fn unparsed(errors: &ParseErrors, text: &str, schema: &str) -> Vec<Problem> {
    errors.iter().map(|error| unparsed_at(plain(error), text, schema)).collect()
}

fn unparsed_at(mut problem: Problem, text: &str, schema: &str) -> Problem {
    let at = problem.span.map_or(0, |(offset, _)| offset);
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let before = before.trim_end();
    let label = problem.label.as_deref().unwrap_or_default();
    let begins_policy = before.ends_with("permit") || before.ends_with("forbid");
    let replaced = if problem.message == "unexpected end of input" && label.contains("`;`") {
        Some(("the last policy does not end with `;`".to_owned(), "add `;`"))
    } else if label == "expected `{`" && begins_policy || problem.message == "unexpected token `@`" {
        Some(("the policy before does not end with `;`".to_owned(), "add `;` at its end"))
    } else if before.ends_with("::") && after.starts_with('/') {
        Some((
            "a path without quotes".to_owned(),
            "write it in double quotes, for example `file_system::Dir::\"/tmp\"`",
        ))
    } else if problem.message == "invalid token" && after.starts_with('\'') {
        Some(("a text in single quotes".to_owned(), "write it in double quotes"))
    } else if problem.message == "invalid token" && after.starts_with('"') {
        Some(("a text that begins here has no closing quote".to_owned(), "add `\"` at its end"))
    } else if problem.message == "invalid token" && problem.help.is_none() {
        after.chars().next().map(|character| match character {
            '\u{feff}' => ("the text begins with a byte order mark".to_owned(), "save it as UTF-8 without one"),
            character if character.is_control() => (
                format!("the control character U+{:04X} outside of a text in quotes", u32::from(character)),
                "remove it",
            ),
            character => (
                format!("the character `{character}` outside of a text in quotes"),
                "write names in ASCII letters, and everything else in double quotes",
            ),
        })
    } else {
        None
    };
    if let Some((message, help)) = replaced {
        return Problem { message, help: Some(help.to_owned()), label: None, ..problem };
    }
    if problem.message.starts_with("expected an entity uid") {
        problem.message = problem.message.replace(
            "expected an entity uid or matching template slot, found literal",
            "an entity belongs here, not the text",
        );
        problem.message =
            problem.message.replace("expected an entity uid, found literal", "an entity belongs here, not the text");
        let example = match after.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(literal, _)| literal) {
            Some(path) if path.starts_with('/') => {
                format!("file_system::File::\"{path}\"` or `file_system::Dir::\"{path}\"")
            }
            Some(name) if before.contains("action") && after_last(before, ';').contains("action") => {
                Vocabulary::of(schema)
                    .action(&format!("Action::\"{name}\""))
                    .unwrap_or("file_system::Action::\"read\"")
                    .to_owned()
            }
            Some(name) => format!("User::\"{name}\""),
            None => "file_system::File::\"/etc/hosts\"".to_owned(),
        };
        problem.help = Some(format!("write the type before the text: `{example}`"));
    } else if problem.message.contains("found set of entity uids") {
        problem.help = Some("the scope takes one; write `when { resource in [A, B] }` after it".to_owned());
    }
    problem
}

fn after_last(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}

/// The problems of policies that do not fit the schema, in the order of the text. What is wrong in one place for several
/// kinds of resource or several actions is one problem.
pub(super) fn unfit<'e>(errors: impl Iterator<Item = &'e ValidationError>, text: &str, schema: &str) -> Vec<Problem> {
    let vocabulary = Vocabulary::of(schema);
    let mut places: BTreeMap<(usize, usize), Vec<(&ValidationError, Problem)>> = BTreeMap::new();
    for error in errors {
        let problem = plain(error);
        places.entry(problem.span.unwrap_or_default()).or_default().push((error, problem));
    }
    places.into_values().flat_map(|found| unfit_at(found, text, &vocabulary)).collect()
}

fn unfit_at(mut found: Vec<(&ValidationError, Problem)>, text: &str, vocabulary: &Vocabulary) -> Vec<Problem> {
    found.sort_by(|(_, a), (_, b)| a.message.cmp(&b.message));
    found.dedup_by(|(_, a), (_, b)| a == b);
    let mut problems = Vec::new();
    // Attribute, and the types or actions that have none of this name.
    let mut missing: BTreeMap<String, (Problem, Vec<String>)> = BTreeMap::new();
    let mut unequal: Option<Problem> = None;
    for (error, mut problem) in found {
        let quoted: Vec<String> = problem.message.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        match (error, quoted.as_slice()) {
            (ValidationError::UnrecognizedActionId(_), [action, ..]) => {
                problem.message = format!("there is no action `{action}`");
                problem.help = vocabulary.action(action).map(|meant| format!("did you mean `{meant}`?"));
                problem.help.get_or_insert_with(|| "the policy guide lists all actions".to_owned());
                problems.push(problem);
            }
            (ValidationError::UnrecognizedEntityType(_), [name, ..]) => {
                problem.message = format!("there is no entity type `{name}`");
                let known = || vocabulary.types.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let meant = vocabulary.entity_type(name).map(|meant| format!("did you mean `{meant}`?"));
                problem.help = Some(meant.unwrap_or_else(|| format!("there are {}", known())));
                problems.push(problem);
            }
            (ValidationError::UnsafeAttributeAccess(_), [attribute, owner @ ..]) => {
                let owner = owner.first().cloned().or_else(|| context_of(&problem.message)).unwrap_or_default();
                missing.entry(attribute.clone()).or_insert_with(|| (problem, Vec::new())).1.push(owner);
            }
            (ValidationError::IncompatibleTypes(_), _) => {
                let one = unequal.get_or_insert_with(|| problem.clone());
                if problem.message < one.message {
                    *one = problem;
                }
            }
            _ => problems.push(problem),
        }
    }
    problems.extend(unequal.map(|problem| incompatible(problem, text)));
    problems.extend(
        missing.into_iter().map(|(attribute, (problem, owners))| absent(&attribute, problem, &owners, vocabulary)),
    );
    problems
}

/// The action in a sentence like "attribute `a` in context for … not found".
fn context_of(message: &str) -> Option<String> {
    Some(message.split_once(" in context for ")?.1.strip_suffix(" not found")?.to_owned())
}

fn absent(attribute: &str, problem: Problem, owners: &[String], vocabulary: &Vocabulary) -> Problem {
    let of_context = owners.iter().any(|owner| owner.contains('"'));
    let (first, more) = (owners.first().map_or("", String::as_str), owners.len().saturating_sub(1));
    let others = if more > 0 { format!(" and {more} more") } else { String::new() };
    // Of `destination.path` the first part decides whether the context has it.
    let head = attribute.split('.').next().unwrap_or(attribute);
    let subject = if of_context { format!("`context.{attribute}`") } else { format!("the attribute `{attribute}`") };
    let message = format!("{subject} does not exist for `{first}`{others}");
    let has = if of_context { vocabulary.actions_with(head) } else { vocabulary.types_with(head) };
    let elsewhere: Vec<&&str> = has.iter().filter(|name| !owners.iter().any(|owner| owner == *name)).collect();
    let help = if let [one, ..] = elsewhere.as_slice()
        && (of_context || more > 0)
    {
        let (scope, owner) = if of_context { ("action ==", "context") } else { ("resource is", "resource") };
        let all: Vec<String> = elsewhere.iter().map(|name| format!("`{name}`")).collect();
        let all = match all.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
            _ => all.concat(),
        };
        let verb = if elsewhere.len() == 1 { "has" } else { "have" };
        Some(format!(
            "only {all} {verb} it; write `{scope} {one}` in the scope, or `{owner} has {head} && …` in the condition"
        ))
    } else {
        problem.help.clone()
    };
    let known = || {
        let names = vocabulary.types.get(first).or_else(|| vocabulary.actions.get(first));
        let names: Vec<String> = names.into_iter().flatten().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "it has no attributes".to_owned() } else { format!("it has {}", names.join(", ")) }
    };
    Problem { message, help: Some(help.unwrap_or_else(known)), ..problem }
}

fn incompatible(problem: Problem, text: &str) -> Problem {
    let written = problem.span.and_then(|(offset, length)| text.get(offset..offset + length)).unwrap_or_default();
    let types = problem.message.strip_prefix("the types ").and_then(|rest| rest.strip_suffix(" are not compatible"));
    let Some((a, b)) = types.and_then(|types| types.split_once(" and ")) else { return problem };
    let is_entity = |name: &str| name.contains("::") || name == "User";
    if let Some(text) = written.split('"').nth(1)
        && ((a == "String" && is_entity(b)) || (b == "String" && is_entity(a)))
    {
        let entity = if text.starts_with('/') {
            "file_system::File"
        } else if a == "String" {
            b
        } else {
            a
        };
        let message = format!("an entity is compared with the text \"{text}\", which is never equal to it");
        return Problem { message, help: Some(format!("write the entity: `{entity}::\"{text}\"`")), ..problem };
    }
    let message = format!("values of the types {a} and {b} are compared, which are never equal");
    Problem { message, help: Some("both sides must have the same type".to_owned()), ..problem }
}

/// What Cedar says, without the number of the policy: the place is told otherwise.
fn plain(diagnostic: &dyn Diagnostic) -> Problem {
    let label = diagnostic.labels().and_then(|mut labels| labels.next());
    let span = label.as_ref().map(LabeledSpan::inner).map(|span: &SourceSpan| (span.offset(), span.len()));
    Problem {
        message: without_policy(&diagnostic.to_string()),
        help: diagnostic.help().map(|help| without_policy(&help.to_string())),
        span,
        label: label.and_then(|label| label.label().map(str::to_owned)),
    }
}

/// Takes "for policy `policy0`, " off.
pub(super) fn without_policy(message: &str) -> String {
    let rest = message.strip_prefix("for policy `").and_then(|rest| rest.split_once("`, ")).map(|(_, rest)| rest);
    let rest = rest.unwrap_or(message).replace('\n', " ");
    rest.replace("__cedar::internal::AnyEntity", "an entity").replace("__cedar::internal::", "")
}
