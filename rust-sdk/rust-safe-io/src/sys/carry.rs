//! Copying what is moved to another file system, until the source can go.

use super::descriptor::{Carried, Dir, Entry, Identity, Object, Subdir};
use super::list::EntryType;
use super::locate::{find, find_subdir};
use super::put::{copy_whole, take_over};
use super::remove::unlink;
use super::rename::{into_vacant, over};
use super::temporary::{Temporary, private_name, sync_dir};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Create, Delete, Move};
use rex_cedar_auth::{Authorized, Cleanup, Gate};
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RawDir, ResolveFlags, Timestamps, Uid, chownat, fsync, mkdirat, openat, readlinkat,
    statat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno;
use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// A copy of a directory that grows under a private name beside its place. It goes again unless it takes the place.
pub(crate) struct Draft {
    private: Entry,
    place: Subdir,
    top: Rc<Dir>,
    /// What of the source is in the copy, as it was when it was copied.
    copied: HashSet<Stamp>,
}

/// A state of a file or link: while it is the same, its copy is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Stamp {
    identity: Identity,
    size: i64,
    modified: (i64, i64),
}

impl Stamp {
    #[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the types differ between platforms")]
    fn of(object: &Object) -> Self {
        let stat = &object.stat;
        let modified = (stat.st_mtime, stat.st_mtime_nsec as i64);
        Self { identity: object.identity(), size: stat.st_size, modified }
    }

    /// The state of what was judged as it is now.
    pub(super) fn now(object: &Object) -> io::Result<Self> {
        Ok(Self::of(&object.again()?))
    }
}

/// Of what changed after it was copied.
pub(super) fn changed_since(path: &str) -> Error {
    let reason = "it changed after it was copied and is left where it was; the copy is at the destination";
    Error::FileError { reason, path: path.to_owned() }
}

/// Begins the copy of a directory that is to take a judged place.
pub(crate) fn draft(create: Authorized<'_, Create, Subdir>) -> Result<Draft> {
    let place = create.target().clone();
    let Entry { dir, .. } = place.as_entry();
    let mut private = dir.entry(std::ffi::OsStr::new(""));
    private.name = private_name()?;
    // Nobody else may look into it before everything in it has its own permissions.
    mkdirat(&dir.fd, &private.name, Mode::from_raw_mode(0o700))?;
    let found = find_subdir(&Subdir(private.clone()), ResolveFlags::empty());
    let top = match found {
        Ok(top) => Rc::new(top.moved_to(place.path().to_owned())?),
        Err(error) => {
            let _ = unlinkat(&dir.fd, &private.name, AtFlags::REMOVEDIR);
            return Err(error.into());
        }
    };
    Ok(Draft { private, place, top, copied: HashSet::new() })
}

/// Makes the copy of a directory of the source, which nobody can look into yet.
pub(crate) fn carry_dir(
    from: Authorized<'_, Move, Carried<'_, Subdir>>,
    to: Authorized<'_, Create, Subdir>,
) -> Result<Rc<Dir>> {
    let place = to.target();
    require_same(&from.target().to, place.path())?;
    let entry = place.as_entry();
    mkdirat(&entry.dir.fd, &entry.name, Mode::from_raw_mode(0o700))?;
    Ok(find_subdir(place, ResolveFlags::empty())?)
}

/// Copies a regular file or a link of the source, a file with content, owner, permissions, attributes and times, and brings it to the disk.
///
/// # Errors
/// `UnsupportedOperationError` for anything else; what the system says.
pub(crate) fn carry(
    from: Authorized<'_, Move, Carried<'_, Entry>>,
    to: Authorized<'_, Create, Entry>,
    draft: &mut Draft,
    gate: &Gate,
) -> Result<()> {
    let place = to.target();
    require_same(&from.target().to, place.path())?;
    let object = find(from.target().what)?;
    match object.entry_type() {
        EntryType::File => {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = File::from(openat(&place.dir.fd, &place.name, flags, Mode::from_raw_mode(0o600))?);
            copy_whole(&object, &file, gate)?;
            fsync(&file)?;
        }
        EntryType::Symlink => {
            symlinkat(&link_text(&object)?, &place.dir.fd, &place.name)?;
            resemble_link(&object, &place.dir, &place.name)?;
        }
        other => return Err(other.not_copied()),
    }
    draft.copied.insert(Stamp::of(&object));
    Ok(())
}

impl EntryType {
    /// Says that what is of this type cannot be copied.
    pub(crate) fn not_copied(self) -> Error {
        Error::UnsupportedOperationError(format!("{self} directory entry is not supported"))
    }
}

/// Gives the copy of a directory, which is whole but for that, owner, permissions, attributes and times of the source.
pub(crate) fn finish_dir(from: Authorized<'_, Move, Carried<'_, Subdir>>, source: &Dir, copy: &Dir) -> Result<()> {
    require_same(&from.target().to, copy.path())?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let open = |dir: &Dir| openat(&dir.fd, c".", flags, Mode::empty());
    let copy_file = File::from(open(copy)?);
    take_over(&open(source)?, &copy_file, &rustix::fs::fstat(&source.fd)?)?;
    sync_dir(copy)?;
    Ok(())
}

