//! The operations on real connections to servers that the tests are.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the tests are the servers, and a failing unwrap is a failing test"
)]

mod connection;
mod download;
mod hostile;
mod http;
mod inside;
mod interfaces;
mod judged;
mod name_server;
mod names;
mod names_hostile;
mod names_of_host;
mod odd_bytes;
mod rebinding;
mod redirect;
mod server;
mod sockets;
mod tls;
