//! The file that is looked for among what processes use: which object it is.

use super::used::{Facts, Identity, facts_at};
use rex_cedar_auth::action::file_system::Stat;
use rex_cedar_auth::{Authorized, Resource, Unjudged, accepts, kind};
use rust_safe_io::Elsewhere;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, openat2, readlinkat};
use rustix::io::Errno;
use rustix::path::DecInt;
use std::borrow::Cow;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

/// A path that was asked for, as that of a file: what it is shows later.
#[derive(Debug)]
pub(crate) struct Path(pub(crate) String);

impl Resource for Path {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

accepts!(Path: Stat);

/// A directory that was found, or with `File` something else, at its real path.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) identity: Identity,
}

/// A directory that was found.
#[derive(Debug)]
pub(crate) struct FoundDir(pub(crate) Found);

impl Resource for FoundDir {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0.path)
    }
}

accepts!(FoundDir: Stat);

/// Something else that a link led to.
#[derive(Debug)]
pub(crate) struct FoundFile(pub(crate) Found);

impl Resource for FoundFile {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0.path)
    }
}

accepts!(FoundFile: Stat);

/// What is at a path.
pub(crate) enum Located {
    /// What was judged.
    File(Found),
    /// A directory; it waits to be judged as one.
    Dir(Unjudged<FoundDir>),
    /// A link led to it: it waits to be judged by its real path.
    Elsewhere(Unjudged<FoundFile>),
}

/// Finds what is at a judged path. Nothing is opened for reading.
///
/// # Errors
/// What the system says.
pub(crate) fn locate(stat: Authorized<'_, Stat, Path>) -> io::Result<Located> {
    let path = stat.target().0.as_str();
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let no_links = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match openat2(CWD, path, flags, Mode::empty(), no_links) {
        Ok(found) => {
            let facts = facts(&found)?;
            let found = Found { path: path.to_owned(), identity: facts.identity };
            Ok(if facts.file_type == "DIR" {
                Located::Dir(Unjudged::new(FoundDir(found)))
            } else {
                Located::File(found)
            })
        }
        Err(Errno::LOOP) => {
            let found = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS)?;
            let facts = facts(&found)?;
            let path = Elsewhere::with_own_descriptors(|own| {
                Ok(readlinkat(own, DecInt::new(found.as_raw_fd()), Vec::new())?)
            })?;
            let found = Found { path: path.to_string_lossy().into_owned(), identity: facts.identity };
            Ok(if facts.file_type == "DIR" {
                Located::Dir(Unjudged::new(FoundDir(found)))
            } else {
                Located::Elsewhere(Unjudged::new(FoundFile(found)))
            })
        }
        Err(errno) => Err(errno.into()),
    }
}

fn facts(found: &OwnedFd) -> io::Result<Facts> {
    facts_at(found, &CString::default(), AtFlags::EMPTY_PATH)
}
