//! Going through a whole tree by descriptor, for what changes it.

use crate::sys::{self, Dir, Entry, EntryType, Listed, Subdir};
use crate::walk::MAX_DEPTH;
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read};
use std::rc::Rc;

/// What to do with a directory on which another file system is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mounts {
    /// Go through it too.
    Enter,
    /// Refuse the whole.
    Refuse,
}

/// What is met on the way.
pub(crate) enum Step<'n> {
    /// Anything but a directory.
    Entry(&'n Entry, EntryType),
    /// A directory, before what is in it.
    Enter(&'n Subdir, &'n Rc<Dir>),
    /// The same directory, after what is in it.
    Leave(&'n Subdir, &'n Rc<Dir>),
}

struct Level {
    dir: Rc<Dir>,
    place: Option<Subdir>,
    left: std::vec::IntoIter<Listed>,
}

/// Calls `visit` for all below `dir`. Links are met themselves, never followed.
///
/// # Policy
/// Asks `read` on each directory, before that `open` on each below the first.
///
/// # Errors
/// `UnsupportedOperationError` for a tree that is too deep, or with [`Mounts::Refuse`] for a mount in it; what fails on the way.
pub(crate) fn through(
    gate: &Gate,
    dir: &Rc<Dir>,
    mounts: Mounts,
    visit: &mut dyn FnMut(Step<'_>) -> Result<()>,
) -> Result<()> {
    let level = |place: Option<Subdir>, dir: &Rc<Dir>| -> Result<Level> {
        let listed = sys::list(gate.authorize::<Read, _>(&**dir)?)?;
        Ok(Level { dir: Rc::clone(dir), place, left: listed.into_iter() })
    };
    let mut levels = vec![level(None, dir)?];
    while let Some(Level { dir, place, left }) = levels.last_mut() {
        gate.proceed()?;
        let Some(listed) = left.next() else {
            if let Some(place) = place {
                visit(Step::Leave(place, dir))?;
            }
            levels.pop();
            continue;
        };
        if listed.entry_type != EntryType::Dir {
            visit(Step::Entry(&dir.entry(&listed.name), listed.entry_type))?;
            continue;
        }
        let place = dir.subdir(&listed.name);
        if levels.len() > MAX_DEPTH {
            let path = place.path();
            return Err(Error::UnsupportedOperationError(format!(
                "directories nest deeper than {MAX_DEPTH} levels: {path}"
            )));
        }
        let open = gate.authorize::<Open, _>(&place)?;
        let child = match mounts {
            Mounts::Enter => sys::subdir(open),
            Mounts::Refuse => sys::subdir_here(open),
        };
        let child = child.map_err(|error| error.about(place.path()))?;
        visit(Step::Enter(&place, &child))?;
        levels.push(level(Some(place), &child)?);
    }
    Ok(())
}
