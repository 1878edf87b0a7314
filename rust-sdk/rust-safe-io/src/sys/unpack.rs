//! Putting members of an archive into a held directory: files appear whole, and links are never followed.

use super::chown::Belonging;
use super::descriptor::{Dir, Entry, Subdir, by_own_name};
use super::locate::{find, find_subdir};
use super::put::{Writer, successor};
use super::temporary::{Outcome, Temporary};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Chmod, Chown, Create, Open, Write};
use rex_cedar_auth::{Authorized, Gate};
use rustix::fs::{
    AtFlags, Mode, RawMode, ResolveFlags, Timespec, Timestamps, UTIME_NOW, fchmod, fchown, fsync, futimens, utimensat,
};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

impl Dir {
    /// The place of a member's name, as its bytes are, in it.
    pub(crate) fn member(self: &Rc<Self>, name: &[u8]) -> Entry {
        self.entry(OsStr::from_bytes(name))
    }
}

/// What a member's file gets besides content.
#[derive(Default)]
pub(crate) struct Attributes<'e> {
    /// Its permissions.
    pub(crate) mode: Option<(Authorized<'e, Chmod, Entry>, RawMode)>,
    /// Its owner.
    pub(crate) owner: Option<(Authorized<'e, Chown, Entry>, Belonging)>,
    /// When it was changed, in seconds since 1970.
    pub(crate) modified: Option<i64>,
}

/// Makes the file at a judged name, with the content that `fill` writes; a regular file that is there gives way in one step. Nobody
/// else can read it before it has its permissions. Gives what could not be set.
///
/// # Errors
/// `FileError` when something that is no regular file is there, or comes there meanwhile; what `fill` fails with; what the system says.
/// What was there is as it was then.
pub(crate) fn unpack_file(
    create: Authorized<'_, Create, Entry>,
    write: Authorized<'_, Write, Entry>,
    attributes: Attributes<'_>,
    gate: &Gate,
    fill: impl FnOnce(&mut Writer<'_>) -> Result<()>,
) -> Result<Option<io::Error>> {
    let entry = write.target();
    if create.target().path() != entry.path() {
        return Err(Error::AuthorizationError("the two proofs are of different files".to_owned()));
    }
    let failed = |reason| Error::FileError { reason, path: entry.path().to_owned() };
    let old = match find(entry) {
        Ok(object) => match object.entry_type() {
            super::EntryType::File => Some(object),
            super::EntryType::Symlink => return Err(failed("a link is in its place")),
            super::EntryType::Dir => return Err(failed("a directory is in its place")),
            _ => return Err(failed("something that is no file is in its place")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let temporary = match &old {
        Some(object) => successor(object, true).ok_or_else(|| failed("it cannot be replaced by a new file"))?,
        // Without permissions of its own the process's umask narrows them, as for any new file.
        None => Temporary::beside(entry, if attributes.mode.is_some() { 0o600 } else { 0o666 })?,
    };
    fill(&mut Writer { file: temporary.file(), gate })?;
    let unset = dress(temporary.file(), attributes).err();
    let outcome = match &old {
        Some(object) => {
            fsync(temporary.file())?;
            temporary.take_place_of(object)?
        }
        None => temporary.settle(entry)?,
    };
    match outcome {
        Outcome::Done => Ok(unset),
        Outcome::Changed => Err(failed("it was replaced by someone else")),
    }
}

/// Sets as much as can be set; gives the first failure.
fn dress(file: &File, attributes: Attributes<'_>) -> io::Result<()> {
    // Another owner first: the change may take permission bits away.
    let owned = attributes.owner.map_or(Ok(()), |(_proof, owner)| fchown(file, owner.user, owner.group));
    let permitted = attributes.mode.map_or(Ok(()), |(_proof, mode)| fchmod(file, Mode::from_raw_mode(mode & 0o777)));
    let dated = attributes.modified.map_or(Ok(()), |seconds| futimens(file, &modified(seconds)));
    Ok(owned.and(permitted).and(dated)?)
}

fn modified(seconds: i64) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: 0 },
    }
}

/// Says when a judged directory was changed, in seconds since 1970.
pub(crate) fn set_dir_time(open: Authorized<'_, Open, Subdir>, seconds: i64) -> io::Result<()> {
    let dir = find_subdir(open.target(), ResolveFlags::empty())?;
    by_own_name(&dir.fd, |own, name| utimensat(own, name, &modified(seconds), AtFlags::empty()))
}
