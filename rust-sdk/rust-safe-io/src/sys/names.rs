//! Names of users and groups in the host's databases (`getpwnam(3)`).
//!
//! INVARIANT: within another mount namespace the C library is not asked: it would load its modules from there, and run them.

use super::elsewhere::Elsewhere;
use nix::unistd::{Gid, Group, Uid, User, getgrouplist};
use std::cell::RefCell;
use std::ffi::CString;
use std::io;

thread_local! {
    /// The user and the group of this process, by number and name, while the thread is in another mount namespace.
    static OWN: RefCell<Option<(Named, Named)>> = const { RefCell::new(None) };
}

type Named = (u32, Option<String>);

/// Looks the names of this process up while they can be.
pub(super) fn remember_own() {
    let (user, group) = (Uid::effective().as_raw(), Gid::effective().as_raw());
    OWN.set(Some(((user, user_name(user)), (group, group_name(group)))));
}

fn own(number: u32, which: impl FnOnce(&(Named, Named)) -> &Named) -> Option<String> {
    OWN.with_borrow(|own| {
        own.as_ref().map(which).filter(|(known, _)| *known == number).and_then(|(_, name)| name.clone())
    })
}

/// The name of a user, where it has one.
pub(super) fn user_name(number: u32) -> Option<String> {
    if Elsewhere::is_among_other_mounts() {
        return own(number, |(user, _)| user);
    }
    User::from_uid(Uid::from_raw(number)).ok().flatten().map(|user| user.name)
}

/// The name of a group, where it has one.
pub(super) fn group_name(number: u32) -> Option<String> {
    if Elsewhere::is_among_other_mounts() {
        return own(number, |(_, group)| group);
    }
    Group::from_gid(Gid::from_raw(number)).ok().flatten().map(|group| group.name)
}

/// The user of this name, where there is one.
pub(super) fn user(name: &str) -> io::Result<Option<User>> {
    if Elsewhere::is_among_other_mounts() { Ok(None) } else { Ok(User::from_name(name)?) }
}

/// The group of this name, where there is one.
pub(super) fn group(name: &str) -> io::Result<Option<Group>> {
    if Elsewhere::is_among_other_mounts() { Ok(None) } else { Ok(Group::from_name(name)?) }
}

/// All groups of a user.
pub(super) fn groups_of(user: &User) -> Option<Vec<Gid>> {
    let name = CString::new(user.name.as_str()).ok().filter(|_| !Elsewhere::is_among_other_mounts())?;
    getgrouplist(&name, user.gid).ok()
}
