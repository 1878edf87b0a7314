//! Handles for tests, and what their operations need.

use crate::allow::{allow, denied};
use rex_cedar_auth::action::file_system as action;
use rex_cedar_auth::{Gate, Need, kind, need};
use rex_test_utils::{Folder, gate};
use rust_safe_io::{DirHandle, DirOptions, FileHandle, FileOptions, Result};
use std::fmt::Debug;

pub(crate) const CHMOD_DIR: Need = need::<action::Chmod, kind::Dir>();
pub(crate) const CHMOD: Need = need::<action::Chmod, kind::File>();
pub(crate) const CHOWN_DIR: Need = need::<action::Chown, kind::Dir>();
pub(crate) const CHOWN: Need = need::<action::Chown, kind::File>();
pub(crate) const MOVE_DIR: Need = need::<action::Move, kind::Dir>();
pub(crate) const SET_XATTR: Need = need::<action::SetXAttr, kind::File>();

pub(crate) const READ: FileOptions =
    FileOptions { read: true, write: false, create: false, permissions: None, follow: false };
pub(crate) const BOTH: FileOptions = FileOptions { write: true, ..READ };
pub(crate) const FOLLOWED: FileOptions = FileOptions { follow: true, ..BOTH };

fn open_to_all() -> Gate {
    gate("permit(principal, action, resource);")
}

/// A directory of the folder, opened under a gate that permits everything; `""` is the folder itself.
pub(crate) fn dir(folder: &Folder, name: &str) -> DirHandle {
    let path = if name.is_empty() { folder.path().to_owned() } else { folder.at(name) };
    DirHandle::open(&open_to_all(), &path, DirOptions::default()).unwrap()
}

/// A file of the folder, opened under a gate that permits everything.
pub(crate) fn file(folder: &Folder, name: &str, options: FileOptions) -> FileHandle {
    let (above, name) = name.rsplit_once('/').unwrap_or(("", name));
    dir(folder, above).open_file(&open_to_all(), name, options).unwrap()
}

/// Shows that `act` does its work with `needs`, and that without each of them it is denied and changes nothing.
pub(crate) fn needs<T: Debug>(
    files: &[(&str, &str)],
    needs: &[Need],
    act: impl Fn(&Gate, &Folder) -> Result<T>,
) -> (Folder, T) {
    for left_out in needs {
        let folder = Folder::new(files);
        let before = folder.tree();
        let others: Vec<Need> = needs.iter().copied().filter(|need| need != left_out).collect();
        let (action, id) = denied(act(&allow(&folder, &others), &folder));
        assert_eq!(action, left_out.action.name, "{id}");
        assert_eq!(before.changes(&folder.tree()), "", "without {left_out}");
    }
    let folder = Folder::new(files);
    let done = act(&allow(&folder, needs), &folder).unwrap();
    (folder, done)
}
