//! Adding to the end of a file.

use super::descriptor::{Entry, reopen};
use super::locate::find;
use crate::open::require_regular;
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::{Create, Write};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write as _};

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
    bytes: &[u8],
) -> Result<()> {
    let entry = write.target();
    if create.target().path() != entry.path() {
        return Err(Error::AuthorizationError("the two proofs are of different files".to_owned()));
    }
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
