//! All units that are loaded.

use super::{Service, State, attributes};
use crate::Result;
use crate::sys::bus;
use rex_cedar_auth::action::systemd::List;
use rex_cedar_auth::{Gate, Resource, RestrictedExpression, accepts, kind};
use std::borrow::Cow;

/// A unit in a listing. Its id is its primary name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUnit {
    /// Its primary name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether its file could be read: `loaded`, `not-found`, `masked` and the like.
    pub load_state: String,
    /// How active it is.
    pub active_state: State,
    /// The state in the words of its type.
    pub sub_state: String,
    /// Its other names.
    others: Vec<Service>,
}

impl ListedUnit {
    pub(crate) fn new(name: String, description: String, load_state: String, active: &str, sub_state: String) -> Self {
        Self { name, description, load_state, active_state: State::of(active), sub_state, others: Vec::new() }
    }

    pub(crate) fn with_others(self, others: Vec<Service>) -> Self {
        Self { others, ..self }
    }
}

impl Resource for ListedUnit {
    type Kind = kind::Service;

    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }

    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        attributes(&self.name)
    }
}
accepts!(ListedUnit: List);

/// The units that the manager has loaded and the policy lets be seen, by name, and how many it does not.
///
/// # Policy
/// Asks `list` on each unit, by each of its names; others are left out.
pub fn list_units(gate: &Gate) -> Result<(Vec<ListedUnit>, usize)> {
    let (mut seen, mut hidden) = (Vec::new(), 0);
    for held in bus::units(gate)? {
        gate.proceed()?;
        match gate.release::<List, _>(held) {
            Ok(unit) if unit.others.iter().all(|other| gate.authorize::<List, _>(other).is_ok()) => seen.push(unit),
            _ => hidden += 1,
        }
    }
    seen.sort_by(|one, other| one.name.cmp(&other.name));
    Ok((seen, hidden))
}
