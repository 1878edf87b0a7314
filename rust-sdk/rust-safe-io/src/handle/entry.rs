//! Opening the entries of a listing.

use super::{DirHandle, DirOptions, FileHandle, FileOptions};
use crate::sys::{self, Behind, EntryType};
use crate::{DirEntry, Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Open;
use std::rc::Rc;

impl DirEntry {
    /// Opens what its name stands for at present as a file.
    ///
    /// # Policy
    /// As [`DirHandle::open_file`].
    ///
    /// # Errors
    /// `EntryTypeMismatchError` for a directory; as [`DirHandle::open_file`].
    pub fn open_as_file(&self, gate: &Gate, options: FileOptions) -> Result<FileHandle> {
        if self.entry_type() == EntryType::Dir {
            let _open = gate.authorize::<Open, _>(self.place())?;
            return Err(Error::EntryTypeMismatchError("DirEntry does not represent a file".to_owned()));
        }
        FileHandle::open_at(gate, self.place(), options)
    }

    /// Opens what its name stands for at present as a directory. Of the options only `follow` counts.
    ///
    /// # Policy
    /// Asks `open` on the directory; of a link that is followed `open` on the link as a directory, and on what is behind it.
    ///
    /// # Errors
    /// `EntryTypeMismatchError` for what is no directory; `DirectoryOpenError` for a link that is not to be followed; what the system says.
    pub fn open_as_dir(&self, gate: &Gate, options: DirOptions) -> Result<DirHandle> {
        let place = self.place();
        let subdir = place.as_subdir();
        let mismatch = || Error::EntryTypeMismatchError("DirEntry does not represent a dir".to_owned());
        match self.entry_type() {
            EntryType::Dir => {
                let opened = sys::subdir(gate.authorize::<Open, _>(&subdir)?);
                opened.map(DirHandle).map_err(|error| error.about(place.path()))
            }
            EntryType::Symlink if options.follow => {
                let open = gate.authorize::<Open, _>(&subdir)?;
                match sys::behind_dir(open).map_err(|error| error.about(place.path()))? {
                    Behind::Dir(held) => Ok(DirHandle(Rc::new(gate.release::<Open, _>(held)?))),
                    Behind::There(held) => {
                        gate.release::<Open, _>(held)?;
                        Err(mismatch())
                    }
                    Behind::Nowhere(held, error) => {
                        gate.release::<Open, _>(held)?;
                        Err(error.about(place.path()))
                    }
                }
            }
            EntryType::Symlink => {
                let _open = gate.authorize::<Open, _>(&subdir)?;
                let reason = "Not a directory, enable follow_symlinks to open the target directory";
                Err(Error::DirectoryOpenError { reason, path: place.path().to_owned() })
            }
            _ => {
                let _open = gate.authorize::<Open, _>(&subdir)?;
                Err(mismatch())
            }
        }
    }
}
