//! Metadata of judged objects.

use super::descriptor::{Dir, Entry, Identity};
use super::list::EntryType;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Stat;
use rustix::fs::{AtFlags, Stat as RawStat, statat};
use std::io;

/// What is known of an object without reading it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metadata {
    /// What it is.
    pub(crate) entry_type: EntryType,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// The bytes it occupies on the disk.
    pub(crate) allocated: u64,
    /// How many names it has.
    pub(crate) links: u64,
    /// Which object it is.
    pub(crate) identity: Identity,
}

impl Metadata {
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the types differ between platforms")]
    fn of(stat: &RawStat) -> Self {
        Self {
            entry_type: EntryType::of_mode(stat.st_mode),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            // stat(2): st_blocks counts units of 512 bytes whatever the file system's block size.
            allocated: u64::try_from(stat.st_blocks).unwrap_or_default() * 512,
            links: stat.st_nlink as u64,
            identity: Identity::of(stat),
        }
    }
}

/// The metadata of what is at a judged name; of a link, its own.
pub(crate) fn stat(proof: Authorized<'_, Stat, Entry>) -> io::Result<Metadata> {
    let entry = proof.target();
    Ok(Metadata::of(&statat(&entry.dir.fd, &entry.name, AtFlags::SYMLINK_NOFOLLOW)?))
}

/// The metadata of a judged directory.
pub(crate) fn stat_dir(proof: Authorized<'_, Stat, Dir>) -> io::Result<Metadata> {
    Ok(Metadata::of(&rustix::fs::fstat(&proof.target().fd)?))
}
