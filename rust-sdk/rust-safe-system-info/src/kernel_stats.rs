//! What the kernel counts since its start (`proc_stat(5)`).

use crate::Result;
use crate::figures::{malformed, number, text};
use crate::sys::Units;
use rex_cedar_auth::Gate;
use rust_safe_io::KernelFile;

const STAT: KernelFile = KernelFile::at("/proc/stat");

/// Numbers of `/proc/stat`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KernelStats {
    /// The time of all processors together.
    pub total: CpuTime,
    /// The time of each processor that runs.
    pub cpus: Vec<CpuTime>,
    /// Threads that run or wait for a processor.
    pub procs_running: u64,
    /// Threads that wait for a device.
    pub procs_blocked: u64,
    /// How often a processor went over to another thread.
    pub context_switches: u64,
    /// When the system started, in seconds since 1970.
    pub boot_time: u64,
    /// How many processes and threads were made.
    pub forks: u64,
    /// How many interrupts there were.
    pub interrupts: u64,
    /// How many times work of interrupts was put off and done.
    pub softirqs: u64,
}

/// What a processor did since the start, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CpuTime {
    /// Its number; nothing for all together.
    pub cpu: Option<u64>,
    ticks: [u64; 10],
}

/// What a processor can be doing, in the order of `/proc/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CpuState {
    /// Programs.
    User,
    /// Programs of low priority.
    Nice,
    /// The kernel.
    System,
    /// Nothing.
    Idle,
    /// Nothing, while something waits for a device.
    IoWait,
    /// Interrupts.
    Irq,
    /// What interrupts put off.
    SoftIrq,
    /// Other machines of the same host.
    Stolen,
    /// A guest's programs; they count as `User` too.
    Guest,
    /// A guest's programs of low priority; they count as `Nice` too.
    GuestNice,
}

impl CpuTime {
    /// How long it was in this state, in ticks; 0 where the kernel does not count it.
    pub fn ticks(&self, state: CpuState) -> u64 {
        self.ticks.get(state as usize).copied().unwrap_or_default()
    }

    /// The same in milliseconds.
    pub fn milliseconds(&self, state: CpuState) -> u64 {
        let milliseconds = u128::from(self.ticks(state)) * 1000 / u128::from(Units::ticks_per_second());
        u64::try_from(milliseconds).unwrap_or(u64::MAX)
    }

    /// The share of the time since `earlier` in which it was neither idle nor waited for a device, from 0 to 100. Nothing where no time
    /// passed in between.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    pub fn busy_percent_since(&self, earlier: &Self) -> Option<f64> {
        // The last two count in the first two already.
        let passed = |states: &[usize]| {
            let ticks = |time: &Self| {
                states.iter().filter_map(|state| time.ticks.get(*state)).map(|ticks| u128::from(*ticks)).sum::<u128>()
            };
            ticks(self).saturating_sub(ticks(earlier))
        };
        let all = passed(&[0, 1, 2, 3, 4, 5, 6, 7]);
        let busy = passed(&[0, 1, 2, 5, 6, 7]).min(all);
        (all > 0).then(|| busy as f64 * 100.0 / all as f64)
    }
}

/// What the kernel counted since its start.
///
/// # Policy
/// Asks `read` on the file `/proc/stat`.
///
/// # Errors
/// `ProcFsError` for a file that does not tell the time of processors.
pub fn kernel_stats(gate: &Gate) -> Result<KernelStats> {
    KernelStats::of(&text(gate, STAT)?)
}

impl KernelStats {
    fn of(text: &str) -> Result<Self> {
        let mut stats = Self::default();
        let mut told = false;
        for line in text.lines() {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            let mut numbers = rest.split_ascii_whitespace().map(|word| number(word).unwrap_or_default());
            if let Some(cpu) = name.strip_prefix("cpu") {
                let mut time = CpuTime { cpu: number(cpu), ..CpuTime::default() };
                for (ticks, number) in time.ticks.iter_mut().zip(numbers) {
                    *ticks = number;
                }
                match time.cpu {
                    Some(_) => stats.cpus.push(time),
                    None if cpu.is_empty() => (stats.total, told) = (time, true),
                    None => {}
                }
                continue;
            }
            let slot = match name {
                "procs_running" => &mut stats.procs_running,
                "procs_blocked" => &mut stats.procs_blocked,
                "ctxt" => &mut stats.context_switches,
                "btime" => &mut stats.boot_time,
                "processes" => &mut stats.forks,
                "intr" => &mut stats.interrupts,
                "softirq" => &mut stats.softirqs,
                _ => continue,
            };
            *slot = numbers.next().unwrap_or_default();
        }
        if told { Ok(stats) } else { Err(malformed(STAT.path(), "the line `cpu` is missing")) }
    }
}

#[cfg(test)]
mod tests {
    use super::{CpuState, CpuTime, KernelStats};
    use proptest::prelude::*;

    const TEXT: &str = "cpu  10 1 2 80 4 0 1\ncpu0 10 1 2 80 4 0 1 2 3 4 99\ncpu12 0\nintr 77 1 2\nctxt 5\nbtime 1700000000\nprocesses 9\n\
                        procs_running 2\nprocs_blocked 1\nsoftirq 6 1\n";

    #[test]
    fn each_number_has_its_place() {
        let stats = KernelStats::of(TEXT).unwrap();
        assert_eq!(stats.cpus.iter().map(|time| time.cpu).collect::<Vec<_>>(), [Some(0), Some(12)]);
        assert_eq!((stats.total.ticks(CpuState::Idle), stats.total.ticks(CpuState::Stolen)), (80, 0));
        assert_eq!((stats.cpus[0].ticks(CpuState::Stolen), stats.cpus[0].ticks(CpuState::GuestNice)), (2, 4));
        let counts = (stats.interrupts, stats.context_switches, stats.boot_time, stats.forks, stats.softirqs);
        assert_eq!(counts, (77, 5, 1_700_000_000, 9, 6));
        assert_eq!((stats.procs_running, stats.procs_blocked), (2, 1));
        assert_eq!(KernelStats::of("ctxt 5\n").unwrap_err().kind(), "ProcFsError");
    }

    #[test]
    fn how_busy_it_was_in_between() {
        let at = |user, idle, wait| CpuTime { cpu: None, ticks: [user, 0, 0, idle, wait, 0, 0, 0, user, 0] };
        assert_eq!(at(30, 60, 10).busy_percent_since(&at(20, 40, 0)), Some(25.0));
        assert_eq!(at(30, 60, 10).busy_percent_since(&at(30, 60, 10)), None);
        assert_eq!(at(u64::MAX, u64::MAX, 0).busy_percent_since(&at(0, u64::MAX, 0)), Some(100.0));
        assert_eq!(at(0, 50, 0).busy_percent_since(&at(30, 10, 0)), Some(0.0));
        // LINUX: idle time can go backwards.
        assert_eq!(at(30, 0, 0).busy_percent_since(&at(20, 5, 0)), Some(100.0));
        assert_eq!(at(u64::MAX, 0, 0).milliseconds(CpuState::User), u64::MAX);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "((cpu|cpu[0-9]{0,30}|intr|btime|[^ ]{0,9}) *[0-9]{0,30} ?[0-9-]{0,9}.{0,9}\n){0,9}") {
            let _ = KernelStats::of(&text);
        }
    }
}
