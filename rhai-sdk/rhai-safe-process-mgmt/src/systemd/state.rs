//! The constants that scripts compare the state of a unit with.

use rex_runner_registrar_utils::{Example, Function, Registrar};
use rust_safe_process_mgmt::systemd::State;

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, script, ..Example::BASE }
}

static EQUAL: Function = Function {
    name: "==",
    doc: "Whether two states of units are the same.",
    examples: &[shown("Tell states apart", "State::ACTIVE == State::ACTIVE && !(State::ACTIVE == State::FAILED)")],
    ..Function::OPERATOR
};
static DIFFERENT: Function = Function {
    name: "!=",
    doc: "Whether two states of units differ.",
    examples: &[shown("Tell states apart", "State::ACTIVE != State::FAILED")],
    ..Function::OPERATOR
};
static TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The word for a state of a unit, in lower case.",
    examples: &[shown("Show a state", r#"State::RELOADING.to_string() == "reloading""#)],
    ..Function::METHOD
};
static DEBUG: Function = Function {
    name: "to_debug",
    params: &["self"],
    doc: "The word for a state of a unit, in lower case.",
    examples: &[shown("Show a state", r#"State::RELOADING.to_debug() == "reloading""#)],
    ..Function::METHOD
};
static IS_ACTIVE: Function = Function {
    name: "is_active",
    doc: "Whether a unit in this state does its work: `ACTIVE`, `RELOADING` and `REFRESHING`.",
    examples: &[shown("Those that do", "State::RELOADING.is_active && !State::ACTIVATING.is_active")],
    ..Function::GETTER
};
static IS_ACTIVE_CALL: Function = Function {
    name: "is_active",
    params: &["self"],
    doc: "Whether a unit in this state does its work: `ACTIVE`, `RELOADING` and `REFRESHING`.",
    examples: &[shown("Those that do", "State::RELOADING.is_active() && !State::ACTIVATING.is_active()")],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<State>("State");
    for state in State::ALL {
        let (name, doc) = match state {
            State::Active => ("ACTIVE", "It runs, or did what it is for."),
            State::Inactive => ("INACTIVE", "It does not run."),
            State::Failed => ("FAILED", "It ended with a failure."),
            State::Activating => ("ACTIVATING", "It is being started."),
            State::Deactivating => ("DEACTIVATING", "It is being stopped."),
            State::Maintenance => ("MAINTENANCE", "It is under maintenance."),
            State::Reloading => ("RELOADING", "It runs and reads its configuration again."),
            State::Refreshing => ("REFRESHING", "It runs and its mounts are made anew."),
            State::Unknown => ("UNKNOWN", "A state of a later systemd."),
        };
        r.constant("State", name, doc, state);
    }
    r.function(&EQUAL, |_| |left: State, right: State| left == right);
    r.function(&DIFFERENT, |_| |left: State, right: State| left != right);
    r.function(&TEXT, |_| |state: &mut State| state.to_string());
    r.function(&DEBUG, |_| |state: &mut State| state.to_string());
    r.function(&IS_ACTIVE, |_| |state: &mut State| state.is_active());
    r.function(&IS_ACTIVE_CALL, |_| |state: &mut State| state.is_active());
}
