//! Giving judged objects another owner or group.

use super::descriptor::{Dir, Entry, Object};
use super::locate::find;
use super::names;
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Chown;
use rustix::fs::{AtFlags, Gid, Uid, chownat};
use rustix::io::Errno;
use std::io;
use std::os::fd::AsFd;

/// Whom something shall belong to. What is not told stays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Belonging {
    pub(super) user: Option<Uid>,
    pub(super) group: Option<Gid>,
}

/// Looks up names in the host's user and group databases (`getpwnam(3)`). What is no name there may be a number.
///
/// # Errors
/// `IdentityResolutionError` for what is neither; what the databases say.
pub(crate) fn owner<T>(_proof: Authorized<'_, Chown, T>, user: Option<&str>, group: Option<&str>) -> Result<Belonging> {
    let user = match user {
        None => None,
        Some(name) => {
            let known = names::user(name)?.map(|user| user.uid.as_raw());
            Some(Uid::from_raw(known.or_else(|| number(name)).ok_or_else(|| unknown("user", "uid", name))?))
        }
    };
    let group = match group {
        None => None,
        Some(name) => {
            let known = names::group(name)?.map(|group| group.gid.as_raw());
            Some(Gid::from_raw(known.or_else(|| number(name)).ok_or_else(|| unknown("group", "gid", name))?))
        }
    };
    Ok(Belonging { user, group })
}

/// chown(2): the highest number is none, it stands for what stays.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number != u32::MAX)
}

fn unknown(what: &str, id: &str, name: &str) -> Error {
    Error::IdentityResolutionError(format!("No {what} mapping found for {id}: {name}"))
}

/// Gives a judged object another owner; a link itself, never what it points at.
pub(crate) fn chown(proof: Authorized<'_, Chown, Object>, owner: Belonging) -> Result<()> {
    set(&proof.target().fd, owner)
}

/// Gives a judged directory another owner.
pub(crate) fn chown_dir(proof: Authorized<'_, Chown, Dir>, owner: Belonging) -> Result<()> {
    set(&proof.target().fd, owner)
}

/// Gives what is at a judged name another owner; a link itself, never what it points at.
pub(crate) fn chown_named(proof: Authorized<'_, Chown, Entry>, owner: Belonging) -> Result<()> {
    set(&find(proof.target())?.fd, owner)
}

fn set(fd: &impl AsFd, owner: Belonging) -> Result<()> {
    chownat(fd, c"", owner.user, owner.group, AtFlags::EMPTY_PATH).map_err(|errno| match errno {
        Errno::PERM => {
            let text = "Failed to change ownership. CAP_CHOWN capability is required when changing ownership to a different user.";
            Error::IoError(io::Error::new(io::ErrorKind::PermissionDenied, text))
        }
        errno => errno.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn what_is_a_number() {
        assert_eq!((number("0"), number("1000"), number("4294967294")), (Some(0), Some(1000), Some(4_294_967_294)));
        for text in ["", "-1", "+1", "4294967295", "4294967296", "1a", " 1", "0x1", "\u{661}"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
