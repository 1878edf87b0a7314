//! Errors as scripts see them.

use rex_cedar_auth::{Denied, Stopped};
use rhai::{Dynamic, EvalAltResult, Map, Position};
use std::fmt;
use std::rc::Rc;

/// The `kind` of a script error: a word of the module named by `source`, for example `IoErrorKind::PermissionDenied`.
///
/// Kinds are equal when source and word are; the kind of a real denial carries it besides, so that a script cannot forge one.
#[derive(Debug, Clone)]
pub struct ErrorKind {
    source: &'static str,
    word: &'static str,
    denied: Option<Rc<Denied>>,
}

impl ErrorKind {
    /// The kind `word` of the module `source`.
    pub const fn new(source: &'static str, word: &'static str) -> Self {
        Self { source, word, denied: None }
    }

    /// The module the kind belongs to.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The denial, where the gate made this error.
    pub fn denied(&self) -> Option<&Denied> {
        self.denied.as_deref()
    }
}

impl PartialEq for ErrorKind {
    fn eq(&self, other: &Self) -> bool {
        (self.source, self.word) == (other.source, other.word)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}

/// An error on its way into a script.
#[derive(Debug)]
pub enum ScriptError {
    /// A map `#{kind, message, source}` that a script can catch.
    Map {
        /// Its kind.
        kind: ErrorKind,
        /// What went wrong, in words.
        message: String,
    },
    /// A plain text that a script can catch.
    Text(String),
    /// The run has to end; no script catches it.
    Stopped(Stopped),
}

impl ScriptError {
    /// The error map of the kind `word` of the module `source`.
    pub fn map(source: &'static str, word: &'static str, message: impl Into<String>) -> Self {
        Self::Map { kind: ErrorKind::new(source, word), message: message.into() }
    }

    /// The error map of a denial.
    pub fn denied(source: &'static str, denied: Denied) -> Self {
        let message = denied.to_string();
        Self::Map { kind: ErrorKind { source, word: "PermissionDenied", denied: Some(Rc::new(denied)) }, message }
    }

    /// The error as the engine throws it at `position`.
    pub fn thrown(self, position: Position) -> Box<EvalAltResult> {
        Box::new(match self {
            Self::Map { kind, message } => {
                let mut map = Map::new();
                map.insert("source".into(), kind.source.into());
                map.insert("kind".into(), Dynamic::from(kind));
                map.insert("message".into(), message.into());
                EvalAltResult::ErrorRuntime(map.into(), position)
            }
            Self::Text(text) => EvalAltResult::ErrorRuntime(text.into(), position),
            Self::Stopped(stopped) => EvalAltResult::ErrorTerminated(Dynamic::from(stopped), position),
        })
    }
}

impl From<Stopped> for ScriptError {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

impl From<std::convert::Infallible> for ScriptError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
