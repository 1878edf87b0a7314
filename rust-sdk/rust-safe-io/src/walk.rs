//! Going through a tree by descriptor.

use crate::sys::{self, Dir, FilesIn, Listed, Metadata};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read, Stat};
use std::rc::Rc;
use std::sync::Arc;

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

/// Where a walk goes after an entry was visited.
pub(crate) enum Step {
    /// To the next entry.
    Over,
    /// Into the directory that the entry is.
    Into,
    /// Into this directory, which the entry leads to.
    Through(Rc<Dir>),
}

/// What is called for an entry: with its directory, what the listing says, its depth, and where to note what is left out.
pub(crate) type Visit<'v, E> =
    dyn FnMut(&Rc<Dir>, &Listed, usize, &mut Vec<Skipped>) -> std::result::Result<Step, E> + 'v;

/// Calls `visit` for all in `dir`, and for all in the directories it says to go into, a directory before what is in it. It gets the
/// depth of the entry, 1 for those in `dir`, and where to note what it leaves out. Links are not followed. Directories below
/// that cannot be entered are noted in `skipped`.
///
/// # Policy
/// Asks `read` on each directory, before that `open` on each below the first.
///
/// # Errors
/// What fails for `dir` itself, what `visit` fails with, and the end of the run.
pub(crate) fn walk<E: From<Error>>(
    gate: &Gate,
    dir: &Rc<Dir>,
    skipped: &mut Vec<Skipped>,
    visit: &mut Visit<'_, E>,
) -> std::result::Result<(), E> {
    let read = gate.authorize::<Read, _>(&**dir).map_err(Error::from)?;
    let listed = sys::list(read)?;
    Walk { gate, visit }.level(dir, &listed, 1, skipped)
}

struct Walk<'w, E> {
    gate: &'w Gate,
    visit: &'w mut Visit<'w, E>,
}

impl<E: From<Error>> Walk<'_, E> {
    fn level(
        &mut self,
        dir: &Rc<Dir>,
        listed: &[Listed],
        depth: usize,
        skipped: &mut Vec<Skipped>,
    ) -> std::result::Result<(), E> {
        let gate = self.gate;
        for (number, listed) in listed.iter().enumerate() {
            if number % 256 == 0 {
                gate.proceed().map_err(Error::from)?;
            }
            let entered = match (self.visit)(dir, listed, depth, skipped)? {
                Step::Over => continue,
                Step::Into => {
                    let place = dir.subdir(&listed.name);
                    enter(gate, depth, || sys::subdir(gate.authorize::<Open, _>(&place)?))
                }
                Step::Through(other) => enter(gate, depth, || Ok(other)),
            };
            match entered {
                Ok((child, below)) => self.level(&child, &below, depth + 1, skipped)?,
                Err(Error::Stopped(stopped)) => return Err(Error::from(stopped).into()),
                Err(error) => {
                    skipped
                        .push(Skipped { path: dir.entry(&listed.name).path().to_owned(), reason: error.to_string() });
                }
            }
        }
        Ok(())
    }
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

/// The metadata of all files of a listing, in its order.
///
/// # Policy
/// Asks `stat` on each, or on all files of the directory at once where the policy speaks of the directory as a whole.
///
/// # Errors
/// The end of the run. What fails for one file stands in its place.
pub(crate) fn stat_all(gate: &Gate, dir: &Rc<Dir>, files: &Arc<Vec<Listed>>) -> Result<Vec<Result<Metadata>>> {
    gate.proceed()?;
    let all = FilesIn::new(dir);
    if let Some(proof) = gate.authorize_all::<Stat, _>(&all) {
        return Ok(sys::stat_all(proof, files).into_iter().map(|found| found.map_err(Error::from)).collect());
    }
    let mut found = Vec::with_capacity(files.len());
    for (number, listed) in files.iter().enumerate() {
        if number % 256 == 255 {
            gate.proceed()?;
        }
        let place = dir.entry(&listed.name);
        let one = gate.authorize::<Stat, _>(&place).map_err(Error::from);
        found.push(one.and_then(|proof| Ok(sys::stat(proof)?)));
    }
    Ok(found)
}
