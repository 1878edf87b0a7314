//! A plan made ready, and its enforcement.

use crate::domain::Domain;
use crate::plan::Plan;
use crate::sys::Found;
use crate::{capabilities, filter};
use landlock::RulesetCreated;
use rustix::thread::CapabilitySet;
use seccompiler::BpfProgram;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What will be enforced. Every thread that there is calls [`restrict_thread`](Self::restrict_thread), and then one [`seal`](Self::seal): threads made
/// later inherit it all.
pub struct Floor {
    ruleset: Option<Mutex<RulesetCreated>>,
    filter: Option<BpfProgram>,
    capabilities: Option<CapabilitySet>,
    /// Kept open for as long as the rules hold.
    _held: Vec<Arc<Found>>,
}

impl fmt::Debug for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Floor").field("capabilities", &self.capabilities).finish_non_exhaustive()
    }
}

/// Why the floor does not hold. Nothing may run then.
#[derive(Debug)]
pub struct Error {
    wall: &'static str,
    reason: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} could not be confined: {}", self.wall, self.reason)
    }
}

impl std::error::Error for Error {}

fn failed(wall: &'static str) -> impl Fn(&dyn fmt::Display) -> Error {
    move |reason| Error { wall, reason: reason.to_string() }
}

impl Plan {
    /// Opens what rules are about, and makes the filter. Nothing holds yet.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn prepare(self) -> Result<Floor, Error> {
        let abi = self.kernel.landlock;
        let prepare = |domain: &Domain| domain.prepare(abi, &self.places).map(Mutex::new);
        let ruleset =
            self.domain.as_ref().map(prepare).transpose().map_err(|error| failed("files and ports")(&error))?;
        let filter = self.calls.as_ref().map(filter::allowing);
        Ok(Floor { ruleset, filter, capabilities: self.capabilities, _held: self.places.held() })
    }
}

impl Floor {
    /// Restricts the calling thread, and what it will start, by Landlock and in its capabilities.
    ///
    /// LINUX: a domain holds for the thread that takes it on; one for all threads is known since ABI 8 (7.0).
    ///
    /// # Errors
    /// What the kernel says.
    pub fn restrict_thread(&self) -> Result<(), Error> {
        if self.ruleset.is_some() || self.filter.is_some() {
            rustix::thread::set_no_new_privs(true).map_err(|errno| failed("rights by programs")(&errno))?;
        }
        if let Some(ruleset) = &self.ruleset {
            let files = failed("files and ports");
            let ruleset = ruleset.lock().unwrap_or_else(PoisonError::into_inner).try_clone();
            let status = ruleset.map_err(|error| files(&error))?.restrict_self().map_err(|error| files(&error))?;
            if status.ruleset != landlock::RulesetStatus::FullyEnforced {
                return Err(files(&"the kernel enforces only a part"));
            }
        }
        if let Some(needed) = self.capabilities {
            capabilities::keep(needed).map_err(|errno| failed("capabilities")(&errno))?;
        }
        Ok(())
    }

    /// Installs the filter of system calls for all threads of the process. It comes last: what comes before takes calls that it refuses.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn seal(&self) -> Result<(), Error> {
        let Some(filter) = &self.filter else { return Ok(()) };
        filter::install(filter).map_err(|error| failed("system calls")(&error))
    }
}
