//! Making files and directories that are not there.

use super::descriptor::{Dir, Entry, Object, Subdir, reopen};
use super::locate::{FIND_DIR, find_subdir};
use crate::open::require_regular;
use crate::path::DirPath;
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::{Create, Write};
use rustix::fs::{
    CWD, Mode, OFlags, RawMode, ResolveFlags, Timespec, Timestamps, UTIME_NOW, fstat, futimens, mkdirat, openat,
    openat2,
};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::io;
use std::rc::Rc;

/// Makes an empty file; says whether it was made, false when something is there already.
pub(crate) fn touch(proof: Authorized<'_, Create, Entry>) -> io::Result<bool> {
    let entry = proof.target();
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(&entry.dir.fd, &entry.name, flags, Mode::from_raw_mode(0o666)) {
        Ok(_) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Makes an empty file with the permissions `mode`, narrowed by the umask; nothing when something is there already.
pub(crate) fn create_file(proof: Authorized<'_, Create, Entry>, mode: RawMode) -> io::Result<Option<Object>> {
    let entry = proof.target();
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = match openat(&entry.dir.fd, &entry.name, flags, Mode::from_raw_mode(mode)) {
        Err(Errno::EXIST) => return Ok(None),
        made => made?,
    };
    // Held as every object is: a descriptor that can write would keep a program from being executed.
    let fd = reopen(&made, OFlags::PATH)?;
    let stat = fstat(&fd)?;
    Ok(Some(Object { fd, entry: entry.clone(), stat }))
}

/// Makes the directory at a judged path, in which no link may be; the one above it must be there, and nothing at its place.
///
/// # Errors
/// `DirectoryOpenError` without the directory above or with a link in the way; `DirectoryError` when something is there.
pub(crate) fn create_dir(proof: Authorized<'_, Create, DirPath>) -> Result<Rc<Dir>> {
    let path = proof.target();
    let failed = |reason, path: &str| Error::DirectoryError { reason, path: path.to_owned() };
    let Some(parts) = path.split() else { return Err(failed("failed to create directory", path.as_str())) };
    let parent = parts.parent.as_str();
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let above = openat2(CWD, parent, FIND_DIR, Mode::empty(), resolve)
        .map_err(|_| Error::DirectoryOpenError { reason: "failed to open parent", path: parent.to_owned() })?;
    let place = Rc::new(Dir::new(above, parent.to_owned())).subdir(OsStr::new(&parts.name));
    let entry = place.as_entry();
    mkdirat(&entry.dir.fd, &entry.name, Mode::from_raw_mode(0o777))
        .map_err(|_| failed("failed to create directory", path.as_str()))?;
    find_subdir(&place, ResolveFlags::empty()).map_err(|_| failed("failed to open leaf", path.as_str()))
}

/// Sets the times of a judged regular file to now.
pub(crate) fn set_times(proof: Authorized<'_, Write, Object>) -> Result<()> {
    let object = proof.target();
    require_regular(object)?;
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    futimens(reopen(&object.fd, OFlags::WRONLY)?, &Timestamps { last_access: now, last_modification: now })?;
    Ok(())
}

/// Makes a directory. One that is there already is well.
///
/// # Errors
/// `InvalidPath` when something else is there; what the system says.
pub(crate) fn make_dir(proof: Authorized<'_, Create, Subdir>) -> Result<()> {
    ensure_dir(proof).map(drop)
}

/// As [`make_dir`], and gives the directory.
pub(crate) fn ensure_dir(proof: Authorized<'_, Create, Subdir>) -> Result<Rc<Dir>> {
    ensure_dir_with(proof, 0o777)
}

/// As [`ensure_dir`]; a directory that is made gets the permissions `mode`, narrowed by the umask.
pub(crate) fn ensure_dir_with(proof: Authorized<'_, Create, Subdir>, mode: RawMode) -> Result<Rc<Dir>> {
    let place = proof.target();
    let entry = place.as_entry();
    let made = mkdirat(&entry.dir.fd, &entry.name, Mode::from_raw_mode(mode));
    match made {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno.into()),
    }
    find_subdir(place, ResolveFlags::empty()).map_err(|error| {
        if made.is_err() && error.kind() == io::ErrorKind::NotADirectory
            || error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
        {
            Error::InvalidPath(format!("Cannot create directory '{}': file exists", entry.name()))
        } else {
            error.into()
        }
    })
}
