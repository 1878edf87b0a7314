//! Giving a name new content, whole or not at all.

use super::descriptor::{Entry, Object, reopen};
use super::locate::find;
use super::read::Reader;
use super::temporary::{Outcome, Temporary};
use crate::open::require_regular;
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Create, Read, Write};
use rex_cedar_auth::{Authorized, Gate, Means, note_read};
use rustix::fs::{Mode, OFlags, Timespec, Timestamps, XattrFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read as _, Seek, Write as _};
use std::os::fd::AsFd;

/// How often a name that changes under our hands is tried.
const ATTEMPTS: usize = 16;

/// Copied between two looks at the deadline.
const CHUNK: usize = 4 << 20;

/// What new content is written with. It counts what it writes.
#[derive(Debug)]
pub(crate) struct Writer<'f> {
    pub(super) file: &'f File,
    pub(super) gate: &'f Gate,
}

impl Writer<'_> {
    /// Writes bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.gate.spend(Means::Written, bytes.len() as u64)?;
        Ok(self.file.write_all(bytes)?)
    }

    /// How long the file is now, in bytes.
    pub(crate) fn size(&self) -> Result<u64> {
        Ok(u64::try_from(rustix::fs::fstat(self.file)?.st_size).unwrap_or_default())
    }

    /// Writes all that `reader` holds from its beginning; gives the number of bytes.
    pub(crate) fn copy(&mut self, reader: &mut Reader) -> Result<u64> {
        reader.rewind()?;
        let mut total = 0_u64;
        loop {
            self.gate.proceed()?;
            let most = usize::try_from(self.gate.left(Means::Written)).unwrap_or(CHUNK).min(CHUNK);
            if most == 0 {
                // Whether there is more than the budget is found by reading.
                break;
            }
            match rustix::fs::copy_file_range(&reader.file, None, self.file, None, most) {
                // LINUX: files of /proc say they are empty, and give 0 here although they can be read.
                Ok(0) if total > 0 => return Ok(total),
                Ok(0)
                | Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::BADF | Errno::PERM) => {
                    break;
                }
                Ok(copied) => {
                    note_read(copied);
                    let copied = u64::try_from(copied).unwrap_or_default();
                    self.gate.spend(Means::Written, copied)?;
                    total += copied;
                }
                Err(errno) => return Err(Error::FileCopyError(errno.into())),
            }
        }
        let mut buffer = vec![0_u8; 256 * 1024];
        loop {
            self.gate.proceed()?;
            let length = reader.read(&mut buffer).map_err(Error::FileCopyError)?;
            let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { return Ok(total) };
            self.gate.spend(Means::Written, length as u64)?;
            self.file.write_all(bytes).map_err(Error::FileCopyError)?;
            total += u64::try_from(length).unwrap_or_default();
        }
    }
}

