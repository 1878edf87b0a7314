//! Owners and groups, by number and by name.

use super::elsewhere::Elsewhere;
use super::names;
use std::cell::RefCell;
use std::collections::HashMap;

/// The owner and the group of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The number of the user.
    pub user: u32,
    /// The number of the group.
    pub group: u32,
}

thread_local! {
    /// Names do not change within a run; looking one up reads files or asks a service.
    static USERS: RefCell<HashMap<u32, String>> = RefCell::default();
    static GROUPS: RefCell<HashMap<u32, String>> = RefCell::default();
}

impl Owner {
    /// The name of the user; its number where it has no name.
    pub fn user_name(self) -> String {
        USERS.with_borrow_mut(|known| name(known, self.user, names::user_name))
    }

    /// The name of the group; its number where it has no name.
    pub fn group_name(self) -> String {
        GROUPS.with_borrow_mut(|known| name(known, self.group, names::group_name))
    }
}

fn name(known: &mut HashMap<u32, String>, number: u32, find: impl FnOnce(u32) -> Option<String>) -> String {
    if Elsewhere::is_among_other_mounts() {
        // Neither are the host's names those of its users, nor may what is not known there stay unknown here.
        return number.to_string();
    }
    known.entry(number).or_insert_with(|| find(number).unwrap_or_else(|| number.to_string())).clone()
}
