//! Enabling and disabling units.

use super::install::Install;
use super::{Service, judged};
use crate::sys::bus::{self, Change, Unit};
use crate::{Error, Result};
use rex_cedar_auth::action::systemd::{Disable, Enable};
use rex_cedar_auth::{Accepts, Action, Gate};
use std::collections::{BTreeSet, VecDeque};

/// More units than this are not taken along.
const MOST: usize = 64;

/// A link that was made or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitChange {
    /// `symlink` for one that was made, `unlink` for one that was removed.
    pub change: String,
    /// Its path.
    pub path: String,
    /// Where it leads; empty where it was removed.
    pub target: String,
}

/// Lets the unit `name` be started at boot, or by what its `[Install]` section names, and gives the links that were made.
///
/// # Policy
/// Asks `enable` on the unit, by each of its names and those it gets (`Alias=`), and on each unit that is enabled along with it (`Also=`).
///
/// # Errors
/// `ValidationError` for a unit that has nothing to be installed with, is made at run time, is masked, or whose files were changed since
/// the manager read them.
pub fn enable(gate: &Gate, name: &str) -> Result<Vec<UnitChange>> {
    let (unit, judged) = survey::<Enable>(gate, name, true)?;
    let changes = bus::enable(gate.authorize::<Enable, _>(&unit)?, gate)?;
    report("enabled", &judged, changes)
}

/// Undoes [`enable`], and gives the links that were removed.
///
/// # Policy
/// Asks `disable` as [`enable`] asks `enable`.
pub fn disable(gate: &Gate, name: &str) -> Result<Vec<UnitChange>> {
    let (unit, judged) = survey::<Disable>(gate, name, false)?;
    let changes = bus::disable(gate.authorize::<Disable, _>(&unit)?, gate)?;
    report("disabled", &judged, changes)
}

/// The unit `name`, and all names that were judged for it and what it takes along. Nothing is changed before all is judged.
fn survey<A: Action>(gate: &Gate, name: &str, installing: bool) -> Result<(Unit, BTreeSet<String>)>
where
    Service: Accepts<A>,
    Unit: Accepts<A>,
{
    if name.contains("@.") {
        // What the policy would judge is the instance.
        gate.authorize::<A, _>(&Service::named(name)).map(drop)?;
        let text = format!("`{name}` is a template: name an instance, like `{}`", name.replace("@.", "@main."));
        return Err(Error::ValidationError(text));
    }
    let mut seen = BTreeSet::new();
    let mut waiting = VecDeque::from([name.to_owned()]);
    let mut first = None;
    while let Some(next) = waiting.pop_front() {
        if !seen.insert(next.clone()) {
            continue;
        }
        if seen.len() > MOST {
            let text = format!("`{name}` takes along more than {MOST} names");
            return Err(Error::ValidationError(text));
        }
        let unit = judged::<A>(gate, &next)?;
        let installed = bus::installed(gate.authorize::<A, _>(&unit)?, gate)?;
        if installed.outdated {
            let text = format!("the files of `{}` were changed: call `daemon_reload()` first", unit.name());
            return Err(Error::ValidationError(text));
        }
        let refused = ["generated", "transient", "masked", "masked-runtime", "bad"].contains(&installed.state.as_str());
        if installing && refused {
            let text = format!("`{}` cannot be enabled: it is `{}`", unit.name(), installed.state);
            return Err(Error::ValidationError(text));
        }
        let install = Install::of(unit.name(), &installed.texts)?;
        if installing && first.is_none() && !install.any {
            let text = format!("`{}` has no `[Install]` section: it is not meant to be enabled", unit.name());
            return Err(Error::ValidationError(text));
        }
        seen.insert(unit.name().to_owned());
        seen.extend(unit.others().iter().map(|other| other.name().to_owned()));
        for alias in install.aliases {
            if seen.insert(alias.clone()) {
                gate.authorize::<A, _>(&Service::named(alias)).map(drop)?;
            }
        }
        waiting.extend(install.also);
        first.get_or_insert(unit);
    }
    match first {
        Some(unit) => Ok((unit, seen)),
        None => Err(Error::ServiceNotFound(name.to_owned())),
    }
}

/// The changes, for scripts.
///
/// # Errors
/// `ServiceFailed` when something was changed that was not judged: the files were changed in between.
fn report(done: &str, judged: &BTreeSet<String>, changes: Vec<Change>) -> Result<Vec<UnitChange>> {
    let foreign =
        changes.iter().find(|(_, path, _)| !path.rsplit('/').next().is_some_and(|name| judged.contains(name)));
    if let Some((_, path, _)) = foreign {
        let text = format!("`{path}` was {done} as well, which nobody had judged: unit files were changed meanwhile");
        return Err(Error::ServiceFailed(text));
    }
    Ok(changes.into_iter().map(|(change, path, target)| UnitChange { change, path, target }).collect())
}
