//! Whether the process ran out of descriptors.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// `EMFILE` of errno(3): the same number on every Linux.
const EMFILE: i32 = 24;

static RAN_OUT: AtomicBool = AtomicBool::new(false);

/// Takes note of an error of the system, which may be that no descriptor is left ([`crate::Gate::check_descriptors`]).
#[inline]
pub fn note_failure(error: &io::Error) {
    if error.raw_os_error() == Some(EMFILE) {
        RAN_OUT.store(true, Relaxed);
    }
}

/// Whether that was noted.
#[inline]
pub(crate) fn ran_out() -> bool {
    RAN_OUT.load(Relaxed)
}
