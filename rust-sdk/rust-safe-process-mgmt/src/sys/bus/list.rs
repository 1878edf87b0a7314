//! All units that the manager has loaded.

use super::unit::UNIT;
use super::{ANSWER, Bus, Failure, Refused, answered};
use crate::Result;
use crate::systemd::{ListedUnit, Service};
use rex_cedar_auth::{Gate, Unjudged};
use zbus::{OwnedObjectPath, OwnedVariant};

/// One unit as `ListUnits` tells it: name, description, load, active and sub state, the unit it follows, its object, and its job.
type Row = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

/// The units that the manager has loaded, each with its other names.
pub(crate) fn units(gate: &Gate) -> Result<Vec<Unjudged<ListedUnit>>> {
    let bus = Bus::connect(gate)?;
    let failed = |failure: Failure| failure.about(&Refused { doing: "list the units", unit: None });
    let rows =
        bus.manager(gate, "ListUnits", &()).and_then(|message| answered::<Vec<Row>>(&message)).map_err(failed)?;
    let mut listed = Vec::new();
    for (name, description, load_state, active_state, sub_state, _, path, _, _, _) in rows {
        let others = if may_have_aliases(&name) {
            match names(&bus, gate, &path) {
                Ok(names) => names.into_iter().filter(|other| *other != name).map(Service::named).collect(),
                // It has gone meanwhile.
                Err(failure) if failure.is_answer() => continue,
                Err(failure) => return Err(failed(failure)),
            }
        } else {
            Vec::new()
        };
        let unit = ListedUnit::new(name, description, load_state, &active_state, sub_state);
        listed.push(Unjudged::new(unit.with_others(others)));
    }
    Ok(listed)
}

/// Whether units of this type can have several names (systemd.unit(5), `Alias=`).
fn may_have_aliases(name: &str) -> bool {
    let kind = name.rsplit('.').next().unwrap_or_default();
    ["service", "socket", "target", "timer", "path"].contains(&kind)
}

fn names(bus: &Bus, gate: &Gate, path: &OwnedObjectPath) -> std::result::Result<Vec<String>, Failure> {
    let call = (path.as_str(), "org.freedesktop.DBus.Properties", "Get");
    let message = bus.call(gate, ANSWER, call, &(UNIT, "Names"))?;
    let value: OwnedVariant = answered(&message)?;
    Vec::<String>::try_from(value).map_err(Failure::Bus)
}
