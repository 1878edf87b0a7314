//! Finding by path: nothing is created, truncated, read or waited for.

use super::descriptor::{Dir, Entry, Object, Spotted, Subdir, by_own_name, real_path};
use super::elsewhere::Elsewhere;
use crate::path::{DirPath, join};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Delete, Open};
use rex_cedar_auth::{Authorized, Unjudged};
use rustix::fs::{
    Access, AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, StatxAttributes, StatxFlags, accessat, fstat, openat,
    openat2, readlinkat, statat, statx,
};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

/// What to do with a link in the path of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    /// Follow it; where it leads is judged too.
    Links,
    /// Refuse it.
    Nothing,
}

/// A directory that was found.
pub(crate) enum Located {
    /// No link was met: it is the one that was judged.
    Judged(Rc<Dir>),
    /// A link led to it: its real path is another and waits to be judged.
    Elsewhere(Unjudged<Dir>),
    /// A link led to where no directory can be opened. Where that is waits to be judged before anyone may learn it.
    Nowhere(Unjudged<DirPath>, Error),
}

pub(super) const FIND_DIR: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Finds the directory at a judged path.
///
/// # Errors
/// `DirectoryOpenError` where a link is in the way and `follow` refuses it; else what the system says.
pub(crate) fn dir(open: Authorized<'_, Open, DirPath>, follow: Follow) -> Result<Located> {
    let path = open.target().as_str();
    // One call, and no link met: the directory is where its path says.
    match find_dir(path, ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS) {
        Ok(fd) => return Ok(Located::Judged(Rc::new(Dir::new(fd, path.to_owned())))),
        Err(Errno::LOOP) => {}
        Err(errno) => return Err(errno.into()),
    }
    if follow == Follow::Nothing {
        return Err(link_in_the_way(path));
    }
    let fd = match find_dir(path, ResolveFlags::NO_MAGICLINKS) {
        Ok(fd) => fd,
        Err(errno) => return Ok(nowhere(path, errno)),
    };
    let real = real_path(&fd)?;
    // LINUX: the path of a removed directory bears a suffix, that of an unreachable one a prefix.
    if fstat(&fd)?.st_nlink == 0 || !real.starts_with('/') {
        return Err(Error::NotFound { path: None });
    }
    Ok(Located::Elsewhere(Unjudged::new(Dir::new(fd, real))))
}

/// Opens the directory at an absolute path.
fn find_dir(path: &str, resolve: ResolveFlags) -> rustix::io::Result<OwnedFd> {
    Elsewhere::with_base(|base| match base {
        Some(root) => openat2(root, path, FIND_DIR, Mode::empty(), resolve | ResolveFlags::IN_ROOT),
        None => openat2(CWD, path, FIND_DIR, Mode::empty(), resolve),
    })
}

/// Says that a path with a link in it leads to nothing that can be opened.
fn nowhere(path: &str, errno: Errno) -> Located {
    Located::Nowhere(Unjudged::new(DirPath::real(where_it_leads(path))), errno.into())
}

/// Where a path leads by its links, whether something is there or not (`path_resolution(7)`).
pub(super) fn where_it_leads(path: &str) -> String {
    let mut real = String::from("/");
    let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let mut links = 0;
    while let Some(part) = rest.pop() {
        match part.as_str() {
            "" | "." => {}
            ".." => {
                let above = rex_cedar_auth::ancestors(&real).next().unwrap_or("/").len();
                real.truncate(above);
            }
            part => {
                let next = join(&real, part);
                match readlinkat(CWD, &next, Vec::new()) {
                    // LINUX: the kernel gives up after 40 links, too.
                    Ok(target) if links < 40 => {
                        links += 1;
                        let target = target.to_string_lossy();
                        if target.starts_with('/') {
                            "/".clone_into(&mut real);
                        }
                        rest.extend(target.split('/').rev().map(str::to_owned));
                    }
                    _ => real = next,
                }
            }
        }
    }
    real
}

/// Finds what is at a judged name. A link is found itself, never what it points at.
///
/// # Errors
/// What the system says, `NotFound` where nothing is there.
pub(crate) fn object(open: Authorized<'_, Open, Entry>) -> Result<Object> {
    Ok(find(open.target())?)
}

