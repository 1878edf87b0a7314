//! Core dumps: what a process did when it ended, `core(5)`; and the same of a process that stood still for a moment.

mod expression;
mod memory;
mod module;
mod moment;
mod process;
mod registers;
mod scope;
mod unwind;
mod value;
mod variables;

use crate::elf::{Image, Source};
use crate::open::open_file;
use crate::path::Role;
use crate::sys::{self, Follow};
use crate::{Error, Result};
use module::Modules;
pub use moment::{Content, Moment, MomentFile, MomentThread};
use process::Process;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Read;
use std::collections::BTreeMap;

/// What is read of one file at most, in bytes: tables of symbols and lines, and the memory that is looked at.
const MOST: u64 = 128 << 20;

/// A core dump and the program that left it, by their paths. Nothing is opened before it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreDump {
    /// The path of the program.
    pub exe: String,
    /// The path of the core dump.
    pub core: String,
}

/// The process of a core dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedProcess {
    /// Its number.
    pub pid: Option<i64>,
    /// Its threads, the one that ended it first.
    pub threads: Vec<TracedThread>,
}

/// A thread of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedThread {
    /// Its place among the threads, from 1.
    pub id: i64,
    /// Its number in the system.
    pub tid: Option<i64>,
    /// The functions that it was in, the innermost first.
    pub frames: Vec<Frame>,
}

/// A function that a thread was in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its place, from 0.
    pub number: i64,
    /// The name of the function, `??` where nothing tells it.
    pub function: String,
    /// Where it was; nothing for a function that was built into the one that called it.
    pub instruction: Option<u64>,
    /// The source file, or the library where no source file is known.
    pub source: Option<String>,
    /// The line in the source file.
    pub line: Option<i64>,
}

impl CoreDump {
    /// What each thread was doing. Only as much is read as that takes; the program and the libraries that the dump names are not run.
    ///
    /// # Policy
    /// For the program, the core dump, and each library that a thread was in: `open` on the directory and the file, `read` on the file. A
    /// library that may not be read is known by its path alone.
    ///
    /// # Errors
    /// `Other` for what is no program or no core dump of it, `NotFound`, `IoError`.
    pub fn backtrace(&self, gate: &Gate) -> Result<TracedProcess> {
        self.with(gate, |process, modules| {
            let mut threads = Vec::new();
            for (id, thread) in (1..).zip(&process.threads) {
                let frames = unwind::frames(gate, process, modules, thread)?;
                threads.push(TracedThread { id, tid: thread.tid, frames });
            }
            Ok(TracedProcess { pid: process.pid, threads })
        })
    }

    /// The values of variables as they are seen in a frame: of the thread with the number `thread`, or of the first. A name may go on to
    /// members by `.` and `->` and to elements by `[number]`. What is not there is left out.
    ///
    /// # Policy
    /// As [`Self::backtrace`].
    ///
    /// # Errors
    /// `ValidationError` for a text that is no such name; as [`Self::backtrace`].
    pub fn variables(
        &self,
        gate: &Gate,
        thread: Option<i64>,
        frame: i64,
        names: &[String],
    ) -> Result<BTreeMap<String, String>> {
        let wanted = names.iter().map(|name| Ok((name, variables::Path::parse(name)?))).collect::<Result<Vec<_>>>()?;
        self.with(gate, |process, modules| {
            let by_id = thread.and_then(|id| usize::try_from(id).ok()?.checked_sub(1));
            let thread = by_id.and_then(|at| process.threads.get(at)).or(process.threads.first());
            let Some(thread) = thread else { return Ok(BTreeMap::new()) };
            let Some(state) = unwind::state(gate, process, modules, thread, frame)? else { return Ok(BTreeMap::new()) };
            let mut found = BTreeMap::new();
            for (name, path) in &wanted {
                gate.proceed()?;
                if let Some(value) = variables::show(process, modules, &state, path) {
                    found.insert((*name).clone(), value);
                }
            }
            Ok(found)
        })
    }

    fn with<R>(&self, gate: &Gate, body: impl FnOnce(&Process<'_>, &Modules<'_>) -> Result<R>) -> Result<R> {
        let exe = source(gate, &self.exe)?;
        let core = source(gate, &self.core)?;
        let invalid = || Error::other(format!("Invalid executable: {}", self.exe));
        let program = Image::parse(&exe).map_err(|_| invalid())?;
        if program.is_core {
            return Err(invalid());
        }
        let unreadable = |why: &str| {
            Error::other(format!(
                "Unable to parse trace for executable {} and core file {}: {why}",
                self.exe, self.core
            ))
        };
        let core = Image::parse(&core).map_err(|error| unreadable(&error))?;
        if !core.is_core {
            return Err(unreadable("it is no core dump"));
        }
        if !core.is_known_machine() || core.machine != program.machine {
            return Err(unreadable(
                "only dumps of x86_64 and aarch64 can be read, of a program for the same processor",
            ));
        }
        let process = Process::parse(&core).map_err(|error| unreadable(&error))?;
        let libraries = process.libraries(gate)?;
        let modules = Modules::new(&process, &program, &self.exe, &libraries);
        if !modules.program_is_the_dumped_one(&process) {
            return Err(unreadable("the core file was left by another build of the executable"));
        }
        body(&process, &modules)
    }
}

/// A judged file as the ELF library reads it.
pub(crate) fn source(gate: &Gate, path: &str) -> Result<Source> {
    let object = open_file(gate, path, Role::File, Follow::Links)?;
    Ok(Source::new(sys::read(gate.authorize::<Read, _>(&object)?)?, MOST))
}
