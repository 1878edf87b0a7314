//! The permissions of what a script holds open.

use super::{DirHandle, FileHandle};
use crate::sys::{self, EntryType};
use crate::tree::{Mounts, Step, through};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Chmod;

impl FileHandle {
    /// Gives the file these permissions: its owner's, its group's and everyone's, nine bits.
    ///
    /// # Policy
    /// Asks `chmod` on the file.
    ///
    /// # Errors
    /// `ValidationError` for a number above `0o777`, `TryFromIntError` for one that is negative; what the system says.
    pub fn chmod(&self, gate: &Gate, permissions: i64) -> Result<()> {
        let chmod = gate.authorize::<Chmod, _>(self.object())?;
        sys::chmod(chmod, nine_bits(permissions)?).map_err(|error| error.about(self.path()))
    }
}

impl DirHandle {
    /// Gives the directory these permissions; with `recursive` every regular file and directory below it, too. All are judged before any is touched. Links and
    /// special files are passed over.
    ///
    /// # Policy
    /// Asks `chmod` on the directory; with `recursive` `read` on it, `open`, `read` and `chmod` on each directory below, and `chmod` on each file.
    ///
    /// # Errors
    /// As [`FileHandle::chmod`], also for the first entry below that fails.
    pub fn chmod(&self, gate: &Gate, permissions: i64, recursive: bool) -> Result<()> {
        let chmod = gate.authorize::<Chmod, _>(&*self.0)?;
        let mode = nine_bits(permissions)?;
        if recursive {
            through(gate, &self.0, Mounts::Enter, &mut |step| match step {
                Step::Entry(entry, EntryType::File) => Ok(gate.authorize::<Chmod, _>(entry).map(drop)?),
                Step::Enter(_, dir) => Ok(gate.authorize::<Chmod, _>(&**dir).map(drop)?),
                Step::Entry(..) | Step::Leave(..) => Ok(()),
            })?;
            // From the leaves up: a directory may get permissions that nobody can go through it with.
            through(gate, &self.0, Mounts::Enter, &mut |step| match step {
                Step::Entry(entry, EntryType::File) => sys::chmod_named(gate.authorize::<Chmod, _>(entry)?, mode)
                    .map_err(|error| error.about(entry.path())),
                Step::Leave(_, dir) => {
                    sys::chmod_dir(gate.authorize::<Chmod, _>(&**dir)?, mode).map_err(|error| error.about(dir.path()))
                }
                Step::Entry(..) | Step::Enter(..) => Ok(()),
            })?;
        }
        sys::chmod_dir(chmod, mode).map_err(|error| error.about(self.path()))
    }
}

fn nine_bits(permissions: i64) -> Result<u32> {
    let mode = u32::try_from(permissions).map_err(|_| Error::TryFromIntError)?;
    if mode > 0o777 {
        return Err(Error::ValidationError(format!(
            "Invalid permissions. Permissions must be in the range 0-777 octal: 0o{mode:o}"
        )));
    }
    Ok(mode)
}
