//! The names of the system (uname(2)).

use crate::host::Host;
use crate::{Result, sys};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::sysinfo::List;
use std::ffi::CStr;
use std::fmt;

/// What the system calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The kernel, such as `Linux`.
    pub kernel_name: String,
    /// The name of the host.
    pub nodename: String,
    /// The release of the kernel.
    pub kernel_release: String,
    /// When and how the kernel was built.
    pub kernel_version: String,
    /// The architecture.
    pub machine: String,
}

impl Names {
    /// The name of the operating system; all that Linux tells.
    pub const OPERATING_SYSTEM: &'static str = "GNU/Linux";
}

/// The names of the system.
///
/// # Policy
/// Asks `list` on the host.
pub fn uname(gate: &Gate) -> Result<Names> {
    let names = sys::names(gate.authorize::<List, _>(&Host)?);
    let text = |name: &CStr| name.to_string_lossy().into_owned();
    Ok(Names {
        kernel_name: text(names.sysname()),
        nodename: text(names.nodename()),
        kernel_release: text(names.release()),
        kernel_version: text(names.version()),
        machine: text(names.machine()),
    })
}

/// The name of the host.
///
/// # Policy
/// Asks `list` on the host.
pub fn hostname(gate: &Gate) -> Result<String> {
    Ok(uname(gate)?.nodename)
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel_name, nodename, kernel_release, kernel_version, machine } = self;
        write!(f, "{kernel_name} {nodename} {kernel_release} {kernel_version} {machine} {machine} {machine} ")?;
        f.write_str(Self::OPERATING_SYSTEM)
    }
}
