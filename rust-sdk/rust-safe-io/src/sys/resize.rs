//! The length of judged files.

use super::descriptor::{Object, reopen};
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Write;
use rustix::fs::{FallocateFlags, OFlags};

/// Cuts a judged file to `size` bytes, or extends it with zeros.
///
/// # Errors
/// `RustixError` with what the system says.
pub(crate) fn truncate(write: Authorized<'_, Write, Object>, size: u64) -> Result<()> {
    let fd = reopen(&write.target().fd, OFlags::WRONLY)?;
    rustix::fs::ftruncate(&fd, size).map_err(|errno| Error::RustixError(errno.into()))?;
    rustix::fs::fsync(&fd).map_err(|errno| Error::RustixError(errno.into()))
}

/// Reserves room for the first `length` bytes of a judged file and extends it so far.
///
/// # Errors
/// `RustixError` with what the system says.
pub(crate) fn allocate(write: Authorized<'_, Write, Object>, length: u64) -> Result<()> {
    let fd = reopen(&write.target().fd, OFlags::WRONLY)?;
    rustix::fs::fallocate(&fd, FallocateFlags::empty(), 0, length).map_err(|errno| Error::RustixError(errno.into()))
}
