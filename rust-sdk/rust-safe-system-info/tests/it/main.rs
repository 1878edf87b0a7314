//! The operations, on the real kernel. What changes something does so in namespaces of its own.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests set up files by themselves, and a failing unwrap is a failing test"
)]

mod asked;
mod host;
mod inside;
mod kernel_log;
mod load;
mod sysctl;
mod user;
mod users;
