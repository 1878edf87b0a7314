//! The disk functions of scripts.

mod error;

use rex_runner_registrar_utils::Registrar;
use rust_safe_disk_info::Error;

/// Registers all functions of this crate.
pub fn register(r: &mut Registrar) {
    r.error_kinds(error::SOURCE, "A kind of error of disk functions.", Error::kinds());
}
