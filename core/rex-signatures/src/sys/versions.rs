//! Which version of each bundle a host has run: none goes back.

use super::trusted::{Owners, Unsafe, open_directory};
use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, fsync, mkdirat, openat, renameat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

/// A number, a blank and a digest.
const LONGEST: u64 = 200;

/// Why a bundle does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stale {
    /// A later one has run here.
    #[error("its version {asked} is older than version {seen}, which has run here: versions do not go back")]
    Older {
        /// The version of the bundle.
        asked: u64,
        /// The highest one that has run.
        seen: u64,
    },
    /// One of the same version, but another, has run here.
    #[error("its version {0} has run here with another content: what has changed needs a higher version")]
    Changed(u64),
    /// What has run cannot be looked up or kept.
    #[error("which versions have run here cannot be kept: {0}")]
    Kept(String),
}

/// Keeps in `directory` that this version of a bundle, with this digest, is about to run. The directory, which is made where it is not there,
/// has to be root's or the account's own, and out of reach for others. `name` has to be that of a bundle.
///
/// # Errors
/// A later or another one has run, or nothing can be kept.
pub fn advance(directory: &Path, name: &str, version: u64, digest: &str) -> Result<(), Stale> {
    let kept = |error: io::Error| Stale::Kept(format!("{}: {error}", directory.display()));
    let folder = match open_directory(directory, Owners::RootOrSelf) {
        Err(Unsafe::Absent(_)) => {
            make(directory).map_err(|error| kept(error.into()))?;
            open_directory(directory, Owners::RootOrSelf)
        }
        other => other,
    };
    let folder = folder.map_err(|error| Stale::Kept(error.to_string()))?;
    // Held until the version is on the disk.
    let _lock = lock(&folder, name).map_err(kept)?;
    if let Some((seen, seen_digest)) = read(&folder, name).map_err(kept)? {
        if version < seen {
            return Err(Stale::Older { asked: version, seen });
        }
        if version == seen {
            return if digest == seen_digest { Ok(()) } else { Err(Stale::Changed(version)) };
        }
    }
    write(&folder, name, &format!("{version} {digest}\n")).map_err(kept)
}

/// Makes the directory and what is missing above it. Whether others could have had a hand in it is asked afterwards, of what is opened.
fn make(directory: &Path) -> Result<(), Errno> {
    let mut above: Vec<&Path> = directory.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()).collect();
    above.reverse();
    let made = |path: &Path, mode| match mkdirat(CWD, path, mode) {
        Err(Errno::EXIST) => Ok(()),
        other => other,
    };
    for path in above {
        made(path, Mode::from_raw_mode(0o755))?;
    }
    made(directory, Mode::RWXU)
}

fn open(folder: &OwnedFd, name: &str, flags: OFlags) -> Result<File, Errno> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    openat(folder, name, flags, Mode::RUSR | Mode::WUSR).map(File::from)
}

fn lock(folder: &OwnedFd, name: &str) -> io::Result<File> {
    let file = open(folder, &format!("{name}.lock"), OFlags::RDWR | OFlags::CREATE)?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}

/// The highest version, and its digest.
fn read(folder: &OwnedFd, name: &str) -> io::Result<Option<(u64, String)>> {
    let file = match open(folder, &format!("{name}.seen"), OFlags::RDONLY) {
        Err(Errno::NOENT) => return Ok(None),
        other => other?,
    };
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    let known = || {
        let (version, digest) = text.strip_suffix('\n')?.split_once(' ')?;
        Some((version.parse().ok()?, digest.to_owned()))
    };
    known().map(Some).ok_or_else(|| io::Error::other(format!("`{name}.seen` is damaged")))
}

fn write(folder: &OwnedFd, name: &str, text: &str) -> io::Result<()> {
    // No bundle's name begins with a dot, and the lock is held.
    let new = format!(".{name}.new");
    let mut file = open(folder, &new, OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC)?;
    file.write_all(text.as_bytes())?;
    fsync(file.as_fd())?;
    renameat(folder, &new, folder, format!("{name}.seen"))?;
    Ok(fsync(folder)?)
}
