//! Copying between files that a script holds open.

use super::FileHandle;
use crate::sys;
use crate::{CopyOptions, Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Read, Write};

impl FileHandle {
    /// Copies the whole content of this file into the one of `destination`, which holds nothing else afterwards, and brings it to the disk. The
    /// destination is written in place, so that its handles stay good: a reader may meet a part.
    ///
    /// # Policy
    /// Asks `read` on this file, then `write` on the destination.
    ///
    /// # Errors
    /// `InvalidFileMode` for handles that were not opened for this; `InvalidArguments` when both are the same file; `DestinationFileNotEmptyError` without
    /// `force`; `FileError` when the destination has other names; `FileCopyError` when copying fails on the way, with what the destination holds then.
    pub fn copy(&self, gate: &Gate, destination: &FileHandle, options: CopyOptions) -> Result<()> {
        let read = gate.authorize::<Read, _>(self.object())?;
        self.require_read()?;
        let write = gate.authorize::<Write, _>(destination.object())?;
        destination.require_write()?;
        let path = destination.path();
        if self.object().identity() == destination.object().identity() {
            return Err(Error::invalid_arguments(format!("source and destination are the same file: {path}")));
        }
        let like =
            if options.preserve { Some(sys::likeness(gate.authorize::<Read, _>(self.object())?)?) } else { None };
        let mut reader = sys::read(read)?;
        sys::overwrite(write, gate, |writer| {
            let size = writer.size()?;
            if size > 0 && !options.force {
                return Err(Error::DestinationFileNotEmptyError { path: path.to_owned(), size });
            }
            writer.copy(&mut reader).map(drop)
        })
        .map_err(|error| error.about(path))?;
        if let Some(like) = like {
            sys::resemble(gate.authorize::<Write, _>(destination.object())?, &like)?;
        }
        self.position().set(0);
        destination.position().set(0);
        Ok(())
    }
}
