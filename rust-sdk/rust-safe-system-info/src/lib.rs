//! Memory, processors, kernel messages and kernel parameters, each judged before it is read.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate). Nothing outside the private module `sys` touches the system, and `sys`
//! acts only on proofs that the gate made.

mod cpus;
mod error;
mod figures;
mod host;
mod interrupts;
mod kernel_log;
mod kernel_stats;
mod load;
mod memory;
mod names;
mod pressure;
mod slab;
mod sys;
pub mod sysctl;
mod users;

pub use cpus::{Cpu, available_cpu_count, cpu_count, cpus};
pub use error::{Error, Result};
pub use interrupts::{Interrupt, interrupts};
pub use kernel_log::{FACILITIES, LEVELS, LogEntry, LogOptions, kernel_log};
pub use kernel_stats::{CpuState, CpuTime, KernelStats, kernel_stats};
pub use load::{LoadAverage, load_average, uptime};
pub use memory::{Memory, Swap, SwapDevice, memory, swap, swap_devices};
pub use names::{Names, hostname, uname};
pub use pressure::{Pressure, Scarce, Stall, pressure};
pub use slab::{SlabCache, SlabSummary, Slabs, slabs};
pub use users::{Login, logins};
