//! The only module that touches the system.
//!
//! INVARIANT: every function takes a proof of the gate by value, or gives what it found as `Unjudged`. Descriptors never leave this
//! module except inside its own types, which allow only what was judged.

mod host;
mod kernel_log;
mod logins;
mod units;

pub(crate) use host::{available_cpus, names, online_cpus, uptime};
pub(crate) use kernel_log::kernel_log;
pub(crate) use logins::logins;
pub(crate) use units::Units;
