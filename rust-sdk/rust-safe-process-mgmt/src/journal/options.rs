//! What to read of the journal.

use crate::{Error, Result};
use rust_sdk_common_utils::DateTime;

/// So many entries are given where nothing else is said.
const LIMIT: usize = 1000;
/// No more are given at a time.
const MOST: i64 = 100_000;
/// The least important priority (syslog(3)).
const DEBUG: i64 = 7;

/// What to read of the journal: by default the newest 1000 entries.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    pub(crate) unit: Option<String>,
    /// In microseconds since 1970, as `until`.
    pub(crate) since: Option<u64>,
    pub(crate) until: Option<u64>,
    pub(crate) priority: Option<u8>,
    pub(crate) contains: Option<String>,
    pub(crate) limit: usize,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self { unit: None, since: None, until: None, priority: None, contains: None, limit: LIMIT }
    }
}

impl JournalOptions {
    /// Only entries of the unit with this primary name.
    pub fn unit(&mut self, unit: &str) {
        self.unit = Some(unit.to_owned());
    }

    /// Only entries received at this moment or later.
    pub fn since(&mut self, moment: DateTime) {
        self.since = Some(micros(moment));
    }

    /// Only entries received at this moment or earlier.
    pub fn until(&mut self, moment: DateTime) {
        self.until = Some(micros(moment));
    }

    /// Only entries at least as important: 0 is an emergency, 3 an error, 7 what helps to find faults.
    ///
    /// # Errors
    /// `ValidationError` for a number out of that range.
    pub fn priority(&mut self, priority: i64) -> Result<()> {
        match u8::try_from(priority) {
            Ok(priority) if i64::from(priority) <= DEBUG => self.priority = Some(priority),
            _ => return Err(Error::ValidationError(format!("a priority is a number from 0 to 7, not {priority}"))),
        }
        Ok(())
    }

    /// Only entries whose message contains this text.
    pub fn contains(&mut self, text: &str) {
        self.contains = Some(text.to_owned());
    }

    /// No more than so many entries, the newest ones.
    ///
    /// # Errors
    /// `ValidationError` for less than 1 or more than 100000.
    pub fn limit(&mut self, limit: i64) -> Result<()> {
        match usize::try_from(limit) {
            Ok(entries) if (1..=MOST).contains(&limit) => self.limit = entries,
            _ => return Err(Error::ValidationError(format!("a limit is a number from 1 to {MOST}, not {limit}"))),
        }
        Ok(())
    }

    /// Holds that the options make sense together.
    ///
    /// # Errors
    /// `ValidationError` where they end before they begin.
    pub fn check(&self) -> Result<()> {
        match (self.since, self.until) {
            (Some(since), Some(until)) if since > until => {
                Err(Error::ValidationError("`since` is later than `until`".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Microseconds since 1970; what was before counts as then.
fn micros(moment: DateTime) -> u64 {
    let seconds = u64::try_from(moment.epoch_seconds()).unwrap_or(0);
    let rest = u64::try_from(moment.nanosecond() / 1000).unwrap_or(0);
    seconds.saturating_mul(1_000_000).saturating_add(rest)
}
