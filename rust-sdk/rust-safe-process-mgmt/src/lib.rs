//! Processes, their open files and stacks, namespaces and systemd units, each judged before it is touched.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate). Nothing outside the private module `sys` touches the system, and `sys`
//! acts only on proofs that the gate made.

mod command;
mod error;
mod find;
mod sys;

pub use error::{Error, Result};
