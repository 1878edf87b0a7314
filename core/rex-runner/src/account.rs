//! The account that the run acts as.

use nix::unistd::{Uid, User};

/// The login name of the effective user, from the user database; `uid:1234`, which no login name can be, where it has none.
///
/// The environment has no say in it.
pub(crate) fn principal() -> String {
    let uid = Uid::effective();
    match User::from_uid(uid) {
        Ok(Some(user)) if !user.name.is_empty() && !user.name.contains(':') => user.name,
        _ => format!("uid:{uid}"),
    }
}
