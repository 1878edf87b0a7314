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
    #[error("Failed to send a request: reason: {text}")]
    RequestError {
        /// What kept it from being sent or answered.
        reason: Reason,
        /// The same in words.
        text: String,
    },
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
    /// What the operating system said. No kind of its own: scripts see `Other`.
    #[error("{0}")]
    System(io::Error),
    /// The run has to end. Not a kind: no script sees it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// What a request or connection failed at, as scripts see it in the member `reason` of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The url is none that can be requested.
    Url,
    /// A header, query or body that cannot be sent.
    Request,
    /// The name of the host leads to no address.
    Name,
    /// Nothing listens at the address.
    Refused,
    /// The address cannot be reached.
    Unreachable,
    /// The time allowed was over.
    Timeout,
    /// No secure connection came about: the certificate is not to be trusted, or the two sides do not understand each other.
    Tls,
    /// The other side closed the connection before the end.
    Closed,
    /// The answer is not what the protocol demands.
    Protocol,
    /// The answer is larger than is taken.
    TooLarge,
    /// There were more redirects than are followed, or one led nowhere.
    Redirect,
}

impl Reason {
    /// The word for it.
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl Error {
    pub(crate) fn request(reason: Reason, text: impl Into<String>) -> Self {
        Self::RequestError { reason, text: text.into() }
    }

    /// The same error as that of a request.
    pub(crate) fn of_request(self) -> Self {
        use io::ErrorKind as Kind;
        let (reason, text) = match self {
            Self::TimedOut(text) => (Reason::Timeout, text),
            Self::NoSuchName(text) | Self::Refused(text) | Self::MalformedAnswer(text) => (Reason::Name, text),
            Self::System(error) => {
                let reason = match error.kind() {
                    Kind::ConnectionRefused => Reason::Refused,
                    Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Reason::Closed,
                    Kind::TimedOut => Reason::Timeout,
                    _ => Reason::Unreachable,
                };
                (reason, error.to_string())
            }
            other => return other,
        };
        Self::request(reason, text)
    }

    /// What a request or connection failed at.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::RequestError { reason, .. } => Some(*reason),
            _ => None,
        }
    }

    /// The kind that scripts see: the name of the variant.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::System(_) => "Other",
            other => other.into(),
        }
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
            Self::System(error) => Self::System(io::Error::new(error.kind(), put(error.to_string()))),
            other => other,
        }
    }

    /// All kinds that scripts can compare with.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        <Self as strum::VariantNames>::VARIANTS.iter().copied().filter(|kind| !matches!(*kind, "Stopped" | "System"))
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
        rex_cedar_auth::note_failure(&error);
        Self::System(error)
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}
