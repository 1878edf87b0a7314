//! What the kernel holds beneath the limits (setrlimit(2)): address space, descriptors, processor time.

use crate::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::sync::OnceLock;

/// From this many times the memory limit on the process ends at once.
pub const MEMORY: usize = 4;

/// Address space for what is no memory of the run: the program and its libraries, the stacks, and what allocators leave unused.
const BESIDES: u64 = 1 << 30;

/// So many seconds beyond the limit of processor time the kernel says that it is reached.
const LATE: u64 = 2;

static MEMORY_BEFORE: OnceLock<Rlimit> = OnceLock::new();

/// Raises the walls that `limits` ask for. Gives the limits as they can be held: of descriptors no more than the system gives.
///
/// Only the soft limits are changed, and of address space and processor time never to more than they are.
pub fn raise(limits: Limits) -> Limits {
    if let Some(memory) = limits.memory {
        let _ = MEMORY_BEFORE.set(getrlimit(Resource::As));
        lower(Resource::As, (memory.saturating_mul(MEMORY) as u64).saturating_add(BESIDES));
    }
    if let Some(time) = limits.cpu_time {
        lower(Resource::Cpu, time.as_secs().saturating_add(LATE));
    }
    let there = getrlimit(Resource::Nofile);
    let most = there.maximum.unwrap_or(u64::MAX);
    let files = limits.open_files.map_or(most, |files| files.min(most));
    let set = setrlimit(Resource::Nofile, Rlimit { current: (files != u64::MAX).then_some(files), ..there });
    let open_files = if set.is_ok() { limits.open_files.map(|_| files) } else { there.current };
    Limits { open_files, ..limits }
}

fn lower(resource: Resource, most: u64) {
    let there = getrlimit(resource);
    if there.current.is_none_or(|current| current > most) {
        // Where it cannot be set, the limit above it stands alone.
        let _ = setrlimit(resource, Rlimit { current: Some(most), ..there });
    }
}

/// The address space that programs get, as the process had it before; nothing where it still has it. `u64::MAX` is without limit.
pub fn program_memory() -> Option<u64> {
    MEMORY_BEFORE.get().map(|before| before.current.unwrap_or(u64::MAX))
}

/// Takes the wall of the kernel around the memory away: for the thread that reports the end of a run which used all there was.
pub fn open_memory() {
    if let Some(before) = MEMORY_BEFORE.get() {
        let _ = setrlimit(Resource::As, *before);
    }
}
