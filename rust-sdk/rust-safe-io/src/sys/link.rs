//! Links: what they say, and making them.

use super::descriptor::{Entry, Object, Relocation, by_own_name};
use super::locate::find;
use super::temporary::{Outcome, Temporary};
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::{Create, Delete, Move, Read};
use rustix::fs::{AtFlags, linkat, readlinkat, symlinkat};
use rustix::io::Errno;
use std::ffi::CString;
use std::io;

/// How often a name that changes under our hands is tried.
const ATTEMPTS: usize = 16;

/// The text of the link at a judged name, invalid UTF-8 replaced.
///
/// # Errors
/// What the system says, `EINVAL` of what is no link.
pub(crate) fn read_link(read: Authorized<'_, Read, Entry>) -> io::Result<String> {
    let entry = read.target();
    Ok(readlinkat(&entry.dir.fd, &entry.name, Vec::new())?.to_string_lossy().into_owned())
}

/// Makes a link at a judged name. What is there already is replaced in one step where `replaced` says it may be.
///
/// # Errors
/// `EEXIST` without `replaced`, `EISDIR` for a directory, which is never replaced; what the system says.
pub(crate) fn create_link(
    create: Authorized<'_, Create, Entry>,
    replaced: Option<Authorized<'_, Delete, Entry>>,
    target: &str,
) -> Result<()> {
    let entry = create.target();
    let target = CString::new(target).map_err(|_| Errno::INVAL)?;
    let Some(delete) = replaced else {
        return Ok(symlinkat(&target, &entry.dir.fd, &entry.name)?);
    };
    if delete.target().path() != entry.path() {
        return Err(Error::AuthorizationError("the two proofs are of different places".to_owned()));
    }
    for _ in 0..ATTEMPTS {
        let there = match find(entry) {
            Ok(there) if there.entry_type() == super::EntryType::Dir => return Err(Errno::ISDIR.into()),
            Ok(there) => Some(there),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let link = Temporary::link(entry, &target)?;
        let outcome = match &there {
            Some(there) => link.take_place_of(there)?,
            None => link.take_vacant(entry)?,
        };
        if outcome == Outcome::Done {
            return Ok(());
        }
    }
    Err(Error::FileError { reason: "it was replaced by someone else again and again", path: entry.path().to_owned() })
}

/// Gives a judged file another name, at which nothing may be.
///
/// # Errors
/// `EEXIST`; `EXDEV` in another file system; what the system says.
pub(crate) fn create_hard_link(
    named: Authorized<'_, Move, Relocation<'_>>,
    create: Authorized<'_, Create, Entry>,
) -> Result<()> {
    let Relocation { object, destination } = named.target();
    if destination.path() != create.target().path() {
        return Err(Error::AuthorizationError("the two proofs are of different places".to_owned()));
    }
    let Object { fd, .. } = object;
    let linked =
        by_own_name(fd, |own, name| linkat(own, name, &destination.dir.fd, &destination.name, AtFlags::SYMLINK_FOLLOW));
    Ok(linked?)
}
