//! Directories that a script holds open.

use crate::open::open_dir;
use crate::path::DirPath;
use crate::sys::{self, Dir, Follow};
use crate::{DirEntry, Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Create, Open, Read};
use std::ffi::OsStr;
use std::rc::Rc;

/// How to open a directory.
#[derive(Debug, Clone, Copy, Default)]
pub struct DirOptions {
    /// Make it; nothing may be at its place.
    pub create: bool,
    /// With `create`: make those missing above it too, and take what is there.
    pub recursive: bool,
    /// Follow links; nothing is made then.
    pub follow: bool,
}

/// A directory that a script holds open.
#[derive(Debug, Clone)]
pub struct DirHandle(pub(crate) Rc<Dir>);

impl DirHandle {
    /// Opens the directory at `path`.
    ///
    /// # Policy
    /// Asks `open` on it, and where a link led elsewhere on that directory too; with `create` also `create` on it, and with `recursive` on
    /// each that is made above it.
    ///
    /// # Errors
    /// `DirectoryOpenError` for a link that is not to be followed, and for a missing directory above; `DirectoryError` when something is at the
    /// place of a directory to be made; what the system says.
    pub fn open(gate: &Gate, path: &str, options: DirOptions) -> Result<Self> {
        let path = DirPath::parse(path)?;
        if !options.create {
            let follow = if options.follow { Follow::Links } else { Follow::Nothing };
            return open_dir(gate, &path, follow).map(Self);
        }
        let open = gate.authorize::<Open, _>(&path)?;
        let create = gate.authorize::<Create, _>(&path)?;
        if options.follow {
            return open_dir(gate, &path, Follow::Links).map(Self);
        }
        if !options.recursive {
            return sys::create_dir(create).map(Self);
        }
        let (mut dir, missing) = sys::nearest(open).map_err(|error| error.about(path.as_str()))?;
        for name in missing.iter().rev() {
            let place = dir.subdir(OsStr::new(name));
            dir = sys::ensure_dir(gate.authorize::<Create, _>(&place)?).map_err(|error| error.about(place.path()))?;
        }
        Ok(Self(dir))
    }

    /// Its path, in which no link is.
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// All that is in it, in the order the file system gives.
    ///
    /// # Policy
    /// Asks `read` on the directory.
    pub fn entries(&self, gate: &Gate) -> Result<Vec<DirEntry>> {
        let listed = sys::list(gate.authorize::<Read, _>(&*self.0)?)?;
        Ok(listed.into_iter().map(|listed| DirEntry::of(&self.0, &listed)).collect())
    }
}

/// Refuses what is no bare name.
///
/// # Errors
/// `Other` for a part `..` or NUL, `InvalidPath` for more than a name, `NotFound` for an empty one.
pub(crate) fn require_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::IoError(std::io::Error::from_raw_os_error(rustix::io::Errno::NOENT.raw_os_error())));
    }
    if name.split('/').any(|part| part == "..") {
        return Err(Error::other(format!("Path traversal detected {name}")));
    }
    if name.contains('\0') {
        return Err(Error::other(format!("Path contains invalid characters {name}")));
    }
    if name.contains('/') {
        return Err(Error::InvalidPath("file path must contain only a filename".to_owned()));
    }
    Ok(())
}
