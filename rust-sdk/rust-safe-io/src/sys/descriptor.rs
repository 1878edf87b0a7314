//! What is held by descriptor: directories, places in them, and objects found there.

use crate::path::join;
use rex_cedar_auth::action::file_system::{Chmod, Chown, Create, Delete, Open, Read, RedactedRead, Stat, Write};
use rex_cedar_auth::context::Destination;
use rex_cedar_auth::{Accepts, Children, Resource, accepts, action::file_system::Move, kind};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat as RawStat};
use std::borrow::Cow;
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

/// A directory, held by an `O_PATH` descriptor. Its path has no link in it.
#[derive(Debug)]
pub(crate) struct Dir {
    pub(super) fd: OwnedFd,
    path: String,
}

/// A name in a held directory, for a file, a link or something special; it may be there or not.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(super) dir: Rc<Dir>,
    pub(super) name: CString,
    pub(super) path: String,
}

/// A name in a held directory, for a directory; it may be there or not.
#[derive(Debug, Clone)]
pub(crate) struct Subdir(pub(super) Entry);

/// What a name stood for when it was judged, held by an `O_PATH` descriptor: the name may since stand for something else.
#[derive(Debug)]
pub(crate) struct Object {
    pub(super) fd: OwnedFd,
    pub(super) entry: Entry,
    pub(super) stat: RawStat,
}

/// What a name stood for when it was looked at. It is not held: what is opened is what the name stands for then, judged by the same path.
#[derive(Debug)]
pub(crate) struct Spotted {
    pub(super) entry: Entry,
    pub(super) stat: RawStat,
}

/// Which object it is, whatever its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the types differ between platforms")]
    pub(super) fn of(stat: &RawStat) -> Self {
        Self { device: stat.st_dev as u64, inode: stat.st_ino as u64 }
    }
}

impl Dir {
    pub(super) fn new(fd: OwnedFd, path: String) -> Self {
        Self { fd, path }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Which directory it is, whatever its path.
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        Ok(Identity::of(&rustix::fs::fstat(&self.fd)?))
    }

    /// Another hold on the same directory, which is at another path now.
    pub(super) fn moved_to(&self, path: String) -> io::Result<Self> {
        Ok(Self { fd: self.fd.try_clone()?, path })
    }

    /// The place of a file called `name` in it. Names with a slash or NUL are no names: they give a place that is never found.
    pub(crate) fn entry(self: &Rc<Self>, name: &OsStr) -> Entry {
        // Paths and directory listings never bring such a name; an empty one finds nothing.
        let valid = !name.as_bytes().contains(&b'/') && name != ".." && name != ".";
        let c_name = if valid { CString::new(name.as_bytes()).unwrap_or_default() } else { CString::default() };
        Entry { dir: Rc::clone(self), path: join(&self.path, &name.to_string_lossy()), name: c_name }
    }

    /// The place of a directory called `name` in it.
    pub(crate) fn subdir(self: &Rc<Self>, name: &OsStr) -> Subdir {
        Subdir(self.entry(name))
    }
}

impl Entry {
    /// Its path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Its name, invalid UTF-8 replaced.
    pub(crate) fn name(&self) -> Cow<'_, str> {
        self.name.to_string_lossy()
    }

    /// Its name, as its bytes are.
    pub(crate) fn raw_name(&self) -> &OsStr {
        OsStr::from_bytes(self.name.to_bytes())
    }

    /// The same place, seen as that of a directory.
    pub(crate) fn as_subdir(&self) -> Subdir {
        Subdir(self.clone())
    }

    /// The directory it is in.
    pub(crate) fn dir(&self) -> &Rc<Dir> {
        &self.dir
    }
}

impl Subdir {
    /// Its path.
    pub(crate) fn path(&self) -> &str {
        &self.0.path
    }

    /// The same place, seen as that of a file.
    pub(crate) fn as_entry(&self) -> &Entry {
        &self.0
    }
}

impl Object {
    /// The place it was found at.
    pub(crate) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Its path.
    pub(crate) fn path(&self) -> &str {
        &self.entry.path
    }

    /// Which object it is.
    pub(crate) fn identity(&self) -> Identity {
        Identity::of(&self.stat)
    }

    /// Its inode number.
    pub(crate) fn inode(&self) -> u64 {
        self.identity().inode
    }

    /// Its size in bytes.
    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.stat.st_size).unwrap_or_default()
    }

    /// What it is.
    pub(crate) fn entry_type(&self) -> super::EntryType {
        super::EntryType::of_mode(self.stat.st_mode)
    }

    /// Another hold on the same object, as it is now.
    pub(super) fn again(&self) -> io::Result<Self> {
        self.moved_to(&self.entry)
    }

    /// Another hold on the same object, which is at another place now.
    pub(super) fn moved_to(&self, entry: &Entry) -> io::Result<Self> {
        let fd = self.fd.try_clone()?;
        let stat = rustix::fs::fstat(&fd)?;
        Ok(Self { fd, entry: entry.clone(), stat })
    }

    /// Whether its name still stands for it.
    pub(super) fn is_still_there(&self) -> io::Result<bool> {
        match rustix::fs::statat(&self.entry.dir.fd, &self.entry.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(now) => Ok(Identity::of(&now) == self.identity()),
            Err(rustix::io::Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Spotted {
    /// Its path.
    pub(crate) fn path(&self) -> &str {
        &self.entry.path
    }

    /// What it was.
    pub(crate) fn entry_type(&self) -> super::EntryType {
        super::EntryType::of_mode(self.stat.st_mode)
    }
}

/// All files directly in a held directory.
#[derive(Debug)]
pub(crate) struct FilesIn<'d> {
    pub(super) dir: &'d Dir,
    path: String,
}

impl<'d> FilesIn<'d> {
    /// Those of `dir`.
    pub(crate) fn new(dir: &'d Dir) -> Self {
        Self { dir, path: join(&dir.path, "*") }
    }

    fn path(&self) -> &str {
        &self.path
    }
}

impl Children for FilesIn<'_> {
    fn directory(&self) -> &str {
        &self.dir.path
    }
}

/// A move of an object to a place.
#[derive(Debug)]
pub(crate) struct Relocation<'o> {
    pub(crate) object: &'o Object,
    pub(crate) destination: &'o Entry,
}