/// Looks at what is at a judged name that will be opened by its name to be read: holding and opening it anew costs two more calls.
///
/// # Errors
/// What the system says, `NotFound` where nothing is there.
pub(crate) fn spot(open: Authorized<'_, Open, Entry>) -> Result<Spotted> {
    let entry = open.target();
    let stat = statat(&entry.dir.fd, &entry.name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(Spotted { entry: entry.clone(), stat })
}

/// Finds what is at a name, for functions of `sys` that hold another proof for that name.
pub(super) fn find(entry: &Entry) -> io::Result<Object> {
    let fd = openat(&entry.dir.fd, &entry.name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let stat = fstat(&fd)?;
    Ok(Object { fd, entry: entry.clone(), stat })
}

/// Asks the operating system whether this account may read or write a judged object. It is not opened: that is for a later action, which has to
/// be judged first, and which the kernel floor may have no reason to let happen.
///
/// # Errors
/// What it says.
pub(crate) fn check_access(open: Authorized<'_, Open, Object>, read: bool, write: bool) -> io::Result<()> {
    let mut access = Access::EXISTS;
    access.set(Access::READ_OK, read || !write);
    access.set(Access::WRITE_OK, write);
    by_own_name(&open.target().fd, |own, name| accessat(own, name, access, AtFlags::EACCESS))
}

/// What a name stands for.
pub(crate) enum Named {
    /// A directory.
    Dir(Rc<Dir>),
    /// Anything else.
    Object(Object),
}

/// Finds the directory at a judged name in a held directory. A link, or a mount of another file system, is refused.
///
/// # Errors
/// What the system says.
pub(crate) fn subdir(open: Authorized<'_, Open, Subdir>) -> Result<Rc<Dir>> {
    Ok(find_subdir(open.target(), ResolveFlags::empty())?)
}

/// As [`subdir`], for functions of `sys` that hold another proof for it.
pub(super) fn find_subdir(place: &Subdir, resolve: ResolveFlags) -> io::Result<Rc<Dir>> {
    let entry = place.as_entry();
    let resolve = resolve | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let fd = openat2(entry.dir.fd.as_fd(), &entry.name, FIND_DIR | OFlags::NOFOLLOW, Mode::empty(), resolve)?;
    Ok(Rc::new(Dir::new(fd, place.path().to_owned())))
}

/// Finds what is at a name that was judged as a directory's: a directory, or what else is there.
///
/// # Errors
/// `UnsupportedOperationError` for a directory on which another file system is mounted; what the system says.
pub(crate) fn named(open: Authorized<'_, Open, Subdir>) -> Result<Named> {
    let found = find(open.target().as_entry())?;
    Ok(match FileType::from_raw_mode(found.stat.st_mode) {
        FileType::Directory => {
            refuse_mount(&found.fd, open.target().path())?;
            Named::Dir(Rc::new(Dir::new(found.fd, open.target().path().to_owned())))
        }
        _ => Named::Object(found),
    })
}

/// As [`subdir`], but refuses a directory on which another file system is mounted.
///
/// # Errors
/// `UnsupportedOperationError` for such a mount; what the system says.
pub(crate) fn subdir_here(open: Authorized<'_, Open, Subdir>) -> Result<Rc<Dir>> {
    let place = open.target();
    find_subdir(place, ResolveFlags::NO_XDEV).map_err(|error| match error.kind() {
        io::ErrorKind::CrossesDevices => mounted(place.path()),
        _ => error.into(),
    })
}

fn mounted(path: &str) -> Error {
    Error::UnsupportedOperationError(format!("another file system is mounted at {path}"))
}

/// Refuses a directory on which another file system is mounted: what is in it is not the tree's.
pub(super) fn refuse_mount(dir: &impl AsFd, path: &str) -> Result<()> {
    let found = statx(dir, c"", AtFlags::EMPTY_PATH, StatxFlags::empty())?;
    // LINUX: the attribute is known since 5.8.
    if found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) { Err(mounted(path)) } else { Ok(()) }
}

/// Finds the directory at a judged path, and its own place in the directory above, so that the place can be acted on. Links in the
/// path are refused; what else is above is not revealed.
///
/// # Errors
/// `DirectoryOpenError` for a link; `UnsupportedOperationError` where another file system is mounted; what the system says.
pub(crate) fn dir_with_place(open: Authorized<'_, Open, DirPath>) -> Result<(Rc<Dir>, Entry)> {
    let Some(parts) = open.target().split() else { return Err(Errno::BUSY.into()) };
    let Located::Judged(found) = dir(open, Follow::Nothing)? else {
        return Err(Error::NotFound { path: None });
    };
    refuse_mount(&found.fd, found.path())?;
    let above = openat(&found.fd, c"..", FIND_DIR, Mode::empty())?;
    let above = Rc::new(Dir::new(above, parts.parent.as_str().to_owned()));
    Ok((found, above.entry(std::ffi::OsStr::new(&parts.name))))
}

/// The place of a judged directory in the one above it.
///
/// # Errors
/// `NotFound` when it was removed; `DirectoryError` when it is not where it was opened; `UnsupportedOperationError` where another file system
/// is mounted; what the system says.
pub(crate) fn own_place(delete: Authorized<'_, Delete, Dir>) -> Result<Subdir> {
    place_of(delete.target())
}

/// As [`own_place`], for functions of `sys` that hold another proof for it.
pub(super) fn place_of(dir: &Dir) -> Result<Subdir> {
    let Some(parts) = DirPath::real(dir.path().to_owned()).split() else { return Err(Errno::BUSY.into()) };
    let now = real_path(&dir.fd)?;
    if fstat(&dir.fd)?.st_nlink == 0 {
        return Err(Error::NotFound { path: None });
    }
    if now != dir.path() {
        return Err(Error::DirectoryError { reason: "someone moved it", path: dir.path().to_owned() });
    }
    refuse_mount(&dir.fd, dir.path())?;
    let above = openat(&dir.fd, c"..", FIND_DIR, Mode::empty())?;
    Ok(Rc::new(Dir::new(above, parts.parent.as_str().to_owned())).subdir(std::ffi::OsStr::new(&parts.name)))
}

/// Finds the nearest directory that is there on the way to a judged path, and the names that are missing below it, the first one last.
///
/// # Errors
/// `DirectoryOpenError` for a link in the path; what the system says.
pub(crate) fn nearest(open: Authorized<'_, Open, DirPath>) -> Result<(Rc<Dir>, Vec<String>)> {
    let wanted = open.target();
    let (mut at, mut missing) = (wanted.clone(), Vec::new());
    loop {
        let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(CWD, at.as_str(), FIND_DIR, Mode::empty(), resolve) {
            Ok(fd) => return Ok((Rc::new(Dir::new(fd, at.as_str().to_owned())), missing)),
            Err(Errno::LOOP) => return Err(link_in_the_way(wanted.as_str())),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
        let Some(parts) = at.split() else { return Err(Errno::NOENT.into()) };
        missing.push(parts.name);
        at = parts.parent;
    }
}

fn link_in_the_way(path: &str) -> Error {
    let reason = "Not a directory, enable follow_symlinks to open the target directory";
    Error::DirectoryOpenError { reason, path: path.to_owned() }
}

/// What a path stands for, its last part not followed.
pub(crate) enum Itself {
    /// A directory.
    Dir(Located),
    /// A link.
    Link,
    /// Something else; where a link led to it, its real path waits to be judged.
    Other(Option<Unjudged<DirPath>>),
}

/// Finds what a judged path stands for. Links in its directory part are followed, in its last part not.
///
/// # Errors
/// What the system says.
pub(crate) fn dir_itself(open: Authorized<'_, Open, DirPath>) -> Result<Itself> {
    let path = open.target().as_str();
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let (found, by_link) =
        match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS) {
            Err(Errno::LOOP) => match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS) {
                Ok(found) => (found, true),
                Err(errno) => return Ok(Itself::Dir(nowhere(path, errno))),
            },
            found => (found?, false),
        };
    match FileType::from_raw_mode(fstat(&found)?.st_mode) {
        FileType::Directory => Ok(Itself::Dir(dir(open, Follow::Links)?)),
        FileType::Symlink => Ok(Itself::Link),
        _ if by_link => Ok(Itself::Other(Some(Unjudged::new(DirPath::real(real_path(&found)?))))),
        _ => Ok(Itself::Other(None)),
    }
}
