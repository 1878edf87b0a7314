//! The operations on real connections to servers that the tests are.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failing unwrap is a failing test"
)]

mod download;
mod hostile;
mod http;
mod judged;
mod redirect;
mod server;
mod tls;
