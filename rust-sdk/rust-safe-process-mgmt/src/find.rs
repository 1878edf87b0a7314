//! Finding one process by its number.

use crate::Result;
use crate::sys::{Held, OnProcess, Table};
use rex_cedar_auth::Gate;
use rex_cedar_auth::kind::{self, AcceptedBy};

/// What a process that is not there is told as.
pub(crate) const MISSING: &str = "Process not found";

/// The process `pid`, held and judged for `A`. All that is done to it later is done to this one, whoever has its number then.
///
/// # Policy
/// Asks `A` on the process, and where there is none, on its number alone.
///
/// # Errors
/// `ProcessNotFound` with `reason`.
pub(crate) fn find<A: OnProcess>(gate: &Gate, table: &Table, pid: u32, reason: &str) -> Result<Held<A>>
where
    kind::Process: AcceptedBy<A>,
{
    match table.find::<A>(pid) {
        Ok(held) => Ok(gate.release::<A, _>(held)?),
        Err(absent) => Err(gate.release::<A, _>(absent)?.into_error(reason)),
    }
}
