//! The tables of System V IPC, `/proc/sysvipc` (`sysvipc(7)`).

use super::inside::ProcessDir;
use super::process::read_to_end;
use super::table::Table;
use rex_cedar_auth::action::file_system::{Open, Read};
use rex_cedar_auth::{Authorized, Resource, accepts, kind};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use std::borrow::Cow;
use std::io;

/// A table beyond this many bytes is refused.
const MOST: usize = 64 << 20;

/// One of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IpcTable {
    /// Shared memory segments.
    Memory,
    /// Semaphore arrays.
    Semaphores,
    /// Message queues.
    Queues,
}

impl Resource for IpcTable {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Memory => "/proc/sysvipc/shm",
            Self::Semaphores => "/proc/sysvipc/sem",
            Self::Queues => "/proc/sysvipc/msg",
        })
    }
}

accepts!(IpcTable: Open, Read);

/// The text of a table.
///
/// # Errors
/// What the system says; the kernel may be built without it.
pub(crate) fn ipc_table(
    _dir: Authorized<'_, Open, ProcessDir>,
    _open: Authorized<'_, Open, IpcTable>,
    read: Authorized<'_, Read, IpcTable>,
) -> crate::Result<String> {
    let name = match read.target() {
        IpcTable::Memory => c"sysvipc/shm",
        IpcTable::Semaphores => c"sysvipc/sem",
        IpcTable::Queues => c"sysvipc/msg",
    };
    let table = Table::open()?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let about = |error: io::Error| crate::Error::Other(format!("{error}: {}", read.target().id()));
    let file = openat2(&table.fd, name, flags, Mode::empty(), resolve).map_err(|errno| about(errno.into()))?;
    let mut content = Vec::new();
    loop {
        let before = content.len();
        // LINUX: what has many lines comes in pieces, and is at its end only when nothing more comes.
        if !read_to_end(&file, &mut content, MOST).map_err(about)? {
            return Err(about(io::ErrorKind::FileTooLarge.into()));
        }
        if content.len() == before {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&content).into_owned())
}
