//! Removing files and directories.

use crate::open::open_dir;
use crate::path::{DirPath, FilePath, Role};
use crate::sys::{self, Dir, Entry, EntryType, Follow, Named, Object, Subdir};
use crate::tree::{Mounts, Step, through};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Delete, Open};
use std::ffi::OsStr;
use std::rc::Rc;

/// How to remove.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoveOptions {
    /// Nothing being there is no error.
    pub force: bool,
    /// A directory goes with all that is in it.
    pub recursive: bool,
}

/// Removes what is at `path`: a file, a link itself (never what it points at), an empty directory, or with `recursive` a tree.
///
/// A tree is judged whole before anything in it is touched. Another file system mounted in it is refused.
///
/// # Policy
/// For a file: `open` on its directory, `open` and `delete` on the file. For a directory: `open` and `delete` on it; and with
/// `recursive` `open`, `read` and `delete` on each directory and `delete` on each file in it.
///
/// # Errors
/// `NotFound` without `force`; `DirectoryNotEmpty` without `recursive`; `FileError` when someone else replaced an object meanwhile.
pub fn remove(gate: &Gate, path: &str, options: RemoveOptions) -> Result<()> {
    let removed = match find(gate, path) {
        Ok((place, Named::Object(object))) => remove_object(gate, &place, &object),
        Ok((place, Named::Dir(dir))) => remove_tree(gate, &place.as_subdir(), &dir, options.recursive),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.is_not_found() && options.force => Ok(()),
        removed => removed.map_err(|error| error.about(path)),
    }
}

/// Finds what is at `path` without telling more than the policy permits: what it is can only be learned by who may `open` the
/// path as a file or as a directory.
fn find(gate: &Gate, path: &str) -> Result<(Entry, Named)> {
    let path = FilePath::parse(path, Role::File)?;
    let parent = match open_dir(gate, &path.parent, Follow::Links) {
        Ok(parent) => parent,
        // Who may open the directory itself need not be let into the one above it.
        Err(Error::PermissionDenied(denied)) => {
            let above = DirPath::parse(&path.text())?;
            let Ok(open) = gate.authorize::<Open, _>(&above) else { return Err(denied.into()) };
            return match sys::dir_with_place(open) {
                Ok((dir, place)) => Ok((place, Named::Dir(dir))),
                // A link is in the way: where it leads was denied.
                Err(Error::DirectoryOpenError { .. }) => Err(denied.into()),
                Err(error) => Err(error),
            };
        }
        Err(error) => return Err(error),
    };
    let place = parent.entry(OsStr::new(&path.name));
    let denied = match gate.authorize::<Open, _>(&place) {
        Ok(open) => {
            let object = sys::object(open)?;
            return match object.entry_type() {
                EntryType::Dir => Ok((place.clone(), sys::named(gate.authorize::<Open, _>(&place.as_subdir())?)?)),
                _ => Ok((place, Named::Object(object))),
            };
        }
        Err(denied) => denied,
    };
    let subdir = place.as_subdir();
    let Ok(open) = gate.authorize::<Open, _>(&subdir) else { return Err(denied.into()) };
    match sys::named(open)? {
        Named::Dir(dir) => Ok((place, Named::Dir(dir))),
        Named::Object(_) => Err(denied.into()),
    }
}

fn remove_object(gate: &Gate, place: &Entry, object: &Object) -> Result<()> {
    debug_assert_eq!(place.path(), object.path());
    sys::remove_file(gate.authorize::<Delete, _>(object)?)
}

/// Removes a directory, and with `recursive` all that is in it, judged whole before anything is touched.
///
/// # Policy
/// Asks `delete` on the directory; with `recursive` also `read` on it, and on all in it what [`remove`] says.
pub(crate) fn remove_tree(gate: &Gate, place: &Subdir, dir: &Rc<Dir>, recursive: bool) -> Result<()> {
    let delete = gate.authorize::<Delete, _>(place)?;
    if recursive {
        // The whole tree is judged first, so that a denial deep in it leaves it whole.
        through(gate, dir, Mounts::Refuse, &mut |step| match step {
            Step::Entry(entry, _) => Ok(gate.authorize::<Delete, _>(entry).map(drop)?),
            Step::Enter(..) => Ok(()),
            Step::Leave(place, _) => Ok(gate.authorize::<Delete, _>(place).map(drop)?),
        })?;
        through(gate, dir, Mounts::Refuse, &mut |step| match step {
            Step::Entry(entry, _) => {
                sys::remove_named(gate.authorize::<Delete, _>(entry)?).map_err(|error| error.about(entry.path()))
            }
            Step::Enter(..) => Ok(()),
            Step::Leave(place, dir) => {
                sys::remove_dir(gate.authorize::<Delete, _>(place)?, dir).map_err(|error| error.about(place.path()))
            }
        })?;
    }
    sys::remove_dir(delete, dir)
}
