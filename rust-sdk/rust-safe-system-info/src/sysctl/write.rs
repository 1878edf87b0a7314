//! Setting one kernel parameter.

use super::compare::{Agreement, compare};
use super::key::Key;
use super::{LONGEST, open};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rust_safe_io::{FileOptions, Once};
use std::io::ErrorKind;

/// What is known after a parameter was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The parameter has the value.
    Verified,
    /// The kernel took the value; the parameter cannot be read.
    Unseen,
    /// The kernel took the value and shows another text, which may mean the same.
    ShownOtherwise,
}

/// Sets the parameter `key` to `value`, by one call of write(2), and looks whether the kernel took it.
///
/// # Policy
/// Asks `open` on the directory and the file below `/proc/sys`, then `write` on the file.
///
/// # Errors
/// `IoError` for a text that is no key; `InvalidParameter` for a parameter that is not there; `InvalidValue` for a value that the kernel refuses, took
/// only a part of, or took for another number; `PrivilegeError` where this account may not write it; `Other` for what else the system says.
pub fn write(gate: &Gate, key: &str, value: &str) -> Result<Written> {
    set(gate, &Key::parse(key)?, key, value)
}

/// As [`write()`]; errors call the parameter `shown`.
pub(super) fn set(gate: &Gate, key: &Key, shown: &str, value: &str) -> Result<Written> {
    let value = value.trim_end();
    // The kernel would take what stands before such a character.
    if value.contains(|letter: char| letter.is_control() && letter != '\t') || value.len() as u64 > LONGEST {
        return Err(Error::InvalidValue(format!("{shown}={value:?}: it must be one line without control characters")));
    }
    let failed = |error: rust_safe_io::Error| refused(error, shown, value);
    let options = FileOptions { write: true, ..FileOptions::default() };
    let file = open(gate, key, options).map_err(failed)?;
    let content = format!("{value}\n");
    let mut agreement = Agreement::Same;
    let mut accepts = |now: &[u8]| {
        agreement = compare(value, &String::from_utf8_lossy(now));
        agreement != Agreement::Different
    };
    match file.write_once(gate, content.as_bytes(), &mut accepts).map_err(failed)? {
        Once::Taken if agreement == Agreement::Same => Ok(Written::Verified),
        Once::Taken => Ok(Written::ShownOtherwise),
        Once::Unseen => Ok(Written::Unseen),
        // The end of the line need not be taken.
        Once::Part(taken) if taken == value.len() => Ok(Written::Unseen),
        Once::Part(taken) => {
            Err(Error::InvalidValue(format!("{shown}={value}: the kernel took only the first {taken} bytes of it")))
        }
        Once::Otherwise => Err(Error::InvalidValue(format!("{shown}={value}: the kernel made another value of it"))),
    }
}

fn refused(error: rust_safe_io::Error, key: &str, value: &str) -> Error {
    use rust_safe_io::Error as Io;
    let kind = match &error {
        Io::NotFound { .. } => Some(ErrorKind::NotFound),
        Io::IoError(error) => Some(error.kind()),
        _ => None,
    };
    match kind {
        Some(ErrorKind::NotFound | ErrorKind::NotADirectory) => Error::InvalidParameter(key.to_owned()),
        Some(ErrorKind::InvalidInput) => Error::InvalidValue(format!("{key}={value}: Invalid argument")),
        Some(ErrorKind::PermissionDenied) => Error::PrivilegeError(format!(
            "{error}: this account may not set {key}; most kernel parameters belong to root, some demand a capability such as CAP_SYS_ADMIN or CAP_NET_ADMIN"
        )),
        _ => Error::from(error),
    }
}
