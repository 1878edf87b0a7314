//! Tar archives, plain or packed with gzip: unpacking them, looking into them, making them.

mod create;
mod extract;
mod header;
mod list;
mod members;
mod name;
mod search;
mod survey;

pub use create::create_archive;
pub use extract::{ExtractOptions, extract_archive};
pub use header::MemberType;
pub use list::{ArchiveMember, list_archive};
pub use search::{ArchiveHit, search_archive};
