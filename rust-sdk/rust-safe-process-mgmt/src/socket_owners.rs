//! Which processes have which sockets open.

use crate::Result;
use crate::open_files::{next, proceed};
use crate::sys::Table;
use rex_cedar_auth::Gate;
use std::collections::HashMap;
use std::rc::Rc;

/// A process that has a socket open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketOwner {
    /// Its number.
    pub pid: u32,
    /// Its name.
    pub process_name: Rc<str>,
}

/// What a search for the owners of sockets gave.
#[derive(Debug, Default)]
pub struct SocketOwners {
    /// The owners of a socket by its inode, in the order of their numbers.
    pub owners: HashMap<u64, Vec<SocketOwner>>,
    /// How many processes the policy does not let be looked into.
    pub denied: usize,
    /// How many processes could not be looked into.
    pub unreadable: usize,
}

/// The processes that have sockets open, of those whose inodes are `wanted`.
///
/// # Policy
/// Asks `list_fds` on each process before it is looked into; those that are denied are left out.
///
/// # Errors
/// `ProcessEnumerationError` where there is no process table.
pub fn socket_owners(gate: &Gate, wanted: &dyn Fn(u64) -> bool) -> Result<SocketOwners> {
    let table = Table::open()?;
    let mut found = SocketOwners::default();
    for pid in table.pids()? {
        let Some(held) = next(gate, &table, pid, &mut found.denied)? else { continue };
        let owner = SocketOwner { pid, process_name: held.name().into() };
        let mut seen = 0;
        let read = held.sockets(&mut |inode| {
            proceed(gate, &mut seen)?;
            if wanted(inode) {
                let owners = found.owners.entry(inode).or_default();
                if owners.last() != Some(&owner) {
                    owners.push(owner.clone());
                }
            }
            Ok::<_, crate::Error>(())
        })?;
        found.unreadable += usize::from(read.is_err());
    }
    Ok(found)
}
