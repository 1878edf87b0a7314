//! Taking a mount away.
//!
//! LINUX: a descriptor of the mount itself would make it busy. So the directory that it lies in is held, and its name there is acted on,
//! which is never followed.

use super::aside::{Aside, wait};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::Unmount;
use rex_cedar_auth::{Authorized, Gate, Means, Resource, Stopped, Unjudged, accepts, kind};
use rust_safe_io::Elsewhere;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2, readlinkat};
use rustix::io::Errno;
use rustix::mount::{UnmountFlags, unmount as umount2};
use rustix::path::DecInt;
use rustix::process::fchdir;
use std::borrow::Cow;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// The path of a mount point, as it was asked for.
#[derive(Debug)]
pub(crate) struct Target {
    parent: String,
    name: String,
    path: String,
}

impl Target {
    /// The mount point called `name` in the directory `parent`.
    pub(crate) fn new(parent: &str, name: &str, path: &str) -> Self {
        Self { parent: parent.to_owned(), name: name.to_owned(), path: path.to_owned() }
    }
}

/// A mount point, by its name in a directory that is held.
#[derive(Debug)]
pub(crate) struct Place {
    parent: OwnedFd,
    name: CString,
    path: String,
}

impl Place {
    /// Its real path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

impl Resource for Target {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.path)
    }
}
impl Resource for Place {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.path)
    }
}
accepts!(Target: Unmount);
accepts!(Place: Unmount);

/// Where a mount point was found.
pub(crate) enum Found {
    /// Where its path says.
    Judged(Place),
    /// A link in its path led elsewhere.
    Elsewhere(Unjudged<Place>),
}

/// How to take a mount away.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct How {
    /// At once from the tree, and in fact when nobody uses it any more.
    pub(crate) lazy: bool,
    /// Even if its server does not answer.
    pub(crate) force: bool,
}

/// Finds the directory that a judged mount point lies in. The mount itself is not touched.
///
/// # Errors
/// What the system says.
pub(crate) fn find(unmount: Authorized<'_, Unmount, Target>) -> Result<Found> {
    let Target { parent, name, path } = unmount.target();
    let name = CString::new(name.as_str()).map_err(|_| Error::InvalidPath(path.clone()))?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let open = |resolve| openat2(CWD, parent, flags, Mode::empty(), resolve);
    match open(ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS) {
        Ok(parent) => Ok(Found::Judged(Place { parent, name, path: path.clone() })),
        Err(Errno::LOOP) => {
            // What is there where a link leads is not told before it is judged.
            let parent = open(ResolveFlags::NO_MAGICLINKS).map_err(|_| {
                Error::InvalidPath(format!("a link in `{path}` leads to no directory that can be entered"))
            })?;
            let mut real = real_path(&parent)?;
            if !real.ends_with('/') {
                real.push('/');
            }
            real.push_str(&name.to_string_lossy());
            Ok(Found::Elsewhere(Unjudged::new(Place { parent, name, path: real })))
        }
        Err(errno) => Err(errno.into()),
    }
}

fn real_path(fd: &OwnedFd) -> io::Result<String> {
    let path = Elsewhere::with_own_descriptors(|own| Ok(readlinkat(own, DecInt::new(fd.as_raw_fd()), Vec::new())?))?;
    Ok(path.to_string_lossy().into_owned())
}

/// Takes the mount at a judged place away, `umount2(2)`. A link of that name is not followed. Where the system takes its time the run can end.
///
/// # Errors
/// What the system says; the run has to end.
pub(crate) fn unmount(
    place: Authorized<'_, Unmount, Place>,
    how: How,
    gate: &Gate,
) -> std::result::Result<io::Result<()>, Stopped> {
    let Place { parent, name, .. } = place.target();
    let mut flags = UnmountFlags::NOFOLLOW;
    flags.set(UnmountFlags::DETACH, how.lazy);
    flags.set(UnmountFlags::FORCE, how.force);
    let (directory, name) = (parent.as_raw_fd(), name.clone());
    gate.spend(Means::Children, 1)?;
    let aside = Aside::start(Some(directory), move |_| {
        // SAFETY: the place is held for as long as the child is asked, and the child keeps this descriptor.
        #[expect(unsafe_code, reason = "the child has a copy of the descriptor, not of its owner")]
        let directory = unsafe { BorrowedFd::borrow_raw(directory) };
        let done = fchdir(directory).and_then(|()| umount2(name.as_c_str(), flags));
        let errno = done.err().map_or(0, Errno::raw_os_error);
        [u64::try_from(errno).unwrap_or_default(), 0, 0, 0, 0, 0, 0, 0]
    });
    let aside = match aside.and_then(|aside| aside.ask(0).map(|()| aside)) {
        Ok(aside) => aside,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        match aside.reply() {
            Ok(Some([0, ..])) => return Ok(Ok(())),
            Ok(Some([errno, ..])) => {
                return Ok(Err(io::Error::from_raw_os_error(i32::try_from(errno).unwrap_or_default())));
            }
            Ok(None) => {}
            Err(error) => return Ok(Err(error)),
        }
        gate.proceed()?;
        wait(std::iter::once(&aside), Duration::from_millis(20));
    }
}
