//! The constants `Signal::…` and `kill::…`.

use crate::error::Failure;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::EvalAltResult;
use rust_safe_process_mgmt::Signal;

/// A flag of the command `kill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KillFlag(pub(crate) Signal);

const fn example(title: &'static str, script: &'static str) -> Example {
    Example { title, script, ..Example::BASE }
}

static EQUAL: Function = Function {
    name: "==",
    doc: "Whether two signals are the same.",
    examples: &[example("Compare", "Signal::SIGTERM == Signal::SIGTERM && !(Signal::SIGTERM == Signal::SIGKILL)")],
    ..Function::OPERATOR
};
static DIFFERENT: Function = Function {
    name: "!=",
    doc: "Whether two signals differ.",
    examples: &[example("Compare", "Signal::SIGHUP != Signal::SIGQUIT && !(Signal::SIGHUP != Signal::SIGHUP)")],
    ..Function::OPERATOR
};
static TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The name of a signal.",
    examples: &[example("Show one", r#"Signal::SIGTERM.to_string() == "SIGTERM""#)],
    ..Function::METHOD
};
static NUMBER: Function = Function {
    module: Some("kill"),
    name: "signal",
    params: &["number"],
    doc: "The flag for a signal by its number: 1, 2, 3, 9, 10, 12, 15, 18 or 19, as `kill -l` tells them. Every other number is an error of kind \
          `ProcessErrorKind::ValidationError`.",
    examples: &[
        example("By number", "type_of(kill::signal(15)) == \"KillFlag\""),
        example(
            "Not every number is one",
            r#"let said = ""; try { kill::signal(64); } catch (e) { said = e.message; } said == "Validation error: kill: unsupported signal number 64""#,
        ),
    ],
    ..Function::BASE
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<Signal>("Signal");
    r.type_name::<KillFlag>("KillFlag");
    for signal in Signal::ALL {
        let doc = match signal {
            Signal::Hup => "Hang up; daemons read their configuration again. A policy calls it `interrupt`.",
            Signal::Int => "Interrupt, as Ctrl-C does. A policy calls it `kill`.",
            Signal::Quit => "Quit with a core dump. A policy calls it `kill`.",
            Signal::Kill => "End at once; cannot be refused. A policy calls it `kill`.",
            Signal::Usr1 | Signal::Usr2 => "What the program makes of it. A policy calls it `interrupt`.",
            Signal::Term => "End in an orderly way. A policy calls it `kill`.",
            Signal::Cont => "Go on after a stop. A policy calls it `interrupt`.",
            Signal::Stop => "Stop; cannot be refused. A policy calls it `kill`.",
        };
        r.constant("Signal", signal.name(), doc, signal);
        r.constant("kill", signal.name(), doc, KillFlag(signal));
    }
    r.function(&EQUAL, |_| |left: Signal, right: Signal| left == right);
    r.function(&DIFFERENT, |_| |left: Signal, right: Signal| left != right);
    r.function(&TEXT, |_| |signal: &mut Signal| signal.name());
    r.function(&NUMBER, |entry| {
        move |call: Call<'_>, number: i64| -> Result<KillFlag, Box<EvalAltResult>> {
            entry.run(&call, |_| Signal::of_number(number).map(KillFlag).map_err(Failure::from))
        }
    });
}
