//! Giving what a script holds open another owner.

use super::{DirHandle, FileHandle, SymlinkHandle};
use crate::Result;
use crate::sys::{self, Object};
use crate::tree::{Mounts, Step, through};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Chown;

/// Whom something shall belong to. What is not told stays.
#[derive(Debug, Clone, Default)]
pub struct OwnershipOptions {
    /// The user, by name or number.
    pub user: Option<String>,
    /// The group, by name or number.
    pub group: Option<String>,
    /// Of a directory: all below it, too.
    pub recursive: bool,
}

impl FileHandle {
    /// Gives the file another owner or group.
    ///
    /// # Policy
    /// Asks `chown` on the file.
    ///
    /// # Errors
    /// `IdentityResolutionError` for a name that is neither known nor a number; what the system says.
    pub fn set_ownership(&self, gate: &Gate, options: &OwnershipOptions) -> Result<()> {
        object(gate, self.object(), options)
    }
}

impl SymlinkHandle {
    /// Gives the link itself another owner or group.
    ///
    /// # Policy
    /// Asks `chown` on the link.
    ///
    /// # Errors
    /// As [`FileHandle::set_ownership`].
    pub fn set_ownership(&self, gate: &Gate, options: &OwnershipOptions) -> Result<()> {
        object(gate, self.object(), options)
    }
}

impl DirHandle {
    /// Gives the directory another owner or group; with `recursive` all below it, too, links themselves among them. All are judged before any is touched.
    ///
    /// # Policy
    /// Asks `chown` on the directory; with `recursive` `read` on it, `open`, `read` and `chown` on each directory below, and `chown` on all else.
    ///
    /// # Errors
    /// As [`FileHandle::set_ownership`], also for the first entry below that fails.
    pub fn set_ownership(&self, gate: &Gate, options: &OwnershipOptions) -> Result<()> {
        let OwnershipOptions { user, group, recursive } = options;
        let owner = sys::owner(gate.authorize::<Chown, _>(&*self.0)?, user.as_deref(), group.as_deref())?;
        if *recursive {
            through(gate, &self.0, Mounts::Enter, &mut |step| match step {
                Step::Entry(entry, _) => Ok(gate.authorize::<Chown, _>(entry).map(drop)?),
                Step::Enter(_, dir) => Ok(gate.authorize::<Chown, _>(&**dir).map(drop)?),
                Step::Leave(..) => Ok(()),
            })?;
            through(gate, &self.0, Mounts::Enter, &mut |step| match step {
                Step::Entry(entry, _) => sys::chown_named(gate.authorize::<Chown, _>(entry)?, owner)
                    .map_err(|error| error.about(entry.path())),
                Step::Enter(..) => Ok(()),
                Step::Leave(_, dir) => {
                    sys::chown_dir(gate.authorize::<Chown, _>(&**dir)?, owner).map_err(|error| error.about(dir.path()))
                }
            })?;
        }
        sys::chown_dir(gate.authorize::<Chown, _>(&*self.0)?, owner).map_err(|error| error.about(self.path()))
    }
}

fn object(gate: &Gate, object: &Object, options: &OwnershipOptions) -> Result<()> {
    let OwnershipOptions { user, group, .. } = options;
    let owner = sys::owner(gate.authorize::<Chown, _>(object)?, user.as_deref(), group.as_deref())?;
    sys::chown(gate.authorize::<Chown, _>(object)?, owner).map_err(|error| error.about(object.path()))
}
