//! The state of one unit.

use super::{State, judged};
use crate::Result;
use crate::sys::bus::{self, Properties};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::systemd::Status;
use serde::Serialize;
use serde::ser::Serializer;

/// The state of a unit. Numbers are there only while it is active, and where the manager counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceInfo {
    /// The name it was asked for by.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether its file could be read: `loaded`, `masked`, `error` and the like.
    pub load_state: String,
    /// The path of its file, empty where it has none.
    pub load_path: String,
    /// Whether it is enabled: `enabled`, `disabled`, `static` and the like.
    pub unit_file_state: String,
    /// Whether the distribution wants it enabled: `enabled` or `disabled`.
    pub unit_file_preset: String,
    /// The state in the words of its type, like `running` or `exited`.
    pub sub_state: String,
    /// How active it is.
    #[serde(serialize_with = "word")]
    pub active_state: State,
    /// Whether its file was changed since it was read.
    pub need_daemon_reload: bool,
    /// Its main process.
    pub main_pid: Option<u64>,
    /// How many processes and threads it has.
    #[serde(serialize_with = "decimal")]
    pub tasks: Option<u64>,
    /// How much memory it uses, in bytes.
    #[serde(serialize_with = "decimal")]
    pub memory: Option<u64>,
    /// Where to read about it, as addresses.
    pub documentation: Vec<String>,
}

impl ServiceInfo {
    fn of(name: &str, unit: &Properties, own: Option<&Properties>) -> Self {
        let count = |name: &str| own.and_then(|own| own.count(name));
        Self {
            name: name.to_owned(),
            description: unit.text("Description"),
            load_state: unit.text("LoadState"),
            load_path: unit.text("FragmentPath"),
            unit_file_state: unit.text("UnitFileState"),
            unit_file_preset: unit.text("UnitFilePreset"),
            sub_state: unit.text("SubState"),
            active_state: State::of(&unit.text("ActiveState")),
            need_daemon_reload: unit.flag("NeedDaemonReload"),
            main_pid: count("MainPID").filter(|pid| *pid != 0),
            tasks: count("TasksCurrent"),
            memory: count("MemoryCurrent"),
            documentation: unit.texts("Documentation"),
        }
    }

    /// All of it as JSON, in lines. The numbers of tasks and memory are texts, the state is a word in lower case.
    pub fn json(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the derived code calls")]
fn word<S: Serializer>(state: &State, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(state.word())
}

#[expect(clippy::ref_option, reason = "the form that the derived code calls")]
fn decimal<S: Serializer>(count: &Option<u64>, to: S) -> std::result::Result<S::Ok, S::Error> {
    count.map(|count| count.to_string()).serialize(to)
}

/// The state of the unit `name`.
///
/// # Policy
/// Asks `status` on the unit, by each of its names.
///
/// # Errors
/// `ServiceNotFound` where there is no such unit; `DBusError`.
pub fn status(gate: &Gate, name: &str) -> Result<ServiceInfo> {
    let unit = judged::<Status>(gate, name)?;
    let (properties, own) = bus::status(gate.authorize::<Status, _>(&unit)?, gate)?;
    Ok(ServiceInfo::of(name, &properties, own.as_ref()))
}
