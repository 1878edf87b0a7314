//! Moving a file.

use crate::open::{open_file, open_place};
use crate::path::{FilePath, Role};
use crate::sys::{self, Entry, EntryType, Follow, Object, Relocation, Target};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Create, Delete, Move, Open};
use std::ffi::OsStr;

/// How to move.
#[derive(Debug, Clone, Copy, Default)]
pub struct RenameOptions {
    /// Keep a file that is in the way under its name with `~` behind it.
    pub backup: bool,
}

/// What a move did.
#[derive(Debug)]
pub struct Moved {
    /// The path the file had.
    pub source: String,
    /// The path it has.
    pub destination: String,
}

/// Moves the regular file at `source` to `destination`, its full new path. A file in the way is replaced in one step. Links are followed
/// in no part of either path.
///
/// # Policy
/// Asks `open` on the directory and the file of the source, `open` on the directory of the destination; `move` on the source, with the
/// destination as context; `create` and `open` on the destination; `delete` on a file that is replaced. A file that is kept as
/// backup is judged as moved: `move` on it, `create` and `open` on its new name, `delete` on an older backup.
///
/// # Errors
/// `InvalidPath` when the destination is a directory; `FileError` when someone else replaced either meanwhile; as for reading and writing.
pub fn rename(gate: &Gate, source: &str, destination: &str, options: RenameOptions) -> Result<Moved> {
    let destination = FilePath::parse(destination, Role::Destination)?;
    let source = open_file(gate, source, Role::Source, Follow::Nothing)?;
    let place = open_place(gate, &destination, Follow::Nothing)?;
    let moved = Moved { source: source.path().to_owned(), destination: place.path().to_owned() };
    relocate(gate, &source, &place, options.backup)?;
    Ok(moved)
}

/// Moves what is at its place to another and gives it there.
///
/// # Policy
/// As [`rename()`], from `move` on.
pub(crate) fn relocate(gate: &Gate, source: &Object, place: &Entry, backup: bool) -> Result<Object> {
    let relocation = Relocation { object: source, destination: place };
    let relocate_proof = gate.authorize::<Move, _>(&relocation)?;
    let create = gate.authorize::<Create, _>(place)?;
    let there = match sys::object(gate.authorize::<Open, _>(place)?) {
        Ok(there) => there,
        Err(error) if error.is_not_found() => return sys::rename(relocate_proof, create, Target::Vacant, gate),
        Err(error) => return Err(error),
    };
    if there.entry_type() == EntryType::Dir {
        return Err(Error::InvalidPath(format!(
            "the destination is a directory, give the full new path: {}",
            place.path()
        )));
    }
    if there.identity() == source.identity() {
        return Ok(there);
    }
    if backup {
        let kept = place.dir().entry(OsStr::new(&format!("{}~", place.name())));
        relocate(gate, &there, &kept, false)?;
        return sys::rename(relocate_proof, create, Target::Vacant, gate);
    }
    let target = Target::Replaced(gate.authorize::<Delete, _>(&there)?);
    sys::rename(relocate_proof, create, target, gate)
}
