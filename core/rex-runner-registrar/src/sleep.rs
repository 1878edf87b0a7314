//! `sleep`, which ends with the run.

use crate::Watch;
use rex_runner_registrar_utils::{Call, ScriptError};
use rhai::{Engine, EvalAltResult};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a sleep does not look up.
const NAP: Duration = Duration::from_millis(10);

/// Replaces the engine's own `sleep`, which nothing can wake.
pub(crate) fn register(engine: &mut Engine, watch: &Arc<Watch>) {
    let whole = Arc::clone(watch);
    engine.register_fn("sleep", move |call: Call<'_>, seconds: i64| {
        sleep(&call, &whole, Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    });
    let part = Arc::clone(watch);
    engine.register_fn("sleep", move |call: Call<'_>, seconds: f64| {
        let longest = if seconds > 0.0 { Duration::MAX } else { Duration::ZERO };
        sleep(&call, &part, Duration::try_from_secs_f64(seconds).unwrap_or(longest))
    });
}

fn sleep(call: &Call<'_>, watch: &Watch, time: Duration) -> Result<(), Box<EvalAltResult>> {
    let start = Instant::now();
    loop {
        if let Some(stopped) = watch.stopped() {
            return Err(ScriptError::from(stopped).thrown(call.call_position()));
        }
        let left = time.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Ok(());
        }
        #[expect(clippy::disallowed_methods, reason = "this is the sleep that heeds the deadline")]
        std::thread::sleep(left.min(NAP));
    }
}
