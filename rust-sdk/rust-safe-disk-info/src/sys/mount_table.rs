//! Reading the table of mounts, `proc_pid_mounts(5)` and `proc_pid_mountinfo(5)`.

use rex_cedar_auth::action::file_system::Read;
use rex_cedar_auth::{Authorized, Resource, accepts, kind};
use rustix::fs::{CWD, Mode, OFlags, PROC_SUPER_MAGIC, ResolveFlags, fstatfs, openat2};
use std::borrow::Cow;
use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};

/// Above what the kernel's limit of 100000 mounts fills.
const MOST: u64 = 64 << 20;

/// A file that holds the mounts which this thread sees, by the path that everyone knows it by.
#[derive(Debug)]
pub(crate) struct MountTable {
    known: &'static str,
    // LINUX: `self` is the process, whose other threads may have entered another mount namespace.
    own: &'static CStr,
}

impl MountTable {
    /// Devices, mount points, types and options.
    pub(crate) const MOUNTS: Self = Self { known: "/proc/mounts", own: c"/proc/thread-self/mounts" };
    /// The same, and which mount is mounted on which, and what part of its device.
    pub(crate) const INFO: Self = Self { known: "/proc/self/mountinfo", own: c"/proc/thread-self/mountinfo" };
}

impl Resource for MountTable {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.known)
    }
}
accepts!(MountTable: Read);

/// A table that may be read, as often as wanted.
pub(crate) struct OpenTable(File);

/// Opens a judged table.
///
/// # Errors
/// What the system says; an error where something else is mounted over it.
pub(crate) fn mount_table(read: Authorized<'_, Read, MountTable>) -> io::Result<OpenTable> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let fd = openat2(CWD, read.target().own, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS)?;
    if fstatfs(&fd)?.f_type != PROC_SUPER_MAGIC {
        return Err(io::Error::other("not a file of the kernel: something else is mounted there"));
    }
    Ok(OpenTable(File::from(fd)))
}

impl OpenTable {
    /// The table as it is now.
    ///
    /// # Errors
    /// What the system says; an error where it is larger than 64 MiB.
    pub(crate) fn read(&mut self) -> io::Result<Vec<u8>> {
        self.0.rewind()?;
        let mut content = Vec::new();
        (&self.0).take(MOST + 1).read_to_end(&mut content)?;
        if content.len() as u64 > MOST {
            return Err(io::Error::other("the table of mounts is larger than 64 MiB"));
        }
        Ok(content)
    }
}
