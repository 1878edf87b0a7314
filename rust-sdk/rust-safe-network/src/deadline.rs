//! Waits that end at their deadline, and no later than the run.

use crate::{Error, Result};
use rex_cedar_auth::{Gate, Means, Stopped};
use std::time::{Duration, Instant};

/// The longest that anything waits: nearly a year.
const LONGEST: Duration = Duration::from_secs(30_000_000);

/// How often a wait asks whether the run may go on.
const WAKE: Duration = Duration::from_millis(20);

/// The end of a wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline<'g> {
    gate: &'g Gate,
    until: Instant,
}

impl<'g> Deadline<'g> {
    /// A wait of at most `limit` from now.
    pub(crate) fn new(gate: &'g Gate, limit: Duration) -> Self {
        Self { gate, until: Instant::now() + limit.min(LONGEST) }
    }

    /// A wait that ends after `limit` from now, and not later than this one.
    pub(crate) fn within(&self, limit: Duration) -> Self {
        Self { gate: self.gate, until: self.until.min(Instant::now() + limit.min(LONGEST)) }
    }

    /// What is left of it.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Counts bytes that are about to be sent.
    ///
    /// # Errors
    /// The run may not send as much.
    pub(crate) fn sending(&self, bytes: usize) -> std::result::Result<(), Stopped> {
        self.gate.spend(Means::Sent, bytes as u64)
    }

    /// Counts bytes that were received.
    ///
    /// # Errors
    /// The run may not receive as much.
    pub(crate) fn received(&self, bytes: usize) -> std::result::Result<(), Stopped> {
        self.gate.spend(Means::Read, bytes as u64)
    }

    /// How long to sleep before asking again.
    ///
    /// # Errors
    /// `Stopped` where the run has to end; `TimedOut` where the time is over.
    pub(crate) fn slice(&self) -> Result<Duration> {
        self.gate.proceed()?;
        let left = self.left();
        if left.is_zero() {
            return Err(Error::TimedOut("request timed out".to_owned()));
        }
        Ok(left.min(WAKE))
    }
}
