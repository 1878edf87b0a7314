//! The first steps of most operations: a directory, a place in it, a file at that place; each judged before it is touched.

use crate::path::{DirPath, FilePath, Role};
use crate::sys::{self, Dir, Entry, Follow, Located, Object, Spotted};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Open;
use std::ffi::OsStr;
use std::rc::Rc;

/// Opens a directory.
///
/// # Policy
/// Asks `open` on the directory, and where a link led elsewhere `open` on that directory too.
pub(crate) fn open_dir(gate: &Gate, path: &DirPath, follow: Follow) -> Result<Rc<Dir>> {
    match sys::dir(gate.authorize::<Open, _>(path)?, follow).map_err(|error| error.about(path.as_str()))? {
        Located::Judged(dir) => Ok(dir),
        Located::Elsewhere(held) => Ok(Rc::new(gate.release::<Open, _>(held)?)),
        Located::Nowhere(held, error) => {
            gate.release::<Open, _>(held)?;
            Err(error.about(path.as_str()))
        }
    }
}

/// Opens the directory that a path lies in and gives the place there.
///
/// # Policy
/// As [`open_dir`], for the directory part.
pub(crate) fn open_place(gate: &Gate, path: &FilePath, follow: Follow) -> Result<Entry> {
    Ok(open_dir(gate, &path.parent, follow)?.entry(OsStr::new(&path.name)))
}

/// Finds the regular file at a path. A link in the last part is refused, never followed.
///
/// # Policy
/// Asks `open` on the directory (see [`open_dir`]) and on the file.
pub(crate) fn open_file(gate: &Gate, path: &str, role: Role, follow: Follow) -> Result<Object> {
    let place = open_place(gate, &FilePath::parse(path, role)?, follow)?;
    let object = sys::object(gate.authorize::<Open, _>(&place)?).map_err(|error| error.about(place.path()))?;
    require_regular(&object)?;
    Ok(object)
}

/// Looks at the regular file at a path, which will be read as a whole and then let go.
///
/// # Policy
/// As [`open_file`].
pub(crate) fn spot_file(gate: &Gate, path: &str) -> Result<Spotted> {
    let place = open_place(gate, &FilePath::parse(path, Role::File)?, Follow::Links)?;
    let spotted = sys::spot(gate.authorize::<Open, _>(&place)?).map_err(|error| error.about(place.path()))?;
    regular(spotted.entry_type(), spotted.path())?;
    Ok(spotted)
}

/// Refuses what is no regular file.
pub(crate) fn require_regular(object: &Object) -> Result<()> {
    regular(object.entry_type(), object.path())
}

fn regular(kind: sys::EntryType, path: &str) -> Result<()> {
    match kind {
        sys::EntryType::File => Ok(()),
        sys::EntryType::Symlink => Err(Error::FileError {
            reason: "file is a symbolic link but follow_symlinks is not enabled",
            path: path.to_owned(),
        }),
        _ => Err(Error::ValidationError("argument is not a file".to_owned())),
    }
}
