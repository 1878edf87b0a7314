//! Where the records go.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the records go. As text: `journald`, `stderr`, or a path; a file of such a name is written `./journald`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A file, which several runs may share.
    File(PathBuf),
    /// The journal of this host.
    Journald,
    /// Standard error.
    Stderr,
}

impl FromStr for Destination {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "journald" => Self::Journald,
            "stderr" => Self::Stderr,
            path => Self::File(path.into()),
        })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Journald => f.write_str("journald"),
            Self::Stderr => f.write_str("stderr"),
        }
    }
}
