//! What can go wrong, as scripts see it.

use rex_cedar_auth::{Denied, Stopped};
use std::io;

/// The result of an operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation failed. The names of the variants are the kinds that scripts compare with.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[non_exhaustive]
pub enum Error {
    /// There is no such process, or none that matches.
    #[error("Process not found: {reason}: PID {pid}")]
    ProcessNotFound {
        /// Why.
        reason: String,
        /// The process id asked for; 0 where none was.
        pid: u32,
    },
    /// The run could not come back from a namespace.
    #[error("Namespace operation failed: {reason}: PID {pid}")]
    PidNamespaceOperationError {
        /// What failed, with the system's words.
        reason: String,
        /// The process id asked for; 0 where none was.
        pid: u32,
    },
    /// A namespace that could not be entered.
    #[error("Namespace operation failed: {reason}: {error}")]
    NamespaceOperationError {
        /// What failed.
        reason: String,
        /// The system's words.
        error: String,
    },
    /// The policy says no.
    #[error(transparent)]
    PermissionDenied(#[from] Denied),
    /// A function asked for what it did not declare: a defect of REX.
    #[error("Authorization check failed: {0}")]
    AuthorizationError(String),
    /// Arguments that make no sense, by themselves or together.
    #[error("Validation error: {0}")]
    ValidationError(String),
    /// An error in a script's callback.
    #[error("Callback execution failed: {0}")]
    CallbackExecutionError(String),
    /// The list of processes could not be read.
    #[error("Process enumeration failed: {0}")]
    ProcessEnumerationError(String),
    /// The bus or the service manager could not be reached or did not answer as it should.
    #[error("{0}")]
    DBusError(String),
    /// What only another account may do. REX raises no privilege by itself.
    #[error("{0}")]
    PrivilegeError(String),
    /// There is no such unit.
    #[error("Unit: {0}")]
    ServiceNotFound(String),
    /// The service manager did not do, or could not do, with a unit what it was asked to.
    #[error("Service failed: {0}")]
    ServiceFailed(String),
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
