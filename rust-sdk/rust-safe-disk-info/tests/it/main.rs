//! The operations, on mounts and devices of their own.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests set the stage by themselves, and a failing unwrap is a failing test"
)]

mod apart;
mod devices;
mod filesystems;
mod hung;
mod iostat;
mod mounts;
mod unmount;
mod user;
