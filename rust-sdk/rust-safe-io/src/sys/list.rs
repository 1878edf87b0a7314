//! The names in a judged directory.

use super::descriptor::Dir;
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Read;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, openat, statat};
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStringExt;

/// What kind of object a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryType {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// The file system does not say.
    Unknown,
    /// A FIFO.
    Fifo,
    /// A Unix-domain socket.
    Socket,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
}

impl EntryType {
    /// Every type, in the order of scripts' constants.
    pub const ALL: [EntryType; 8] = [
        Self::File,
        Self::Dir,
        Self::Symlink,
        Self::Unknown,
        Self::Fifo,
        Self::Socket,
        Self::CharDevice,
        Self::BlockDevice,
    ];

    pub(super) fn of_mode(mode: rustix::fs::RawMode) -> Self {
        Self::of(FileType::from_raw_mode(mode))
    }

    fn of(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Dir,
            FileType::Symlink => Self::Symlink,
            FileType::Fifo => Self::Fifo,
            FileType::Socket => Self::Socket,
            FileType::CharacterDevice => Self::CharDevice,
            FileType::BlockDevice => Self::BlockDevice,
            FileType::Unknown => Self::Unknown,
        }
    }
}

impl fmt::Display for EntryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// One name in a directory.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The name, as its bytes are.
    pub(crate) name: OsString,
    /// What the directory says it is.
    pub(crate) entry_type: EntryType,
    /// Its inode number.
    pub(crate) inode: u64,
}

impl Listed {
    /// Whether it is a file that is being written and has no name of its own yet, or was left so by a process that was killed.
    pub(crate) fn is_private(&self) -> bool {
        super::temporary::is_private(&self.name)
    }
}

/// All names in a judged directory but `.` and `..`, in the order the file system gives them.
///
/// # Errors
/// What the system says, about its path.
pub(crate) fn list(proof: Authorized<'_, Read, Dir>) -> Result<Vec<Listed>> {
    let dir = proof.target();
    names(dir).map_err(|error| Error::from(error).about(dir.path()))
}

fn names(dir: &Dir) -> io::Result<Vec<Listed>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = openat(&dir.fd, c".", flags, Mode::empty())?;
    let mut buffer = Vec::with_capacity(32 * 1024);
    let mut entries = RawDir::new(&fd, spare(&mut buffer));
    let mut listed = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let mut entry_type = EntryType::of(entry.file_type());
        // LINUX: some file systems do not write the type into the directory.
        if entry_type == EntryType::Unknown
            && let Ok(stat) = statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW)
        {
            entry_type = EntryType::of_mode(stat.st_mode);
        }
        listed.push(Listed { name: OsString::from_vec(name.to_bytes().to_vec()), entry_type, inode: entry.ino() });
    }
    Ok(listed)
}

fn spare(buffer: &mut Vec<u8>) -> &mut [MaybeUninit<u8>] {
    buffer.spare_capacity_mut()
}
