//! Making files and directories that are not there.

use super::descriptor::{Dir, Entry, Object, Subdir, reopen};
use super::locate::find_subdir;
use crate::open::require_regular;
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::{Create, Write};
use rustix::fs::{Mode, OFlags, ResolveFlags, Timespec, Timestamps, UTIME_NOW, futimens, mkdirat, openat};
use rustix::io::Errno;
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
    let place = proof.target();
    let entry = place.as_entry();
    let made = mkdirat(&entry.dir.fd, &entry.name, Mode::from_raw_mode(0o777));
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
