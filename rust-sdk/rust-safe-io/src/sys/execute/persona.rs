//! Whom a program runs as.

use crate::sys::names;
use crate::{Error, Result};
use nix::unistd::{Gid, Uid};
use rex_cedar_auth::context::Account;

/// The user and group of a program to be started, looked up but not yet taken on.
pub(super) struct Persona {
    pub(super) user: Account,
    pub(super) group: Account,
    wanted: Wanted,
}

/// What was asked for.
enum Wanted {
    /// To stay what the runner is.
    Same,
    /// Another identity.
    Other(Change),
    /// A name that is not there; the text says which.
    Unknown(String),
}

/// What a child process becomes before it becomes the program.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The user, where it is another than the runner's.
    pub(super) user: Option<rustix::fs::Uid>,
    pub(super) group: rustix::fs::Gid,
    /// All its other groups.
    pub(super) groups: Vec<rustix::fs::Gid>,
}

impl Persona {
    /// Looks up names in the host's user and group databases (`getpwnam(3)`). Numbers are no names here: a policy judges by name.
    pub(super) fn of(user: Option<&str>, group: Option<&str>) -> Self {
        let (own_user, own_group) = (Uid::effective(), Gid::effective());
        let found_user = user.map(|name| (name, names::user(name).ok().flatten()));
        let found_group = group.map(|name| (name, names::group(name).ok().flatten()));
        let as_user = match &found_user {
            None => Account { name: user_name(own_user), id: own_user.as_raw().into() },
            Some((name, found)) => {
                Account { name: (*name).to_owned(), id: found.as_ref().map_or(-1, |user| user.uid.as_raw().into()) }
            }
        };
        let as_group = match (&found_group, &found_user) {
            (Some((name, found)), _) => {
                Account { name: (*name).to_owned(), id: found.as_ref().map_or(-1, |group| group.gid.as_raw().into()) }
            }
            // The group of the user that it becomes, not the runner's.
            (None, Some((_, Some(user)))) => Account { name: group_name(user.gid), id: user.gid.as_raw().into() },
            (None, Some((_, None))) => Account { name: String::new(), id: -1 },
            (None, None) => Account { name: group_name(own_group), id: own_group.as_raw().into() },
        };
        let wanted = match (found_user, found_group) {
            (None, None) => Wanted::Same,
            (Some((name, None)), _) => Wanted::Unknown(format!("No user mapping found for uid: {name}")),
            (_, Some((name, None))) => Wanted::Unknown(format!("No group mapping found for gid: {name}")),
            (Some((_, Some(user))), None) if user.uid == own_user && user.gid == own_group => Wanted::Same,
            (Some((_, Some(user))), None) => match names::groups_of(&user) {
                Some(groups) => Wanted::Other(change(own_user, Some(user.uid), user.gid, groups)),
                None => Wanted::Unknown(format!("the groups of the user {} cannot be looked up", user.name)),
            },
            (user, Some((_, Some(group)))) => {
                let user = user.and_then(|(_, user)| user).map(|user| user.uid);
                Wanted::Other(change(own_user, user, group.gid, Vec::new()))
            }
        };
        Self { user: as_user, group: as_group, wanted }
    }

    /// What the child has to become, or nothing.
    ///
    /// # Errors
    /// `IdentityResolutionError` for a name that is not there.
    pub(super) fn change(self) -> Result<Option<Change>> {
        match self.wanted {
            Wanted::Same => Ok(None),
            Wanted::Other(change) => Ok(Some(change)),
            Wanted::Unknown(text) => Err(Error::IdentityResolutionError(text)),
        }
    }
}

fn change(own: Uid, user: Option<Uid>, group: Gid, groups: Vec<Gid>) -> Change {
    let raw_group = |group: Gid| rustix::fs::Gid::from_raw(group.as_raw());
    Change {
        user: user.filter(|user| *user != own).map(|user| rustix::fs::Uid::from_raw(user.as_raw())),
        group: raw_group(group),
        groups: groups.into_iter().map(raw_group).collect(),
    }
}

/// The name of a user; its number where it has none.
fn user_name(user: Uid) -> String {
    names::user_name(user.as_raw()).unwrap_or_else(|| user.to_string())
}

fn group_name(group: Gid) -> String {
    names::group_name(group.as_raw()).unwrap_or_else(|| group.to_string())
}
