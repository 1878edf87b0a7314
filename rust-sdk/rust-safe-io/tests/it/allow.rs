//! Gates for tests, and what they refuse.

use rex_cedar_auth::action::file_system as action;
use rex_cedar_auth::{Gate, Need, kind, need};
use rex_test_utils::{Folder, REDACTION_FILE, gate, policy_from_needs};
use rust_safe_io::{Error, Redaction, Result};
use std::fmt::Debug;

pub(crate) const OPEN_DIR: Need = need::<action::Open, kind::Dir>();
pub(crate) const OPEN: Need = need::<action::Open, kind::File>();
pub(crate) const READ_DIR: Need = need::<action::Read, kind::Dir>();
pub(crate) const READ: Need = need::<action::Read, kind::File>();
pub(crate) const REDACTED_READ: Need = need::<action::RedactedRead, kind::File>();
pub(crate) const STAT_DIR: Need = need::<action::Stat, kind::Dir>();
pub(crate) const STAT: Need = need::<action::Stat, kind::File>();
pub(crate) const CREATE_DIR: Need = need::<action::Create, kind::Dir>();
pub(crate) const CREATE: Need = need::<action::Create, kind::File>();
pub(crate) const WRITE: Need = need::<action::Write, kind::File>();
pub(crate) const DELETE_DIR: Need = need::<action::Delete, kind::Dir>();
pub(crate) const DELETE: Need = need::<action::Delete, kind::File>();
pub(crate) const MOVE: Need = need::<action::Move, kind::File>();

/// A gate that permits these needs at and below the folder.
pub(crate) fn allow(folder: &Folder, needs: &[Need]) -> Gate {
    gate(&policy_from_needs(needs, folder.path(), ""))
}

/// A gate that permits every file action at and below the folder, but what the Cedar text `but` forbids.
pub(crate) fn all_but(folder: &Folder, but: &str) -> Gate {
    gate(&format!("permit(principal, action, resource in file_system::Dir::\"{}\");\n{but}", folder.path()))
}

/// A gate that permits every file action at and below the folder.
pub(crate) fn all(folder: &Folder) -> Gate {
    all_but(folder, "")
}

/// The Cedar text that forbids `action` on one file.
pub(crate) fn forbid(action: &str, path: &str) -> String {
    format!(
        "forbid(principal, action == file_system::Action::\"{action}\", resource == file_system::File::\"{path}\");\n"
    )
}

/// The Cedar text that forbids `action` on a directory and all below it.
pub(crate) fn forbid_in(action: &str, path: &str) -> String {
    format!(
        "forbid(principal, action == file_system::Action::\"{action}\", resource in file_system::Dir::\"{path}\");\n"
    )
}

/// The redaction whose dictionary is in the folder.
pub(crate) fn redaction(folder: &Folder) -> Redaction {
    Redaction::at(folder.at(REDACTION_FILE))
}

/// Action and resource of a denial.
pub(crate) fn denied<T: Debug>(result: Result<T>) -> (&'static str, String) {
    match result {
        Err(Error::PermissionDenied(denied)) => (denied.action().name, denied.id().to_owned()),
        other => panic!("not denied: {other:?}"),
    }
}

/// Kind and text of an error.
pub(crate) fn failed<T: Debug>(result: Result<T>) -> (&'static str, String) {
    let error = result.expect_err("an error");
    (error.kind(), error.to_string())
}
