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
    /// The operating system said no; its words.
    #[error("{0}")]
    IoError(String),
    /// A kernel parameter that is not there.
    #[error("Invalid sysctl parameter: {0}")]
    InvalidParameter(String),
    /// A value that a kernel parameter does not take: `key=value: why`.
    #[error("Invalid sysctl value for {0}")]
    InvalidValue(String),
    /// What only another account may do. REX raises no privilege by itself.
    #[error("{0}")]
    PrivilegeError(String),
    /// Capabilities that could not be read.
    #[error("{0}")]
    CapsError(String),
    /// A file of the kernel that is not as it should be.
    #[error("{0}")]
    ProcFsError(String),
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
        Self::Other(error.to_string())
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}
