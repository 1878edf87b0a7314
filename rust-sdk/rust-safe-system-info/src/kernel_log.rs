//! Messages of the kernel (Documentation/ABI/testing/dev-kmsg of the kernel).

mod record;

use crate::{Error, Result, sys};
use jiff::Timestamp;
use rex_cedar_auth::action::file_system::Read;
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use rust_sdk_common_utils::DateTime;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

/// The device of the kernel log.
#[derive(Debug)]
pub(crate) struct KernelLog;

impl KernelLog {
    /// Its path.
    pub(crate) const PATH: &str = "/dev/kmsg";
}

impl Resource for KernelLog {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(Self::PATH)
    }
}

accepts!(KernelLog: Read);

/// Which messages, and how their time is told.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// Tell the time of day in UTC instead of the seconds since the start.
    pub human_readable_time: bool,
    /// Those at least as urgent as this, 0 (the system is unusable) to 7 (for developers).
    pub level: Option<u8>,
    /// Those of this facility (syslog(3)).
    pub facility: Option<u64>,
    /// Those from this moment on.
    pub since: Option<DateTime>,
    /// Those up to this moment.
    pub until: Option<DateTime>,
    /// Those behind the one with this number.
    pub after: Option<u64>,
    /// The newest so many.
    pub last: Option<u64>,
}

/// A message of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its time as text.
    pub time: String,
    /// What it says. Bytes that are no text for people are written as `\x1b`.
    pub message: String,
    /// When, in microseconds since the start of the system, without the time that it slept.
    pub microseconds: u64,
    /// How urgent, 0 (the system is unusable) to 7 (for developers).
    pub level: u8,
    /// What it is about, as syslog(3) numbers it; 0 for the kernel itself.
    pub facility: u64,
    /// Its number; the next one has a greater.
    pub sequence: u64,
    /// What else is known, such as `SUBSYSTEM` and `DEVICE`.
    pub details: Vec<(String, String)>,
}

/// Words for levels, the most urgent first.
pub const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

/// Words for facilities (syslog(3)).
pub const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// No kernel keeps more (`log_buf_len` is at most 2 GiB, and seldom above 16 MiB): what goes on for longer than this is being written as fast as
/// it is read.
const MOST: usize = 1 << 20;

impl LogEntry {
    /// The word for its level.
    pub fn level_name(&self) -> &'static str {
        LEVELS.get(usize::from(self.level)).copied().unwrap_or_default()
    }

    /// The word for its facility; empty where it has none.
    pub fn facility_name(&self) -> &'static str {
        usize::try_from(self.facility).ok().and_then(|number| FACILITIES.get(number)).copied().unwrap_or_default()
    }
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.time, self.message)
    }
}

impl LogOptions {
    /// The number of the level with this word, such as `warn`.
    ///
    /// # Errors
    /// A text that names all words.
    pub fn level_of(word: &str) -> std::result::Result<u8, String> {
        let found = LEVELS.iter().position(|known| *known == word).and_then(|level| u8::try_from(level).ok());
        found.ok_or_else(|| format!("Validation error: `{word}` is no level; levels are {}", LEVELS.join(", ")))
    }

    /// The number of the facility with this word, such as `kern`.
    ///
    /// # Errors
    /// A text that names all words.
    pub fn facility_of(word: &str) -> std::result::Result<u64, String> {
        let found = FACILITIES.iter().position(|known| *known == word);
        found.map(|number| number as u64).ok_or_else(|| {
            format!("Validation error: `{word}` is no facility; facilities are {}", FACILITIES.join(", "))
        })
    }

    fn admits(&self, entry: &LogEntry, boot: i128) -> bool {
        let moment = boot.saturating_add(i128::from(entry.microseconds) * 1000);
        self.level.is_none_or(|level| entry.level <= level)
            && self.facility.is_none_or(|facility| entry.facility == facility)
            && self.after.is_none_or(|after| entry.sequence > after)
            && self.since.is_none_or(|since| moment >= nanoseconds(since))
            && self.until.is_none_or(|until| moment <= nanoseconds(until))
    }
}

fn nanoseconds(moment: DateTime) -> i128 {
    i128::from(moment.epoch_seconds()) * 1_000_000_000 + i128::from(moment.nanosecond())
}

