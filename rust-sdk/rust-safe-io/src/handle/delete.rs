//! Removing what a script holds open.

use super::{DirHandle, FileHandle};
use crate::remove::remove_tree;
use crate::sys;
use crate::{RemoveOptions, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Delete;

impl FileHandle {
    /// Removes the name by which the file was opened: where it was opened through a link, the link alone. With `force` it may be gone already.
    ///
    /// # Policy
    /// Asks `delete` on the file, or on the link.
    ///
    /// # Errors
    /// `NotFound`; `FileError` when the name stands for something else by now, which is left alone; what the system says.
    pub fn delete(&self, gate: &Gate, force: bool) -> Result<()> {
        let named = self.named();
        let removed = sys::remove_file(gate.authorize::<Delete, _>(&*named)?);
        forgive(removed, force).map_err(|error| error.about(named.path()))
    }
}

impl DirHandle {
    /// Removes the directory; with `recursive` with all that is in it, which is judged whole before anything is touched. With `force` it may be gone
    /// already.
    ///
    /// # Policy
    /// Asks `delete` on the directory; with `recursive` also `read` on it, `open`, `read` and `delete` on each directory in it, and `delete` on
    /// each file.
    ///
    /// # Errors
    /// `DirectoryNotEmpty` without `recursive`; `NotFound`; `DirectoryError` when it is somewhere else by now; `UnsupportedOperationError` when another
    /// file system is mounted on it or in it; what the system says.
    pub fn delete(&self, gate: &Gate, options: RemoveOptions) -> Result<()> {
        let removed = sys::own_place(gate.authorize::<Delete, _>(&*self.0)?)
            .and_then(|place| remove_tree(gate, &place, &self.0, options.recursive));
        forgive(removed, options.force).map_err(|error| error.about(self.path()))
    }
}

fn forgive(removed: Result<()>, force: bool) -> Result<()> {
    match removed {
        Err(error) if force && error.is_not_found() => Ok(()),
        removed => removed,
    }
}
