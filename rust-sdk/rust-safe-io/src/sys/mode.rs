//! Permission bits of judged objects.

use super::descriptor::{Dir, Entry, Object, by_own_name};
use super::list::EntryType;
use super::locate::find;
use crate::Result;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Chmod;
use rustix::fs::{AtFlags, Mode, RawMode, chmodat};
use std::io;
use std::os::fd::AsRawFd;

/// Gives a judged object these permissions.
pub(crate) fn chmod(proof: Authorized<'_, Chmod, Object>, mode: RawMode) -> Result<()> {
    Ok(set(&proof.target().fd, mode)?)
}

/// Gives a judged directory these permissions.
pub(crate) fn chmod_dir(proof: Authorized<'_, Chmod, Dir>, mode: RawMode) -> Result<()> {
    Ok(set(&proof.target().fd, mode)?)
}

/// Gives the regular file at a judged name these permissions. Anything else there is passed over.
pub(crate) fn chmod_named(proof: Authorized<'_, Chmod, Entry>, mode: RawMode) -> Result<()> {
    let object = find(proof.target())?;
    if object.entry_type() == EntryType::File {
        set(&object.fd, mode)?;
    }
    Ok(())
}

// LINUX: fchmod refuses `O_PATH` descriptors, and fchmodat2 is known since 6.6 only; the entry of `/proc/self/fd` leads to the
// object itself. A link is no object that has permissions.
fn set(fd: &impl AsRawFd, mode: RawMode) -> io::Result<()> {
    by_own_name(fd, |own, name| chmodat(own, name, Mode::from_raw_mode(mode), AtFlags::empty()))
}
