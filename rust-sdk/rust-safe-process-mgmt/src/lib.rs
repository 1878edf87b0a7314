//! Processes, their open files and stacks, namespaces and systemd units, each judged before it is touched.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate). Nothing outside the private module `sys` touches the system, and `sys`
//! acts only on proofs that the gate made.

mod command;
mod error;
mod find;
pub mod journal;
mod kill;
mod list;
mod namespaces;
mod process_info;
mod signal;
mod sys;
mod trace;
pub mod systemd;

pub use error::{Error, Result};
pub use kill::{KillOptions, KillResult, Killed, kill};
pub use list::{ProcessOptions, Processes, processes};
pub use namespaces::{NamespaceOptions, nsenter};
pub use process_info::{PidNamespace, ProcessInfo};
pub use signal::Signal;
pub use trace::{trace, trace_within};
