//! What can go wrong, as scripts see it.

use rex_cedar_auth::{Denied, Stopped};
use std::io;

/// The result of a file operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a file operation failed. The names of the variants are the kinds that scripts compare with.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[non_exhaustive]
pub enum Error {
    /// A path that cannot be used as it was asked to be.
    #[error("Invalid path: {0}")]
    InvalidPath(String),
    /// Arguments that make no sense, by themselves or together.
    #[error("Invalid arguments: {0}")]
    InvalidArguments(String),
    /// A handle that was not opened for this.
    #[error("Invalid file mode: {0}")]
    InvalidFileMode(String),
    /// A value, pattern or object that is not what it should be.
    #[error("Validation error: {0}")]
    ValidationError(String),
    /// A directory that could not be opened as asked.
    #[error("Directory error: {reason}: {path}")]
    DirectoryOpenError {
        /// Why.
        reason: &'static str,
        /// Which.
        path: String,
    },
    /// An operation on a directory that failed.
    #[error("Directory error: {reason}: {path}")]
    DirectoryError {
        /// Why.
        reason: &'static str,
        /// Which.
        path: String,
    },
    /// An operation on a file that failed.
    #[error("File error: {reason}: {path}")]
    FileError {
        /// Why.
        reason: &'static str,
        /// Which.
        path: String,
    },
    /// A copy would have replaced content.
    #[error("Destination file not empty: File: {path}, Size: {size} bytes")]
    DestinationFileNotEmptyError {
        /// The destination.
        path: String,
        /// Its size in bytes.
        size: u64,
    },
    /// There is no such file or directory. Scripts know the text without the path, which is told apart from it.
    #[error("No such file or directory (os error 2)")]
    NotFound {
        /// Where nothing is, as far as it is known.
        path: Option<String>,
    },
    /// A directory that was to be removed holds something.
    #[error(
        "Directory not empty: A path led to a non-empty directory location. To include contents of this directory, use the recursive flag: {0}"
    )]
    DirectoryNotEmpty(String),
    /// The policy says no.
    #[error(transparent)]
    PermissionDenied(#[from] Denied),
    /// A function asked for what it did not declare: a defect of REX.
    #[error("Authorization check failed: {0}")]
    AuthorizationError(String),
    /// A user or group without a name, or a name without a user or group.
    #[error("Identity resolution error: {0}")]
    IdentityResolutionError(String),
    /// What the operation is not made for.
    #[error("Unsupported Operation error: {0}")]
    UnsupportedOperationError(String),
    /// Content beyond what an operation takes.
    #[error("File content too large: {0}")]
    FileContentTooLargeError(String),
    /// Copying failed on the way.
    #[error("File copy failed: {0}")]
    FileCopyError(io::Error),
    /// Reading failed on the way.
    #[error("File read failed: {0}")]
    FileReadError(io::Error),
    /// An entry that is of another type than the call needs.
    #[error("Entry type mismatch: {0}")]
    EntryTypeMismatchError(String),
    /// The operating system said no; its words.
    #[error("{0}")]
    IoError(io::Error),
    /// A number out of range.
    #[error("out of range integral type conversion attempted")]
    TryFromIntError,
    /// The operating system said no to a call on a descriptor.
    #[error("{0}")]
    RustixError(io::Error),
    /// Text that is not UTF-8.
    #[error("stream did not contain valid UTF-8")]
    Utf8Error,
    /// An error in a script's callback.
    #[error("Rhai callback execution failed: {0}")]
    CallbackError(String),
    /// A namespace that could not be entered.
    #[error("Process namespace fatal error: {0}")]
    ProcessNamespaceFatalError(String),
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

    pub(crate) fn other(message: String) -> Self {
        Self::Other(message)
    }

    pub(crate) fn invalid_arguments(message: impl Into<String>) -> Self {
        Self::InvalidArguments(message.into())
    }

    /// The path that it is about, where the text does not tell it: the texts of the operating system name none.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::NotFound { path } => path.as_deref(),
            Self::IoError(error) => {
                error.get_ref().and_then(|inner| inner.downcast_ref::<About>()).map(|about| about.path.as_str())
            }
            _ => None,
        }
    }

    /// The same error, which knows what path it is about. What it knew already stays.
    pub(crate) fn about(self, path: &str) -> Self {
        match self {
            Self::NotFound { path: None } => Self::NotFound { path: Some(path.to_owned()) },
            Self::IoError(error) if error.raw_os_error().is_some() => {
                Self::IoError(io::Error::new(error.kind(), About { path: path.to_owned(), error }))
            }
            error => error,
        }
    }

    /// Whether the operating system found nothing there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        rex_cedar_auth::note_failure(&error);
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path: None },
            _ => Self::IoError(error),
        }
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}

/// An error of the operating system and the path it is about; shown, it is the error alone.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
struct About {
    path: String,
    error: io::Error,
}

#[cfg(test)]
mod tests {
    use super::Error;
    use std::io;

    #[test]
    fn the_path_is_told_apart_from_the_text() {
        let denied = Error::from(io::Error::from_raw_os_error(13)).about("/a").about("/b");
        assert_eq!((denied.to_string().as_str(), denied.path()), ("Permission denied (os error 13)", Some("/a")));
        let missing = Error::from(io::Error::from_raw_os_error(2)).about("/a").about("/b");
        assert_eq!((missing.kind(), missing.path()), ("NotFound", Some("/a")));
    }
}
