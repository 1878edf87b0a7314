//! The network functions of scripts.

mod error;

use rex_runner_registrar_utils::Registrar;
use rust_safe_network::Error;

/// Registers all functions of this crate.
pub fn register(r: &mut Registrar) {
    r.error_kinds(error::SOURCE, "A kind of network error.", Error::kinds());
}
