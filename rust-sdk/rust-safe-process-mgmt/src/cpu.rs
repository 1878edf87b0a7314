//! How much of a processor processes use, watched for a while.

use crate::list::release;
use crate::pause::pause;
use crate::process_info::ProcessInfo;
use crate::sys::{Held, Table};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::process_system::List;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Between two looks, where no other time was asked for.
const SHORT: Duration = Duration::from_millis(200);

/// Nobody watches for longer in one call.
const MOST_BATCHES: u32 = 100_000;
const MOST_SECONDS: u64 = 86_400;

/// What to watch, and for how long.
#[derive(Debug, Clone)]
pub struct MonitorOptions {
    /// The processes.
    pub pids: Vec<u32>,
    /// How often to look.
    pub batches: u32,
    /// Seconds between two looks; 0 are 200 milliseconds.
    pub delay_in_seconds: u64,
    /// Their threads, too.
    pub include_threads: bool,
}

impl Default for MonitorOptions {
    fn default() -> Self {
        Self { pids: Vec::new(), batches: 1, delay_in_seconds: 0, include_threads: false }
    }
}

impl MonitorOptions {
    /// Says what is wrong with them.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn check(&self) -> Result<()> {
        let wrong = |text: String| Err(Error::ValidationError(text));
        if self.pids.is_empty() {
            return wrong("PIDs array cannot be empty".to_owned());
        }
        if self.batches > MOST_BATCHES {
            return wrong(format!("batches cannot be more than {MOST_BATCHES}"));
        }
        if self.delay_in_seconds > MOST_SECONDS {
            return wrong(format!("delay_in_seconds cannot be more than {MOST_SECONDS}"));
        }
        Ok(())
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Monitored {
    /// One list for each look: the processes in the order asked for, then their threads.
    pub batches: Vec<Vec<ProcessInfo>>,
    /// How often a process was left out because the policy does not let it be listed.
    pub denied: usize,
    /// How often one was left out because it had ended.
    pub missing: usize,
}

/// When a process or thread had run for how long.
#[derive(Debug, Clone, Copy)]
struct Mark {
    start: u64,
    ran: u64,
    at: Instant,
}

/// What a look found of one process or thread.
struct Look {
    info: ProcessInfo,
    mark: Mark,
    /// Whether its number was that of another one before.
    replaced: bool,
}

/// Watches processes: looks once, and again after 200 milliseconds and then for each further batch, and tells how much of one processor each
/// used in between. A process that took the number of one that ended is not taken for it.
///
/// # Policy
/// Asks `list` on each process (and thread) at each look. One that is denied is left out.
///
/// # Errors
/// `ValidationError` for options that make no sense; `ProcessEnumerationError`.
pub fn monitor(gate: &Gate, options: &MonitorOptions) -> Result<Monitored> {
    options.check()?;
    let mut monitored = Monitored::default();
    if options.batches == 0 {
        return Ok(monitored);
    }
    let mut marks = HashMap::new();
    look(gate, options, &mut marks, &mut Monitored::default())?;
    pause(gate, SHORT)?;
    for batch in 0..options.batches {
        if batch > 0 {
            let delay = Duration::from_secs(options.delay_in_seconds);
            pause(gate, if delay.is_zero() { SHORT } else { delay })?;
        }
        let seen = look(gate, options, &mut marks, &mut monitored)?;
        monitored.batches.push(seen);
    }
    Ok(monitored)
}

fn look(
    gate: &Gate,
    options: &MonitorOptions,
    marks: &mut HashMap<u32, Mark>,
    monitored: &mut Monitored,
) -> Result<Vec<ProcessInfo>> {
    let table = Table::open()?;
    let (mut seen, mut workers) = (Vec::new(), Vec::new());
    for pid in &options.pids {
        gate.proceed()?;
        let Ok(held) = table.find::<List>(*pid) else {
            monitored.missing += 1;
            continue;
        };
        let Some(held) = release(gate, held, &mut monitored.denied)? else { continue };
        let mut main = measured(&held, &table, marks);
        if main.replaced {
            monitored.missing += 1;
            continue;
        }
        let threads = if options.include_threads { table.threads::<List, _>(&held) } else { Vec::new() };
        for thread in threads {
            let Some(thread) = release(gate, thread, &mut monitored.denied)? else { continue };
            let worker = measured(&thread, &table, marks);
            if let (Some(all), Some(part)) = (main.info.recent_cpu_usage, worker.info.recent_cpu_usage) {
                main.info.recent_cpu_usage = Some((all - part).max(0.0));
            }
            marks.insert(worker.info.pid, worker.mark);
            workers.push(worker.info);
        }
        marks.insert(*pid, main.mark);
        seen.push(main.info);
    }
    seen.append(&mut workers);
    Ok(seen)
}

/// A process or thread with what it used since it was marked.
fn measured(held: &Held<List>, table: &Table, marks: &HashMap<u32, Mark>) -> Look {
    let (stat, host) = (held.stat(), table.host());
    let mark = Mark { start: stat.start, ran: stat.ran, at: Instant::now() };
    let mut info = ProcessInfo::of(held, host);
    let before = marks.get(&info.pid);
    let replaced = before.is_some_and(|before| before.start != mark.start);
    if let Some(before) = before.filter(|_| !replaced) {
        let passed = mark.at.duration_since(before.at).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a measured share")]
        let ran = mark.ran.saturating_sub(before.ran) as f64 / host.ticks.max(1) as f64;
        info.recent_cpu_usage = Some(if passed > 0.0 { ran / passed * 100.0 } else { 0.0 });
    }
    Look { info, mark, replaced }
}

#[cfg(test)]
mod tests {
    use super::MonitorOptions;

    #[test]
    fn endless_watching_is_refused() {
        let options = MonitorOptions { pids: vec![1], ..MonitorOptions::default() };
        assert!(options.check().is_ok());
        for refused in [
            MonitorOptions { pids: Vec::new(), ..options.clone() },
            MonitorOptions { batches: u32::MAX, ..options.clone() },
            MonitorOptions { delay_in_seconds: u64::MAX, ..options.clone() },
        ] {
            assert_eq!(refused.check().unwrap_err().kind(), "ValidationError", "{refused:?}");
        }
    }
}