macro_rules! resource {
    ($type:ty, $kind:ty, $path:ident) => {
        impl Resource for $type {
            type Kind = $kind;
            fn id(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.$path())
            }
        }
    };
}
resource!(Dir, kind::Dir, path);
resource!(Subdir, kind::Dir, path);
resource!(Entry, kind::File, path);
resource!(Object, kind::File, path);
resource!(Spotted, kind::File, path);
accepts!(Dir: Open, Read, Stat, Chmod, Chown, Delete);
resource!(FilesIn<'_>, kind::File, path);
accepts!(FilesIn<'_>: Stat);
accepts!(Subdir: Open, Create, Delete, Stat);
accepts!(Entry: Open, Create, Read, Write, Delete, Stat, Chmod, Chown);
accepts!(Spotted: Read, RedactedRead);
accepts!(Object: Open, Read, RedactedRead, Write, Delete, Stat, Chmod, Chown);

impl Resource for Relocation<'_> {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.object.path())
    }
}
impl Accepts<Move> for Relocation<'_> {
    fn context(&self) -> Destination {
        Destination {
            path: self.destination.path.clone(),
            name: self.destination.name().into_owned(),
            parent_path: self.destination.dir.path.clone(),
        }
    }
}

/// Something of a directory that is moved, the directory itself included, and the path that it will have.
#[derive(Debug)]
pub(crate) struct Carried<'o, T> {
    pub(crate) what: &'o T,
    pub(crate) to: String,
}

impl<T: Resource> Resource for Carried<'_, T> {
    type Kind = T::Kind;
    fn id(&self) -> Cow<'_, str> {
        self.what.id()
    }
}
impl Accepts<Move> for Carried<'_, Entry> {
    fn context(&self) -> Destination {
        destination(&self.to)
    }
}
impl Accepts<Move> for Carried<'_, Subdir> {
    fn context(&self) -> Destination {
        destination(&self.to)
    }
}

fn destination(path: &str) -> Destination {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = if parent.is_empty() { "/" } else { parent };
    Destination { path: path.to_owned(), name: name.to_owned(), parent_path: parent.to_owned() }
}

thread_local! {
    /// `/proc/self/fd` is opened once; its entries are this process's own descriptors.
    static OWN_DESCRIPTORS: std::cell::OnceCell<OwnedFd> = const { std::cell::OnceCell::new() };
}

/// Runs `act` on a descriptor of `/proc/self/fd`.
pub(super) fn with_own_descriptors<R>(act: impl FnOnce(BorrowedFd<'_>) -> io::Result<R>) -> io::Result<R> {
    OWN_DESCRIPTORS.with(|cell| {
        if let Some(fd) = cell.get() {
            return act(fd.as_fd());
        }
        let fd = rustix::fs::openat(
            CWD,
            "/proc/self/fd",
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        // LINUX: 0x9fa0 is PROC_SUPER_MAGIC; something else mounted there could lead anywhere.
        if rustix::fs::fstatfs(&fd)?.f_type != 0x9fa0 {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "/proc is not mounted: REX needs it to open judged files",
            ));
        }
        act(cell.get_or_init(|| fd).as_fd())
    })
}

/// Opens the object of an `O_PATH` descriptor anew for `flags`: it is the one that was judged, whatever its name has come to stand for.
pub(super) fn reopen(fd: &impl AsRawFd, flags: OFlags) -> io::Result<OwnedFd> {
    // A FIFO or device must neither block nor become the controlling terminal.
    let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    with_own_descriptors(|own| {
        Ok(rustix::fs::openat(own, rustix::path::DecInt::new(fd.as_raw_fd()), flags, Mode::empty())?)
    })
}

/// Runs `act` on the name that the object of an `O_PATH` descriptor has in the directory of this process's own descriptors: for what takes
/// a path and follows it.
pub(super) fn by_own_name<R>(
    fd: &impl AsRawFd,
    act: impl FnOnce(BorrowedFd<'_>, rustix::path::DecInt) -> rustix::io::Result<R>,
) -> io::Result<R> {
    with_own_descriptors(|own| Ok(act(own, rustix::path::DecInt::new(fd.as_raw_fd()))?))
}

/// The path that the kernel knows a descriptor's object by.
pub(super) fn real_path(fd: &impl AsRawFd) -> io::Result<String> {
    let path = with_own_descriptors(|own| {
        Ok(rustix::fs::readlinkat(own, rustix::path::DecInt::new(fd.as_raw_fd()), Vec::new())?)
    })?;
    Ok(path.to_string_lossy().into_owned())
}
