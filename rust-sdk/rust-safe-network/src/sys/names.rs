//! What the host knows about names: hosts(5) and resolv.conf(5).

use crate::host::Named;
use rex_cedar_auth::{Action, Authorized};
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read as _};

/// Longer files are no such files.
const LONGEST: u64 = 16 << 20;

/// The text of both files; empty where there is none.
#[derive(Debug, Default)]
pub(crate) struct NameFiles {
    /// `/etc/hosts`
    pub(crate) hosts: String,
    /// `/etc/resolv.conf`
    pub(crate) resolv: String,
}

/// Reads what a look-up of this host needs to know.
///
/// # Errors
/// What the system says; an error for what is no file, or a very long one.
pub(crate) fn name_files<A: Action, T: Named>(_proof: Authorized<'_, A, T>) -> io::Result<NameFiles> {
    Ok(NameFiles { hosts: text("/etc/hosts")?, resolv: text("/etc/resolv.conf")? })
}

fn text(path: &str) -> io::Result<String> {
    let about = |error: io::Error| io::Error::new(error.kind(), format!("{path}: {error}"));
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let fd = match openat(CWD, path, flags, Mode::empty()) {
        Ok(fd) => fd,
        Err(Errno::NOENT) => return Ok(String::new()),
        Err(error) => return Err(about(error.into())),
    };
    let stat = fstat(&fd)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(about(io::Error::other("it is no regular file")));
    }
    let mut bytes = Vec::new();
    File::from(fd).take(LONGEST + 1).read_to_end(&mut bytes).map_err(about)?;
    if bytes.len() as u64 > LONGEST {
        return Err(about(io::Error::other("it is too long")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
