//! The file functions of scripts: each a value with its needs and examples, and a closure that calls one operation.

mod commands;
mod core_dump;
mod dir_entry;
mod error;
mod handles;
mod kinds;
mod needs;
mod values;

use rex_runner_registrar_utils::Registrar;
use rust_safe_io::Redaction;
use std::path::Path;
use std::rc::Rc;

/// Registers all file functions. `redaction_file` is the absolute path of the redaction dictionary, the host owner's choice.
pub fn register(r: &mut Registrar, redaction_file: &Path) {
    let redaction = Rc::new(Redaction::at(redaction_file.to_string_lossy()));
    kinds::register(r);
    dir_entry::register(r);
    commands::register(r, &redaction);
    core_dump::register(r);
    handles::register(r, &redaction);
}
