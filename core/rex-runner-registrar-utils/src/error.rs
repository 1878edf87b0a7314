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
    path: Option<Rc<str>>,
    /// What was thrown inside of a callback.
    cause: Option<Rc<Dynamic>>,
    /// What it failed at, in a word.
    reason: Option<&'static str>,
}

impl ErrorKind {
    /// The kind `word` of the module `source`.
    pub const fn new(source: &'static str, word: &'static str) -> Self {
        Self { source, word, denied: None, path: None, cause: None, reason: None }
    }

    /// The module the kind belongs to.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The path that the error is about, where its message does not tell it.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
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
    /// What the engine said, as it is.
    Engine(Box<EvalAltResult>),
}

impl ScriptError {
    /// The error map of the kind `word` of the module `source`.
    pub fn map(source: &'static str, word: &'static str, message: impl Into<String>) -> Self {
        Self::Map { kind: ErrorKind::new(source, word), message: message.into() }
    }

    /// The same error, which also knows the path it is about. Scripts do not see it; whoever reads the run's result does.
    #[must_use]
    pub fn about(self, path: Option<&str>) -> Self {
        match self {
            Self::Map { kind, message } => Self::Map { kind: ErrorKind { path: path.map(Rc::from), ..kind }, message },
            other => other,
        }
    }

    /// The same error with a word for what it failed at, which scripts see in its member `reason`.
    #[must_use]
    pub fn because(self, reason: Option<&'static str>) -> Self {
        match self {
            Self::Map { kind, message } => Self::Map { kind: ErrorKind { reason, ..kind }, message },
            other => other,
        }
    }

    /// What kind of error it is, in a word that no script has a say in.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Map { kind, .. } => kind.word,
            Self::Text(_) => "Error",
            Self::Stopped(_) => "Stopped",
            Self::Engine(_) => "ScriptError",
        }
    }

    /// The error map of a denial.
    pub fn denied(source: &'static str, denied: Denied) -> Self {
        let message = denied.to_string();
        Self::denied_as(source, "PermissionDenied", message, denied)
    }

    /// The error map of a denial that scripts know under another word and text. It stays a denial.
    pub fn denied_as(source: &'static str, word: &'static str, message: String, denied: Denied) -> Self {
        let kind = ErrorKind { denied: Some(Rc::new(denied)), ..ErrorKind::new(source, word) };
        Self::Map { kind, message }
    }

    /// The error of a callback, which is of kind `CallbackError` in the module `source`. A denial in it stays a denial; what no script may
    /// catch stays what it is.
    pub fn callback(source: &'static str, error: Box<EvalAltResult>) -> Self {
        let inner = error.unwrap_inner();
        if !inner.is_catchable() {
            return Self::Engine(error);
        }
        let denied = match inner {
            EvalAltResult::ErrorRuntime(value, _) => value.read_lock::<Map>().and_then(|map| {
                let kind = map.get("kind")?.read_lock::<ErrorKind>()?.clone();
                kind.denied
            }),
            _ => None,
        };
        let message = format!("Rhai callback execution failed: {error}");
        Self::Map { kind: ErrorKind { denied, ..ErrorKind::new(source, "CallbackError") }, message }
    }

    /// The error of a callback, under the word `word` of the module `source`, with `words` before what went wrong inside. What was thrown there
    /// stays with it, as `cause`; a denial in it stays a denial; what no script may catch stays what it is.
    pub fn callback_as(source: &'static str, word: &'static str, words: &str, error: Box<EvalAltResult>) -> Self {
        let inner = error.unwrap_inner();
        if !inner.is_catchable() {
            return Self::Engine(error);
        }
        let (mut kind, mut text) = (ErrorKind::new(source, word), None);
        if let EvalAltResult::ErrorRuntime(value, _) = inner {
            kind.cause = Some(Rc::new(value.flatten_clone()));
            if let Some(map) = value.read_lock::<Map>() {
                text = map.get("message").and_then(|message| message.clone().into_string().ok());
                if let Some(thrown) = map.get("kind").and_then(Dynamic::read_lock::<ErrorKind>) {
                    (kind.denied, kind.path) = (thrown.denied.clone(), thrown.path.clone());
                }
            }
        }
        let message = format!("{words}: {}", text.unwrap_or_else(|| error.to_string()));
        Self::Map { kind, message }
    }

    /// The error as the engine throws it at `position`.
    pub fn thrown(self, position: Position) -> Box<EvalAltResult> {
        Box::new(match self {
            Self::Engine(error) => return error,
            Self::Map { mut kind, message } => {
                let mut map = Map::new();
                map.insert("source".into(), kind.source.into());
                if let Some(cause) = kind.cause.take() {
                    map.insert("cause".into(), (*cause).clone());
                }
                if let Some(reason) = kind.reason {
                    map.insert("reason".into(), reason.into());
                }
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
