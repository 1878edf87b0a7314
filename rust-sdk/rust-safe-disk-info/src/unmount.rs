//! Taking a mount away.

use crate::sys::{self, Found, How, Target};
use crate::{Absolute, Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Unmount;
use std::io;

/// What to unmount, and how.
#[derive(Debug, Clone)]
pub struct UnmountOptions {
    /// The mount point.
    pub path: Absolute,
    /// Take it out of the tree at once, and clean up when nobody uses it any more.
    pub lazy: bool,
    /// Unmount even if the server of a network file system does not answer; what was not written may be lost.
    pub force: bool,
}

/// Unmounts what is mounted on top at a path, `umount2(2)`. A link in the directory part is followed, and where it leads is judged; a link as the last part is
/// never followed.
///
/// # Policy
/// Asks `unmount` on the directory, and where a link led elsewhere on that directory too.
///
/// # Errors
/// `NotMounted` where nothing is mounted; `Busy`; `NotFound`; `InvalidPath`; `NixError` for what else the system says.
pub fn unmount(gate: &Gate, options: &UnmountOptions) -> Result<()> {
    let path = &options.path;
    let Some((parent, name)) = path.split() else {
        return Err(Error::InvalidPath("`/` cannot be unmounted: everything stands on it".to_owned()));
    };
    let target = Target::new(parent, name, path.as_str());
    let place = match sys::find(gate.authorize::<Unmount, _>(&target)?).map_err(|error| failed(path.as_str(), error))? {
        Found::Judged(place) => place,
        Found::Elsewhere(held) => gate.release::<Unmount, _>(held)?,
    };
    let how = How { lazy: options.lazy, force: options.force };
    let done = sys::unmount(gate.authorize::<Unmount, _>(&place)?, how, gate)?;
    done.map_err(|error| explained(place.path(), &error))
}

fn failed(path: &str, error: Error) -> Error {
    match error {
        Error::NotFound(text) => Error::NotFound(format!("Failed to unmount {path}: {text}")),
        Error::IoError(text) => Error::NixError(format!("Failed to unmount {path}: {text}")),
        error => error,
    }
}

/// The system's error, with what it means here.
fn explained(path: &str, error: &io::Error) -> Error {
    let tell = |text: &str| format!("Failed to unmount {path}: {text}");
    match error.kind() {
        // LINUX: also for a mount that this mount namespace got from another and may not take away.
        io::ErrorKind::InvalidInput => {
            Error::NotMounted(tell("no file system is mounted there that could be taken away"))
        }
        io::ErrorKind::ResourceBusy => Error::Busy(tell(&format!("{error}: somebody uses it"))),
        io::ErrorKind::NotFound => Error::NotFound(tell(&error.to_string())),
        io::ErrorKind::PermissionDenied => Error::NixError(tell(&format!("{error}: it takes CAP_SYS_ADMIN"))),
        _ => Error::NixError(tell(&error.to_string())),
    }
}
