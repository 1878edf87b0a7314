//! The state of a unit: `status` and `ServiceInfo`.

use super::SystemctlManager;
use super::act::STATUS;
use crate::error::Failure;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_process_mgmt::systemd::{self, ServiceInfo, State};

static STATUS_OF: Function = Function {
    name: "status",
    params: &["self", "service"],
    doc: "Returns the state of a unit. One that does not exist is an error of kind `ServiceNotFound`.",
    needs: &[STATUS],
    examples: &[
        Example {
            title: "Whether it is enabled",
            script: r#"SystemctlManager().status("rex-static.service").unit_file_state == "static""#,
            ..Example::BASE
        },
        Example {
            title: "One that does not exist",
            script: r#"let kind = (); try { SystemctlManager().status("rex-missing.service"); } catch (e) { kind = e.kind; } kind == ProcessErrorKind::ServiceNotFound"#,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

macro_rules! of_a_unit {
    ($test:literal) => {
        concat!(r#"let s = SystemctlManager().status("rex-running.service"); "#, $test)
    };
}

const fn part(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::GETTER }
}

const fn whole(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, params: &["self"], examples, ..Function::METHOD }
}

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, script, around: &[STATUS], ..Example::BASE }
}

static NAME: Function = part(
    "name",
    "The name that the unit was asked for by.",
    &[shown("As it was given", of_a_unit!(r#"s.name == "rex-running.service""#))],
);
static DESCRIPTION: Function = part(
    "description",
    "What the unit is, in the words of its file.",
    &[shown("Words", of_a_unit!(r#"s.description == "Runs for the tests""#))],
);
static LOAD_STATE: Function = part(
    "load_state",
    "Whether the file of the unit could be read: `loaded`, `masked`, `error`, `bad-setting` or `not-found`.",
    &[shown("It could", of_a_unit!(r#"s.load_state == "loaded""#))],
);
static LOAD_PATH: Function = part(
    "load_path",
    "The path of the file of the unit; empty where it has none.",
    &[shown("A path", of_a_unit!(r#"s.load_path.ends_with("/rex-running.service")"#))],
);
static UNIT_FILE_STATE: Function = part(
    "unit_file_state",
    "Whether the unit is enabled: `enabled`, `disabled`, `static`, `masked`, `generated` and so on; empty where it has no file.",
    &[shown("Nothing to enable", of_a_unit!(r#"s.unit_file_state == "static""#))],
);
static UNIT_FILE_PRESET: Function = part(
    "unit_file_preset",
    "Whether the distribution wants the unit enabled: `enabled` or `disabled`; empty where it does not say.",
    &[shown("A word", of_a_unit!("type_of(s.unit_file_preset) == \"string\""))],
);
static SUB_STATE: Function = part(
    "sub_state",
    "The state in the words of the type of the unit, like `running`, `exited` or `listening`.",
    &[shown("It runs", of_a_unit!(r#"s.sub_state == "running""#))],
);
static ACTIVE_STATE: Function =
    part("active_state", "How active the unit is.", &[shown("It runs", of_a_unit!("s.active_state == State::ACTIVE"))]);
static NEED_DAEMON_RELOAD: Function = part(
    "need_daemon_reload",
    "Whether the files of the unit were changed since the manager read them.",
    &[shown("They were not", of_a_unit!("!s.need_daemon_reload"))],
);
static MAIN_PID: Function = part(
    "main_pid",
    "The process id of a service's main process while it is active, else `()`.",
    &[shown("A number", of_a_unit!("s.main_pid > 1"))],
);
static TASKS: Function = part(
    "tasks",
    "How many processes and threads the unit has while it is active, where the manager counts them, else `()`.",
    &[shown("A number or nothing", of_a_unit!("s.tasks == () || s.tasks >= 1"))],
);
static MEMORY: Function = part(
    "memory",
    "How much memory the unit uses while it is active, in bytes, where the manager counts it, else `()`.",
    &[shown("A number or nothing", of_a_unit!("s.memory == () || s.memory > 0"))],
);
static DOCUMENTATION: Function = part(
    "documentation",
    "Where to read about the unit, as an array of addresses.",
    &[shown("A manual page", of_a_unit!(r#"s.documentation == ["man:sleep(1)"]"#))],
);
static TO_MAP: Function = whole(
    "to_map",
    "Everything as a map. `active_state` is a word in lower case; `tasks` and `memory` are texts, or `()`.",
    &[shown(
        "Report a unit",
        of_a_unit!(r#"let m = s.to_map(); m.active_state == "active" && m.main_pid == s.main_pid"#),
    )],
);
static TO_STRING: Function = whole(
    "to_string",
    "Everything as JSON in lines. `active_state` is a word in lower case; `tasks` and `memory` are texts, or `null`.",
    &[shown("Read it back", of_a_unit!(r#"parse_json(s.to_string()).active_state == "active""#))],
);
static TO_DEBUG: Function = whole(
    "to_debug",
    "Everything as JSON in lines, as `to_string` gives it.",
    &[shown("The same text", of_a_unit!("s.to_debug() == s.to_string()"))],
);

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<ServiceInfo>("ServiceInfo");
    r.function(&STATUS_OF, |entry| {
        move |call: Call<'_>, _: &mut SystemctlManager, service: &str| {
            entry.run(&call, |gate| systemd::status(gate, service).map_err(Failure::from))
        }
    });
    r.function(&NAME, |_| |of: &mut ServiceInfo| of.name.clone());
    r.function(&DESCRIPTION, |_| |of: &mut ServiceInfo| of.description.clone());
    r.function(&LOAD_STATE, |_| |of: &mut ServiceInfo| of.load_state.clone());
    r.function(&LOAD_PATH, |_| |of: &mut ServiceInfo| of.load_path.clone());
    r.function(&UNIT_FILE_STATE, |_| |of: &mut ServiceInfo| of.unit_file_state.clone());
    r.function(&UNIT_FILE_PRESET, |_| |of: &mut ServiceInfo| of.unit_file_preset.clone());
    r.function(&SUB_STATE, |_| |of: &mut ServiceInfo| of.sub_state.clone());
    r.function(&ACTIVE_STATE, |_| |of: &mut ServiceInfo| -> State { of.active_state });
    r.function(&NEED_DAEMON_RELOAD, |_| |of: &mut ServiceInfo| of.need_daemon_reload);
    r.function(&MAIN_PID, |_| |of: &mut ServiceInfo| number(of.main_pid));
    r.function(&TASKS, |_| |of: &mut ServiceInfo| number(of.tasks));
    r.function(&MEMORY, |_| |of: &mut ServiceInfo| number(of.memory));
    r.function(&DOCUMENTATION, |_| |of: &mut ServiceInfo| documentation(of));
    r.function(&TO_MAP, |_| to_map);
    r.function(&TO_STRING, |_| |of: &mut ServiceInfo| of.json());
    r.function(&TO_DEBUG, |_| |of: &mut ServiceInfo| of.json());
}

/// A number of the system for scripts; above the range of their integers, the largest.
fn number(value: Option<u64>) -> Dynamic {
    value.map_or(Dynamic::UNIT, |value| i64::try_from(value).unwrap_or(i64::MAX).into())
}

fn documentation(of: &ServiceInfo) -> Array {
    of.documentation.iter().cloned().map(Dynamic::from).collect()
}

fn to_map(of: &mut ServiceInfo) -> Map {
    let text = |value: Option<u64>| value.map_or(Dynamic::UNIT, |value| value.to_string().into());
    Map::from([
        ("name".into(), of.name.clone().into()),
        ("description".into(), of.description.clone().into()),
        ("load_state".into(), of.load_state.clone().into()),
        ("load_path".into(), of.load_path.clone().into()),
        ("unit_file_state".into(), of.unit_file_state.clone().into()),
        ("unit_file_preset".into(), of.unit_file_preset.clone().into()),
        ("sub_state".into(), of.sub_state.clone().into()),
        ("active_state".into(), of.active_state.to_string().into()),
        ("need_daemon_reload".into(), of.need_daemon_reload.into()),
        ("main_pid".into(), number(of.main_pid)),
        ("tasks".into(), text(of.tasks)),
        ("memory".into(), text(of.memory)),
        ("documentation".into(), documentation(of).into()),
    ])
}
