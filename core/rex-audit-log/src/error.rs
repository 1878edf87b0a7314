//! Why the log cannot be written.

use rustix::io::Errno;
use std::path::PathBuf;

/// Why a record cannot be kept. The run must not go on then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log cannot be opened.
    #[error("the audit log {} cannot be opened: {source}", path.display())]
    Open {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: Errno,
    },
    /// What is at the path is not fit to be a log.
    #[error("the audit log {} is refused: {why}", path.display())]
    Unfit {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// A record cannot be written.
    #[error("the audit log could not be written: {0}")]
    Write(Errno),
    /// The log was changed by someone else while this run wrote to it.
    #[error("the audit log was {0} by someone else while it was written; `rex-runner audit verify` tells more")]
    Disturbed(&'static str),
    /// The log ends in something that is no record.
    #[error(
        "the audit log does not end in a whole record (from byte {0} on): look at it with `rex-runner audit verify`, then move it away; a new one is begun"
    )]
    Broken(u64),
    /// Another process has kept the log locked for too long.
    #[error("the audit log could not be written: another process has kept it locked for {0} seconds")]
    Locked(u64),
    /// A checkpoint cannot be signed.
    #[error("the audit log could not be signed: {0}")]
    Sign(String),
    /// The record could not be made.
    #[error("the audit log could not be written: a record cannot be made: {0}")]
    Record(String),
}

impl From<Errno> for Error {
    fn from(error: Errno) -> Self {
        Self::Write(error)
    }
}
