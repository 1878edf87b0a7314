//! Giving a setting of the kernel a value.

use super::FileHandle;
use crate::{Once, Result, sys};
use rex_cedar_auth::action::file_system::Write;
use rex_cedar_auth::{Gate, Means};

impl FileHandle {
    /// Writes `content` at the beginning of the file by one call of write(2), as settings of the kernel want it: nothing is cut off, nothing is brought
    /// to a disk, and what the kernel did not take is not offered again. `accepts` looks at what the file holds then, where it can be read, and
    /// must tell nobody.
    ///
    /// # Policy
    /// Asks `write` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for writing; what the system says.
    pub fn write_once(&self, gate: &Gate, content: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<Once> {
        let write = gate.authorize::<Write, _>(self.object())?;
        self.require_write()?;
        gate.spend(Means::Written, content.len() as u64)?;
        sys::write_once(write, content, accepts).map_err(|error| crate::Error::from(error).about(self.path()))
    }
}
