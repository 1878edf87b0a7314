//! System V IPC: shared memory, semaphores, message queues.

use crate::Result;
use crate::sys::{IpcTable, ProcessDir, ipc_table};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read};
use std::fmt;

/// The tables as the kernel writes them, each with a line of headings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpcsInfo {
    /// Shared memory segments.
    pub shared_memory: String,
    /// Message queues.
    pub queues: String,
    /// Semaphore arrays.
    pub semaphores: String,
}

impl fmt::Display for IpcsInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shared_memory, queues, semaphores } = self;
        write!(
            f,
            "Shared Memory Segments:\n{shared_memory}\n\nMessage Queues:\n{queues}\n\nSemaphore Arrays:\n{semaphores}"
        )
    }
}

/// The three tables of System V IPC.
///
/// # Policy
/// Asks `open` on the directory `/proc/sysvipc`, `open` and `read` on its files `shm`, `sem` and `msg`.
///
/// # Errors
/// `PermissionDenied`; `Other`: what the system says.
pub fn ipcs_info(gate: &Gate) -> Result<IpcsInfo> {
    let text = |table: IpcTable| {
        let dir = gate.authorize::<Open, _>(&ProcessDir::IPC)?;
        let open = gate.authorize::<Open, _>(&table)?;
        ipc_table(dir, open, gate.authorize::<Read, _>(&table)?)
    };
    Ok(IpcsInfo {
        shared_memory: text(IpcTable::Memory)?,
        semaphores: text(IpcTable::Semaphores)?,
        queues: text(IpcTable::Queues)?,
    })
}
