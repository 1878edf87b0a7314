//! What one run may use, and what is said when it uses more.

use std::fmt;
use std::time::Duration;

/// What one run may use; `None` is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time on the wall, from the start of the run.
    pub time: Option<Duration>,
    /// Processor time of the process and of the programs that it started.
    pub cpu_time: Option<Duration>,
    /// Operations of the script.
    pub operations: Option<u64>,
    /// Memory of the whole process, in bytes.
    pub memory: Option<usize>,
    /// The final value as text, in bytes.
    pub output: Option<usize>,
    /// Script functions that wait for each other.
    pub call_depth: Option<usize>,
    /// What is logged in all, in bytes.
    pub log: Option<u64>,
    /// Descriptors that the process holds at the same time.
    pub open_files: Option<u64>,
    /// Processes that are started.
    pub children: Option<u64>,
    /// Bytes written to files.
    pub written: Option<u64>,
    /// Bytes sent over the network.
    pub sent: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Some(Duration::from_secs(300)),
            cpu_time: Some(Duration::from_secs(300)),
            operations: Some(100_000_000),
            memory: Some(512 << 20),
            output: Some(8 << 20),
            call_depth: Some(64),
            log: Some(256 << 20),
            open_files: Some(1024),
            children: Some(1000),
            written: Some(4 << 30),
            sent: Some(1 << 30),
        }
    }
}

/// Why a run had to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// [`Limits::time`]
    Time = 1,
    /// [`Limits::cpu_time`]
    CpuTime,
    /// [`Limits::operations`]
    Operations,
    /// [`Limits::memory`]
    Memory,
    /// [`Limits::output`]
    Output,
    /// [`Limits::log`]
    Log,
    /// [`Limits::open_files`]
    OpenFiles,
    /// [`Limits::children`]
    Children,
    /// [`Limits::written`]
    Written,
    /// [`Limits::sent`]
    Sent,
    /// The process was asked to terminate, and the grace time is over.
    Terminate,
    /// The user interrupted it, and the grace time is over.
    Interrupt,
}

impl Reason {
    const ALL: [Self; 12] = [
        Self::Time,
        Self::CpuTime,
        Self::Operations,
        Self::Memory,
        Self::Output,
        Self::Log,
        Self::OpenFiles,
        Self::Children,
        Self::Written,
        Self::Sent,
        Self::Terminate,
        Self::Interrupt,
    ];

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as u8 == number)
    }

    /// What is said of it: which limit, its value, and the flag that raises it.
    pub fn text(self, limits: &Limits) -> String {
        let bytes = |bytes: usize| Human::Bytes(bytes as u64);
        let (what, value, flag) = match self {
            Self::Time => ("time", limits.time.map(Human::Time), "--max-time"),
            Self::CpuTime => ("processor time", limits.cpu_time.map(Human::Time), "--max-cpu-time"),
            Self::Operations => ("operations", limits.operations.map(Human::Count), "--max-operations"),
            Self::Memory => ("memory", limits.memory.map(bytes), "--max-memory"),
            Self::Output => ("output", limits.output.map(bytes), "--max-output"),
            Self::Log => ("log", limits.log.map(Human::Bytes), "--max-log"),
            Self::OpenFiles => ("open files", limits.open_files.map(Human::Count), "--max-open-files"),
            Self::Children => ("children", limits.children.map(Human::Count), "--max-children"),
            Self::Written => ("written bytes", limits.written.map(Human::Bytes), "--max-written"),
            Self::Sent => ("sent bytes", limits.sent.map(Human::Bytes), "--max-sent"),
            Self::Terminate => return "SIGTERM timeout exceeded".to_owned(),
            Self::Interrupt => return "SIGINT timeout exceeded".to_owned(),
        };
        reached(what, value, flag)
    }
}

fn reached(what: &str, value: Option<Human>, flag: &str) -> String {
    let value = value.map(|value| format!(" of {value}")).unwrap_or_default();
    format!("the {what} limit{value} was reached (raise it with {flag})")
}

impl Limits {
    /// What is said where script functions wait for each other too deeply.
    pub fn depth_text(&self) -> String {
        reached("call depth", self.call_depth.map(|depth| Human::Count(depth as u64)), "--max-call-depth")
    }
}

/// An amount as people write it, in the form that the flags read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Human {
    /// `512MiB`
    Bytes(u64),
    /// `2s`
    Time(Duration),
    /// `100000000`
    Count(u64),
}

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bytes(bytes) => {
                let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
                match units.into_iter().find(|(size, _)| bytes >= *size && bytes.is_multiple_of(*size)) {
                    Some((size, unit)) => write!(f, "{}{unit}", bytes / size),
                    None => write!(f, "{bytes}B"),
                }
            }
            Self::Time(time) => {
                let millis = time.as_millis();
                match millis {
                    60_000.. if millis % 60_000 == 0 => write!(f, "{}min", millis / 60_000),
                    1000.. if millis % 1000 == 0 => write!(f, "{}s", millis / 1000),
                    _ => write!(f, "{millis}ms"),
                }
            }
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Human, Limits, Reason};
    use std::time::Duration;

    #[test]
    fn a_reached_limit_says_its_value_and_its_flag() {
        let limits = Limits { time: Some(Duration::from_millis(1500)), ..Limits::default() };
        let text = |reason: Reason| reason.text(&limits);
        assert_eq!(text(Reason::Time), "the time limit of 1500ms was reached (raise it with --max-time)");
        assert_eq!(text(Reason::Memory), "the memory limit of 512MiB was reached (raise it with --max-memory)");
        assert_eq!(
            text(Reason::Operations),
            "the operations limit of 100000000 was reached (raise it with --max-operations)"
        );
        assert_eq!(text(Reason::Written), "the written bytes limit of 4GiB was reached (raise it with --max-written)");
        assert_eq!(limits.depth_text(), "the call depth limit of 64 was reached (raise it with --max-call-depth)");
        assert_eq!(text(Reason::Terminate), "SIGTERM timeout exceeded");
    }

    #[test]
    fn amounts_are_shown_in_the_largest_unit_that_is_exact() {
        assert_eq!(Human::Bytes(1536).to_string(), "1536B");
        assert_eq!(Human::Bytes(8 << 20).to_string(), "8MiB");
        assert_eq!(Human::Time(Duration::from_secs(300)).to_string(), "5min");
        assert_eq!(Human::Time(Duration::from_secs(90)).to_string(), "90s");
    }

    #[test]
    fn reasons_survive_being_a_number() {
        for (number, reason) in (1..).zip(Reason::ALL) {
            assert_eq!((reason as u8, Reason::from_number(number)), (number, Some(reason)));
        }
        assert_eq!((Reason::from_number(0), Reason::from_number(13)), (None, None));
    }
}
