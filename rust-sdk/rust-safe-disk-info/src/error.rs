//! What can go wrong, as scripts see it.

use rex_cedar_auth::{Cause, Denied, Stopped};
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
    /// A path that cannot be used as it was asked to be.
    #[error("Invalid filesystem path: {0}")]
    InvalidPath(String),
    /// The operating system gave what makes no sense.
    #[error("System error occurred: {0}")]
    SystemError(String),
    /// A number out of range.
    #[error("out of range integral type conversion attempted")]
    TryFromIntError,
    /// The operating system said no; its words.
    #[error("{0}")]
    IoError(String),
    /// The operating system said no to a call; its words.
    #[error("{0}")]
    NixError(String),
    /// Nothing is there.
    #[error("{0}")]
    NotFound(String),
    /// No file system is mounted there.
    #[error("{0}")]
    NotMounted(String),
    /// Somebody uses it.
    #[error("{0}")]
    Busy(String),
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

    /// All kinds that scripts can compare with.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        <Self as strum::VariantNames>::VARIANTS.iter().copied().filter(|kind| *kind != "Stopped")
    }

    /// Whether the run has to end or a defect of REX came to light: what no operation passes over.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Stopped(_) | Self::AuthorizationError(_) => true,
            Self::PermissionDenied(denied) => matches!(denied.cause(), Cause::Undeclared { .. }),
            _ => false,
        }
    }
}

impl From<rust_safe_io::Error> for Error {
    fn from(error: rust_safe_io::Error) -> Self {
        use rust_safe_io::Error as Io;
        let told = |error: &Io| match error.path() {
            Some(path) => format!("{error}: {path}"),
            None => error.to_string(),
        };
        match error {
            Io::PermissionDenied(denied) => Self::PermissionDenied(denied),
            Io::AuthorizationError(text) => Self::AuthorizationError(text),
            Io::Stopped(stopped) => Self::Stopped(stopped),
            Io::NotFound { .. } => Self::NotFound(told(&error)),
            Io::IoError(_) | Io::FileReadError(_) => Self::IoError(told(&error)),
            error => Self::Other(told(&error)),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        rex_cedar_auth::note_failure(&error);
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound(error.to_string()),
            _ => Self::IoError(error.to_string()),
        }
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}
