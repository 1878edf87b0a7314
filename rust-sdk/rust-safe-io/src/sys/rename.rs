//! Moving a judged object to a judged place.

use super::descriptor::{Entry, Identity, Object, Relocation};
use super::remove::unlink;
use super::temporary::{Outcome, Temporary, sync_dir};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Create, Delete, Move};
use rex_cedar_auth::{Authorized, Gate};
use rustix::fs::{AtFlags, RenameFlags, fsync, renameat_with, statat};
use rustix::io::Errno;
use std::rc::Rc;

/// What is at the destination.
pub(crate) enum Target<'t> {
    /// Nothing.
    Vacant,
    /// An object that may be removed.
    Replaced(Authorized<'t, Delete, Object>),
}

/// Moves an object. Across file systems it is copied whole, brought to the disk, and only then removed.
///
/// # Errors
/// `FileError` when source or destination changed since they were judged: both are as they were then. What the system says.
pub(crate) fn rename(
    from: Authorized<'_, Move, Relocation<'_>>,
    to: Authorized<'_, Create, Entry>,
    target: Target<'_>,
    gate: &Gate,
) -> Result<()> {
    let Relocation { object, destination } = from.target();
    if destination.path() != to.target().path() {
        return Err(Error::AuthorizationError("the two proofs are of different destinations".to_owned()));
    }
    let moved = match &target {
        Target::Vacant => into_vacant(object, destination),
        Target::Replaced(replaced) => over(object, replaced.target()),
    };
    match moved {
        Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::CrossesDevices => {
            across(object, destination, &target, gate)
        }
        moved => moved,
    }
}

fn changed(entry: &Entry) -> Error {
    Error::FileError { reason: "it was replaced by someone else", path: entry.path().to_owned() }
}

fn holds(entry: &Entry, identity: Identity) -> bool {
    statat(&entry.dir.fd, &entry.name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| Identity::of(&stat) == identity)
}

fn into_vacant(object: &Object, destination: &Entry) -> Result<()> {
    let (from, to) = (&object.entry, destination);
    match renameat_with(&from.dir.fd, &from.name, &to.dir.fd, &to.name, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Err(changed(to)),
        // LINUX: not every file system knows NOREPLACE.
        Err(Errno::INVAL | Errno::NOSYS) if object.is_still_there()? => {
            rustix::fs::renameat(&from.dir.fd, &from.name, &to.dir.fd, &to.name)?;
        }
        Err(errno) => return Err(errno.into()),
    }
    // RACE: what was moved may not be what was judged; then it goes back.
    if !holds(to, object.identity()) {
        let _ = renameat_with(&to.dir.fd, &to.name, &from.dir.fd, &from.name, RenameFlags::NOREPLACE);
        return Err(changed(from));
    }
    sync(from, to)
}

/// RACE: the two objects change places in one step; if either was not the judged one, they change back. So nothing is lost that was
/// not judged.
fn over(object: &Object, replaced: &Object) -> Result<()> {
    let (from, to) = (&object.entry, &replaced.entry);
    let exchange = || renameat_with(&from.dir.fd, &from.name, &to.dir.fd, &to.name, RenameFlags::EXCHANGE);
    match exchange() {
        Ok(()) => {}
        Err(Errno::INVAL | Errno::NOSYS) if object.is_still_there()? && replaced.is_still_there()? => {
            rustix::fs::renameat(&from.dir.fd, &from.name, &to.dir.fd, &to.name)?;
            return sync(from, to);
        }
        Err(Errno::NOENT) => return Err(changed(from)),
        Err(errno) => return Err(errno.into()),
    }
    if !holds(to, object.identity()) || !holds(from, replaced.identity()) {
        let _ = exchange();
        return Err(changed(from));
    }
    unlink(from, replaced.identity(), AtFlags::empty())?;
    sync(from, to)
}

fn sync(from: &Entry, to: &Entry) -> Result<()> {
    sync_dir(&to.dir)?;
    if !Rc::ptr_eq(&from.dir, &to.dir) {
        sync_dir(&from.dir)?;
    }
    Ok(())
}

/// Copies content, owner, permissions and times to the other file system, then removes the source.
fn across(object: &Object, destination: &Entry, target: &Target<'_>, gate: &Gate) -> Result<()> {
    let temporary = Temporary::beside(destination, 0o600)?;
    super::put::copy_whole(object, temporary.file(), gate)?;
    fsync(temporary.file())?;
    let outcome = match target {
        Target::Vacant => temporary.take_vacant(destination)?,
        Target::Replaced(replaced) => temporary.take_place_of(replaced.target())?,
    };
    if outcome == Outcome::Changed {
        return Err(changed(destination));
    }
    unlink(&object.entry, object.identity(), AtFlags::empty())
}
