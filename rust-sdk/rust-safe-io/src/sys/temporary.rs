//! A new file beside a place, under a name nobody can guess, until it takes the place.

use super::descriptor::{Dir, Entry, Identity, Object};
use rustix::fs::{
    AtFlags, Mode, OFlags, RawMode, RenameFlags, fstat, linkat, openat, renameat_with, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;
use std::ffi::{CStr, CString, OsStr};
use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::rc::Rc;

/// How often two names are changed back against a neighbour who keeps changing them.
const GIVING_BACK: usize = 64;

/// A file, or a link, with a private name; it is removed again unless it takes a place.
pub(super) struct Temporary {
    dir: Rc<Dir>,
    name: CString,
    file: File,
    identity: Identity,
}

/// How taking a place ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As asked.
    Done,
    /// The place did not hold what was judged any more; it is as it was.
    Changed,
}

/// How private names begin.
const PRIVATE: &str = ".rex-";

/// Whether a name is one that [`private_name`] gives.
pub(super) fn is_private(name: &OsStr) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(PRIVATE));
    random.is_some_and(|random| random.len() == 24 && random.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A name in a directory that nothing bears and nobody can guess.
pub(super) fn private_name() -> io::Result<CString> {
    let mut random = [0_u8; 12];
    rustix::rand::getrandom(&mut random[..], rustix::rand::GetRandomFlags::empty())?;
    let mut name = String::from(PRIVATE);
    for byte in random {
        // Writing into a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    Ok(CString::new(name).unwrap_or_default())
}

impl Temporary {
    /// A new empty file beside `entry`.
    pub(super) fn beside(entry: &Entry, mode: RawMode) -> io::Result<Self> {
        let name = private_name()?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = openat(&entry.dir.fd, &name, flags, Mode::from_raw_mode(mode))?;
        let identity = Identity::of(&fstat(&fd)?);
        Ok(Self { dir: Rc::clone(&entry.dir), name, file: File::from(fd), identity })
    }

    /// A new link beside `entry`. Its file can be read and written by nobody.
    pub(super) fn link(entry: &Entry, target: &CStr) -> io::Result<Self> {
        let name = private_name()?;
        symlinkat(target, &entry.dir.fd, &name)?;
        let fd = openat(&entry.dir.fd, &name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        let identity = Identity::of(&fstat(&fd)?);
        Ok(Self { dir: Rc::clone(&entry.dir), name, file: File::from(fd), identity })
    }

    /// Runs `act` on its private name.
    pub(super) fn by_name(&self, act: impl FnOnce(&Dir, &CStr) -> io::Result<()>) -> io::Result<()> {
        act(&self.dir, &self.name)
    }

    /// What it will be once it has taken the place `entry`.
    pub(super) fn object(&self, entry: &Entry) -> io::Result<Object> {
        let fd = openat(&self.dir.fd, &self.name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        let stat = fstat(&fd)?;
        if Identity::of(&stat) != self.identity {
            return Err(io::Error::other("someone else replaced it while it was written"));
        }
        Ok(Object { fd, entry: entry.clone(), stat })
    }

    /// The file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Takes a place where nothing is, and has the disk know it.
    pub(super) fn take_vacant(self, entry: &Entry) -> io::Result<Outcome> {
        let outcome = self.settle(entry)?;
        if outcome == Outcome::Done {
            sync_dir(&entry.dir)?;
        }
        Ok(outcome)
    }

    /// Takes a place where nothing is. A power cut may undo it.
    pub(super) fn settle(mut self, entry: &Entry) -> io::Result<Outcome> {
        match renameat_with(&self.dir.fd, &self.name, &entry.dir.fd, &entry.name, RenameFlags::NOREPLACE) {
            Ok(()) => self.name = CString::default(),
            // LINUX: NFS knows no NOREPLACE, and a link replaces nothing either. Dropping removes the private name.
            Err(Errno::INVAL | Errno::NOSYS) => {
                match linkat(&self.dir.fd, &self.name, &entry.dir.fd, &entry.name, AtFlags::empty()) {
                    Ok(()) => drop(self),
                    Err(Errno::EXIST) => return Ok(Outcome::Changed),
                    Err(errno) => return Err(errno.into()),
                }
            }
            Err(Errno::EXIST) => return Ok(Outcome::Changed),
            Err(errno) => return Err(errno.into()),
        }
        Ok(Outcome::Done)
    }

    /// Takes the place of `object` and removes it.
    ///
    /// RACE: the two change places in one step; only then is looked whether it was the judged object that gave way, and if
    /// not, they change back. So nothing that was not judged is ever lost.
    pub(super) fn take_place_of(mut self, object: &Object) -> io::Result<Outcome> {
        let entry = &object.entry;
        let dir = &entry.dir;
        let exchange = |name: &CString| renameat_with(&dir.fd, name, &dir.fd, &entry.name, RenameFlags::EXCHANGE);
        let give_back = |name: &CString| renameat_with(&dir.fd, name, &dir.fd, &entry.name, RenameFlags::NOREPLACE);
        match exchange(&self.name) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(Outcome::Changed),
            // LINUX: not every file system can exchange; then the look comes before the step.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => return self.take_place_of_in_two_steps(object),
            Err(errno) => return Err(errno.into()),
        }
        if self.holds(object.identity()) {
            return self.finish(dir);
        }
        // While we change back, the neighbour who came between may go on; our own file tells when it is done.
        for _ in 0..GIVING_BACK {
            match exchange(&self.name) {
                Ok(()) if self.holds(self.identity) => return Ok(Outcome::Changed),
                // Ours was moved to another name while the judged object came back to this one: it gives way after all.
                Ok(()) if self.holds(object.identity()) => return self.finish(dir),
                Ok(()) => {}
                // Our file was moved away: theirs gets its name back, unless that is taken again.
                Err(Errno::NOENT) => match give_back(&self.name) {
                    Ok(()) => {
                        self.name = CString::default();
                        return Ok(Outcome::Changed);
                    }
                    Err(Errno::EXIST) => {}
                    Err(_) => break,
                },
                Err(_) => break,
            }
        }
        // What bears the private name now is not ours: it stays.
        let left = std::mem::take(&mut self.name);
        Err(io::Error::other(format!(
            "someone else keeps replacing it; a file of theirs is left as {}",
            left.to_string_lossy()
        )))
    }

    /// Removes what now bears the private name: the judged object.
    fn finish(self, dir: &Dir) -> io::Result<Outcome> {
        drop(self);
        sync_dir(dir)?;
        Ok(Outcome::Done)
    }

    /// Whether the private name stands for this object.
    fn holds(&self, identity: Identity) -> bool {
        statat(&self.dir.fd, &self.name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| Identity::of(&stat) == identity)
    }

    fn take_place_of_in_two_steps(mut self, object: &Object) -> io::Result<Outcome> {
        if !object.is_still_there()? {
            return Ok(Outcome::Changed);
        }
        rustix::fs::renameat(&self.dir.fd, &self.name, &object.entry.dir.fd, &object.entry.name)?;
        self.name = CString::default();
        sync_dir(&object.entry.dir)?;
        Ok(Outcome::Done)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            // Nothing can be done about a file that cannot be removed.
            let _ = unlinkat(&self.dir.fd, &self.name, AtFlags::empty());
        }
    }
}

/// Makes a change of names survive a power cut. File systems that cannot are let be.
pub(super) fn sync_dir(dir: &Dir) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match openat(&dir.fd, c".", flags, Mode::empty()).and_then(rustix::fs::fsync) {
        Err(errno) if ![Errno::INVAL, Errno::ACCESS, Errno::NOTSUP, Errno::ROFS].contains(&errno) => Err(errno.into()),
        _ => Ok(()),
    }
}
