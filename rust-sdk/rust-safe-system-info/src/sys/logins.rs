//! Reading the file of those who are logged in.

use crate::users::Logins;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Read;
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat2};
use std::fs::File;
use std::io::{self, Read as _};

/// Enough for tens of thousands of terminals.
const MOST: u64 = 16 << 20;

/// The content of the file (utmp(5)); nothing where the host has none.
///
/// # Errors
/// What the system says; an error for what is no file, and for a file larger than 16 MiB.
pub(crate) fn logins(_read: Authorized<'_, Read, Logins>) -> io::Result<Option<Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let fd = match openat2(CWD, Logins::PATH, flags, Mode::empty(), resolve) {
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        fd => fd?,
    };
    if FileType::from_raw_mode(fstat(&fd)?.st_mode) != FileType::RegularFile {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut content = Vec::new();
    File::from(fd).take(MOST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MOST {
        return Err(io::Error::other("it is larger than 16 MiB"));
    }
    Ok(Some(content))
}
