//! The requests to end that come as signals: SIGTERM and SIGINT.

use crate::Reason;
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// When the first signal came, in nanoseconds of the monotonic clock; 0 before.
static RECEIVED: AtomicU64 = AtomicU64::new(0);
/// Which one it was.
static SIGNAL: AtomicU64 = AtomicU64::new(0);
/// How many interrupts came: the second one asks to end at once.
static INTERRUPTS: AtomicU64 = AtomicU64::new(0);

/// A request to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Which signal asked.
    pub reason: Reason,
    /// How long ago the first signal came.
    pub age: Duration,
    /// Whether the user asked again, so that no grace is wanted.
    pub urgent: bool,
}

/// Takes note of SIGTERM and SIGINT from now on, instead of ending at once.
///
/// # Errors
/// The handlers could not be installed.
pub fn listen() -> std::io::Result<()> {
    // The first look at the clock prepares it, which a signal handler must not do.
    now();
    let action = SigAction::new(SigHandler::Handler(on_signal), SaFlags::SA_RESTART, SigSet::empty());
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        #[expect(unsafe_code, reason = "installing a handler")]
        // SAFETY: the handler only reads a clock and stores into atomics.
        unsafe { sigaction(signal, &action) }.map_err(std::io::Error::from)?;
    }
    Ok(())
}

/// The request to end, if there was one.
pub fn request() -> Option<Request> {
    let received = RECEIVED.load(SeqCst);
    if received == 0 {
        return None;
    }
    let interrupt = SIGNAL.load(SeqCst) == libc::SIGINT as u64;
    Some(Request {
        reason: if interrupt { Reason::Interrupt } else { Reason::Terminate },
        age: Duration::from_nanos(now().saturating_sub(received)),
        urgent: INTERRUPTS.load(SeqCst) > 1,
    })
}

extern "C" fn on_signal(signal: libc::c_int) {
    SIGNAL.compare_exchange(0, u64::from(signal.unsigned_abs()), SeqCst, SeqCst).ok();
    if signal == libc::SIGINT {
        INTERRUPTS.fetch_add(1, SeqCst);
    }
    RECEIVED.compare_exchange(0, now().max(1), SeqCst, SeqCst).ok();
}

/// The monotonic clock, in nanoseconds.
fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}
