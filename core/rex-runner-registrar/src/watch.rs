//! Knows when a run has to end.

use crate::{Limits, Reason, cpu, memory, signals};
use rex_cedar_auth::Stopped;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long a run may go on after it was asked to end by a signal.
pub const GRACE: Duration = Duration::from_secs(10);

/// How long a supervisor may wait at most before it asks again: signals come at any time, and so does the end of memory or stack.
const LOOK: Duration = Duration::from_millis(25);

/// How long it may wait where the run has to end, and may do so at any moment.
const SOON: Duration = Duration::from_millis(10);

/// Knows when a run has to end. Whoever comes to ask first finds out; all others then see it.
#[derive(Debug)]
pub struct Watch {
    start: Instant,
    limits: Limits,
    reason: AtomicU8,
    noticed: AtomicBool,
    reporting: AtomicBool,
    /// The thread of the run, 0 before it began.
    thread: AtomicI32,
}

impl Watch {
    /// A watch over a run that began at `start`.
    pub fn new(start: Instant, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            start,
            limits,
            reason: AtomicU8::new(0),
            noticed: AtomicBool::new(false),
            reporting: AtomicBool::new(false),
            thread: AtomicI32::new(0),
        })
    }

    /// When the run began.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// What the run may use.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Why the run has to end, as far as anyone has found out.
    #[inline]
    pub fn reason(&self) -> Option<Reason> {
        match self.reason.load(Relaxed) {
            0 => None,
            number => Reason::from_number(number),
        }
    }

    /// Lets the run end; the first reason stands.
    pub fn end(&self, reason: Reason) {
        self.reason.compare_exchange(0, reason as u8, Relaxed, Relaxed).ok();
    }

    /// Looks at clock, memory and signals: why the run has to end, if it has to.
    pub fn look(&self) -> Option<Reason> {
        if let Some(reason) = self.reason() {
            return Some(reason);
        }
        let found = if self.limits.time.is_some_and(|time| self.start.elapsed() >= time) {
            Some(Reason::Time)
        } else if self.limits.memory.is_some_and(|limit| memory::used() > limit) {
            Some(Reason::Memory)
        } else {
            signals::request().filter(|request| request.urgent || request.age >= GRACE).map(|request| request.reason)
        };
        if let Some(reason) = found {
            self.end(reason);
        }
        self.reason()
    }

    /// As [`Self::look`], at the processor time, too: that takes a while.
    pub fn look_closely(&self) -> Option<Reason> {
        if self.look().is_none() && self.limits.cpu_time.is_some_and(|time| cpu::all(self.thread.load(Relaxed)) >= time)
        {
            self.end(Reason::CpuTime);
        }
        self.reason()
    }

    /// Says that the calling thread is the one of the run.
    pub fn runs_here(&self) {
        self.thread.store(rustix::thread::gettid().as_raw_nonzero().get(), Relaxed);
    }

    /// Whether the thread of the run waits for something, rather than for a processor.
    pub fn is_blocked(&self) -> bool {
        cpu::is_blocked(self.thread.load(Relaxed))
    }

    /// As [`Self::look`], for those who then end the run: the supervisor knows from it that they do.
    pub fn stopped(&self) -> Option<Stopped> {
        let reason = self.look()?;
        self.noticed.store(true, Relaxed);
        Some(Stopped(reason.text(&self.limits).into()))
    }

    /// Ends the run for `reason`, on behalf of the caller who does end it.
    pub fn stop(&self, reason: Reason) -> Stopped {
        self.end(reason);
        self.noticed.store(true, Relaxed);
        Stopped(self.reason().unwrap_or(reason).text(&self.limits).into())
    }

    /// Says that the script has ended, whatever the reason, and the result is being reported: a supervisor leaves it the time.
    pub fn report(&self) {
        self.reporting.store(true, Relaxed);
    }

    /// Whether the result is being reported.
    pub fn reporting(&self) -> bool {
        self.reporting.load(Relaxed)
    }

    /// Whether the run was told that it has to end. Some functions of the engine go on all the same.
    pub fn noticed(&self) -> bool {
        self.noticed.load(Relaxed)
    }

    /// How long a supervisor may wait before it looks again.
    pub fn patience(&self) -> Duration {
        if self.reason().is_some() {
            return SOON;
        }
        let left = self.limits.time.map_or(LOOK, |time| time.saturating_sub(self.start.elapsed()));
        left.clamp(Duration::from_millis(1), LOOK)
    }
}

#[cfg(test)]
mod tests {
    use super::Watch;
    use crate::{Limits, Reason};
    use std::time::{Duration, Instant};

    #[test]
    fn the_first_reason_stands() {
        let watch = Watch::new(Instant::now(), Limits::default());
        assert_eq!((watch.look(), watch.noticed()), (None, false));
        watch.stop(Reason::Output);
        watch.end(Reason::Memory);
        assert_eq!((watch.reason(), watch.noticed()), (Some(Reason::Output), true));
    }

    #[test]
    fn the_time_runs_from_the_start_of_the_run() {
        let limits = Limits { time: Some(Duration::from_millis(1)), ..Limits::default() };
        let watch = Watch::new(Instant::now(), limits);
        while watch.start().elapsed() < Duration::from_millis(2) {}
        assert!(!watch.noticed());
        assert_eq!(
            watch.stopped().unwrap().to_string(),
            "the time limit of 1ms was reached (raise it with --max-time)"
        );
        assert!(watch.noticed());
        let unlimited = Watch::new(watch.start(), Limits { time: None, ..limits });
        assert_eq!(unlimited.stopped(), None);
    }
}
