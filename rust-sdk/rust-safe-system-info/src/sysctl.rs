//! Kernel parameters (sysctl(8), `proc_sys(5)`): each is a file below `/proc/sys`, and judged as that file.

mod compare;
mod config;
mod find;
mod key;
mod load;
mod write;

pub use find::{Parameter, Parameters, find};
pub use load::{Loaded, load};
pub use write::{Written, write};

use crate::Result;
use key::Key;
use rex_cedar_auth::Gate;
use rust_safe_io::{DirHandle, DirOptions, FileHandle, FileOptions};

/// Values are no longer.
const LONGEST: u64 = 1 << 20;

/// What could not be read or set, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// A key, or a path.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// The value of the parameter `key`, without blanks around it.
///
/// # Policy
/// Asks `open` on the directory and the file below `/proc/sys`, then `read` on the file.
///
/// # Errors
/// `IoError` for a text that is no key; `Other` for what the system says.
pub fn read(gate: &Gate, key: &str) -> Result<String> {
    let key = Key::parse(key)?;
    value(gate, &open(gate, &key, FileOptions { read: true, ..FileOptions::default() })?)
}

/// # Policy
/// Asks `open` on the directory and on the file.
fn open(gate: &Gate, key: &Key, options: FileOptions) -> rust_safe_io::Result<FileHandle> {
    let dir = DirHandle::open(gate, &key.directory(), DirOptions::default())?;
    dir.open_file(gate, key.name(), options)
}

/// # Policy
/// Asks `read` on the file.
fn value(gate: &Gate, file: &FileHandle) -> Result<String> {
    let content = file.read_bytes(gate, 0, LONGEST)?;
    Ok(String::from_utf8_lossy(&content)
        .trim_matches(|letter: char| letter.is_whitespace() || letter == '\0')
        .to_owned())
}
