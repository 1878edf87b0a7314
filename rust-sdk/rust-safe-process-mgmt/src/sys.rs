//! The only module that touches the system.
//!
//! INVARIANT: every function takes a proof of the gate by value, or gives what it found as `Unjudged`. Descriptors never leave this
//! module except inside its own types, which allow only what was judged.
#![expect(clippy::needless_pass_by_value, reason = "a proof is used up by the act it was given for")]

mod accounts;
mod ahead;
pub(crate) mod bus;
mod inside;
mod ipc;
pub(crate) mod journal;
mod kept;
mod neighbour;
pub(crate) mod netns;
mod process;
mod ptrace;
mod setns;
mod signal;
mod socket_links;
mod stat;
mod table;
mod target;
mod unix_sockets;
mod used;

pub(crate) use inside::{InProcess, ProcessDir, inner_pid, link_of};
pub(crate) use ipc::{IpcTable, ipc_table};
pub(crate) use process::{Held, Process};
pub(crate) use setns::{Entered, Namespace};
pub(crate) use signal::Sends;
pub(crate) use table::{Host, OnProcess, Table};
pub(crate) use target::{Located, Path, locate};
pub(crate) use unix_sockets::Sockets;
pub use used::Access;
pub(crate) use used::{Identity, Used};
