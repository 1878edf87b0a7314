//! What a script holds open: directories, files and links. A handle never grants more than its opening: each operation is judged anew.

mod copy;
mod delete;
mod dir;
mod entry;
mod file;
mod find;
mod label;
mod link;
mod make;
mod mode;
mod owner;
mod read;
mod relocate;
mod relocate_dir;
mod size;
mod usage;
mod write;
mod write_once;

pub(crate) use dir::require_name;
pub use dir::{DirHandle, DirOptions};
pub use file::{FileHandle, FileOptions};
pub use find::FindOptions;
pub use label::LabelOptions;
pub use link::SymlinkHandle;
pub use owner::OwnershipOptions;
pub use write::WriteOptions;
