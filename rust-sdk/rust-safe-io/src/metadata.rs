//! What is known of handles and entries without reading them.

use crate::sys::{self, EntryType, Metadata, Object};
use crate::{DirEntry, DirHandle, Error, FileHandle, Result, SymlinkHandle};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read, Stat};

impl DirHandle {
    /// Its metadata.
    ///
    /// # Policy
    /// Asks `stat` on the directory.
    pub fn metadata(&self, gate: &Gate) -> Result<Metadata> {
        Ok(sys::stat_dir(gate.authorize::<Stat, _>(&*self.0)?)?)
    }
}

impl FileHandle {
    /// Its metadata.
    ///
    /// # Policy
    /// Asks `stat` on the file.
    pub fn metadata(&self, gate: &Gate) -> Result<Metadata> {
        Ok(sys::stat_object(gate.authorize::<Stat, _>(self.object())?)?)
    }
}

impl SymlinkHandle {
    /// Its own metadata, with where it points if that may be read.
    ///
    /// # Policy
    /// Asks `stat` on the link, then `read`, without which its target is not told.
    pub fn metadata(&self, gate: &Gate) -> Result<Metadata> {
        of_object(gate, self.object())
    }
}

impl DirEntry {
    /// The metadata of what its name stands for at present; of a link its own, with where it points if that may be read.
    ///
    /// # Policy
    /// Asks `open` and `stat` on a directory or file, `open`, `stat` and `read` on a link, where a denied `read` hides the target; `stat`
    /// alone on anything else.
    pub fn metadata(&self, gate: &Gate) -> Result<Metadata> {
        let place = self.place();
        let found = match self.entry_type() {
            EntryType::Dir => sys::subdir(gate.authorize::<Open, _>(&place.as_subdir())?)
                .and_then(|dir| Ok(sys::stat_dir(gate.authorize::<Stat, _>(&*dir)?)?)),
            EntryType::File | EntryType::Symlink => {
                sys::object(gate.authorize::<Open, _>(place)?).and_then(|object| of_object(gate, &object))
            }
            _ => sys::stat(gate.authorize::<Stat, _>(place)?).map_err(Error::from),
        };
        found.map_err(|error| error.about(place.path()))
    }
}

fn of_object(gate: &Gate, object: &Object) -> Result<Metadata> {
    let metadata = sys::stat_object(gate.authorize::<Stat, _>(object)?)?;
    if object.entry_type() != EntryType::Symlink {
        return Ok(metadata);
    }
    match gate.authorize::<Read, _>(object) {
        Ok(read) => Ok(metadata.with_target(sys::link_text(read)?)),
        Err(_) => Ok(metadata),
    }
}
