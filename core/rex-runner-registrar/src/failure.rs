//! Errors of the engine, turned into what a result shows.

use crate::Limits;
use crate::display::{cut, last_part, start};
use rex_cedar_auth::{Denied, Journal};
use rex_runner_registrar_utils::ErrorKind;
use rhai::{Dynamic, EvalAltResult, ImmutableString, Map, ParseErrorType, Position};
use std::fmt::Write as _;

/// The longest error message, in bytes.
pub const MAX_MESSAGE: usize = 1024;

/// The longest name, in bytes, for which a similar one is looked for.
const LONGEST_NAME: usize = 100;

/// What kind of failure it is, told by types, never by words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The script is wrong, or something it called failed.
    Script,
    /// The gate denied something.
    Denied,
    /// The run was ended.
    Terminated,
    /// Script functions waited for each other too deeply, which ends a run, too.
    TooDeep,
}

/// A script function that was running when the error came, with the place that called it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its name; nothing for a closure.
    pub function: Option<String>,
    /// Line and column of the call, from 1.
    pub position: Option<(usize, usize)>,
}

/// An error of a script.
#[derive(Debug)]
pub struct Failure {
    /// What kind it is.
    pub class: Class,
    /// What people read, at most [`MAX_MESSAGE`] bytes.
    pub message: String,
    /// Line and column in the script, from 1.
    pub position: Option<(usize, usize)>,
    /// The script functions that were running, innermost first.
    pub calls: Vec<Call>,
    /// The denial.
    pub denied: Option<Denied>,
    /// The path that it is about, where the message does not tell it.
    pub path: Option<Box<str>>,
    /// What may help, where the message does not tell it.
    pub help: Option<Box<str>>,
}

impl Failure {
    /// What `error` means.
    pub fn new(error: &EvalAltResult) -> Self {
        let mut calls = Vec::new();
        let mut inner = error;
        loop {
            inner = match inner {
                EvalAltResult::ErrorInFunctionCall(name, _, cause, position) => {
                    let closure = name.starts_with("anon$");
                    calls.push(Call { function: (!closure).then(|| name.clone()), position: place(*position) });
                    cause
                }
                EvalAltResult::ErrorInModule(_, cause, _) => cause,
                _ => break,
            };
        }
        calls.reverse();
        let position = place(inner.position());
        let mut path = None;
        let (class, message, denied) = match inner {
            EvalAltResult::ErrorRuntime(thrown, _) if thrown.is_map() => {
                let (message, denied) = thrown.as_map_ref().map_or_else(|_| (String::new(), None), |map| of_map(&map));
                path = thrown.as_map_ref().ok().and_then(|map| path_of_map(&map)).map(Into::into);
                let class = if denied.is_some() { Class::Denied } else { Class::Script };
                (class, with_place(&message, position, &calls), denied)
            }
            EvalAltResult::ErrorTerminated(token, _) => {
                let message = format!("Script terminated: {}", token_text(token));
                (Class::Terminated, with_place(&message, position, &[]), None)
            }
            // The engine's own text holds the position and the calls already.
            _ => (Class::Script, cut(error, MAX_MESSAGE + 1).0, None),
        };
        Self { class, message: shorten(message), position, calls, denied, path, help: None }
    }

    /// What `error` means in the run whose verdicts are in `journal`.
    ///
    /// Some functions throw their errors as plain texts, in which no type tells a denial. Such a text is a denial where the gate's latest one
    /// has these words and this line.
    pub fn in_run(error: &EvalAltResult, journal: &Journal, limits: &Limits) -> Self {
        let failure = Self::new(error);
        if matches!(innermost(error), EvalAltResult::ErrorStackOverflow(..)) {
            let message = format!("Stack overflow: {}", limits.depth_text());
            let message = shorten(with_place(&message, failure.position, &failure.calls));
            return Self { class: Class::TooDeep, message, ..failure };
        }
        let EvalAltResult::ErrorRuntime(thrown, place) = innermost(error) else { return failure };
        let Some(latest) = journal.denials().pop() else { return failure };
        let words = thrown.read_lock::<ImmutableString>();
        let same = words.is_some_and(|words| words.as_str() == latest.denied.to_string());
        if !same || place.line() != Some(latest.line) {
            return failure;
        }
        Self { class: Class::Denied, denied: Some(latest.denied), ..failure }
    }
}

