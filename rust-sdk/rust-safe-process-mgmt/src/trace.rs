//! What each thread of a living process is doing.

use crate::find::{MISSING, find};
use crate::sys::{Held, Table};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::process_system::{List, Trace};
use rust_safe_io::TracedProcess;
use std::time::{Duration, Instant};

/// How long the end of the run may go unnoticed.
const LOOK: Duration = Duration::from_millis(10);
/// Nothing that stops at all takes as long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The functions that each thread of the process `pid` is in, with source file and line where the program holds them. No debugger is needed and none
/// is run. The process stands still while registers and stacks are copied, a few milliseconds; a system call that a thread waits in goes on
/// afterwards, those excepted that no stop leaves whole (`signal(7)`): they end with EINTR as under any debugger.
///
/// # Policy
/// Asks `trace` on the process. The files in its memory are read for names and lines of its functions; they are not asked for: they are what
/// the process holds already.
///
/// # Errors
/// `ProcessNotFound`; `Other` where the system refuses: the text says what is lacking.
pub fn trace(gate: &Gate, pid: u32) -> Result<TracedProcess> {
    let table = Table::open()?;
    trace_held(gate, find::<Trace>(gate, &table, pid, MISSING)?)
}

/// As [`trace`], of the process that has the number `inner` in the pid namespace of the process `namespace`.
///
/// # Policy
/// Asks `list` on the process `namespace`, and `trace` on the process that was found, by its number on the host.
///
/// # Errors
/// As [`trace`].
pub fn trace_within(gate: &Gate, inner: u32, namespace: u32) -> Result<TracedProcess> {
    let table = Table::open()?;
    let member = find::<List>(gate, &table, namespace, MISSING)?;
    match member.neighbour(&table, inner, &|| gate.proceed())? {
        Ok(found) => trace_held(gate, gate.release::<Trace, _>(found)?),
        Err(absent) => {
            let reason = format!("No process has this number in the pid namespace of process {namespace}");
            Err(gate.release::<Trace, _>(absent)?.into_error(&reason))
        }
    }
}

fn trace_held(gate: &Gate, process: Held<Trace>) -> Result<TracedProcess> {
    let pid = process.pid();
    let refused = |why: String| Error::Other(format!("Unable to trace process {pid}. {}", sentence(&why)));
    let tracing = process.trace().map_err(refused)?;
    let begun = Instant::now();
    let moment = loop {
        if let Some(moment) = tracing.attend(LOOK) {
            break moment.map_err(refused)?;
        }
        gate.proceed()?;
        if begun.elapsed() >= PATIENCE {
            return Err(refused("it does not stop: the kernel holds it up".to_owned()));
        }
    };
    // The process goes on; what its stacks mean is found out meanwhile.
    drop(tracing);
    Ok(moment.backtrace(gate)?)
}

/// The same words, beginning with a capital letter.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
