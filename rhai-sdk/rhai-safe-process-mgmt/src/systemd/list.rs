//! Listing units.

use super::SystemctlManager;
use crate::error::Failure;
use rex_cedar_auth::action::systemd::List;
use rex_cedar_auth::{Need, kind, need};
use rex_logger::Level;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_process_mgmt::systemd::{self, ListedUnit, State};

const LIST: Need = need::<List, kind::Service>();

static LIST_UNITS: Function = Function {
    name: "list_units",
    params: &["self"],
    doc: "Returns the units that the service manager has loaded as an array of `UnitInfo`, ordered by name. A unit that the policy does not \
          let be listed, by whichever of its names, is left out.",
    needs: &[LIST],
    examples: &[Example {
        title: "Those that run",
        script: r#"SystemctlManager().list_units().some(|u| u.name == "rex-running.service" && u.active_state.is_active)"#,
        ..Example::BASE
    }],
    ..Function::METHOD
};

macro_rules! of_a_unit {
    ($test:literal) => {
        concat!(
            r#"let u = SystemctlManager().list_units().find(|u| u.name == "rex-running.service"); u != () && "#,
            $test
        )
    };
}

const fn part(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::GETTER }
}

const fn whole(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, params: &["self"], examples, ..Function::METHOD }
}

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, script, around: &[LIST], ..Example::BASE }
}

static NAME: Function =
    part("name", "The primary name of the unit.", &[shown("A name", of_a_unit!(r#"u.name == "rex-running.service""#))]);
static DESCRIPTION: Function = part(
    "description",
    "What the unit is, in the words of its file.",
    &[shown("Words", of_a_unit!(r#"u.description == "Runs for the tests""#))],
);
static LOAD_STATE: Function = part(
    "load_state",
    "Whether the file of the unit could be read: `loaded`, `masked`, `error`, `bad-setting` or `not-found`.",
    &[shown("It could", of_a_unit!(r#"u.load_state == "loaded""#))],
);
static ACTIVE_STATE: Function =
    part("active_state", "How active the unit is.", &[shown("It runs", of_a_unit!("u.active_state == State::ACTIVE"))]);
static SUB_STATE: Function = part(
    "sub_state",
    "The state in the words of the type of the unit, like `running`, `exited` or `listening`.",
    &[shown("It runs", of_a_unit!(r#"u.sub_state == "running""#))],
);
static TO_MAP: Function = whole(
    "to_map",
    "The unit as a map with the keys `name`, `description`, `load_state`, `active_state` (a word in lower case) and `sub_state`.",
    &[shown("Report a unit", of_a_unit!(r#"u.to_map().active_state == "active""#))],
);
static TO_STRING: Function = whole(
    "to_string",
    "The unit as a line of text.",
    &[shown(
        "Show it",
        of_a_unit!(r#"u.to_string() == "rex-running.service loaded active running Runs for the tests""#),
    )],
);
static TO_DEBUG: Function =
    whole("to_debug", "The unit as a line of text.", &[shown("Show it", of_a_unit!("u.to_debug() == u.to_string()"))]);

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<ListedUnit>("UnitInfo");
    r.function(&LIST_UNITS, |entry| {
        move |call: Call<'_>, _: &mut SystemctlManager| {
            entry.run(&call, |gate| {
                let (units, hidden) = systemd::list_units(gate).map_err(Failure::from)?;
                if hidden > 0 {
                    entry.log().function(
                        Level::Warn,
                        &format!("list_units: left out {hidden} units that the policy does not let be listed"),
                    );
                }
                Ok::<Array, Failure>(units.into_iter().map(Dynamic::from).collect())
            })
        }
    });
    r.function(&NAME, |_| |of: &mut ListedUnit| of.name.clone());
    r.function(&DESCRIPTION, |_| |of: &mut ListedUnit| of.description.clone());
    r.function(&LOAD_STATE, |_| |of: &mut ListedUnit| of.load_state.clone());
    r.function(&ACTIVE_STATE, |_| |of: &mut ListedUnit| -> State { of.active_state });
    r.function(&SUB_STATE, |_| |of: &mut ListedUnit| of.sub_state.clone());
    r.function(&TO_MAP, |_| {
        |of: &mut ListedUnit| -> Map {
            Map::from([
                ("name".into(), of.name.clone().into()),
                ("description".into(), of.description.clone().into()),
                ("load_state".into(), of.load_state.clone().into()),
                ("active_state".into(), of.active_state.to_string().into()),
                ("sub_state".into(), of.sub_state.clone().into()),
            ])
        }
    });
    r.function(&TO_STRING, |_| |of: &mut ListedUnit| text(of));
    r.function(&TO_DEBUG, |_| |of: &mut ListedUnit| text(of));
}

fn text(of: &ListedUnit) -> String {
    format!("{} {} {} {} {}", of.name, of.load_state, of.active_state, of.sub_state, of.description)
}
