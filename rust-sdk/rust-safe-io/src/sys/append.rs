//! Adding to the end of a file.

use super::descriptor::{Entry, Object, reopen};
use super::locate::find;
use crate::open::require_regular;
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Create, Write};
use rex_cedar_auth::{Authorized, Gate, Means};
use rustix::fs::{FlockOperation, Mode, OFlags, flock, openat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::time::Duration;

/// How often a name that changes under our hands is tried.
const ATTEMPTS: usize = 16;

/// Adds `bytes` to the end of the file at the judged name, which is made if it is not there. What the file held is not read and
/// stays as it is.
///
/// # Errors
/// The name stands for something that is no regular file; what the system says.
pub(crate) fn append(
    create: Authorized<'_, Create, Entry>,
    write: Authorized<'_, Write, Entry>,
    gate: &Gate,
    bytes: &[u8],
) -> Result<()> {
    let entry = write.target();
    if create.target().path() != entry.path() {
        return Err(Error::AuthorizationError("the two proofs are of different files".to_owned()));
    }
    gate.spend(Means::Written, bytes.len() as u64)?;
    for _ in 0..ATTEMPTS {
        let fd = match find(entry) {
            Ok(object) => {
                require_regular(&object)?;
                reopen(&object.fd, OFlags::WRONLY | OFlags::APPEND)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let flags = OFlags::WRONLY
                    | OFlags::APPEND
                    | OFlags::CREATE
                    | OFlags::EXCL
                    | OFlags::NOFOLLOW
                    | OFlags::CLOEXEC;
                match openat(&entry.dir.fd, &entry.name, flags, Mode::from_raw_mode(0o666)) {
                    Err(Errno::EXIST) => continue,
                    fd => fd?,
                }
            }
            Err(error) => return Err(error.into()),
        };
        return Ok(File::from(fd).write_all(bytes)?);
    }
    Err(Error::FileError { reason: "it was replaced by someone else again and again", path: entry.path().to_owned() })
}

/// Adds `bytes` to the end of a judged file and brings them to the disk. Meanwhile it is locked (`flock(2)`), so that what others add
/// who lock it too comes before or after, never between.
///
/// # Errors
/// What the system says; the end of the run, also while someone else holds the lock.
pub(crate) fn append_locked(write: Authorized<'_, Write, Object>, gate: &Gate, bytes: &[u8]) -> Result<()> {
    gate.spend(Means::Written, bytes.len() as u64)?;
    let mut file = File::from(reopen(&write.target().fd, OFlags::WRONLY | OFlags::APPEND)?);
    lock(&file, gate)?;
    file.write_all(bytes)?;
    match rustix::fs::fsync(&file) {
        Ok(()) | Err(Errno::INVAL | Errno::ROFS) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// How long to wait before the lock is tried again.
const PAUSE: Duration = Duration::from_millis(1);

#[expect(clippy::disallowed_methods, reason = "the gate is asked between two short sleeps")]
fn lock(file: &impl AsFd, gate: &Gate) -> Result<()> {
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            // LINUX: not every file system has locks.
            Ok(()) | Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(()),
            Err(Errno::WOULDBLOCK | Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        gate.proceed()?;
        std::thread::sleep(PAUSE);
    }
}
