//! What scripts are told of a process.

use crate::sys::{Host, Process};
use std::borrow::Cow;
use std::rc::Rc;

/// A process, or a thread of one, as it was when it was listed.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessInfo {
    /// Its number; of a thread that of the thread.
    pub pid: u32,
    /// The name that the kernel knows, at most 15 bytes. The process itself can change it.
    pub name: String,
    /// The number of its parent, of a thread that of its process. Nothing where it has none.
    pub ppid: Option<u32>,
    /// The number of its real user.
    pub uid: u32,
    /// The login name of its real user in the password file; empty where it has none.
    pub username: Rc<str>,
    /// Bytes of memory that it occupies.
    pub memory_usage: u64,
    /// The same in percent of all memory, cut after two decimals.
    pub memory_percent: f64,
    /// A word for what it does, such as `Run` or `Sleep`.
    pub state: Cow<'static, str>,
    /// Its command line, the directory of the first word left out. The process itself can change it.
    pub command: String,
    /// Percent of one processor that it used lately, where that was measured.
    pub recent_cpu_usage: Option<f64>,
    /// Percent of one processor that it used since it started; 0 in its first second.
    pub historical_cpu_usage: f64,
    /// Its pid namespace, where that was asked for and could be read.
    pub pid_namespace: Option<PidNamespace>,
}

/// The pid namespace of a process (`pid_namespaces(7)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PidNamespace {
    /// The number of the namespace, as in `pid:[4026531836]`.
    pub namespace_id: u64,
    /// The number of the process in it.
    pub child_ns_pid: u32,
}

impl ProcessInfo {
    pub(crate) fn of(process: &Process, host: Host) -> Self {
        let stat = process.stat();
        let memory_usage = stat.pages.saturating_mul(host.page);
        Self {
            pid: process.pid(),
            name: process.name().to_owned(),
            ppid: Some(process.ppid()).filter(|ppid| *ppid != 0),
            uid: process.uid(),
            username: process.username().cloned().unwrap_or_default(),
            memory_usage,
            memory_percent: percent_of(memory_usage, host.memory),
            state: state(stat.state),
            command: process.command().to_owned(),
            recent_cpu_usage: None,
            historical_cpu_usage: historical(stat.ran, stat.start, host),
            pid_namespace: None,
        }
    }
}

/// `part` in percent of `whole`, cut after two decimals; 0 of nothing.
fn percent_of(part: u64, whole: u64) -> f64 {
    let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1)) * u128::from(whole.min(1));
    #[expect(clippy::cast_precision_loss, reason = "percents are small")]
    let percent = hundredths as f64 / 100.0;
    percent
}

/// Percent of one processor over a life, 0 in its first second.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measured share; casts of floats saturate"
)]
fn historical(ran: u64, start: u64, host: Host) -> f64 {
    let ticks = host.ticks.max(1);
    let age = (host.uptime - start as f64 / ticks as f64) as u64;
    let ran = u128::from(ran) * 1000 / u128::from(ticks);
    if age == 0 { 0.0 } else { ran as f64 / (age as f64 * 1000.0) * 100.0 }
}

/// The word for the letter of a state.
fn state(letter: char) -> Cow<'static, str> {
    Cow::Borrowed(match letter {
        'R' => "Run",
        'S' => "Sleep",
        'I' => "Idle",
        'D' => "UninterruptibleDiskSleep",
        'Z' => "Zombie",
        'T' => "Stop",
        't' => "Tracing",
        'X' | 'x' => "Dead",
        'K' => "Wakekill",
        'W' => "Waking",
        'P' => "Parked",
        other => return Cow::Owned(format!("Unknown({})", u32::from(other))),
    })
}

#[cfg(test)]
mod tests {
    use super::{historical, percent_of, state};
    use crate::sys::Host;

    #[test]
    fn percents_are_cut_after_two_decimals() {
        assert_eq!(percent_of(1, 3).to_string(), "33.33");
        assert_eq!(percent_of(2, 3).to_string(), "66.66");
        assert_eq!(percent_of(5, 0).to_string(), "0");
        assert_eq!(percent_of(u64::MAX, u64::MAX).to_string(), "100");
    }

    #[test]
    fn use_over_a_life_counts_whole_seconds() {
        let host = Host { page: 4096, ticks: 100, memory: 1, uptime: 100.9 };
        assert!((historical(150, 9800, host) - 75.0).abs() < 1e-9);
        assert!(historical(150, 10_000, host).abs() < 1e-9);
        assert!(historical(u64::MAX, u64::MAX, host).abs() < 1e-9, "one that starts in the future has used nothing");
    }

    #[test]
    fn unknown_states_show_their_letter() {
        assert_eq!((state('S'), state('?')), ("Sleep".into(), "Unknown(63)".into()));
    }
}
