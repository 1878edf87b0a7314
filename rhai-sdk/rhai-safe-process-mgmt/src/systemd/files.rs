//! Enabling and disabling units, and the links that were changed.

use super::SystemctlManager;
use crate::error::Failure;
use rex_cedar_auth::action::systemd::{Disable, Enable};
use rex_cedar_auth::{Need, kind, need};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_process_mgmt::systemd::{self, UnitChange};

const ENABLE: Need = need::<Enable, kind::Service>();
const DISABLE: Need = need::<Disable, kind::Service>();

static ENABLE_UNIT: Function = Function {
    name: "enable",
    params: &["self", "service"],
    doc: "Lets a unit be started at boot, or by what its `[Install]` section names, and returns the links that were made as an array of \
          `UnitChange`. What is enabled along with it (`Also=`) and the names that it gets (`Alias=`) are judged, too. It does not start the \
          unit. A state of `enabled` is told by `status(service).unit_file_state`.",
    needs: &[ENABLE],
    examples: &[Example {
        title: "One link",
        script: r#"let m = SystemctlManager(); m.disable("rex-demo.service"); let made = m.enable("rex-demo.service"); made.len() == 1 && made[0].change == "symlink" && made[0].path.ends_with("/multi-user.target.wants/rex-demo.service")"#,
        around: &[DISABLE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static DISABLE_UNIT: Function = Function {
    name: "disable",
    params: &["self", "service"],
    doc: "Undoes `enable` and returns the links that were removed as an array of `UnitChange`. It does not stop the unit.",
    needs: &[DISABLE],
    examples: &[Example {
        title: "Twice removes nothing more",
        script: r#"let m = SystemctlManager(); m.disable("rex-other.service"); m.disable("rex-other.service") == []"#,
        ..Example::BASE
    }],
    ..Function::METHOD
};

macro_rules! of_a_change {
    ($test:literal) => {
        concat!(
            r#"let m = SystemctlManager(); m.disable("rex-other.service"); let c = m.enable("rex-other.service")[0]; "#,
            $test
        )
    };
}

const fn part(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::GETTER }
}

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, script, around: &[ENABLE, DISABLE], ..Example::BASE }
}

static CHANGE: Function = part(
    "change",
    "What was done: `symlink` for a link that was made, `unlink` for one that was removed.",
    &[shown("A link was made", of_a_change!(r#"c.change == "symlink""#))],
);
static PATH: Function = part(
    "path",
    "The path of the link.",
    &[shown("Where it is", of_a_change!(r#"c.path.ends_with("rex-other.service")"#))],
);
static TARGET: Function = part(
    "target",
    "Where the link leads; empty where it was removed.",
    &[shown("To the unit", of_a_change!(r#"c.target.ends_with("rex-other.service")"#))],
);
static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "The change as a map with the keys `change`, `path` and `target`.",
    examples: &[shown("Report it", of_a_change!(r#"c.to_map().change == "symlink""#))],
    ..Function::METHOD
};
static TO_STRING: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The change as a line of text.",
    examples: &[shown("Show it", of_a_change!(r#"c.to_string().starts_with("symlink /")"#))],
    ..Function::METHOD
};
static TO_DEBUG: Function = Function { name: "to_debug", ..TO_STRING_BASE };
const TO_STRING_BASE: Function = Function {
    params: &["self"],
    doc: "The change as a line of text.",
    examples: &[shown("Show it", of_a_change!(r#"c.to_debug().starts_with("symlink /")"#))],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<UnitChange>("UnitChange");
    for (function, act) in [(&ENABLE_UNIT, systemd::enable as fn(&_, &_) -> _), (&DISABLE_UNIT, systemd::disable)] {
        r.function(function, |entry| {
            move |call: Call<'_>, _: &mut SystemctlManager, service: &str| {
                entry.run(&call, |gate| {
                    let changes = act(gate, service).map_err(Failure::from)?;
                    Ok::<Array, Failure>(changes.into_iter().map(Dynamic::from).collect())
                })
            }
        });
    }
    r.function(&CHANGE, |_| |of: &mut UnitChange| of.change.clone());
    r.function(&PATH, |_| |of: &mut UnitChange| of.path.clone());
    r.function(&TARGET, |_| |of: &mut UnitChange| of.target.clone());
    r.function(&TO_MAP, |_| {
        |of: &mut UnitChange| -> Map {
            Map::from([
                ("change".into(), of.change.clone().into()),
                ("path".into(), of.path.clone().into()),
                ("target".into(), of.target.clone().into()),
            ])
        }
    });
    r.function(&TO_STRING, |_| |of: &mut UnitChange| text(of));
    r.function(&TO_DEBUG, |_| |of: &mut UnitChange| text(of));
}

fn text(of: &UnitChange) -> String {
    let arrow = if of.target.is_empty() { "" } else { " -> " };
    format!("{} {}{arrow}{}", of.change, of.path, of.target)
}
