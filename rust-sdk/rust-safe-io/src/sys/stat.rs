//! Metadata of judged objects.

use super::descriptor::{Dir, Entry, Identity, Object, Subdir};
use super::list::EntryType;
use super::owner::Owner;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::{Read, Stat};
use rustix::fs::{AtFlags, Stat as RawStat, fstat, readlinkat, statat};
use std::io;

/// A moment as files have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileTime {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds after that.
    pub nanoseconds: i64,
}

/// What is known of an object without reading it (`inode(7)`).
#[derive(Debug, Clone)]
pub struct Metadata {
    stat: RawStat,
    target: Option<String>,
}

#[allow(
    clippy::useless_conversion,
    clippy::unnecessary_cast,
    clippy::cast_possible_wrap,
    reason = "the types differ between platforms"
)]
impl Metadata {
    pub(super) fn of(stat: RawStat) -> Self {
        Self { stat, target: None }
    }

    /// What it is.
    pub fn entry_type(&self) -> EntryType {
        EntryType::of_mode(self.stat.st_mode)
    }

    /// Its length in bytes; of a link, the length of its text.
    pub fn size(&self) -> u64 {
        u64::try_from(self.stat.st_size).unwrap_or_default()
    }

    /// How many blocks of 512 bytes it occupies on the disk, whatever the file system's block size.
    pub fn blocks(&self) -> u64 {
        u64::try_from(self.stat.st_blocks).unwrap_or_default()
    }

    /// The bytes it occupies on the disk.
    pub fn allocated(&self) -> u64 {
        self.blocks().saturating_mul(512)
    }

    /// How many names it has.
    pub fn links(&self) -> u64 {
        self.stat.st_nlink as u64
    }

    /// Type and permissions, as `st_mode` holds them.
    pub fn mode(&self) -> u32 {
        self.stat.st_mode
    }

    /// Its owner and group.
    pub fn owner(&self) -> Owner {
        Owner { user: self.stat.st_uid, group: self.stat.st_gid }
    }

    /// Its inode number.
    pub fn inode(&self) -> u64 {
        self.stat.st_ino as u64
    }

    /// The number of the device that holds it.
    pub fn device(&self) -> u64 {
        self.stat.st_dev as u64
    }

    /// When its content was changed.
    pub fn modified(&self) -> FileTime {
        FileTime { seconds: self.stat.st_mtime, nanoseconds: self.stat.st_mtime_nsec as i64 }
    }

    /// When its content was read, as far as the file system keeps that.
    pub fn accessed(&self) -> FileTime {
        FileTime { seconds: self.stat.st_atime, nanoseconds: self.stat.st_atime_nsec as i64 }
    }

    /// When its content or metadata was changed.
    pub fn changed(&self) -> FileTime {
        FileTime { seconds: self.stat.st_ctime, nanoseconds: self.stat.st_ctime_nsec as i64 }
    }

    /// Where it points, of a link whose text may be read.
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// Which object it is.
    pub(crate) fn identity(&self) -> Identity {
        Identity::of(&self.stat)
    }

    /// The same, with the target of a link.
    pub(crate) fn with_target(self, target: String) -> Self {
        Self { target: Some(target), ..self }
    }
}

/// The metadata of what is at a judged name; of a link, its own.
pub(crate) fn stat(proof: Authorized<'_, Stat, Entry>) -> io::Result<Metadata> {
    let entry = proof.target();
    Ok(Metadata::of(statat(&entry.dir.fd, &entry.name, AtFlags::SYMLINK_NOFOLLOW)?))
}

/// The metadata of the directory at a judged name.
///
/// # Errors
/// `ENOTDIR` when something else is there by now; what the system says.
pub(crate) fn stat_subdir(proof: Authorized<'_, Stat, Subdir>) -> io::Result<Metadata> {
    let entry = proof.target().as_entry();
    let found = Metadata::of(statat(&entry.dir.fd, &entry.name, AtFlags::SYMLINK_NOFOLLOW)?);
    if found.entry_type() == EntryType::Dir { Ok(found) } else { Err(rustix::io::Errno::NOTDIR.into()) }
}

/// The present metadata of a judged directory.
pub(crate) fn stat_dir(proof: Authorized<'_, Stat, Dir>) -> io::Result<Metadata> {
    Ok(Metadata::of(fstat(&proof.target().fd)?))
}

/// The present metadata of a judged object.
pub(crate) fn stat_object(proof: Authorized<'_, Stat, Object>) -> io::Result<Metadata> {
    Ok(Metadata::of(fstat(&proof.target().fd)?))
}

/// The text of a judged link, invalid UTF-8 replaced.
///
/// # Errors
/// `EINVAL` for what is no link.
pub(crate) fn link_text(proof: Authorized<'_, Read, Object>) -> io::Result<String> {
    let object = proof.target();
    // LINUX: on a descriptor of something else an empty name finds nothing.
    if object.entry_type() != EntryType::Symlink {
        return Err(rustix::io::Errno::INVAL.into());
    }
    // LINUX: an empty name is the link that the descriptor holds (2.6.39).
    Ok(readlinkat(&object.fd, c"", Vec::new())?.to_string_lossy().into_owned())
}
