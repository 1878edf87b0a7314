//! The processor time that a run uses: its own, and that of what it started.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Of so many running children the processor time is counted.
const MOST_CHILDREN: usize = 1000;

/// The processor time of this process alone.
pub fn own() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The processor time of this process, of its children that have ended, and of those that `thread` started and that still run, as far as
/// `/proc` tells.
pub(crate) fn all(thread: i32) -> Duration {
    own() + ended_children() + running_children(thread)
}

fn ended_children() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return Duration::ZERO };
    duration(usage.user_time()) + duration(usage.system_time())
}

fn duration(time: TimeVal) -> Duration {
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec()).unwrap_or(0));
    seconds + Duration::from_micros(u64::try_from(time.tv_usec()).unwrap_or(0))
}

// LINUX: without the option CONFIG_PROC_CHILDREN there is no such file; then a child counts once it has ended.
#[expect(clippy::disallowed_methods, reason = "the process's own figures")]
fn running_children(thread: i32) -> Duration {
    if thread == 0 {
        return Duration::ZERO;
    }
    let children = |of: String| -> Vec<u32> {
        let list = std::fs::read_to_string(of).unwrap_or_default();
        list.split_whitespace().filter_map(|child| child.parse().ok()).collect()
    };
    let mut ticks = 0_u64;
    let mut found = children(format!("/proc/self/task/{thread}/children"));
    // Programs are children of the process that starts them, and have children of their own.
    for at in 0..MOST_CHILDREN {
        let Some(child) = found.get(at).copied() else { break };
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).ok();
        ticks = ticks.saturating_add(stat.as_deref().and_then(ticks_of).unwrap_or(0));
        found.extend(children(format!("/proc/{child}/task/{child}/children")));
    }
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_millis(ticks.saturating_mul(1000) / per_second)
}

/// Of a line of `proc_pid_stat(5)`: `utime`, `stime`, `cutime` and `cstime` together.
fn ticks_of(stat: &str) -> Option<u64> {
    // The name before may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let times = fields.split_whitespace().skip(11).take(4);
    times.map(|time| time.parse::<u64>().ok()).try_fold(0_u64, |sum, time| Some(sum.saturating_add(time?)))
}

/// Whether a thread of this process waits for something, rather than for a processor.
#[expect(clippy::disallowed_methods, reason = "the process's own figures")]
pub(crate) fn is_blocked(thread: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().next());
    state.is_some_and(|state| ["S", "D", "t"].contains(&state))
}

#[cfg(test)]
mod tests {
    use super::{all, is_blocked, own, ticks_of};
    use std::time::Duration;

    #[test]
    fn the_time_of_this_process_grows_as_it_works() {
        let before = own();
        while own() < before + Duration::from_millis(20) {}
        let now = own();
        assert!(all(0) >= now);
    }

    #[test]
    fn four_times_of_a_process_are_added_whatever_its_name() {
        let stat = "7 (a) S (b) ) R 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 1 0";
        assert_eq!(ticks_of(stat), Some(127));
        assert_eq!(ticks_of("7 (a"), None);
    }

    #[test]
    fn a_thread_that_waits_is_told_from_one_that_works() {
        let (tell, told) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let waiting = std::thread::spawn(move || {
            tell.send(rustix::thread::gettid().as_raw_nonzero().get()).unwrap();
            let _ = ended.recv();
        });
        let thread = told.recv().unwrap();
        while !is_blocked(thread) {}
        assert!(!is_blocked(rustix::thread::gettid().as_raw_nonzero().get()));
        drop(end);
        waiting.join().unwrap();
    }
}
