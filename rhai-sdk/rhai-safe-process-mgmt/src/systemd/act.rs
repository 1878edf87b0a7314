//! What is done with units: start, stop, restart, reload.

use super::SystemctlManager;
use crate::error::Failure;
use rex_cedar_auth::action::systemd::{DaemonReload, Reload, Restart, Start, Status, Stop};
use rex_cedar_auth::{Gate, Need, kind, need};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_process_mgmt::{Result, systemd};

pub(super) const STATUS: Need = need::<Status, kind::Service>();
const START: Need = need::<Start, kind::Service>();
const STOP: Need = need::<Stop, kind::Service>();
const RESTART: Need = need::<Restart, kind::Service>();
const RELOAD: Need = need::<Reload, kind::Service>();

static START_UNIT: Function = Function {
    name: "start",
    params: &["self", "service"],
    doc: "Starts a unit, named in full as in `nginx.service`, and waits until that is done. One that does not start is an error of kind \
          `ServiceFailed` that says what became of it. An alias is judged by all names of the unit, here as in all functions for units.",
    needs: &[START],
    examples: &[
        Example {
            title: "It runs afterwards",
            script: r#"let m = SystemctlManager(); m.start("rex-demo.service"); m.status("rex-demo.service").active_state == State::ACTIVE"#,
            around: &[STATUS],
            ..Example::BASE
        },
        Example {
            title: "A unit that fails is an error",
            script: r#"let e = #{}; try { SystemctlManager().start("rex-failing.service"); } catch (caught) { e = caught; } e.kind == ProcessErrorKind::ServiceFailed && e.message.contains("exit-code")"#,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static STOP_UNIT: Function = Function {
    name: "stop",
    params: &["self", "service"],
    doc: "Stops a unit and waits until that is done. One that does not run is no error.",
    needs: &[STOP],
    examples: &[Example {
        title: "It does not run afterwards",
        script: r#"let m = SystemctlManager(); m.stop("rex-stopped.service"); !m.status("rex-stopped.service").active_state.is_active"#,
        around: &[STATUS],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static RESTART_UNIT: Function = Function {
    name: "restart",
    params: &["self", "service"],
    doc: "Stops and starts a unit, or starts it where it does not run, and waits until that is done.",
    needs: &[RESTART],
    examples: &[Example {
        title: "Another process runs afterwards",
        script: r#"let m = SystemctlManager(); m.restart("rex-demo.service"); let before = m.status("rex-demo.service").main_pid; m.restart("rex-demo.service"); m.status("rex-demo.service").main_pid != before"#,
        around: &[STATUS],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static TRY_RESTART: Function = Function {
    name: "try_restart",
    params: &["self", "service"],
    doc: "Restarts a unit if it runs, and waits until that is done.",
    needs: &[RESTART],
    examples: &[Example {
        title: "What does not run stays so",
        script: r#"let m = SystemctlManager(); m.try_restart("rex-stopped.service"); m.status("rex-stopped.service").active_state == State::INACTIVE"#,
        around: &[STATUS],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static RELOAD_UNIT: Function = Function {
    name: "reload",
    params: &["self", "service"],
    doc: "Makes a unit read its configuration again without a restart, and waits until that is done. One that cannot do that is an error of \
          kind `ServiceFailed`.",
    needs: &[RELOAD],
    examples: &[Example {
        title: "The same process runs afterwards",
        script: r#"let m = SystemctlManager(); let before = m.status("rex-reloadable.service").main_pid; m.reload("rex-reloadable.service"); m.status("rex-reloadable.service").main_pid == before"#,
        around: &[STATUS],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static DAEMON_RELOAD: Function = Function {
    name: "daemon_reload",
    params: &["self"],
    doc: "Makes the service manager read all unit files again. Needed after they were changed.",
    needs: &[need::<DaemonReload, kind::Systemd>()],
    examples: &[Example {
        title: "Nothing waits to be read afterwards",
        script: r#"let m = SystemctlManager(); m.daemon_reload(); !m.status("rex-demo.service").need_daemon_reload"#,
        around: &[STATUS],
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    method(r, &START_UNIT, systemd::start);
    method(r, &STOP_UNIT, systemd::stop);
    method(r, &RESTART_UNIT, systemd::restart);
    method(r, &TRY_RESTART, systemd::try_restart);
    method(r, &RELOAD_UNIT, systemd::reload);
    r.function(&DAEMON_RELOAD, |entry| {
        move |call: Call<'_>, _: &mut SystemctlManager| {
            entry.run(&call, |gate| systemd::daemon_reload(gate).map_err(Failure::from))
        }
    });
}

fn method(r: &mut Registrar, function: &'static Function, act: fn(&Gate, &str) -> Result<()>) {
    r.function(function, |entry| {
        move |call: Call<'_>, _: &mut SystemctlManager, service: &str| {
            entry.run(&call, |gate| act(gate, service).map_err(Failure::from))
        }
    });
}
