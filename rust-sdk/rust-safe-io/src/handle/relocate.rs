//! Moving files that a script holds open.

use super::{DirHandle, FileHandle};
use crate::Result;
use crate::rename::{RenameOptions, relocate};
use rex_cedar_auth::Gate;

impl FileHandle {
    /// Moves the name by which the file was opened into `directory` as `name` and gives a handle of it there: where it was opened through a link, the link
    /// is moved and the handle still holds the file. A file in the way is replaced in one step. To another file system it is copied whole, brought to the
    /// disk, and only then removed.
    ///
    /// # Policy
    /// Asks `move` on the file, or the link, with the destination as context; `create` and `open` on the destination; `delete` on a file that is
    /// replaced. A file that is kept as backup is judged as moved: `move` on it, `create` and `open` on its new name, `delete` on an older backup.
    ///
    /// # Errors
    /// `InvalidPath` and `Other` for what is no bare name; `InvalidPath` when the destination is a directory; `FileError` when someone else replaced either
    /// meanwhile; what the system says.
    pub fn relocate(
        &self,
        gate: &Gate,
        directory: &DirHandle,
        name: &str,
        options: RenameOptions,
    ) -> Result<FileHandle> {
        let place = directory.place(name)?;
        let moved = relocate(gate, &self.named(), &place, options.backup);
        moved.map(|moved| self.moved(moved)).map_err(|error| error.about(place.path()))
    }
}
