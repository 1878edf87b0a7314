//! Processes of the same pid namespace, `pid_namespaces(7)`.

use super::process::{Absent, Held, Process, read_file};
use super::stat::Status;
use super::table::Table;
use crate::Result;
use rex_cedar_auth::action::process_system::{List, Trace};
use rex_cedar_auth::{Stopped, Unjudged};
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;
use std::io;

/// The process, or that it is not there; either is judged before anyone learns of it.
pub(crate) type Found = std::result::Result<Unjudged<Held<Trace>>, Unjudged<Absent<Trace>>>;

impl Held<List> {
    /// Holds the process that has the number `inner` in the pid namespace of this one, in order to ask whether it may be traced.
    ///
    /// # Errors
    /// As [`Table::pids`]; that of `proceed`, which is asked for each process.
    pub(crate) fn neighbour(
        &self,
        table: &Table,
        inner: u32,
        proceed: &dyn Fn() -> std::result::Result<(), Stopped>,
    ) -> Result<Found> {
        let own = match namespace(self) {
            Ok(own) => own,
            Err(error) => return Ok(Err(Unjudged::new(Absent::new(inner, error)))),
        };
        for pid in table.pids()? {
            proceed()?;
            let Ok(process) = Process::open(table, pid) else { continue };
            if inner_number(&process) == Some(inner) && namespace(&process).is_ok_and(|other| other == own) {
                return Ok(Ok(Unjudged::new(Held::new(process))));
            }
        }
        Ok(Err(Unjudged::new(Absent::new(inner, Errno::SRCH.into()))))
    }
}

/// Which pid namespace a process is in.
#[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the types differ between platforms")]
fn namespace(process: &Process) -> io::Result<(u64, u64)> {
    let found = statat(&process.dir, "ns/pid", AtFlags::empty())?;
    Ok((found.st_dev as u64, found.st_ino as u64))
}

fn inner_number(process: &Process) -> Option<u32> {
    let mut content = Vec::new();
    read_file(&process.dir, c"status", &mut content).ok()?;
    Status::parse(&content)?.inner_pid
}
