//! The length of judged files.

use super::descriptor::{Object, reopen};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::Write;
use rex_cedar_auth::{Authorized, Gate, Means};
use rustix::fs::{FallocateFlags, OFlags};

/// Cuts a judged file to `size` bytes, or extends it with zeros, which count as written.
///
/// # Errors
/// `RustixError` with what the system says.
pub(crate) fn truncate(write: Authorized<'_, Write, Object>, gate: &Gate, size: u64) -> Result<()> {
    let fd = reopen(&write.target().fd, OFlags::WRONLY)?;
    let there = rustix::fs::fstat(&fd).map_err(|errno| Error::RustixError(errno.into()))?.st_size;
    gate.spend(Means::Written, size.saturating_sub(u64::try_from(there).unwrap_or_default()))?;
    rustix::fs::ftruncate(&fd, size).map_err(|errno| Error::RustixError(errno.into()))?;
    rustix::fs::fsync(&fd).map_err(|errno| Error::RustixError(errno.into()))
}

/// Reserves room for the first `length` bytes of a judged file and extends it so far. What the file does not have yet counts as written.
///
/// # Errors
/// `RustixError` with what the system says.
pub(crate) fn allocate(write: Authorized<'_, Write, Object>, gate: &Gate, length: u64) -> Result<()> {
    let fd = reopen(&write.target().fd, OFlags::WRONLY)?;
    let there = rustix::fs::fstat(&fd).map_err(|errno| Error::RustixError(errno.into()))?.st_blocks;
    // stat(2) counts in units of 512 bytes.
    let there = u64::try_from(there).unwrap_or_default().saturating_mul(512);
    gate.spend(Means::Written, length.saturating_sub(there))?;
    rustix::fs::fallocate(&fd, FallocateFlags::empty(), 0, length).map_err(|errno| Error::RustixError(errno.into()))
}
