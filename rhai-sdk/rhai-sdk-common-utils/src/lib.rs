//! Moments in time and random text for scripts.

mod date_time;
mod error;
mod operators;
mod parts;
mod random;

use rex_runner_registrar_utils::Registrar;
use rust_sdk_common_utils::Error;

/// Registers all functions of this crate. They ask for nothing.
pub fn register(r: &mut Registrar) {
    r.error_kinds(error::SOURCE, "A kind of error of times and random text.", Error::kinds().iter().copied());
    date_time::register(r);
    parts::register(r);
    operators::register(r);
    random::register(r);
}
