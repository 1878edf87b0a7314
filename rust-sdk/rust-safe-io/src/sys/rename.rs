//! Moving a judged object to a judged place.

use super::carry::{Stamp, changed_since};
use super::descriptor::{Carried, Dir, Entry, Identity, Object, Relocation, Subdir};
use super::list::EntryType;
use super::locate::refuse_mount;
use super::remove::unlink;
use super::temporary::{Outcome, Temporary, sync_dir};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Create, Delete, Move};
use rex_cedar_auth::{Authorized, Gate};
use rustix::fs::{AtFlags, RenameFlags, fsync, renameat, renameat_with, statat};
use rustix::io::Errno;
use std::rc::Rc;

/// What is at the destination.
pub(crate) enum Target<'t> {
    /// Nothing.
    Vacant,
    /// An object that may be removed.
    Replaced(Authorized<'t, Delete, Object>),
}

/// Moves an object and gives it at its new place. Across file systems it is copied whole, brought to the disk, and only then removed.
///
/// # Errors
/// `FileError` when source or destination changed since they were judged: both are as they were then. What the system says.
pub(crate) fn rename(
    from: Authorized<'_, Move, Relocation<'_>>,
    to: Authorized<'_, Create, Entry>,
    target: Target<'_>,
    gate: &Gate,
) -> Result<Object> {
    let Relocation { object, destination } = from.target();
    require_same(destination.path(), to.target().path())?;
    let source = (&object.entry, object.identity());
    let moved = match &target {
        Target::Vacant => into_vacant(source, destination),
        Target::Replaced(replaced) => {
            let replaced = replaced.target();
            over(source, (&replaced.entry, replaced.identity()), AtFlags::empty())
        }
    };
    match moved {
        Err(error) if is_across(&error) => across(object, destination, &target, gate),
        moved => moved.and_then(|()| Ok(object.moved_to(destination)?)),
    }
}

/// Moves the directory held as `dir` and gives it at its new place. An empty directory there gives way where `replaced` says it may.
///
/// # Errors
/// As [`rename`]; `UnsupportedOperationError` when something is mounted on it; `EXDEV` for another file system.
pub(crate) fn rename_dir(
    from: Authorized<'_, Move, Carried<'_, Subdir>>,
    dir: &Dir,
    to: Authorized<'_, Create, Subdir>,
    replaced: Option<(Authorized<'_, Delete, Subdir>, Rc<Dir>)>,
) -> Result<Rc<Dir>> {
    let Carried { what: source, to: destination } = from.target();
    let place = to.target();
    require_same(destination, place.path())?;
    // What is mounted would be emptied where the directory it is mounted on cannot be moved.
    refuse_mount(&dir.fd, dir.path())?;
    let source = (source.as_entry(), dir.identity()?);
    match replaced {
        None => into_vacant(source, place.as_entry())?,
        Some((delete, there)) => {
            require_same(destination, delete.target().path())?;
            over(source, (place.as_entry(), there.identity()?), AtFlags::REMOVEDIR)?;
        }
    }
    Ok(Rc::new(dir.moved_to(destination.clone())?))
}

fn require_same(one: &str, other: &str) -> Result<()> {
    if one == other {
        return Ok(());
    }
    Err(Error::AuthorizationError("two proofs are of different destinations".to_owned()))
}

/// Whether a move failed because the destination is in another file system.
fn is_across(error: &Error) -> bool {
    matches!(error, Error::IoError(error) if error.kind() == std::io::ErrorKind::CrossesDevices)
}

fn changed(entry: &Entry) -> Error {
    Error::FileError { reason: "it was replaced by someone else", path: entry.path().to_owned() }
}

/// A place, and what was judged there.
type Judged<'e> = (&'e Entry, Identity);

fn holds((entry, identity): Judged<'_>) -> bool {
    statat(&entry.dir.fd, &entry.name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| Identity::of(&stat) == identity)
}

pub(super) fn into_vacant(source: Judged<'_>, to: &Entry) -> Result<()> {
    let (from, identity) = source;
    match renameat_with(&from.dir.fd, &from.name, &to.dir.fd, &to.name, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Err(changed(to)),
        // LINUX: not every file system knows NOREPLACE; the same error tells that a directory is moved into itself.
        Err(Errno::INVAL | Errno::NOSYS) if holds(source) => {
            renameat(&from.dir.fd, &from.name, &to.dir.fd, &to.name)?;
        }
        Err(errno) => return Err(errno.into()),
    }
    // RACE: what was moved may not be what was judged; then it goes back.
    if !holds((to, identity)) {
        let _ = renameat_with(&to.dir.fd, &to.name, &from.dir.fd, &from.name, RenameFlags::NOREPLACE);
        return Err(changed(from));
    }
    sync(from, to)
}

/// RACE: the two objects change places in one step; if either was not the judged one, they change back. So nothing is lost that was
/// not judged.
pub(super) fn over(source: Judged<'_>, replaced: Judged<'_>, flags: AtFlags) -> Result<()> {
    let ((from, identity), (to, old)) = (source, replaced);
    let exchange = || renameat_with(&from.dir.fd, &from.name, &to.dir.fd, &to.name, RenameFlags::EXCHANGE);
    match exchange() {
        Ok(()) => {}
        Err(Errno::INVAL | Errno::NOSYS) if holds(source) && holds(replaced) => {
            renameat(&from.dir.fd, &from.name, &to.dir.fd, &to.name)?;
            return sync(from, to);
        }
        Err(Errno::NOENT) => return Err(changed(from)),
        Err(errno) => return Err(errno.into()),
    }
    if !holds((to, identity)) || !holds((from, old)) {
        let _ = exchange();
        return Err(changed(from));
    }
    if let Err(error) = unlink(from, old, flags) {
        if holds((to, identity)) && holds((from, old)) {
            let _ = exchange();
        }
        return Err(error);
    }
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
fn across(object: &Object, destination: &Entry, target: &Target<'_>, gate: &Gate) -> Result<Object> {
    let copied = Stamp::now(object)?;
    let copy = if object.entry_type() == EntryType::Symlink {
        super::carry::copy_link(object, destination)?
    } else {
        let copy = Temporary::beside(destination, 0o600)?;
        super::put::copy_whole(object, copy.file(), gate)?;
        fsync(copy.file())?;
        copy
    };
    let new = copy.object(destination)?;
    let outcome = match target {
        Target::Vacant => copy.take_vacant(destination)?,
        Target::Replaced(replaced) => copy.take_place_of(replaced.target())?,
    };
    if outcome == Outcome::Changed {
        return Err(changed(destination));
    }
    if Stamp::now(object)? != copied {
        return Err(changed_since(object.path()));
    }
    unlink(&object.entry, object.identity(), AtFlags::empty())?;
    sync_dir(&object.entry.dir)?;
    Ok(new)
}
