//! `kill`, `KillOptions`: sending signals.

use crate::error::{Failure, SOURCE};
use crate::manager::ProcessManager;
use crate::needs::{INTERRUPT, KILL, LIST};
use crate::processes::tell_skipped;
use crate::record::map;
use crate::signal::KillFlag;
use rex_cedar_auth::{Cause, Gate, Need};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar, ScriptError, flags};
use rhai::{Array, Dynamic, ImmutableString};
use rust_safe_process_mgmt::{Error, KillOptions, KillResult, Signal, kill};

const FOUND: &[Need] = &[LIST];

static KILL_PID: Function = Function {
    name: "kill",
    params: &["pid"],
    doc: "Asks the process `pid` to end (`SIGTERM`). Returns an array with one map, the `name` and `pid` of the process. A process that is not there is an error of \
          kind `ProcessErrorKind::ProcessNotFound`; a denial is one of kind `ProcessErrorKind::ValidationError`, whose text tells it.",
    needs: &[KILL],
    examples: &[Example {
        title: "End a process that a listing found",
        script: r#"ps().filter(|p| p.name == "rex-worker").map(|p| kill(p.pid)[0].name) == ["rex-worker"]"#,
        around: FOUND,
        ..Example::BASE
    }],
    ..Function::BASE
};

static KILL_FLAGS: Function = Function {
    name: "kill",
    params: &["flags", "pid"],
    doc: "As `kill(pid)`, with another signal: `kill::SIGKILL` or `kill::signal(9)`, of several the first. `SIGHUP`, `SIGUSR1`, `SIGUSR2` and `SIGCONT` ask \
          `interrupt`, all others `kill`.",
    needs: &[INTERRUPT, KILL],
    examples: &[
        Example {
            title: "Let a daemon read its configuration again",
            script: r#"ps().filter(|p| p.name == "rex-worker").map(|p| kill([kill::SIGHUP], p.pid).len()) == [1]"#,
            around: FOUND,
            ..Example::BASE
        },
        Example {
            title: "As Ctrl-C does",
            script: r#"ps().filter(|p| p.name == "rex-worker").map(|p| kill([kill::signal(2)], p.pid).len()) == [1]"#,
            around: FOUND,
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

static BY_OPTIONS: Function = Function {
    name: "kill",
    params: &["self", "options"],
    doc: "Sends a signal to the process of a number, or to all processes that meet the other options now, but never to the runner or to process 1. Returns an \
          array of maps with the `name` (or the command line, where that was looked for) and `pid` of each. Where nobody meets them, that is an error of kind \
          `ProcessErrorKind::ProcessNotFound`; where none could be sent the signal, it is the first reason, of a denial `ProcessErrorKind::PermissionDenied`. \
          Others that did not get it are named in the log.",
    needs: &[INTERRUPT, KILL, LIST],
    examples: &[
        Example {
            title: "All of one name, if there are any",
            script: r#"let hit = []; try { hit = ProcessManager().kill(KillOptions().process_name("rex-worker").exact_match(true).signal(Signal::SIGUSR1).build()); } catch (e) { if e.kind != ProcessErrorKind::ProcessNotFound { throw e; } } hit.map(|p| p.name) == ["rex-worker"]"#,
            ..Example::BASE
        },
        Example {
            title: "By command line",
            script: r#"let hit = []; try { hit = ProcessManager().kill(KillOptions().command("rex-worker 86399").signal(Signal::SIGTERM).build()); } catch (e) { if e.kind != ProcessErrorKind::ProcessNotFound { throw e; } } hit.map(|p| p.name) == ["rex-worker 86399"]"#,
            ..Example::BASE
        },
        Example {
            title: "A denial of what may be listed is not the same as nobody",
            script: r#"let kind = (); try { ProcessManager().kill(KillOptions().process_name("rex-worker").signal(Signal::SIGINT).build()); } catch (e) { kind = e.kind; } kind == ProcessErrorKind::PermissionDenied"#,
            withheld: &[KILL],
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static OPTIONS: Function = constructor(
    "KillOptions",
    "Begins the options for sending a signal.",
    &[Example {
        title: "An empty name is refused",
        script: r#"let refused = false; try { KillOptions().process_name("").signal(Signal::SIGKILL).build(); } catch { refused = true; } refused"#,
        ..Example::BASE
    }],
);
static PID: Function = setter("pid", "Send it to the process of this number. It excludes all other targets.");
static NAME: Function =
    setter("process_name", "Send it to processes whose name holds this text. It excludes `command`.");
static USERNAME: Function = setter("username", "Send it to processes of the user with this login name.");
static EXACT: Function =
    setter("exact_match", "Name or command line must be the same text, and not only hold it. Without it false.");
static COMMAND: Function =
    setter("command", "Send it to processes whose command line holds this text. It excludes `process_name`.");
static SIGNAL: Function = setter("signal", "The signal; required.");

pub(crate) fn register(r: &mut Registrar) {
    options::<KillOptions>(r, "KillOptions", "KillOptionsBuilder", &OPTIONS, |options| {
        options.check().map_err(|error| error.to_string())
    });
    set(r, &PID, |options: &mut KillOptions, value: i64| options.pid = Some(value));
    set(r, &NAME, |options: &mut KillOptions, value: ImmutableString| options.process_name = Some(value.into()));
    set(r, &USERNAME, |options: &mut KillOptions, value: ImmutableString| options.username = Some(value.into()));
    set(r, &EXACT, |options: &mut KillOptions, value: bool| options.exact_match = value);
    set(r, &COMMAND, |options: &mut KillOptions, value: ImmutableString| options.command = Some(value.into()));
    set(r, &SIGNAL, |options: &mut KillOptions, value: Signal| options.signal = Some(value));
    r.function(&KILL_PID, |entry| {
        move |call: Call<'_>, pid: i64| entry.run(&call, |gate| command(gate, pid, Signal::Term))
    });
    r.function(&KILL_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, pid: i64| {
            entry.run(&call, |gate| {
                let flags = flags::<KillFlag>(SOURCE, "kill", "KillFlag", array)?;
                command(gate, pid, flags.first().map_or(Signal::Term, |KillFlag(signal)| *signal))
            })
        }
    });
    r.function(&BY_OPTIONS, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, options: KillOptions| {
            entry.run(&call, |gate| Ok::<_, Failure>(told(&entry, kill(gate, &options)?)))
        }
    });
}

/// The command, whose denial scripts know as another kind.
fn command(gate: &Gate, pid: i64, signal: Signal) -> Result<Array, Failure> {
    let options = KillOptions { pid: Some(pid), signal: Some(signal), ..KillOptions::default() };
    match kill(gate, &options) {
        Ok(result) => Ok(array(result)),
        Err(Error::PermissionDenied(denied)) if !matches!(denied.cause(), Cause::Undeclared { .. }) => {
            let message = format!("Validation error: kill: {denied}");
            Err(ScriptError::denied_as(SOURCE, "ValidationError", message, denied).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn told(entry: &Entry, result: KillResult) -> Array {
    let skipped = result.skipped.iter().map(|why| format!("kill: {why}"));
    tell_skipped(entry, skipped, result.skipped.len());
    array(result)
}

fn array(result: KillResult) -> Array {
    let killed = result.killed.into_iter();
    killed.map(|one| Dynamic::from(map([("name", one.name.into()), ("pid", i64::from(one.pid).into())]))).collect()
}
