//! The run's own process table, kept while its thread is in another mount namespace.
//!
//! INVARIANT: numbers and user names of processes are those of the run's own namespaces wherever its thread is. What another mount namespace
//! shows at `/proc` and `/etc/passwd` is the word of whoever made it.

use super::accounts::Accounts;
use super::table::Table;
use crate::Result;
use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;

thread_local! {
    static KEPT: RefCell<Option<(OwnedFd, Accounts)>> = const { RefCell::new(None) };
}

/// Keeps the table until it is dropped.
#[derive(Debug)]
pub(super) struct Keeper;

impl Keeper {
    /// Keeps the table of the mount namespace that the thread is in. Nothing where one is kept already.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub(super) fn begin() -> Result<Option<Self>> {
        if KEPT.with_borrow(Option::is_some) {
            return Ok(None);
        }
        let Table { fd, accounts, .. } = Table::open()?;
        accounts.load();
        KEPT.set(Some((fd, accounts)));
        Ok(Some(Self))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        KEPT.set(None);
    }
}

/// `/proc` and the users, where they are kept.
pub(super) fn kept() -> io::Result<Option<(OwnedFd, Accounts)>> {
    KEPT.with_borrow(|kept| match kept {
        Some((fd, accounts)) => Ok(Some((fd.try_clone()?, accounts.clone()))),
        None => Ok(None),
    })
}
