//! Finding kernel parameters.

use super::key::{Key, ROOT};
use super::{LeftOut, value};
use crate::{Error, Result};
use regex::RegexBuilder;
use rex_cedar_auth::Gate;
use rust_safe_io::{DirEntry, DirHandle, DirOptions, EntryType, FileOptions};

/// A kernel parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its key, as `read` takes it: parted by dots, a dot in a name written as a slash.
    pub key: String,
    /// Its value, without blanks around it.
    pub value: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    /// The parameters, by key.
    pub found: Vec<Parameter>,
    /// What matched and could not be read, and directories that could not be looked into.
    pub left_out: Vec<LeftOut>,
}

/// Files that do something when they are read: two warn in the kernel log that they are of old, one makes all processors count.
const ACTING: [&str; 3] = ["base_reachable_time", "retrans_time", "stat_refresh"];

/// LINUX: looking into it mounts another file system (`proc-sys-fs-binfmt_misc.automount`), whose files are no parameters.
const ELSEWHERE: &str = "/proc/sys/fs/binfmt_misc";

/// Directories below `/proc/sys` are no deeper.
const DEEPEST: usize = 32;

/// The parameters whose path, or whose key, the regular expression `pattern` matches somewhere, by key. What may not be read is
/// left out. Files that do something when they are read are passed over.
///
/// # Policy
/// Asks `open` and `read` on the directory `/proc/sys`, and on each below; `open` and `read` on each file that matches.
///
/// # Errors
/// `InvalidParameter` for a pattern that does not compile; what fails for `/proc/sys` itself.
pub fn find(gate: &Gate, pattern: &str) -> Result<Parameters> {
    let pattern = RegexBuilder::new(pattern).size_limit(1 << 20).build();
    let pattern = pattern.map_err(|error| Error::InvalidParameter(error.to_string()))?;
    let mut parameters = Parameters::default();
    let Parameters { found, left_out } = &mut parameters;
    let root = DirHandle::open(gate, ROOT, DirOptions::default())?;
    let with_depth = |entries: Vec<DirEntry>, depth: usize| entries.into_iter().map(move |entry| (entry, depth));
    let mut open: Vec<(DirEntry, usize)> = with_depth(root.entries(gate)?, 1).collect();
    while let Some((entry, depth)) = open.pop() {
        gate.proceed()?;
        let Some(key) = Key::at(entry.path()) else { continue };
        let leave_out = |error: rust_safe_io::Error| match error {
            rust_safe_io::Error::Stopped(stopped) => Err(Error::from(stopped)),
            error => Ok(LeftOut { name: key.text(), reason: error.to_string() }),
        };
        match entry.entry_type() {
            EntryType::Dir if entry.path() == ELSEWHERE || depth >= DEEPEST => {}
            EntryType::Dir => match entry.open_as_dir(gate, DirOptions::default()).and_then(|dir| dir.entries(gate)) {
                Ok(entries) => open.extend(with_depth(entries, depth + 1)),
                // A network interface can go at any moment.
                Err(rust_safe_io::Error::NotFound { .. }) => {}
                Err(error) => left_out.push(leave_out(error)?),
            },
            EntryType::File if !ACTING.contains(&key.name()) => {
                if !pattern.is_match(entry.path()) && !pattern.is_match(&key.text()) {
                    continue;
                }
                let options = FileOptions { read: true, ..FileOptions::default() };
                match entry.open_as_file(gate, options).map_err(Error::from).and_then(|file| value(gate, &file)) {
                    Ok(value) => found.push(Parameter { key: key.text(), value }),
                    Err(Error::Stopped(stopped)) => return Err(stopped.into()),
                    Err(error) => left_out.push(LeftOut { name: key.text(), reason: error.to_string() }),
                }
            }
            _ => {}
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    left_out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(parameters)
}