/// The messages that the kernel keeps, the oldest first. None is removed, and none is waited for. Those without text are left out.
///
/// # Policy
/// Asks `read` on the file `/dev/kmsg`.
///
/// # Errors
/// `Other` where the log may not be read (`CAP_SYSLOG`), or is written faster than it can be read.
pub fn kernel_log(gate: &Gate, options: &LogOptions) -> Result<Vec<LogEntry>> {
    let failed = |error: std::io::Error| {
        let lacking = match error.kind() {
            std::io::ErrorKind::PermissionDenied => {
                "; this account lacks CAP_SYSLOG, which the kernel demands (kernel.dmesg_restrict)"
            }
            _ => "",
        };
        Error::Other(format!("{error}: {}{lacking}", KernelLog::PATH))
    };
    let mut records = sys::kernel_log(gate.authorize::<Read, _>(&KernelLog)?).map_err(failed)?;
    let boot = records.boot();
    let last = options.last.map_or(MOST, |last| usize::try_from(last).unwrap_or(MOST).min(MOST));
    let mut entries = VecDeque::new();
    let mut seen = 0_usize;
    while let Some(record) = records.next().map_err(failed)? {
        if seen.is_multiple_of(256) {
            gate.proceed()?;
        }
        seen += 1;
        if seen > MOST {
            return Err(Error::Other(format!(
                "{}: more than {MOST} records: it is written as fast as it is read",
                KernelLog::PATH
            )));
        }
        let Some(mut entry) = record::parse(record).filter(|entry| options.admits(entry, boot)) else { continue };
        entry.time = told(entry.microseconds, boot, options.human_readable_time);
        if entries.len() == last {
            entries.pop_front();
        }
        if last > 0 {
            entries.push_back(entry);
        }
    }
    Ok(entries.into())
}

/// The time of a message as text.
fn told(microseconds: u64, boot: i128, human: bool) -> String {
    if human {
        let moment = boot.saturating_add(i128::from(microseconds) * 1000);
        // Always in UTC: the time zone of a host is a file that nothing here may read.
        if let Ok(moment) = Timestamp::from_nanosecond(moment) {
            return moment.strftime("%a %b %d %H:%M:%S %Y").to_string();
        }
    }
    let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000);
    format!("{:>12}", format!("{seconds}.{rest:06}"))
}

#[cfg(test)]
mod tests {
    use super::{LogOptions, record, told};
    use rust_sdk_common_utils::DateTime;

    #[test]
    fn times_are_told_in_two_ways() {
        assert_eq!(told(123_456_789, 0, false), "  123.456789");
        assert_eq!(told(7, 0, false), "    0.000007");
        assert_eq!(told(1_500_000, 1_700_000_000_000_000_000, true), "Tue Nov 14 22:13:21 2023");
        assert_eq!(told(u64::MAX, i128::MAX, true), "18446744073709.551615");
    }

    #[test]
    fn options_take_some_and_leave_others() {
        let entry = record::parse(b"28,7,1500000,-;text\n").unwrap();
        assert_eq!((entry.level_name(), entry.facility_name()), ("warn", "daemon"));
        let boot = 1_700_000_000_000_000_000;
        let at = |seconds| Some(DateTime::from_epoch_seconds(seconds).unwrap());
        let base = LogOptions::default();
        let admitted = [
            LogOptions { level: Some(4), facility: Some(3), after: Some(6), ..base.clone() },
            LogOptions { since: at(1_700_000_001), until: at(1_700_000_002), ..base.clone() },
        ];
        let refused = [
            LogOptions { level: Some(3), ..base.clone() },
            LogOptions { facility: Some(0), ..base.clone() },
            LogOptions { after: Some(7), ..base.clone() },
            LogOptions { since: at(1_700_000_002), ..base.clone() },
            LogOptions { until: at(1_700_000_001), ..base },
        ];
        assert!(admitted.iter().all(|options| options.admits(&entry, boot)));
        assert!(!refused.iter().any(|options| options.admits(&entry, boot)));
        assert_eq!((LogOptions::level_of("warn"), LogOptions::facility_of("daemon")), (Ok(4), Ok(3)));
        assert!(LogOptions::level_of("loud").unwrap_err().contains("emerg, alert"));
    }
}
