//! Writes signatures beside what they are of, and reads private keys.

use super::Unsafe;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, fsync, openat, renameat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

/// No key file is as long.
const LONGEST_KEY: u64 = 64 << 10;

/// Writes a new file that everybody may read. With `replace` it takes the place of one that is there, in one step.
///
/// # Errors
/// One is there ([`io::ErrorKind::AlreadyExists`]), or it cannot be written; nothing is left behind then.
pub fn write_file(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let temporary = || {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}", std::process::id()));
        path.with_file_name(name)
    };
    let place = if replace { temporary() } else { path.to_owned() };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = openat(CWD, &place, flags, Mode::from_raw_mode(0o644))?;
    let written = fill(file, bytes).and_then(|()| if replace { Ok(renameat(CWD, &place, CWD, path)?) } else { Ok(()) });
    if written.is_err() {
        // The first error is the one to tell.
        let _ = unlinkat(CWD, &place, AtFlags::empty());
    }
    written
}

fn fill(file: OwnedFd, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::from(file);
    file.write_all(bytes)?;
    Ok(fsync(file.as_fd())?)
}

/// Reads a key file. A private key of one's own that others may read is refused, as ssh-keygen(1) refuses it.
///
/// # Errors
/// It cannot be read, or others may read it.
pub fn read_key(path: &Path) -> Result<String, Unsafe> {
    let failed = |error: io::Error| Unsafe::Failed(path.to_owned(), error);
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match openat(CWD, path, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Err(Unsafe::Absent(path.to_owned())),
        other => other.map_err(|error| failed(error.into()))?,
    };
    let stat = fstat(&file).map_err(|error| failed(error.into()))?;
    let mut text = String::new();
    File::from(file).take(LONGEST_KEY).read_to_string(&mut text).map_err(failed)?;
    let open_to_others = stat.st_uid == geteuid().as_raw() && stat.st_mode & 0o077 != 0;
    if open_to_others && crate::private::is_private(&text) {
        return Err(Unsafe::Readable(path.to_owned(), stat.st_mode & 0o7777));
    }
    Ok(text)
}
