//! Links that a script holds: the link itself, not what it points at.

use super::DirHandle;
use super::dir::require_name;
use crate::sys::{self, EntryType, Object};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Open;
use std::ffi::OsStr;
use std::rc::Rc;

/// A link that a script holds.
#[derive(Debug, Clone)]
pub struct SymlinkHandle(Rc<Object>);

impl DirHandle {
    /// Holds the link called `name` in the directory.
    ///
    /// # Policy
    /// Asks `open` on the link as a file.
    ///
    /// # Errors
    /// `ValidationError` for what is no link; `InvalidPath` and `Other` for what is no bare name; `NotFound`.
    pub fn open_symlink(&self, gate: &Gate, name: &str) -> Result<SymlinkHandle> {
        require_name(name)?;
        let place = self.0.entry(OsStr::new(name));
        let object = sys::object(gate.authorize::<Open, _>(&place)?).map_err(|error| error.about(place.path()))?;
        if object.entry_type() != EntryType::Symlink {
            return Err(Error::ValidationError("argument is not a symlink".to_owned()));
        }
        Ok(SymlinkHandle(Rc::new(object)))
    }
}

impl SymlinkHandle {
    /// Its path.
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// The link.
    pub(crate) fn object(&self) -> &Object {
        &self.0
    }
}
