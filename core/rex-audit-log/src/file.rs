//! The log as a file, which several runs may share.

use crate::Error;
use crate::lock::Lock;
use crate::record::Torn;
use crate::seal::Head;
use crate::tail::{self, Tail};
use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, open, openat};
use rustix::io::{Errno, write};
use rustix::process::geteuid;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Bits of a mode: others may write; only owners may remove.
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// A log file.
#[derive(Debug)]
pub(crate) struct LogFile {
    file: OwnedFd,
    /// Its real path, as far as the system tells it.
    path: Option<PathBuf>,
    /// The last record, and where it ends.
    head: Head,
    end: u64,
    /// The head of the file that was here before, where this one is new.
    follows: Option<Head>,
}

/// A sealed line and the head that it makes.
pub(crate) type Made = (Vec<u8>, Head);

/// What a record is put after.
#[derive(Debug)]
pub(crate) struct Place<'p> {
    pub(crate) head: &'p Head,
    pub(crate) follows: Option<&'p Head>,
}

impl LogFile {
    /// Opens the log at `path`, or begins one there, which nobody but its owner can read.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let unfit = |why: String| Error::Unfit { path: path.to_owned(), why };
        let Some(name) = path.file_name() else { return Err(failed(Errno::ISDIR)) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
        let mode = fstat(&folder).map_err(failed)?.st_mode;
        if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
            return Err(unfit(
                "others may write its directory, so that they could exchange it (chmod go-w)".to_owned(),
            ));
        }
        // A FIFO or a device is not waited for, nor made the terminal.
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = openat(&folder, name, flags, Mode::RUSR | Mode::WUSR).map_err(|error| match error {
            Errno::LOOP => unfit("it is a symbolic link; name the file itself".to_owned()),
            error => failed(error),
        })?;
        let stat = fstat(&file).map_err(failed)?;
        fit(&stat).map_err(unfit)?;
        let mut this = Self { path: real_path(&file), file, head: Head::none(), end: u64::MAX, follows: None };
        this.follows = if stat.st_size == 0 { before(&folder, name) } else { None };
        // Whoever cannot go on from what is there is told before anything happens.
        let lock = Lock::take(&this.file)?;
        let size = size(&fstat(&this.file)?)?;
        if size > 0 {
            tail::tail(&this.file, size)?;
        }
        drop(lock);
        Ok(this)
    }

    /// Its real path at the time it was opened.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Adds the record that `make` makes of its place: a sealed line, and its head. Where a line was left unfinished, `close` makes a
    /// record of that first.
    pub(crate) fn append(
        &mut self,
        make: &mut dyn FnMut(&Place<'_>) -> Result<Made, Error>,
        close: &mut dyn FnMut(&Head, Torn) -> Result<Made, Error>,
    ) -> Result<(), Error> {
        let Self { file, head, end, follows, .. } = self;
        let _lock = Lock::take(file)?;
        let stat = fstat(&*file)?;
        if stat.st_nlink == 0 {
            return Err(Error::Disturbed("removed"));
        }
        let size = size(&stat)?;
        if size != *end {
            if size < *end && *end != u64::MAX {
                return Err(Error::Disturbed("truncated"));
            }
            let none = Tail { head: Head::none(), open: false, torn: None };
            let Tail { head: last, open, torn } = if size == 0 { none } else { tail::tail(file, size)? };
            // Emptied and written anew: it is longer than it was, but not the same any more.
            if last.sequence < head.sequence {
                return Err(Error::Disturbed("truncated"));
            }
            (*head, *end) = (last, size);
            if open {
                put(file, b"\n")?;
                *end += 1;
            }
            if let Some(torn) = torn {
                let (mut line, closed) = close(head, torn)?;
                line.insert(0, b'\n');
                put(file, &line)?;
                (*head, *end) = (closed, size + line.len() as u64);
            }
        }
        let (line, next) = make(&Place { head, follows: follows.as_ref() })?;
        put(file, &line)?;
        (*head, *end) = (next, *end + line.len() as u64);
        *follows = None;
        Ok(())
    }
}

/// Writes all of `line`. A line that is left unfinished is closed by whoever comes next.
fn put(file: &OwnedFd, mut line: &[u8]) -> Result<(), Error> {
    while !line.is_empty() {
        match write(file, line) {
            Ok(written) => line = line.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn size(stat: &Stat) -> Result<u64, Error> {
    u64::try_from(stat.st_size).map_err(|_| Errno::OVERFLOW.into())
}

/// Why a file is not fit to be a log.
fn fit(stat: &Stat) -> Result<(), String> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err("it is no regular file".to_owned());
    }
    let owner = geteuid().as_raw();
    if stat.st_uid != owner {
        return Err(format!(
            "it belongs to user {}, not to user {owner} who runs this: each account needs its own",
            stat.st_uid
        ));
    }
    if stat.st_mode & OTHERS_WRITE != 0 {
        return Err("others may write it (chmod 600)".to_owned());
    }
    if stat.st_nlink != 1 {
        return Err("it has a second name, by which it could be changed".to_owned());
    }
    Ok(())
}

/// The head of `name.1` in `folder`, as logrotate(8) calls the file that was here before, if it is one of ours.
fn before(folder: &OwnedFd, name: &std::ffi::OsStr) -> Option<Head> {
    let mut earlier = OsString::from(name);
    earlier.push(".1");
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = openat(folder, &earlier, flags, Mode::empty()).ok()?;
    let stat = fstat(&file).ok()?;
    fit(&stat).ok()?;
    let tail = tail::tail(&file, size(&stat).ok()?).ok()?;
    (tail.head.sequence > 0).then_some(tail.head)
}

fn real_path(file: &OwnedFd) -> Option<PathBuf> {
    use std::os::fd::AsRawFd as _;
    use std::os::unix::ffi::OsStringExt as _;
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let path = rustix::fs::readlink(link, Vec::new()).ok()?;
    Some(PathBuf::from(OsString::from_vec(path.into_bytes())))
}
