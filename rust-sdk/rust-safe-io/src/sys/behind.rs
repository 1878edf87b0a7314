//! What a judged link leads to.

use super::descriptor::{Dir, Entry, Object, Subdir, real_path};
use super::locate::{FIND_DIR, where_it_leads};
use crate::path::DirPath;
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::Open;
use rex_cedar_auth::{Authorized, Unjudged};
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat2};
use std::ffi::{CString, OsStr};
use std::rc::Rc;

/// What is behind a link. Nobody may learn which it is before it was judged.
pub(crate) enum Behind {
    /// An object, at its real place.
    There(Unjudged<Object>),
    /// A directory.
    Dir(Unjudged<Dir>),
    /// Nothing that can be opened; the place where it would be.
    Nowhere(Unjudged<Entry>, Error),
}

/// Follows the judged link.
///
/// # Errors
/// `NotFound` for an object that was removed meanwhile; what the system says of the way to it.
pub(crate) fn behind(open: Authorized<'_, Open, Entry>) -> Result<Behind> {
    follow(open.target())
}

/// As [`behind`], for a link that was judged as a directory.
///
/// # Errors
/// As [`behind`].
pub(crate) fn behind_dir(open: Authorized<'_, Open, Subdir>) -> Result<Behind> {
    follow(open.target().as_entry())
}

fn follow(link: &Entry) -> Result<Behind> {
    match openat2(&link.dir.fd, &link.name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::NO_MAGICLINKS)
    {
        Ok(fd) => {
            let stat = fstat(&fd)?;
            let real = real_path(&fd)?;
            // LINUX: the path of a removed object bears a suffix, that of an unreachable one a prefix.
            if stat.st_nlink == 0 || !real.starts_with('/') {
                return Err(Error::NotFound { path: None });
            }
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
                return Ok(Behind::Dir(Unjudged::new(Dir::new(fd, real))));
            }
            Ok(Behind::There(Unjudged::new(Object { fd, entry: place_at(&real)?, stat })))
        }
        Err(errno) => {
            let real = where_it_leads(link.path());
            // Where the directory is missing too, the place is one at which nothing is ever found.
            let place = place_at(&real).unwrap_or_else(|_| Entry::nowhere(Rc::clone(&link.dir), real));
            Ok(Behind::Nowhere(Unjudged::new(place), errno.into()))
        }
    }
}

/// The place at a real path, in which no link is left.
fn place_at(real: &str) -> Result<Entry> {
    let parts = DirPath::real(real.to_owned()).split().ok_or(Error::NotFound { path: None })?;
    let parent = parts.parent.as_str();
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let dir = openat2(CWD, parent, FIND_DIR, Mode::empty(), resolve)?;
    Ok(Rc::new(Dir::new(dir, parent.to_owned())).entry(OsStr::new(&parts.name)))
}

impl Entry {
    /// A place with this path at which nothing is ever found: an empty name finds nothing.
    fn nowhere(dir: Rc<Dir>, path: String) -> Self {
        Self { dir, name: CString::default(), path }
    }
}
