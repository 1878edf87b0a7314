//! Waiting, in steps between which the run may end.

use crate::Result;
use rex_cedar_auth::Gate;
use std::time::{Duration, Instant};

/// The longest step.
const STEP: Duration = Duration::from_millis(20);

/// Waits for `time`, or until the run has to end.
///
/// # Errors
/// `Stopped`.
#[expect(clippy::disallowed_methods, reason = "between short steps the run is asked whether it may go on")]
pub(crate) fn pause(gate: &Gate, time: Duration) -> Result<()> {
    let start = Instant::now();
    loop {
        gate.proceed()?;
        let Some(rest) = time.checked_sub(start.elapsed()).filter(|rest| !rest.is_zero()) else { return Ok(()) };
        std::thread::sleep(rest.min(STEP));
    }
}
