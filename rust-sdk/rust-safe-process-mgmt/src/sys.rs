//! The only module that touches the system.
//!
//! INVARIANT: every function takes a proof of the gate by value, or gives what it found as `Unjudged`. Descriptors never leave this
//! module except inside its own types, which allow only what was judged.

mod accounts;
pub(crate) mod bus;
mod inside;
pub(crate) mod journal;
mod neighbour;
mod process;
mod ptrace;
mod signal;
mod stat;
mod table;

pub(crate) use inside::{InProcess, ProcessDir, inner_pid, link_of};
pub(crate) use process::{Held, Process};
pub(crate) use signal::Sends;
pub(crate) use table::{Host, OnProcess, Table};
