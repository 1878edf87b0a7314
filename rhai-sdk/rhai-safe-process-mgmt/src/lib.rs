//! The process and systemd functions of scripts.

mod cpu;
mod error;
mod ipc;
mod kill;
mod manager;
mod namespaces;
mod needs;
mod open_files;
mod process_info;
mod processes;
mod record;
mod signal;
mod systemd;
mod trace;

use rex_runner_registrar_utils::Registrar;
use rust_safe_process_mgmt::Error;

/// Registers all functions of this crate.
pub fn register(r: &mut Registrar) {
    register_processes(r);
    systemd::register(r);
}

/// Registers the functions for units alone: their examples need a service manager.
pub fn register_units(r: &mut Registrar) {
    register_kinds(r);
    systemd::register(r);
}

fn register_kinds(r: &mut Registrar) {
    r.error_kinds(error::SOURCE, "A kind of error of processes and units.", Error::kinds());
}

/// Registers the functions for processes alone.
pub fn register_processes(r: &mut Registrar) {
    register_kinds(r);
    cpu::register(r);
    ipc::register(r);
    kill::register(r);
    manager::register(r);
    namespaces::register(r);
    open_files::register(r);
    process_info::register(r);
    processes::register(r);
    signal::register(r);
    trace::register(r);
}
