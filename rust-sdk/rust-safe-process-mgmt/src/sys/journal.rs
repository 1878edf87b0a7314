//! The files of the journal of this machine, opened below the directories where journald keeps them.

use crate::journal::ReadAt;
use crate::{Error, Result};
use rex_cedar_auth::action::systemd::Journal;
use rex_cedar_auth::{Authorized, Gate};
use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

const PLACES: [&str; 2] = ["/var/log/journal", "/run/log/journal"];
const MACHINE_ID: &str = "/etc/machine-id";
/// So many files are held open at a time; others are left out.
const MOST: usize = 512;

/// The files that could be opened, each with its length, and how many could not.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) files: Vec<(Source, u64)>,
    pub(crate) unreadable: usize,
}

/// A file of the journal.
#[derive(Debug)]
pub(crate) struct Source(OwnedFd);

impl ReadAt for Source {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match rustix::io::pread(&self.0, rest, offset.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(got) => filled += got,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(filled)
    }
}

/// Opens the files of the journal, on the word that some of it may be read.
///
/// # Errors
/// `PrivilegeError` where there are files and this account may open none; `Other` where there are none.
pub(crate) fn open<T>(_proof: Authorized<'_, Journal, T>, gate: &Gate) -> Result<Opened> {
    let mut opened = Opened::default();
    let machine = machine();
    let mut barred = false;
    for place in PLACES {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = match openat2(CWD, place, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS) {
            Ok(top) => top,
            Err(Errno::ACCESS) => {
                barred = true;
                continue;
            }
            Err(_) => continue,
        };
        for name in names(&top)? {
            gate.proceed()?;
            let known = machine.as_ref().is_none_or(|machine| *machine == name);
            if !is_id(&name) || !known {
                continue;
            }
            match below(&top, &name, flags) {
                Ok(folder) => files(&folder, &mut opened, gate)?,
                Err(Errno::ACCESS) => barred = true,
                Err(_) => {}
            }
        }
    }
    match (opened.files.is_empty(), barred || opened.unreadable > 0) {
        (false, _) => Ok(opened),
        (true, true) => Err(Error::PrivilegeError(
            "this account may not read the journal: run as root, or as a member of the group `systemd-journal`"
                .to_owned(),
        )),
        (true, false) => Err(Error::Other(format!("there is no journal of this machine in {}", PLACES.join(" or ")))),
    }
}

fn files(folder: &OwnedFd, opened: &mut Opened, gate: &Gate) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for name in names(folder)? {
        gate.proceed()?;
        if !name.ends_with(".journal") && !name.ends_with(".journal~") {
            continue;
        }
        let file = below(folder, &name, flags).and_then(|file| Ok((rustix::fs::fstat(&file)?, file)));
        match file {
            Ok((stat, file))
                if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && opened.files.len() < MOST =>
            {
                opened.files.push((Source(file), u64::try_from(stat.st_size).unwrap_or(0)));
            }
            // It was put away meanwhile.
            Err(Errno::NOENT) => {}
            _ => opened.unreadable += 1,
        }
    }
    Ok(())
}

/// Opens what is directly in a directory: no link, no other file system.
fn below(dir: &OwnedFd, name: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(dir.as_fd(), name, flags, Mode::empty(), resolve)
}

fn names(dir: &OwnedFd) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        if let Ok(name) = entry?.file_name().to_str() {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// The id of this machine (machine-id(5)), where it has one.
fn machine() -> Option<String> {
    let file = rustix::fs::open(MACHINE_ID, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut id = [0; 32];
    let got = rustix::io::pread(&file, &mut id, 0).ok()?;
    let id = std::str::from_utf8(id.get(..got)?).ok()?;
    Some(id.to_owned()).filter(|id| is_id(id))
}

fn is_id(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
