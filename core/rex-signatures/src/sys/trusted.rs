//! Files that nobody but the host's owner, or whoever runs REX, could have written or put there.

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

/// As many as the kernel follows.
const MOST_LINKS: usize = 40;
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// Whose files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owners {
    /// Those of root, in directories that nobody else can write to.
    Root,
    /// Those of root and of the account that this program runs as. Directories in which everybody may make files, but nobody may remove those
    /// of others, such as `/tmp`, may lead to them.
    RootOrSelf,
}

/// Why a file is not to be trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unsafe {
    /// There is none.
    #[error("{}: no such file", .0.display())]
    Absent(PathBuf),
    /// It cannot be read.
    #[error("{}: {}", .0.display(), .1)]
    Failed(PathBuf, io::Error),
    /// Someone else owns it, or something on the way to it.
    #[error("{}: it belongs to the user {}, who could change what is trusted here: it has to belong to {}", .path.display(), .owner, .wanted)]
    Owner {
        /// The file or directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Who may own it.
        wanted: &'static str,
    },
    /// Others may write it, or to a directory on the way to it.
    #[error("{}: others may write to it (mode {:04o}): `chmod go-w` it", .0.display(), .1)]
    Writable(PathBuf, u32),
    /// It is a private key, and others may read it.
    #[error("{}: others may read the private key (mode {:04o}): `chmod 600` it", .0.display(), .1)]
    Readable(PathBuf, u32),
    /// It is no regular file.
    #[error("{}: it is no regular file", .0.display())]
    NoFile(PathBuf),
    /// It is larger than such files are.
    #[error("{}: it is larger than {} KiB", .0.display(), .1 >> 10)]
    TooLarge(PathBuf, u64),
    /// It is behind too many links.
    #[error("{}: it is behind more than {MOST_LINKS} links", .0.display())]
    Links(PathBuf),
}

/// Reads a file of at most `most` bytes, if each directory and link on the way to it, and itself, is owned as `owners` says and written to by
/// nobody else. All of that is asked of what is opened, not of its name.
///
/// # Errors
/// It is not, or cannot be read. [`Unsafe::Absent`] only where nothing stands in its place, not even a link.
pub fn read_trusted(path: &Path, owners: Owners, most: u64) -> Result<Vec<u8>, Unsafe> {
    let file = open(path, owners)?;
    let mut bytes = Vec::new();
    let failed = |error| Unsafe::Failed(path.to_owned(), error);
    File::from(file).take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most { Err(Unsafe::TooLarge(path.to_owned(), most)) } else { Ok(bytes) }
}

fn open(path: &Path, owners: Owners) -> Result<OwnedFd, Unsafe> {
    let (directory, name, at) = walk(path, owners)?;
    let failed = |error: Errno| Unsafe::Failed(at.clone(), error.into());
    // It may have become a FIFO meanwhile.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = openat(&directory, &name, flags, Mode::empty()).map_err(failed)?;
    let stat = fstat(&file).map_err(failed)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Unsafe::NoFile(at));
    }
    owned(&stat, &at, owners)?;
    if stat.st_mode & OTHERS_WRITE != 0 {
        return Err(Unsafe::Writable(at, stat.st_mode & 0o7777));
    }
    Ok(file)
}

/// Opens a directory that nobody else could have made or can write to, to work in it.
pub(super) fn open_directory(path: &Path, owners: Owners) -> Result<OwnedFd, Unsafe> {
    let (above, name, at) = walk(path, owners)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = openat(&above, &name, flags, Mode::empty());
    let directory = directory.map_err(|error| Unsafe::Failed(at.clone(), error.into()))?;
    safe(&directory, &at, owners)?;
    Ok(directory)
}

/// Goes down to the directory that holds the file, following links by hand: gives the directory, the file's name in it, and its path.
fn walk(path: &Path, owners: Owners) -> Result<(OwnedFd, OsString, PathBuf), Unsafe> {
    let mut ahead: VecDeque<OsString> = parts(path);
    let mut links = 0;
    // How many of those ahead a link has put there.
    let mut of_links = 0_usize;
    let mut problem = None;
    let mut at = if path.is_absolute() { PathBuf::from("/") } else { PathBuf::from(".") };
    let mut directory = descend(CWD, at.as_os_str(), &at)?;
    keep(&mut problem, safe(&directory, &at, owners));
    while let Some(name) = ahead.pop_front() {
        let here = at.join(&name);
        let of_link = of_links > 0;
        of_links = of_links.saturating_sub(1);
        let failed = |error: Errno| Unsafe::Failed(here.clone(), error.into());
        let stat = match statat(&directory, &name, AtFlags::SYMLINK_NOFOLLOW) {
            // Where nothing is, nobody can have put anything; what a link leads to was meant to be there.
            Err(Errno::NOENT) if !of_link => return Err(Unsafe::Absent(path.to_owned())),
            other => other.map_err(failed)?,
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Unsafe::Links(path.to_owned()));
                }
                keep(&mut problem, owned(&stat, &here, owners));
                let target = readlinkat(&directory, &name, Vec::new()).map_err(failed)?;
                let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
                let target_parts = parts(&target);
                of_links += target_parts.len();
                for part in target_parts.into_iter().rev() {
                    ahead.push_front(part);
                }
                if target.is_absolute() {
                    at = PathBuf::from("/");
                    directory = descend(CWD, at.as_os_str(), &at)?;
                }
            }
            _ if ahead.is_empty() => return problem.map_or(Ok((directory, name, here)), Err),
            _ => {
                directory = descend(&directory, &name, &here)?;
                at = here;
                keep(&mut problem, safe(&directory, &at, owners));
            }
        }
    }
    Err(problem.unwrap_or_else(|| Unsafe::NoFile(path.to_owned())))
}

/// A problem counts only once it is certain that there is a file.
fn keep(problem: &mut Option<Unsafe>, result: Result<(), Unsafe>) {
    if let Err(error) = result {
        problem.get_or_insert(error);
    }
}

fn descend(from: impl std::os::fd::AsFd, name: &OsStr, at: &Path) -> Result<OwnedFd, Unsafe> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(from, name, flags, Mode::empty()).map_err(|error| Unsafe::Failed(at.to_owned(), error.into()))
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let named = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    };
    path.components().filter_map(named).collect()
}

/// That nobody else owns the directory or makes and removes files in it.
fn safe(directory: &OwnedFd, at: &Path, owners: Owners) -> Result<(), Unsafe> {
    let stat = fstat(directory).map_err(|error| Unsafe::Failed(at.to_owned(), error.into()))?;
    owned(&stat, at, owners)?;
    // Where files of others cannot be removed, what is owned rightly is there rightly.
    let tolerated = owners == Owners::RootOrSelf && stat.st_mode & STICKY != 0;
    if stat.st_mode & OTHERS_WRITE != 0 && !tolerated {
        return Err(Unsafe::Writable(at.to_owned(), stat.st_mode & 0o7777));
    }
    Ok(())
}

fn owned(stat: &Stat, at: &Path, owners: Owners) -> Result<(), Unsafe> {
    let (right, wanted) = match owners {
        Owners::Root => (stat.st_uid == 0, "root"),
        Owners::RootOrSelf => (stat.st_uid == 0 || stat.st_uid == geteuid().as_raw(), "root or to you"),
    };
    if right { Ok(()) } else { Err(Unsafe::Owner { path: at.to_owned(), owner: stat.st_uid, wanted }) }
}
