//! Removing judged objects.

use super::descriptor::{Dir, Entry, Identity, Object, Subdir};
use super::temporary::private_name;
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Delete;
use rustix::fs::{AtFlags, Mode, OFlags, RawDir, RenameFlags, fstat, openat, renameat_with, statat, unlinkat};
use rustix::io::Errno;
use std::io;
use std::mem::MaybeUninit;

/// Removes the name of a judged object, which is no directory.
///
/// # Errors
/// `FileError` when the name stands for something else by now, which is left alone; what the system says.
pub(crate) fn remove_file(proof: Authorized<'_, Delete, Object>) -> Result<()> {
    let object = proof.target();
    unlink(object.entry(), object.identity(), AtFlags::empty())
}

/// Removes an empty judged directory, held as `dir`.
///
/// # Errors
/// `DirectoryNotEmpty`; `FileError` when the name stands for something else by now; what the system says.
pub(crate) fn remove_dir(proof: Authorized<'_, Delete, Subdir>, dir: &Dir) -> Result<()> {
    unlink_dir(proof.target(), dir)
}

/// As [`remove_dir`], for functions of `sys` that hold another proof for it.
pub(super) fn unlink_dir(place: &Subdir, dir: &Dir) -> Result<()> {
    if holds_something(dir) {
        return Err(Error::DirectoryNotEmpty(place.path().to_owned()));
    }
    unlink(place.as_entry(), Identity::of(&fstat(&dir.fd)?), AtFlags::REMOVEDIR).map_err(|error| match error {
        Error::IoError(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
            Error::DirectoryNotEmpty(place.path().to_owned())
        }
        error => error,
    })
}

/// Whether there is anything in a directory, as far as it can be told: a full one shall not even for a moment bear another name.
fn holds_something(dir: &Dir) -> bool {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(fd) = openat(&dir.fd, c".", flags, Mode::empty()) else { return false };
    let mut buffer = [MaybeUninit::uninit(); 1024];
    let mut entries = RawDir::new(fd, &mut buffer);
    while let Some(Ok(entry)) = entries.next() {
        if entry.file_name() != c"." && entry.file_name() != c".." {
            return true;
        }
    }
    false
}

/// Removes a name if it stands for `identity`.
///
/// RACE: a name can change between a look and its removal. So the object is first given a name nobody can guess; if that turns out
/// to be another object, it gets its name back.
pub(super) fn unlink(entry: &Entry, identity: Identity, flags: AtFlags) -> Result<()> {
    let dir = &entry.dir.fd;
    let changed = || Error::FileError { reason: "it was replaced by someone else", path: entry.path().to_owned() };
    let is_judged = |name: &std::ffi::CStr| {
        statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| Identity::of(&stat) == identity)
    };
    if !is_judged(&entry.name)? {
        return Err(changed());
    }
    let aside = private_name()?;
    match renameat_with(dir, &entry.name, dir, &aside, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(Errno::NOENT) => return Err(changed()),
        // LINUX: not every file system knows NOREPLACE, and a mount point cannot be renamed; the look just made has to do.
        Err(_) => return Ok(unlinkat(dir, &entry.name, flags)?),
    }
    let removed = match is_judged(&aside) {
        Ok(true) => unlinkat(dir, &aside, flags).map_err(Error::from),
        Ok(false) => Err(changed()),
        Err(errno) => Err(errno.into()),
    };
    if removed.is_err() {
        // Whatever it is, it gets its name back unless that was taken meanwhile.
        let _ = renameat_with(dir, &aside, dir, &entry.name, RenameFlags::NOREPLACE);
    }
    removed
}

/// Removes a judged name that a listing gave, which must not be a directory.
///
/// # Errors
/// As [`remove_file`].
pub(crate) fn remove_named(proof: Authorized<'_, Delete, Entry>) -> Result<()> {
    let entry = proof.target();
    let found = super::locate::find(entry)?;
    unlink(entry, found.identity(), AtFlags::empty())
}
