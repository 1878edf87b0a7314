//! The operations, on processes that the tests start.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests start processes by themselves, and a failing unwrap is a failing test"
)]

mod beside_systemd;
mod cpu;
mod ipc;
mod journal;
mod kill;
mod list;
mod namespaces;
mod open_files;
mod systemd;
mod trace;
mod trace_hostile;
mod victim;
mod worker;
