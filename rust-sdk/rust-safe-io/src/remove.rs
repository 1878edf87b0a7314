//! Removing files and directories.

use crate::open::open_dir;
use crate::path::{DirPath, FilePath, Role};
use crate::sys::{self, Dir, Entry, EntryType, Follow, Named, Object, Subdir};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Delete, Open, Read};
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

/// Deeper trees are refused: each level holds a descriptor.
const MAX_DEPTH: usize = 512;

/// Removes what is at `path`: a file, a link itself (never what it points at), an empty directory, or with `recursive` a tree.
///
/// A tree is judged whole before anything in it is touched. Another file system mounted in it is refused.
///
/// # Policy
/// For a file: `open` on its directory, `open` and `delete` on the file. For a directory: `open`, `read` and `delete` on it; and
/// for a tree `open`, `read` and `delete` on each directory and `delete` on each file in it.
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

fn remove_tree(gate: &Gate, place: &Subdir, dir: &Rc<Dir>, recursive: bool) -> Result<()> {
    let delete = gate.authorize::<Delete, _>(place)?;
    let empty = sys::list(gate.authorize::<Read, _>(&**dir)?)?.is_empty();
    if !empty && !recursive {
        return Err(Error::DirectoryNotEmpty(place.path().to_owned()));
    }
    if !empty {
        // The whole tree is judged first, so that a denial deep in it leaves it whole.
        visit(
            gate,
            dir,
            0,
            &mut |entry| gate.authorize::<Delete, _>(entry).map(drop).map_err(Error::from),
            &mut |place, _| gate.authorize::<Delete, _>(place).map(drop).map_err(Error::from),
        )?;
        visit(gate, dir, 0, &mut |entry| remove_entry(gate, entry), &mut |place, dir| {
            sys::remove_dir(gate.authorize::<Delete, _>(place)?, dir)
        })?;
    }
    sys::remove_dir(delete, dir)
}

fn remove_entry(gate: &Gate, entry: &Entry) -> Result<()> {
    sys::remove_named(gate.authorize::<Delete, _>(entry)?)
}

/// Goes through a tree from the leaves up.
fn visit(
    gate: &Gate,
    dir: &Rc<Dir>,
    depth: usize,
    file: &mut dyn FnMut(&Entry) -> Result<()>,
    directory: &mut dyn FnMut(&Subdir, &Dir) -> Result<()>,
) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::UnsupportedOperationError(format!(
            "directories nest deeper than {MAX_DEPTH} levels: {}",
            dir.path()
        )));
    }
    for listed in sys::list(gate.authorize::<Read, _>(&**dir)?)? {
        gate.proceed()?;
        if listed.entry_type == EntryType::Dir {
            let place = dir.subdir(&listed.name);
            let child = sys::subdir_here(gate.authorize::<Open, _>(&place)?)?;
            visit(gate, &child, depth + 1, file, directory)?;
            directory(&place, &child)?;
        } else {
            file(&dir.entry(&listed.name))?;
        }
    }
    Ok(())
}
