//! Handles: directories, files and links that a script holds open, and what can be done with them.

mod dir;
mod entries;
mod file;
mod find;
mod gzip;
mod metadata;
mod read;

use rex_runner_registrar_utils::Registrar;
use rust_safe_io::Redaction;
use std::rc::Rc;

pub(crate) fn register(r: &mut Registrar, redaction: &Rc<Redaction>) {
    dir::register(r);
    file::register(r);
    entries::register(r);
    gzip::register(r);
    find::register(r);
    metadata::register(r);
    read::register(r, redaction);
}