impl Draft {
    /// The copy of the directory itself; its path is that of the place.
    pub(crate) fn top(&self) -> &Rc<Dir> {
        &self.top
    }
}

/// Puts the whole copy at its place, where an empty directory gives way if `replaced` says it may.
pub(crate) fn publish(
    to: Authorized<'_, Create, Subdir>,
    replaced: Option<(Authorized<'_, Delete, Subdir>, Rc<Dir>)>,
    draft: &mut Draft,
) -> Result<()> {
    require_same(draft.place.path(), to.target().path())?;
    let source = (&draft.private, draft.top.identity()?);
    let place = draft.place.as_entry();
    match replaced {
        None => into_vacant(source, place)?,
        Some((delete, there)) => {
            require_same(delete.target().path(), place.path())?;
            over(source, (place, there.identity()?), AtFlags::REMOVEDIR)?;
        }
    }
    // It has no private name any more that would have to go.
    draft.private.name = CString::default();
    Ok(())
}

/// Removes a file or link of the source whose copy is whole.
///
/// # Errors
/// `FileError` for what is not, or not any more, as it was copied, which is left alone.
pub(crate) fn remove_carried(from: Authorized<'_, Move, Carried<'_, Entry>>, draft: &Draft) -> Result<()> {
    let entry = from.target().what;
    let found = find(entry)?;
    if !draft.copied.contains(&Stamp::of(&found)) {
        return Err(changed_since(entry.path()));
    }
    unlink(entry, found.identity(), AtFlags::empty())
}

/// Removes a directory of the source in which nothing is left.
///
/// # Errors
/// `DirectoryNotEmpty`; `FileError` when the name stands for something else.
pub(crate) fn remove_carried_dir(from: Authorized<'_, Move, Carried<'_, Subdir>>, dir: &Dir) -> Result<()> {
    super::remove::unlink_dir(from.target().what, dir)
}

fn require_same(one: &str, other: &str) -> Result<()> {
    if one == other {
        return Ok(());
    }
    Err(Error::AuthorizationError("two proofs are of different destinations".to_owned()))
}

fn link_text(link: &Object) -> io::Result<CString> {
    Ok(readlinkat(&link.fd, c"", Vec::new())?)
}

/// A copy of a link under a private name beside its place, for functions of `sys` that hold a proof for both.
pub(super) fn copy_link(link: &Object, place: &Entry) -> io::Result<Temporary> {
    let copy = Temporary::link(place, &link_text(link)?)?;
    copy.by_name(|dir, name| resemble_link(link, dir, name))?;
    Ok(copy)
}

fn resemble_link(link: &Object, dir: &Dir, name: &CStr) -> io::Result<()> {
    let stat = rustix::fs::fstat(&link.fd)?;
    let (user, group) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    chownat(&dir.fd, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?;
    let times: Timestamps = super::put::times(&stat);
    Ok(utimensat(&dir.fd, name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.private.name.is_empty() {
            let _cleanup = Cleanup::begin();
            // Nothing can be done about what cannot be removed.
            let _ = clear(&self.top);
            let _ = unlinkat(&self.private.dir.fd, &self.private.name, AtFlags::REMOVEDIR);
        }
    }
}

/// Removes all in a directory that this process made and nobody else can enter.
fn clear(top: &Dir) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut open: Vec<(OwnedFd, CString)> = vec![(openat(&top.fd, c".", flags, Mode::empty())?, CString::default())];
    while let Some((dir, _)) = open.last() {
        // A directory that has its final permissions may not let even its owner in.
        let _ = rustix::fs::fchmod(dir, Mode::from_raw_mode(0o700));
        let Some(name) = first_name(dir)? else {
            let done = open.pop();
            if let (Some((above, _)), Some((_, name))) = (open.last(), done) {
                unlinkat(above, &name, AtFlags::REMOVEDIR)?;
            }
            continue;
        };
        match unlinkat(dir, &name, AtFlags::empty()) {
            Ok(()) => {}
            Err(Errno::ISDIR | Errno::PERM) => {
                let below = match openat(dir, &name, flags, Mode::empty()) {
                    Err(Errno::ACCESS) => {
                        unlock(dir, &name)?;
                        openat(dir, &name, flags, Mode::empty())?
                    }
                    below => below?,
                };
                open.push((below, name));
            }
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

fn unlock(dir: &OwnedFd, name: &CStr) -> io::Result<()> {
    let is_dir = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| EntryType::of_mode(stat.st_mode) == EntryType::Dir);
    if is_dir {
        rustix::fs::chmodat(dir, name, Mode::from_raw_mode(0o700), AtFlags::empty())?;
    }
    Ok(())
}

fn first_name(dir: &OwnedFd) -> io::Result<Option<CString>> {
    rustix::fs::seek(dir, rustix::fs::SeekFrom::Start(0))?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(dir, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}
