//! The network functions of scripts.

#[macro_use]
mod record;
mod connection;
mod error;
mod http;
mod interfaces;
mod names;
mod needs;
mod sockets;
mod tls;

use rex_runner_registrar_utils::Registrar;
use rust_safe_network::Error;

/// Registers all functions of this crate.
pub fn register(r: &mut Registrar) {
    r.error_kinds(error::SOURCE, "A kind of network error.", Error::kinds());
    connection::register(r);
    http::register(r);
    interfaces::register(r);
    names::register(r);
    sockets::register(r);
    tls::register(r);
}