/// The name of the function that `error` is about, where it is not there or not with such arguments, of a constant, or, with `::`, of a module.
pub(crate) fn named(error: &EvalAltResult) -> Option<String> {
    let name = match innermost(error) {
        EvalAltResult::ErrorFunctionNotFound(signature, _) => signature.split(" (").next()?.to_owned(),
        EvalAltResult::ErrorVariableNotFound(name, _) if name.contains("::") => name.clone(),
        EvalAltResult::ErrorParsing(ParseErrorType::ModuleUndefined(name), _) => format!("{name}::"),
        _ => return None,
    };
    Some(name).filter(|name| name.len() <= LONGEST_NAME)
}

/// The error itself, without the calls that it came through.
fn innermost(mut error: &EvalAltResult) -> &EvalAltResult {
    while let EvalAltResult::ErrorInFunctionCall(_, _, cause, _) | EvalAltResult::ErrorInModule(_, cause, _) = error {
        error = cause;
    }
    error
}

fn place(position: Position) -> Option<(usize, usize)> {
    position.line().map(|line| (line, position.position().unwrap_or(0)))
}

/// `<source>: <kind>: <message>`, and the denial if the gate made the error.
fn of_map(map: &Map) -> (String, Option<Denied>) {
    let text =
        |name: &str, missing: &str| map.get(name).map_or_else(|| missing.to_owned(), |part| cut(part, MAX_MESSAGE).0);
    let kind = map.get("kind");
    let genuine = kind.and_then(Dynamic::read_lock::<ErrorKind>);
    let denied = genuine.as_ref().and_then(|kind| kind.denied().cloned());
    let kind = match (&genuine, kind) {
        (Some(kind), _) => kind.to_string(),
        (None, Some(kind)) if kind.is_string() => cut(kind, MAX_MESSAGE).0,
        _ => "Unknown".to_owned(),
    };
    (format!("{}: {kind}: {}", text("source", "Unknown"), text("message", "No message available")), denied)
}

fn path_of_map(map: &Map) -> Option<String> {
    let kind = map.get("kind")?.read_lock::<ErrorKind>()?;
    kind.path().map(str::to_owned)
}

/// What the token that ended a run says.
fn token_text(token: &Dynamic) -> String {
    match token.read_lock::<rex_cedar_auth::Stopped>() {
        Some(stopped) => stopped.to_string(),
        None if token.is_string() => cut(token, MAX_MESSAGE).0,
        None => last_part(token.type_name()).to_owned(),
    }
}

fn with_place(message: &str, position: Option<(usize, usize)>, calls: &[Call]) -> String {
    let mut text = message.to_owned();
    let mut add = |position: Option<(usize, usize)>, before: &str| {
        text.push_str(before);
        if let Some((line, column)) = position {
            // Writing to a `String` does not fail.
            let _ = write!(text, " (line {line}, position {column})");
        }
    };
    add(position, "");
    for call in calls {
        let name = call
            .function
            .as_ref()
            .map_or_else(|| " in closure call".to_owned(), |function| format!(" in call to function '{function}'"));
        add(call.position, &name);
    }
    text
}

/// `message`, cut at a character to [`MAX_MESSAGE`] bytes, the last three of them `...`, where it is longer.
pub fn shorten(mut message: String) -> String {
    if message.len() > MAX_MESSAGE {
        message.truncate(start(&message, MAX_MESSAGE - 3).len());
        message.push_str("...");
    }
    message
}

#[cfg(test)]
mod tests;
