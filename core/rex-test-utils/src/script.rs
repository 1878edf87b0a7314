//! Scripts under a policy.

use crate::{REDACTION_FILE, gate_observed};
use rex_cedar_auth::{Cause, Denied, Extent, Journal, Need};
use rex_logger::{Level, Logger, Syslog};
use rex_runner_registrar_utils::{ErrorKind, Host, Registered, Registrar, TypeNames};
use rhai::{Dynamic, Engine, EvalAltResult, Map, Scope};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// Registers the functions of one crate. The path is that of the redaction dictionary.
pub type Register = fn(&mut Registrar, &Path);

/// One question to the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The action and kind of resource.
    pub need: Need,
    /// The resource.
    pub id: String,
    /// The script function that asked, and the line of its call.
    pub by: (&'static str, usize),
    /// Whether the answer was no.
    pub denied: bool,
    /// Whether no permit was asked for, but only that nothing forbids it.
    pub unless_forbidden: bool,
    /// Whether it was no because the function did not declare the need.
    pub undeclared: bool,
}

/// What running a script gave.
#[derive(Debug)]
pub struct Ran {
    /// Its value or error.
    pub result: Result<Dynamic, Box<EvalAltResult>>,
    /// What was asked, in order.
    pub asked: Vec<Asked>,
}

/// Runs `script` with the functions of `register` under the Cedar text `policy`; its variable `dir` holds `dir`.
///
/// # Errors
/// What the script fails with.
pub fn eval(register: Register, policy: &str, dir: &str, script: &str) -> Result<Dynamic, Box<EvalAltResult>> {
    run(register, policy, dir, script).result
}

/// As [`eval`], and tells what was asked.
pub fn run(register: Register, policy: &str, dir: &str, script: &str) -> Ran {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let journal = Journal::observed_by({
        let asked = Rc::clone(&asked);
        move |verdict| {
            let cause = verdict.denied.map(Denied::cause);
            asked.borrow_mut().push(Asked {
                need: Need { action: verdict.action, kind: verdict.kind },
                id: verdict.id.to_owned(),
                by: (verdict.function.unwrap_or_default(), verdict.line),
                denied: cause.is_some(),
                unless_forbidden: verdict.extent == Extent::UnlessForbidden,
                undeclared: matches!(cause, Some(Cause::Undeclared { .. })),
            });
        }
    });
    let mut engine = Engine::new();
    registered(register, &mut engine, policy, journal, dir);
    let mut scope = Scope::new();
    scope.push_constant("dir", dir.to_owned());
    let result = engine.eval_with_scope(&mut scope, script);
    let asked = asked.borrow().clone();
    Ran { result, asked }
}

/// Everything that `register` registers.
pub(crate) fn list(register: Register) -> (Vec<Registered>, TypeNames) {
    registered(register, &mut Engine::new(), "", Journal::default(), "/")
}

fn registered(
    register: Register,
    engine: &mut Engine,
    policy: &str,
    journal: Journal,
    dir: &str,
) -> (Vec<Registered>, TypeNames) {
    let host = Host::new(gate_observed(policy, journal), Rc::new(Logger::new(Level::Error, Syslog::Off)));
    let mut registrar = Registrar::new(host);
    register(&mut registrar, &Path::new(dir).join(REDACTION_FILE));
    registrar.finish(engine)
}

/// The gate's denial that ended a script, where one did.
pub fn denial(error: &EvalAltResult) -> Option<Denied> {
    let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else { return None };
    let map = value.clone().try_cast::<Map>()?;
    map.get("kind")?.clone().try_cast::<ErrorKind>()?.denied().cloned()
}
