//! What a run has to report, where the thread that knows it cannot: it hangs, or has no memory or stack left.

use crate::monitor::Monitor;
use crate::record::DenialPart;
use crate::report::Outcome;
use rex_cedar_auth::Verdict;
use rex_logger::Captured;
use rex_metrics_and_alarms::runner::{alarms, metrics};
use rex_runner_registrar::Published;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

/// How many denials are kept, as many as the gate's journal keeps; and of more, as there, the first of each function and action.
const DENIALS: usize = 1000;

#[derive(Debug, Default)]
struct Denials {
    kept: Vec<DenialPart>,
    /// Which functions were denied which actions.
    seen: HashSet<(Option<&'static str>, &'static str)>,
    left_out: u64,
}

/// What the run left behind for its supervisor, as it goes on.
#[derive(Debug, Default)]
pub(crate) struct Salvage {
    captured: OnceLock<Captured>,
    published: OnceLock<Arc<Published>>,
    denials: Mutex<Denials>,
    /// When the script began.
    began: OnceLock<Instant>,
}

impl Salvage {
    pub(crate) fn captured(&self, captured: Captured) {
        let _ = self.captured.set(captured);
    }

    pub(crate) fn published(&self, published: &Arc<Published>) {
        let _ = self.published.set(Arc::clone(published));
    }

    pub(crate) fn began(&self, began: Instant) {
        let _ = self.began.set(began);
    }

    /// Keeps a denial; the same one again in a row is counted.
    pub(crate) fn denial(&self, verdict: &Verdict<'_>) {
        let Some(denial) = DenialPart::of(verdict) else { return };
        let Ok(mut denials) = self.denials.lock() else { return };
        let first = denials.seen.insert((denial.function, denial.details.action));
        if let Some(last) = denials.kept.last_mut()
            && last.is_same(&denial)
        {
            last.times = last.times.saturating_add(1);
        } else if first || denials.kept.len() < DENIALS {
            denials.kept.push(denial);
        } else {
            denials.left_out = denials.left_out.saturating_add(1);
        }
    }

    /// Puts into `outcome`, which says how the run ended, what the run itself would have put there.
    pub(crate) fn complete(&self, outcome: &mut Outcome, start: Instant, monitoring: bool) {
        let message = outcome.record.error.as_ref().map(|error| error.message.clone()).unwrap_or_default();
        let line = self.captured.get().and_then(Captured::line);
        if let Some(began) = self.began.get() {
            outcome.metric(metrics::SCRIPT_EXECUTION_TIME.metric(nanoseconds(*began)));
        }
        outcome.metric(metrics::SCRIPT_EXECUTION_FAILURE_COUNT.metric(1.0));
        outcome.metric(metrics::TOTAL_EXECUTION_TIME.metric(nanoseconds(start)));
        if monitoring {
            outcome.record.metrics.extend(Monitor::since(start).metrics());
        }
        if let Some((metrics, alarms)) = self.published.get().map(|published| published.copy()) {
            outcome.record.metrics.extend(metrics);
            outcome.record.alarms.extend(alarms);
        }
        outcome.alarm(alarms::SCRIPT_EXECUTION_FAILURE, &format!("Failed to execute script: {message}"));
        outcome.record.logs = self.captured.get().and_then(Captured::copy);
        if let Ok(denials) = self.denials.try_lock() {
            outcome.record.denials.extend(denials.kept.iter().cloned());
            outcome.record.denials_left_out = denials.left_out;
        }
        if let Some(error) = &mut outcome.record.error {
            error.line = line;
        }
    }
}

fn nanoseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e9
}
