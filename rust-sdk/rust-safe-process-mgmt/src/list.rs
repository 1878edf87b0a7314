//! Listing processes.

use crate::find::{MISSING, find};
use crate::process_info::{PidNamespace, ProcessInfo};
use crate::sys::{self, Held, InProcess, ProcessDir, Table};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Open, Read};
use rex_cedar_auth::action::process_system::List;
use rex_cedar_auth::{Cause, Denied, Gate, Unjudged};

/// What a listing tells besides processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProcessOptions {
    /// The pid namespace of each process.
    pub load_namespace_info: bool,
    /// The threads of each process but its first, behind it.
    pub include_threads: bool,
}

/// What a listing gave.
#[derive(Debug, Default)]
pub struct Processes {
    /// Those that the policy lets be listed, in the order of their numbers.
    pub processes: Vec<ProcessInfo>,
    /// How many it does not.
    pub denied: usize,
    /// Processes whose namespace could not be told, and why.
    pub without_namespace: Vec<(u32, String)>,
}

/// The processes of the host. Those that end meanwhile, and those that the policy does not let be listed, are left out.
///
/// # Policy
/// Asks `list` on each process (and thread). With namespaces, for each that may be listed, `open` on the directories `/proc/PID` and
/// `/proc/PID/ns`, `open` and `read` on the files `/proc/PID/ns/pid` and `/proc/PID/status`; where one is denied, that namespace is missing.
///
/// # Errors
/// `ProcessEnumerationError` where there is no process table.
pub fn processes(gate: &Gate, options: ProcessOptions) -> Result<Processes> {
    let table = Table::open()?;
    let mut found = Processes::default();
    let pids = table.pids()?;
    table.each::<List>(&pids, &mut |held| {
        gate.proceed()?;
        if let Some(held) = release(gate, held, &mut found.denied)? {
            let threads = if options.include_threads { table.threads::<List, _>(&held) } else { Vec::new() };
            add(gate, &table, &held, options, &mut found)?;
            for thread in threads {
                if let Some(thread) = release(gate, thread, &mut found.denied)? {
                    add(gate, &table, &thread, options, &mut found)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// The process `pid`.
///
/// # Policy
/// Asks `list` on the process, and where there is none, on its number alone.
///
/// # Errors
/// `ProcessNotFound`; `ProcessEnumerationError` where there is no process table.
pub fn process(gate: &Gate, pid: u32) -> Result<ProcessInfo> {
    let table = Table::open()?;
    let held = find::<List>(gate, &table, pid, MISSING)?;
    Ok(ProcessInfo::of(&held, table.host()))
}

/// The process, where the policy lets it be listed. Where not, that is counted.
pub(crate) fn release(gate: &Gate, held: Unjudged<Held<List>>, denied: &mut usize) -> Result<Option<Held<List>>> {
    match gate.release::<List, _>(held) {
        Ok(held) => Ok(Some(held)),
        Err(denial) => skip(denial).map(|()| {
            *denied += 1;
            None
        }),
    }
}

/// Passes over a denial, unless it is a defect of REX.
pub(crate) fn skip(denial: Denied) -> Result<()> {
    if matches!(denial.cause(), Cause::Undeclared { .. }) { Err(denial.into()) } else { Ok(()) }
}

fn add(gate: &Gate, table: &Table, held: &Held<List>, options: ProcessOptions, found: &mut Processes) -> Result<()> {
    let mut info = ProcessInfo::of(held, table.host());
    if options.load_namespace_info {
        match pid_namespace(gate, held) {
            Ok(namespace) => info.pid_namespace = Some(namespace),
            Err(Error::PermissionDenied(denial)) => {
                let why = denial.to_string();
                skip(denial)?;
                found.without_namespace.push((info.pid, why));
            }
            Err(error @ Error::Stopped(_)) => return Err(error),
            Err(error) => found.without_namespace.push((info.pid, error.to_string())),
        }
    }
    found.processes.push(info);
    Ok(())
}

/// The pid namespace of a process that may be listed.
fn pid_namespace(gate: &Gate, process: &Held<List>) -> Result<PidNamespace> {
    let (dir, below) = (ProcessDir::of(process, ""), ProcessDir::of(process, "/ns"));
    let (link, status) = (InProcess::of(process, c"ns/pid"), InProcess::of(process, c"status"));
    let dirs = [gate.authorize::<Open, _>(&dir)?, gate.authorize::<Open, _>(&below)?];
    let target = sys::link_of(dirs, gate.authorize::<Open, _>(&link)?, gate.authorize::<Read, _>(&link)?)?;
    let child_ns_pid = sys::inner_pid(gate.authorize::<Open, _>(&status)?, gate.authorize::<Read, _>(&status)?)?;
    let number = target.strip_prefix("pid:[").and_then(|rest| rest.strip_suffix(']')?.parse().ok());
    let namespace_id = number.ok_or_else(|| Error::Other(format!("`{target}` is not a namespace")))?;
    Ok(PidNamespace { namespace_id, child_ns_pid })
}
