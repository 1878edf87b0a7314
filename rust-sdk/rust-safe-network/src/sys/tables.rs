//! The kernel's tables of sockets (`proc_pid_net(5)`).

use crate::sockets::Table;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::{Open, Read};
use rustix::fs::{CWD, Mode, OFlags, PROC_SUPER_MAGIC, ResolveFlags, fstatfs, openat2};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read as _};

/// A line has about 150 bytes: no host has that many sockets.
const MOST: u64 = 256 << 20;

/// The content of a table; nothing where the kernel does not know the protocol.
///
/// # Errors
/// What the system says; an error where something else is mounted there, or it is longer than 256 MiB.
pub(crate) fn table(
    open: Authorized<'_, Open, Table>,
    _read: Authorized<'_, Read, Table>,
) -> io::Result<Option<Vec<u8>>> {
    // LINUX: /proc/net is a link to the tables of the first thread; these are those of the thread that asks, which may have entered another
    // namespace.
    let dir = openat2(
        CWD,
        "/proc/thread-self/net",
        OFlags::PATH | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::NO_MAGICLINKS,
    )?;
    if fstatfs(&dir)?.f_type != PROC_SUPER_MAGIC {
        return Err(io::Error::other("not a file of the kernel: something else is mounted there"));
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    let fd = match openat2(&dir, open.target().name(), flags, Mode::empty(), resolve) {
        Ok(fd) => fd,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut content = Vec::with_capacity(32 << 10);
    File::from(fd).take(MOST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MOST {
        return Err(io::Error::other("larger than 256 MiB"));
    }
    Ok(Some(content))
}
