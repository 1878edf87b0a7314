//! Making directories.

use crate::open::{open_dir, open_place};
use crate::path::{DirPath, FilePath, Role};
use crate::sys::{self, Follow};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Create;
use std::ffi::OsStr;

/// Makes a directory at `path`; the one above it must be there. A directory that is there already is well.
///
/// # Policy
/// Asks `open` on the directory above and `create` on the directory, whether it is there or not.
///
/// # Errors
/// `InvalidPath` when something else is there; `NotFound` without the directory above.
pub fn make_dir(gate: &Gate, path: &str) -> Result<()> {
    let place = open_place(gate, &FilePath::parse(path, Role::Directory)?, Follow::Links)?.as_subdir();
    sys::make_dir(gate.authorize::<Create, _>(&place)?).map_err(|error| error.about(place.path()))
}

/// Makes a directory at `path` and all that are missing above it.
///
/// # Policy
/// Asks `open` on the nearest directory above that is there, found by asking `open` on each from the last to the first; then `create` on
/// each below it.
///
/// # Errors
/// As [`make_dir`]. Directories made before a failure stay.
pub fn make_dirs(gate: &Gate, path: &str) -> Result<()> {
    let path = DirPath::parse(&FilePath::parse(path, Role::Directory)?.text())?;
    let mut below = Vec::new();
    let mut at = path;
    let mut first_denial = None;
    // What may not be opened may not be looked for either: it counts as missing, and `create` is asked for it.
    let base = loop {
        match open_dir(gate, &at, Follow::Links) {
            Ok(dir) => break dir,
            Err(Error::PermissionDenied(denied)) => {
                first_denial.get_or_insert(denied);
            }
            Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(Error::InvalidPath(format!("Cannot create directory '{}': file exists", at.as_str())));
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        let Some(parts) = at.split() else {
            return Err(first_denial.map_or(Error::NotFound { path: None }, Error::from));
        };
        below.push(parts.name);
        at = parts.parent;
    };
    let mut dir = base;
    for name in below.iter().rev() {
        let place = dir.subdir(OsStr::new(name));
        dir = sys::ensure_dir(gate.authorize::<Create, _>(&place)?).map_err(|error| error.about(place.path()))?;
    }
    Ok(())
}
