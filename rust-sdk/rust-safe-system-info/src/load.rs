//! How long the system runs and how much waits to run (`proc_loadavg(5)`).

use crate::figures::{decimal, malformed, number, text};
use crate::host::Host;
use crate::{Result, sys};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::sysinfo::List;
use rust_safe_io::KernelFile;
use std::fmt;

const LOADAVG: KernelFile = KernelFile::at("/proc/loadavg");

/// How many threads ran, waited for a processor or for a device, on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadAverage {
    /// Over the last minute.
    pub one: f64,
    /// Over the last five minutes.
    pub five: f64,
    /// Over the last fifteen minutes.
    pub fifteen: f64,
    /// Threads that run or wait for a processor now.
    pub running: u64,
    /// Threads in all.
    pub total: u64,
}

/// The load of the system.
///
/// # Policy
/// Asks `read` on the file `/proc/loadavg`.
///
/// # Errors
/// `ProcFsError` for a file without the three averages.
pub fn load_average(gate: &Gate) -> Result<LoadAverage> {
    LoadAverage::of(&text(gate, LOADAVG)?)
}

/// The seconds since the start of the system, those in which it slept among them.
///
/// # Policy
/// Asks `list` on the host.
#[expect(clippy::cast_precision_loss, reason = "an uptime of 200 million years needs no fractions of a second")]
pub fn uptime(gate: &Gate) -> Result<f64> {
    let time = sys::uptime(gate.authorize::<List, _>(&Host)?);
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

impl LoadAverage {
    fn of(text: &str) -> Result<Self> {
        let mut words = text.split_ascii_whitespace();
        let mut average =
            || words.next().and_then(decimal).ok_or_else(|| malformed(LOADAVG.path(), "an average is missing"));
        let (one, five, fifteen) = (average()?, average()?, average()?);
        let threads = words.next().and_then(|word| word.split_once('/'));
        let count = |word: Option<&str>| word.and_then(number).unwrap_or_default();
        let (running, total) = (count(threads.map(|both| both.0)), count(threads.map(|both| both.1)));
        Ok(Self { one, five, fifteen, running, total })
    }
}

impl fmt::Display for LoadAverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} {:.2} {:.2}", self.one, self.five, self.fifteen)
    }
}

#[cfg(test)]
mod tests {
    use super::LoadAverage;
    use proptest::prelude::*;

    #[test]
    fn three_averages_and_the_threads() {
        let load = LoadAverage::of("1.42 0.77 1.59 3/113 6976\n").unwrap();
        assert_eq!((load.one, load.fifteen, load.running, load.total), (1.42, 1.59, 3, 113));
        assert_eq!(load.to_string(), "1.42 0.77 1.59");
        for text in ["", "1 2", "1 2 x", "nan 1 2 3/4 5"] {
            assert_eq!(LoadAverage::of(text).unwrap_err().kind(), "ProcFsError", "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "([0-9]{0,400}[.]?[0-9]{0,9} ?){0,4}.{0,9}/?[0-9]{0,30}") {
            let _ = LoadAverage::of(&text);
        }
    }
}
