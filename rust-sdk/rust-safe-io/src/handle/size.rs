//! The length of files that a script holds open.

use super::FileHandle;
use crate::{Error, Result, SizeUnit, sys};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Write;
use rustix::io::Errno;

impl FileHandle {
    /// Cuts the file to `size` units, or extends it with zeros.
    ///
    /// # Policy
    /// Asks `write` on the file.
    ///
    /// # Errors
    /// `ValidationError` for a size that no file can have; `RustixError` (`EINVAL`, as ftruncate(2)) when it was not opened for writing, and for what
    /// else the system says.
    pub fn truncate(&self, gate: &Gate, size: i64, unit: SizeUnit) -> Result<()> {
        let write = gate.authorize::<Write, _>(self.object())?;
        if size < 0 {
            return Err(Error::ValidationError(format!("Size must be non-negative, got {size}")));
        }
        let size = unit.times(size).ok_or_else(|| too_large(size))?;
        if !self.options().write {
            return Err(Error::RustixError(Errno::INVAL.into()));
        }
        sys::truncate(write, gate, size)
    }

    /// Reserves room on the disk for the first `length` units of the file; a shorter file becomes so long.
    ///
    /// # Policy
    /// Asks `write` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for writing; `ValidationError` for a length that is not positive or that no file can have;
    /// `RustixError` for what the system says.
    pub fn allocate(&self, gate: &Gate, length: i64, unit: SizeUnit) -> Result<()> {
        let write = gate.authorize::<Write, _>(self.object())?;
        self.require_write()?;
        if length <= 0 {
            return Err(Error::ValidationError("Length must be greater than 0".to_owned()));
        }
        sys::allocate(write, gate, unit.times(length).ok_or_else(|| too_large(length))?)
    }
}

fn too_large(count: i64) -> Error {
    Error::ValidationError(format!("no file can be as long as {count} of these units"))
}
