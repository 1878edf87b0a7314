//! Finding a unit, whatever its names, and reading its state.

use super::{Bus, Failure, Properties, Refused, answered};
use crate::systemd::{Service, attributes};
use crate::{Error, Result};
use rex_cedar_auth::action::systemd::{Disable, Enable, Reload, Restart, Start, Status, Stop};
use rex_cedar_auth::{Action, Authorized, Gate, Resource, RestrictedExpression, accepts, kind};
use std::borrow::Cow;
use zbus::OwnedObjectPath;

pub(super) const UNIT: &str = "org.freedesktop.systemd1.Unit";

/// A unit that the manager knows. Its id is its primary name, whatever alias it was found by, and what is done with it is done by that name.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(super) bus: Bus,
    pub(super) path: OwnedObjectPath,
    pub(super) id: String,
    others: Vec<Service>,
    properties: Properties,
}

impl Unit {
    /// Its names besides the primary one.
    pub(crate) fn others(&self) -> &[Service] {
        &self.others
    }

    /// Its primary name.
    pub(crate) fn name(&self) -> &str {
        &self.id
    }

    /// What all units have, as it was when the unit was found.
    pub(super) fn properties(&self) -> &Properties {
        &self.properties
    }

    /// The properties of one interface as they are now.
    pub(super) fn read(&self, gate: &Gate, interface: &str) -> std::result::Result<Properties, Failure> {
        properties(&self.bus, gate, self.path.as_str(), interface)
    }
}

impl Resource for Unit {
    type Kind = kind::Service;

    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.id)
    }

    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        attributes(&self.id)
    }
}
accepts!(Unit: Start, Stop, Restart, Reload, Enable, Disable, Status);

/// The unit that bears a judged name. The manager loads it if it has not, as each question about it would make it do, and forgets it again.
///
/// # Errors
/// `ServiceNotFound`; `DBusError`.
pub(crate) fn find<A: Action>(proof: Authorized<'_, A, Service>, gate: &Gate) -> Result<Unit> {
    let asked = proof.target();
    let bus = Bus::connect(gate)?;
    let about = Refused { doing: "look up", unit: Some(asked.name()) };
    let found =
        bus.manager(gate, "LoadUnit", &(asked.name(),)).and_then(|message| answered::<OwnedObjectPath>(&message));
    let path = found.map_err(|failure| failure.about(&about))?;
    let known = properties(&bus, gate, path.as_str(), UNIT).map_err(|failure| failure.about(&about))?;
    // What runs on after its file was removed is not found either, and is there all the same.
    if known.text("LoadState") == "not-found" && ["inactive", "failed"].contains(&known.text("ActiveState").as_str()) {
        return Err(Error::ServiceNotFound(asked.name().to_owned()));
    }
    let id = Some(known.text("Id")).filter(|id| !id.is_empty()).unwrap_or_else(|| asked.name().to_owned());
    let mut others: Vec<Service> =
        known.texts("Names").into_iter().filter(|name| *name != id).map(Service::named).collect();
    others.sort();
    others.dedup();
    Ok(Unit { bus, path, id, others, properties: known })
}

/// What the manager says of a unit: what all units have, and, where it is active, what its type has.
pub(crate) fn status(proof: Authorized<'_, Status, Unit>, gate: &Gate) -> Result<(Properties, Option<Properties>)> {
    let unit = proof.target();
    let failed = |failure: Failure| failure.about(&Refused { doing: "read the state of", unit: Some(&unit.id) });
    let now = unit.read(gate, UNIT).map_err(failed)?;
    let active = ["active", "reloading", "refreshing"].contains(&now.text("ActiveState").as_str());
    let own = match interface(&unit.id).filter(|_| active) {
        Some(interface) => Some(unit.read(gate, interface).map_err(failed)?),
        None => None,
    };
    Ok((now, own))
}

/// The interface of units of the type that a name ends with, where such units have processes.
pub(super) fn interface(name: &str) -> Option<&'static str> {
    Some(match name.rsplit('.').next()? {
        "service" => "org.freedesktop.systemd1.Service",
        "socket" => "org.freedesktop.systemd1.Socket",
        "mount" => "org.freedesktop.systemd1.Mount",
        "swap" => "org.freedesktop.systemd1.Swap",
        "slice" => "org.freedesktop.systemd1.Slice",
        "scope" => "org.freedesktop.systemd1.Scope",
        _ => return None,
    })
}

pub(super) fn properties(
    bus: &Bus,
    gate: &Gate,
    path: &str,
    interface: &str,
) -> std::result::Result<Properties, Failure> {
    let call = (path, "org.freedesktop.DBus.Properties", "GetAll");
    let message = bus.call(gate, super::ANSWER, call, &(interface,))?;
    answered(&message).map(Properties)
}