/// Gives the judged name the content that `fill` writes. A new file takes the place of the old one in one step and has its owner,
/// permissions and extended attributes; where the directory admits no new file, the old one is written in place.
/// With `like`, the new file gets that file's permissions and times.
///
/// # Errors
/// The name stands for something that is no regular file; what `fill` fails with; what the system says. The old content is intact
/// then, unless it had to be written in place.
pub(crate) fn put(
    create: Authorized<'_, Create, Entry>,
    write: Authorized<'_, Write, Entry>,
    gate: &Gate,
    like: Option<&Object>,
    mut fill: impl FnMut(&mut Writer<'_>) -> Result<()>,
) -> Result<()> {
    let entry = write.target();
    if create.target().path() != entry.path() {
        return Err(Error::AuthorizationError("the two proofs are of different files".to_owned()));
    }
    let mut refused = None;
    for _ in 0..ATTEMPTS {
        let outcome = match find(entry) {
            // RACE: a neighbour may exchange the file and a link all the time; a name that is a file now and then is written then.
            Ok(object) => match require_regular(&object) {
                Ok(()) => match replace(&object, gate, like, true, &mut fill, |_| Ok(()))? {
                    Some(()) => Outcome::Done,
                    None => Outcome::Changed,
                },
                Err(error) => {
                    refused = Some(error);
                    std::thread::yield_now();
                    continue;
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => place(entry, gate, like, &mut fill)?,
            Err(error) => return Err(error.into()),
        };
        if outcome == Outcome::Done {
            return Ok(());
        }
    }
    Err(refused.unwrap_or_else(|| Error::FileError { reason: REPLACED_AGAIN, path: entry.path().to_owned() }))
}

/// Of a name that changed at every attempt.
const REPLACED_AGAIN: &str = "it was replaced by someone else again and again";

/// Gives a judged file the content that `fill` writes, as [`put`].
///
/// # Errors
/// `FileError` when its name stands for another object by now; else as [`put`].
pub(crate) fn put_over(
    write: Authorized<'_, Write, Object>,
    gate: &Gate,
    mut fill: impl FnMut(&mut Writer<'_>) -> Result<()>,
) -> Result<()> {
    let object = write.target();
    replace(object, gate, None, true, &mut fill, |_| Ok(()))?.ok_or_else(|| replaced(object))
}

/// As [`put_over`], and gives the file that stands there then; without `keep_owner` it belongs to this process's account.
pub(crate) fn supersede(
    write: Authorized<'_, Write, Object>,
    gate: &Gate,
    keep_owner: bool,
    mut fill: impl FnMut(&mut Writer<'_>) -> Result<()>,
) -> Result<Object> {
    let object = write.target();
    let held = |new: Option<&Temporary>| match new {
        Some(new) => new.object(&object.entry),
        None => object.again(),
    };
    replace(object, gate, None, keep_owner, &mut fill, held)?.ok_or_else(|| replaced(object))
}

fn replaced(object: &Object) -> Error {
    Error::FileError { reason: "it was replaced by someone else", path: object.path().to_owned() }
}

type Fill<'f> = &'f mut dyn FnMut(&mut Writer<'_>) -> Result<()>;

fn place(entry: &Entry, gate: &Gate, like: Option<&Object>, fill: Fill<'_>) -> Result<Outcome> {
    // The process's umask narrows the mode, as for any new file.
    let temporary = Temporary::beside(entry, 0o666)?;
    fill(&mut Writer { file: temporary.file(), gate })?;
    finish(temporary.file(), like.map(|like| &like.stat))?;
    Ok(temporary.take_vacant(entry)?)
}

/// Gives what `held` makes of the new file before it takes the place, or of nothing where the old one was written in place; nothing when the name stood
/// for another object.
fn replace<T>(
    object: &Object,
    gate: &Gate,
    like: Option<&Object>,
    keep_owner: bool,
    fill: Fill<'_>,
    held: impl Fn(Option<&Temporary>) -> io::Result<T>,
) -> Result<Option<T>> {
    let Some(temporary) = successor(object, keep_owner) else {
        in_place(object, gate, like, fill)?;
        return Ok(Some(held(None)?));
    };
    fill(&mut Writer { file: temporary.file(), gate })?;
    finish(temporary.file(), like.map(|like| &like.stat))?;
    let new = held(Some(&temporary))?;
    match temporary.take_place_of(object) {
        // A file that something is mounted on keeps its place.
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            in_place(object, gate, like, fill)?;
            Ok(Some(held(None)?))
        }
        Err(error) => Err(error.into()),
        Ok(Outcome::Done) => Ok(Some(new)),
        Ok(Outcome::Changed) => Ok(None),
    }
}

/// A new file that can take the place of `object`: writable as it is, with its permissions and attributes, and its owner if that is kept. Nothing where the
/// directory or the attributes do not admit one.
pub(super) fn successor(object: &Object, keep_owner: bool) -> Option<Temporary> {
    // Who may not write the file may not replace it either, whatever the directory allows.
    let old = reopen(&object.fd, OFlags::WRONLY).ok()?;
    let temporary = Temporary::beside(&object.entry, 0o600).ok()?;
    // What was found when it was judged may have been changed since, by its own handle for one.
    let (file, stat) = (temporary.file(), rustix::fs::fstat(&old).ok()?);
    let (user, group) = (rustix::process::Uid::from_raw(stat.st_uid), rustix::process::Gid::from_raw(stat.st_gid));
    let now = rustix::fs::fstat(file).ok()?;
    if keep_owner && (now.st_uid, now.st_gid) != (stat.st_uid, stat.st_gid) {
        rustix::fs::fchown(file, Some(user), Some(group)).ok()?;
    }
    take_over_attributes(&old, file).ok()?;
    // New content must not inherit the rights that set-user-id and set-group-id gave the old.
    rustix::fs::fchmod(file, Mode::from_raw_mode(stat.st_mode & 0o1777)).ok()?;
    Some(temporary)
}

/// The attribute that holds an access control list (acl(5)).
const ACCESS_CONTROL: &std::ffi::CStr = c"system.posix_acl_access";

/// Copies extended attributes, access control lists and labels among them.
fn take_over_attributes(source: &impl AsFd, file: &File) -> io::Result<()> {
    let most = match rustix::fs::flistxattr_query(source) {
        // Most files have none, and making room for some takes longer than to ask.
        Ok(0) | Err(Errno::OPNOTSUPP) => 0,
        Ok(_) => 64 * 1024,
        Err(errno) => return Err(errno.into()),
    };
    let (mut names, mut value) = (vec![0_u8; most], vec![0_u8; most]);
    let length = if most == 0 { 0 } else { rustix::fs::flistxattr(source, &mut names[..])? };
    let mut has_acl = false;
    for name in names.get(..length).unwrap_or_default().split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let size = rustix::fs::fgetxattr(source, name, &mut value[..])?;
        rustix::fs::fsetxattr(file, name, value.get(..size).unwrap_or_default(), XattrFlags::empty())?;
        has_acl |= name == ACCESS_CONTROL.to_bytes();
    }
    // A new file has the directory's default list, which could let in more people than the old one did.
    if has_acl {
        return Ok(());
    }
    match rustix::fs::fremovexattr(file, ACCESS_CONTROL) {
        Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Writes the judged object itself. A reader may meet half of the new content.
fn in_place(object: &Object, gate: &Gate, like: Option<&Object>, fill: Fill<'_>) -> Result<()> {
    if rustix::fs::fstat(&object.fd)?.st_nlink > 1 {
        // Its other names may lie where the policy permits no writing.
        let reason = "it has other names and the directory admits no new file in its place";
        return Err(Error::FileError { reason, path: object.path().to_owned() });
    }
    let mut own = File::from(reopen(&object.fd, OFlags::WRONLY)?);
    fill(&mut Writer { file: &own, gate })?;
    let length = own.stream_position()?;
    match rustix::fs::ftruncate(&own, length) {
        // LINUX: files of /proc and /sys have no length.
        Ok(()) | Err(Errno::INVAL | Errno::PERM | Errno::ACCESS) => {}
        Err(errno) => return Err(errno.into()),
    }
    finish(&own, like.map(|like| &like.stat))
}

/// Permissions and times of a file at one moment.
pub(crate) struct Likeness(rustix::fs::Stat);

/// The permissions and times of a judged file: reading it changes one of them.
pub(crate) fn likeness(read: Authorized<'_, Read, Object>) -> Result<Likeness> {
    Ok(Likeness(rustix::fs::fstat(&read.target().fd)?))
}

/// Gives a judged file the permissions and times of another.
pub(crate) fn resemble(write: Authorized<'_, Write, Object>, like: &Likeness) -> Result<()> {
    finish(&File::from(reopen(&write.target().fd, OFlags::WRONLY)?), Some(&like.0))
}

/// Sets what `like` has and brings the content to the disk.
fn finish(file: &File, like: Option<&rustix::fs::Stat>) -> Result<()> {
    if let Some(stat) = like {
        // The set-user-id, set-group-id and sticky bits are not handed on.
        rustix::fs::fchmod(file, Mode::from_raw_mode(stat.st_mode & 0o777))?;
        rustix::fs::futimens(file, &times(stat))?;
    }
    match rustix::fs::fsync(file) {
        Ok(()) | Err(Errno::INVAL | Errno::ROFS) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Copies content, owner, permissions, attributes and times of a file that is moved to another file system.
pub(super) fn copy_whole(object: &Object, file: &File, gate: &Gate) -> Result<()> {
    let mut reader = Reader::of(object)?;
    let stat = rustix::fs::fstat(&reader.file)?;
    Writer { file, gate }.copy(&mut reader)?;
    take_over(&reader.file, file, &stat)
}

/// Gives a copy owner, permissions, attributes and times of `source`, which has the metadata `stat`.
pub(super) fn take_over(source: &impl AsFd, file: &File, stat: &rustix::fs::Stat) -> Result<()> {
    let (user, group) = (rustix::process::Uid::from_raw(stat.st_uid), rustix::process::Gid::from_raw(stat.st_gid));
    rustix::fs::fchown(file, Some(user), Some(group))?;
    take_over_attributes(source, file)?;
    rustix::fs::fchmod(file, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    rustix::fs::futimens(file, &times(stat))?;
    Ok(())
}

#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the types differ between platforms")]
pub(super) fn times(stat: &rustix::fs::Stat) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: stat.st_atime, tv_nsec: stat.st_atime_nsec as _ },
        last_modification: Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec as _ },
    }
}
