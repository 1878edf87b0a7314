//! What can go wrong, as scripts see it.

use rex_cedar_auth::{Denied, Stopped};
use std::io;

/// The result of an operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation failed. The names of the variants are the kinds that scripts compare with.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[non_exhaustive]
pub enum Error {
    /// The policy says no.
    #[error(transparent)]
    PermissionDenied(#[from] Denied),
    /// A function asked for what it did not declare: a defect of REX.
    #[error("Authorization check failed: {0}")]
    AuthorizationError(String),
    /// A request that could not be sent or answered.
    #[error("Failed to send a request: reason: {0}")]
    RequestError(String),
    /// What did not happen in the time that was given.
    #[error("{0}")]
    TimedOut(String),
    /// A name that is not there, or has no address.
    #[error("{0}")]
    NoSuchName(String),
    /// A name server that did not answer the question.
    #[error("{0}")]
    Refused(String),
    /// An answer that breaks the rules of its protocol.
    #[error("{0}")]
    MalformedAnswer(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
    /// The run has to end. Not a kind: no script sees it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Error {
    /// The kind that scripts see: the name of the variant.
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// The same error with words before it, where it is one of names or of no kind of its own.
    pub(crate) fn about(self, words: &str) -> Self {
        let put = |text: String| format!("{words}{text}");
        match self {
            Self::TimedOut(text) => Self::TimedOut(put(text)),
            Self::NoSuchName(text) => Self::NoSuchName(put(text)),
            Self::Refused(text) => Self::Refused(put(text)),
            Self::MalformedAnswer(text) => Self::MalformedAnswer(put(text)),
            Self::Other(text) => Self::Other(put(text)),
            other => other,
        }
    }

    /// All kinds that scripts can compare with.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        <Self as strum::VariantNames>::VARIANTS.iter().copied().filter(|kind| *kind != "Stopped")
    }
}

impl From<rust_safe_io::Error> for Error {
    fn from(error: rust_safe_io::Error) -> Self {
        match error {
            rust_safe_io::Error::PermissionDenied(denied) => Self::PermissionDenied(denied),
            rust_safe_io::Error::Stopped(stopped) => Self::Stopped(stopped),
            error => Self::Other(match error.path() {
                Some(path) => format!("{error}: {path}"),
                None => error.to_string(),
            }),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}
