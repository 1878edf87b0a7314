//! The operations, each in a private folder.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests set up files by themselves, and a failing unwrap is a failing test"
)]

mod allow;
mod archive;
mod archive_hostile;
mod archive_make;
mod certificate;
mod copy;
mod core_dump;
mod crash;
mod elf;
mod execute;
mod fuzz;
mod fuzz_elf;
mod fuzz_paths;
mod fuzz_text;
mod gzip;
mod handle_apart;
mod handle_crash;
mod handle_delete;
mod handle_find;
mod handle_mode;
mod handle_move;
mod handle_open;
mod handle_races;
mod handle_read;
mod handle_walk_races;
mod handle_write;
mod held;
mod least;
mod lines;
mod link;
mod list;
mod make_dir;
mod mount;
mod mount_races;
mod oracle;
mod paths;
mod races;
mod read;
mod remove;
mod rename;
mod replace;
mod rights;
mod search;
mod touch;
mod usage;
mod user;
mod write;
