//! The only module that touches the system.
//!
//! INVARIANT: every function takes a proof of the gate by value, or gives what it found as `Unjudged`. Descriptors never leave this
//! module except inside its own types, which allow only what was judged.
#![expect(clippy::needless_pass_by_value, reason = "a proof is used up by the act it was given for")]
// LINUX: openat2 (5.6), renameat2, /proc/self/fd. Another platform needs other files below this one, and nothing else.

mod append;
mod behind;
mod carry;
mod chown;
mod create;
mod descriptor;
mod elsewhere;
mod execute;
mod kernel_file;
mod label;
mod link;
mod list;
mod locate;
mod mode;
mod names;
mod overwrite;
mod owner;
mod put;
mod read;
mod remove;
mod rename;
mod resize;
mod stat;
mod stat_all;
mod temporary;
mod unpack;
mod write_once;

pub(crate) use append::{append, append_locked};
pub(crate) use behind::{Behind, behind, behind_dir};
pub(crate) use carry::{Draft, carry, carry_dir, draft, finish_dir, publish, remove_carried, remove_carried_dir};
pub(crate) use chown::{Belonging, chown, chown_dir, chown_named, owner};
pub(crate) use create::{create_dir, create_file, ensure_dir, ensure_dir_with, make_dir, set_times, touch};
pub(crate) use descriptor::{Carried, Dir, Entry, FilesIn, Identity, Object, Relocation, Spotted, Subdir};
pub use elsewhere::Elsewhere;
pub use execute::{Capabilities, Judge, Launcher};
pub(crate) use execute::{Progress, Running, launch};
pub(crate) use kernel_file::kernel_file;
pub(crate) use label::{Attribute, attribute, change_attribute};
pub(crate) use link::{create_hard_link, create_link, read_link};
pub use list::EntryType;
pub(crate) use list::{Listed, list};
pub(crate) use locate::{
    Follow, Itself, Located, Named, check_access, dir, dir_itself, dir_with_place, named, nearest, object, own_place,
    spot, subdir, subdir_here,
};
pub(crate) use mode::{chmod, chmod_dir, chmod_named};
pub(crate) use overwrite::overwrite;
pub use owner::Owner;
pub(crate) use put::{Writer, likeness, put, put_over, resemble, supersede};
pub use read::OpenedFile;
pub(crate) use read::{Readable, Reader, read, redacted_read};
pub(crate) use remove::{remove_dir, remove_file, remove_named};
pub(crate) use rename::{Target, rename, rename_dir};
pub(crate) use resize::{allocate, truncate};
pub use stat::{FileTime, Metadata};
pub(crate) use stat::{link_text, stat, stat_dir, stat_object, stat_subdir};
pub(crate) use stat_all::stat_all;
pub(crate) use unpack::{Attributes, set_dir_time, unpack_file};
pub use write_once::Once;
pub(crate) use write_once::write_once;
