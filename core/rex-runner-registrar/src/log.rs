//! The script's own log: `error`, `warn`, `info`, `trace` and `debug`.

use rex_logger::Level;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Dynamic, Engine, ImmutableString};
use std::rc::Rc;

const fn function(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, params: &["message"], doc, examples, ..Function::BASE }
}

const fn example(title: &'static str, script: &'static str) -> Example {
    Example { title, script, ..Example::BASE }
}

static ERROR: Function = function(
    "error",
    "Writes `message` into the log, as an error.",
    &[example("Report a failed step", r#"error("the backup is incomplete") == ()"#)],
);
static WARN: Function = function(
    "warn",
    "Writes `message` into the log, as a warning.",
    &[example("Report something odd", r#"warn("disk 91% full") == ()"#)],
);
static INFO: Function = function(
    "info",
    "Writes `message` into the log.",
    &[example("Report progress", r"let done = 3; info(`${done} of 7 done`) == ()")],
);
static TRACE: Function = function(
    "trace",
    "Writes `message` into the log if LOG_LEVEL is TRACE.",
    &[example("Leave a trace", r#"trace("step 1") == ()"#)],
);
static DEBUG: Function = Function {
    name: "debug",
    params: &["value"],
    doc: "Writes any value, in its debug form, into the log if LOG_LEVEL is DEBUG or TRACE.",
    examples: &[example("Look at a value", "debug(#{a: [1, 2]}) == ()")],
    ..Function::BASE
};

pub(crate) fn register(registrar: &mut Registrar) {
    for (level, function) in
        [(Level::Error, &ERROR), (Level::Warn, &WARN), (Level::Info, &INFO), (Level::Trace, &TRACE)]
    {
        registrar.function(function, |entry| {
            move |call: Call<'_>, message: &str| {
                entry.log().script(level, message, call.call_position().line().unwrap_or(0));
            }
        });
    }
    // The engine hands the text that `debug` returns to `on_debug`. It has its own `debug` for each of its types, which win
    // over this one; this one is for all others, and for the list.
    registrar.function(&DEBUG, |_| {
        |value: Dynamic| -> ImmutableString { crate::display::debug(&value, rex_logger::MAX_MESSAGE).into() }
    });
}

/// Leads `debug` into the log.
pub(crate) fn lead_debug(engine: &mut Engine, host: &Rc<rex_runner_registrar_utils::Host>) {
    let host = Rc::clone(host);
    engine.on_debug(move |text, _, position| {
        host.log().script(Level::Debug, text.trim_matches('"'), position.line().unwrap_or(0));
    });
}
