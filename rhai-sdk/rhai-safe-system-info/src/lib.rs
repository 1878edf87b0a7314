//! The system information and kernel parameter functions of scripts.

#[macro_use]
mod record;
mod commands;
mod error;
mod kernel;
mod kernel_log;
mod memory;
mod names;
mod needs;
mod pressure;
mod slab;
mod sysctl;
mod system_info;
mod users;

use rex_runner_registrar_utils::Registrar;
use rust_safe_system_info::Error;

pub use system_info::SystemInfo;

/// Registers all functions of this crate.
pub fn register(r: &mut Registrar) {
    r.error_kinds(error::SOURCE, "A kind of error of system information.", Error::kinds());
    commands::register(r);
    kernel::register(r);
    kernel_log::register(r);
    memory::register(r);
    names::register(r);
    pressure::register(r);
    slab::register(r);
    sysctl::register(r);
    system_info::register(r);
    users::register(r);
}
