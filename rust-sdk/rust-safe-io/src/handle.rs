//! What a script holds open: directories, files and links. A handle never grants more than its opening: each operation is judged anew.

mod dir;
mod entry;
mod file;
mod find;
mod link;
mod read;

pub use dir::{DirHandle, DirOptions};
pub use file::{FileHandle, FileOptions};
pub use find::FindOptions;
pub use link::SymlinkHandle;
