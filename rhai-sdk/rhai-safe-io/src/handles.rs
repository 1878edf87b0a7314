//! Handles: directories, files and links that a script holds open, and what can be done with them.

#[macro_use]
mod opened;
mod archive;
mod certificate;
mod copy;
mod delete;
mod dir;
mod disk_usage;
mod elf;
mod entries;
mod execute;
mod file;
mod find;
mod gzip;
mod label;
mod link;
mod metadata;
mod mode;
mod owner;
mod read;
mod relocate;
mod size;
mod write;

use rex_runner_registrar_utils::Registrar;
use rust_safe_io::Redaction;
use std::rc::Rc;

pub(crate) fn register(r: &mut Registrar, redaction: &Rc<Redaction>) {
    dir::register(r);
    disk_usage::register(r);
    file::register(r);
    entries::register(r);
    gzip::register(r);
    archive::register(r);
    certificate::register(r);
    find::register(r);
    metadata::register(r);
    read::register(r, redaction);
    write::register(r);
    size::register(r);
    copy::register(r);
    relocate::register(r);
    delete::register(r);
    link::register(r);
    mode::register(r);
    owner::register(r);
    label::register(r);
    elf::register(r);
    execute::register(r);
}

/// The text for a required option that was not set.
fn missing(field: &str) -> String {
    format!("Invalid arguments: {}", rex_runner_registrar_utils::builder::missing(field))
}
