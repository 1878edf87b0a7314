//! The only module that touches the system.
//!
//! INVARIANT: every function takes a proof of the gate by value, or gives what it found as `Unjudged`. Descriptors never leave this
//! module except inside its own types, which allow only what was judged.
#![expect(clippy::needless_pass_by_value, reason = "a proof is used up by the act it was given for")]
// LINUX: openat2 (5.6), renameat2, /proc/self/fd. Another platform needs other files below this one, and nothing else.

mod append;
mod behind;
mod create;
mod descriptor;
mod list;
mod locate;
mod overwrite;
mod owner;
mod put;
mod read;
mod remove;
mod rename;
mod stat;
mod temporary;

pub(crate) use append::append;
pub(crate) use behind::{Behind, behind};
pub(crate) use create::{create_dir, create_file, ensure_dir, make_dir, set_times, touch};
pub(crate) use descriptor::{Dir, Entry, Identity, Object, Relocation, Subdir};
pub use list::EntryType;
pub(crate) use list::{Listed, list};
pub(crate) use locate::{
    Follow, Itself, Located, Named, check_access, dir, dir_itself, dir_with_place, named, nearest, object, subdir,
    subdir_here,
};
pub(crate) use overwrite::overwrite;
pub use owner::Owner;
pub(crate) use put::{Writer, put, put_over};
pub(crate) use read::{Reader, read, redacted_read};
pub(crate) use remove::{remove_dir, remove_file, remove_named};
pub(crate) use rename::{Target, rename};
pub use stat::{FileTime, Metadata};
pub(crate) use stat::{link_text, stat, stat_dir, stat_object, stat_subdir};
