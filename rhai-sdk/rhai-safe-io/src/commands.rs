//! The commands: functions that take paths and work like the tools they are named after.

mod awk;
mod cat;
mod cp;
mod du;
mod find_files;
mod grep;
mod ls;
mod mkdir;
mod mv;
mod rm;
mod sed;
mod seq;
mod tail;
mod touch;
mod wc;
mod write;

use rex_runner_registrar_utils::Registrar;
use rust_safe_io::Redaction;
use std::rc::Rc;

pub(crate) fn register(r: &mut Registrar, redaction: &Rc<Redaction>) {
    awk::register(r, redaction);
    cat::register(r, redaction);
    cp::register(r);
    du::register(r);
    find_files::register(r);
    grep::register(r, redaction);
    ls::register(r);
    mkdir::register(r);
    mv::register(r);
    rm::register(r);
    sed::register(r, redaction);
    seq::register(r);
    tail::register(r);
    touch::register(r);
    wc::register(r);
    write::register(r);
}
