//! Going through a tree by descriptor.

use crate::sys::{self, Dir, EntryType, Listed};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read};
use std::rc::Rc;

/// Deeper trees are passed over: each level holds a descriptor.
pub(crate) const MAX_DEPTH: usize = 512;

/// A directory or file that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Calls `visit` for all in `dir`, and with `recursive` for all below it, a directory before what is in it. Links are not followed.
/// Directories below that cannot be entered are noted in `skipped`.
///
/// # Policy
/// Asks `read` on each directory, before that `open` on each below the first.
///
/// # Errors
/// What fails for `dir` itself, what `visit` fails with, and the end of the run.
pub(crate) fn walk(
    gate: &Gate,
    dir: &Rc<Dir>,
    recursive: bool,
    skipped: &mut Vec<Skipped>,
    visit: &mut dyn FnMut(&Rc<Dir>, Listed) -> Result<()>,
) -> Result<()> {
    let mut listed = sys::list(gate.authorize::<Read, _>(&**dir)?)?;
    level(gate, dir, &mut listed, recursive, 1, skipped, visit)
}

fn level(
    gate: &Gate,
    dir: &Rc<Dir>,
    listed: &mut Vec<Listed>,
    recursive: bool,
    depth: usize,
    skipped: &mut Vec<Skipped>,
    visit: &mut dyn FnMut(&Rc<Dir>, Listed) -> Result<()>,
) -> Result<()> {
    for (number, listed) in listed.drain(..).enumerate() {
        if number % 256 == 0 {
            gate.proceed()?;
        }
        let place = (recursive && listed.entry_type == EntryType::Dir).then(|| dir.subdir(&listed.name));
        visit(dir, listed)?;
        let Some(place) = place else { continue };
        let entered = enter(gate, depth, || sys::subdir(gate.authorize::<Open, _>(&place)?));
        match entered {
            Ok((child, mut below)) => level(gate, &child, &mut below, recursive, depth + 1, skipped, visit)?,
            Err(Error::Stopped(stopped)) => return Err(stopped.into()),
            Err(error) => skipped.push(Skipped { path: place.path().to_owned(), reason: error.to_string() }),
        }
    }
    Ok(())
}

/// Opens a directory of a tree and lists it.
pub(crate) fn enter(
    gate: &Gate,
    depth: usize,
    open: impl FnOnce() -> Result<Rc<Dir>>,
) -> Result<(Rc<Dir>, Vec<Listed>)> {
    if depth > MAX_DEPTH {
        return Err(Error::UnsupportedOperationError(format!("directories nest deeper than {MAX_DEPTH} levels")));
    }
    let dir = open()?;
    let listed = sys::list(gate.authorize::<Read, _>(&*dir)?)?;
    Ok((dir, listed))
}
