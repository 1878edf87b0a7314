//! Processes, their open files and stacks, namespaces and systemd units, each judged before it is touched.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate). Nothing outside the private module `sys` touches the system, and `sys`
//! acts only on proofs that the gate made.

mod command;
mod cpu;
mod error;
mod find;
mod ipc;
pub mod journal;
mod kill;
mod list;
mod namespaces;
mod open_files;
mod pause;
mod process_info;
mod signal;
mod socket_owners;
mod sys;
pub mod systemd;
mod target;
mod trace;

pub use cpu::{MonitorOptions, Monitored, monitor};
pub use error::{Error, Result};
pub use ipc::{IpcsInfo, ipcs_info};
pub use kill::{KillOptions, KillResult, Killed, kill};
pub use list::{ProcessOptions, Processes, process, processes};
pub use namespaces::{NamespaceOptions, nsenter};
pub use open_files::{FileUser, LsofOptions, OpenFile, Uses, file_users, open_files};
pub use process_info::{PidNamespace, ProcessInfo};
pub use signal::Signal;
pub use socket_owners::{SocketOwner, SocketOwners, socket_owners};
pub use sys::Access;
pub use trace::{trace, trace_within};
