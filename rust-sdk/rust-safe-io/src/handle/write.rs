//! Writing files that a script holds open.

use super::FileHandle;
use crate::Result;
use crate::sys;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Write;

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct WriteOptions {
    /// The file keeps its owner and group; else it belongs to the account of this process.
    pub preserve_ownership: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { preserve_ownership: true }
    }
}

impl FileHandle {
    /// Gives the file the content `content` in one step and brings it to the disk: a new file with the permissions and attributes of the old takes
    /// its place, and the result is a handle of it. This handle still holds the old file, but by its name it stands for the new one: it can be
    /// written, moved and deleted again. Where the handle was opened through a link, the file behind the link is written.
    ///
    /// # Policy
    /// Asks `write` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for writing; `FileError` when someone else put another file there; what the system says. The old
    /// content is intact then.
    pub fn write(&self, gate: &Gate, content: &[u8], options: WriteOptions) -> Result<FileHandle> {
        let present = self.present();
        let write = gate.authorize::<Write, _>(&*present)?;
        self.require_write()?;
        let new = sys::supersede(write, gate, options.preserve_ownership, |writer| writer.write(content));
        new.map(|new| self.succeeded(new)).map_err(|error| error.about(self.path()))
    }

    /// Gives the very file that the handle holds the content `content`, wherever the handle stands, and brings it to the disk. A reader may meet a
    /// part.
    ///
    /// # Policy
    /// Asks `write` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for writing; `FileError` when the file has other names; what the system says.
    pub fn write_in_place(&self, gate: &Gate, content: &[u8]) -> Result<()> {
        let write = gate.authorize::<Write, _>(self.object())?;
        self.require_write()?;
        sys::overwrite(write, gate, |writer| writer.write(content)).map_err(|error| error.about(self.path()))?;
        self.position().set(0);
        Ok(())
    }

    /// Adds `content` to the end of the file and brings it to the disk. Meanwhile the file is locked (flock(2)), so that what others add who lock it
    /// too comes before or after, never between.
    ///
    /// # Policy
    /// Asks `write` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for writing; what the system says.
    pub fn append(&self, gate: &Gate, content: &[u8]) -> Result<()> {
        let write = gate.authorize::<Write, _>(self.object())?;
        self.require_write()?;
        sys::append_locked(write, gate, content).map_err(|error| error.about(self.path()))
    }
}
