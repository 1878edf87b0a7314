//! The only module that touches the system.
//!
//! INVARIANT: every function takes a proof of the gate by value, or gives what it found as `Unjudged`. Descriptors never leave this
//! module except inside its own types, which allow only what was judged.

#![expect(clippy::needless_pass_by_value, reason = "a proof is used up by the act it was given for")]

mod http;
mod names;
mod netlink;
mod socket;
mod tables;

pub(crate) use names::{NameFiles, name_files};
pub(crate) use netlink::{interfaces, routes};
pub(crate) use socket::{Socket, open};
pub(crate) use tables::table;
