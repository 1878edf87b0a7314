//! Units of systemd: their state, and what is done with them.
//!
//! A unit is judged by the name that was given before the manager is asked anything, and then by every other name that it bears, its primary
//! name last: an alias leads around no `forbid`. What is done is done by the primary name. What a unit pulls along when it is started or
//! stopped is the host owner's configuration and not judged; what is enabled along with it is.

mod files;
mod info;
mod install;
mod list;
mod name;
mod state;

pub use files::{UnitChange, disable, enable};
pub use info::{ServiceInfo, status};
pub use list::{ListedUnit, list_units};
pub(crate) use name::attributes;
pub use name::{Manager, Service};
pub use state::State;

use crate::sys::bus::{self, Unit};
use crate::{Error, Result};
use rex_cedar_auth::action::systemd::{DaemonReload, Reload, Restart, Start, Stop};
use rex_cedar_auth::{Accepts, Action, Gate};

/// Starts the unit `name` and waits until that is done.
///
/// # Policy
/// Asks `start` on the unit, by each of its names.
///
/// # Errors
/// `ServiceFailed` when it did not start; `ServiceNotFound`; `DBusError` where the manager cannot be reached or refuses.
pub fn start(gate: &Gate, name: &str) -> Result<()> {
    let unit = judged::<Start>(gate, name)?;
    bus::start(gate.authorize::<Start, _>(&unit)?, gate)
}

/// Stops the unit `name` and waits until that is done.
///
/// # Policy
/// Asks `stop` on the unit, by each of its names.
pub fn stop(gate: &Gate, name: &str) -> Result<()> {
    let unit = judged::<Stop>(gate, name)?;
    bus::stop(gate.authorize::<Stop, _>(&unit)?, gate)
}

/// Restarts the unit `name`, or starts it where it does not run, and waits until that is done.
///
/// # Policy
/// Asks `restart` on the unit, by each of its names.
pub fn restart(gate: &Gate, name: &str) -> Result<()> {
    let unit = judged::<Restart>(gate, name)?;
    bus::restart(gate.authorize::<Restart, _>(&unit)?, gate)
}

/// Restarts the unit `name` where it runs, and waits until that is done.
///
/// # Policy
/// Asks `restart` on the unit, by each of its names.
pub fn try_restart(gate: &Gate, name: &str) -> Result<()> {
    let unit = judged::<Restart>(gate, name)?;
    bus::try_restart(gate.authorize::<Restart, _>(&unit)?, gate)
}

/// Makes the unit `name` read its configuration again, and waits until that is done.
///
/// # Policy
/// Asks `reload` on the unit, by each of its names.
pub fn reload(gate: &Gate, name: &str) -> Result<()> {
    let unit = judged::<Reload>(gate, name)?;
    bus::reload(gate.authorize::<Reload, _>(&unit)?, gate)
}

/// Makes the manager read its unit files again.
///
/// # Policy
/// Asks `daemon_reload` on the manager.
pub fn daemon_reload(gate: &Gate) -> Result<()> {
    bus::daemon_reload(gate.authorize::<DaemonReload, _>(&Manager)?, gate)
}

/// The unit that bears `name`, judged by all its names but the primary one: that is judged at the act.
fn judged<A: Action>(gate: &Gate, name: &str) -> Result<Unit>
where
    Service: Accepts<A>,
{
    let asked = Service::named(name);
    let proof = gate.authorize::<A, _>(&asked)?;
    asked.check()?;
    let unit = bus::find(proof, gate)?;
    for other in unit.others().iter().filter(|other| **other != asked) {
        gate.authorize::<A, _>(other).map(drop).map_err(Error::from)?;
    }
    Ok(unit)
}
