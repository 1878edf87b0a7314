//! The one way from a script into a function.

use crate::{Function, ScriptError};
use rex_cedar_auth::Gate;
use rex_logger::Logger;
use rhai::{EvalAltResult, NativeCallContext};
use std::rc::Rc;

/// What the functions of one run share. Scripts cannot reach it.
#[derive(Debug)]
pub struct Host {
    gate: Gate,
    log: Rc<Logger>,
}

impl Host {
    /// Puts the gate and the log of one run together.
    pub fn new(gate: Gate, log: Rc<Logger>) -> Rc<Self> {
        Rc::new(Self { gate, log })
    }

    /// The gate, for what surrounds the script: its journal, its principal.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The log.
    pub fn log(&self) -> &Logger {
        &self.log
    }
}

/// What a binding holds in order to run its function.
#[derive(Debug, Clone)]
pub struct Entry {
    host: Rc<Host>,
    function: &'static Function,
}

impl Entry {
    pub(crate) fn new(host: Rc<Host>, function: &'static Function) -> Self {
        Self { host, function }
    }

    /// The log, for what a function has to tell.
    pub fn log(&self) -> &Logger {
        &self.host.log
    }

    /// Runs `body` as this function: log records bear its name and line, only its needs may be asked for, a run that has to end
    /// does not begin it, and its error becomes the script's.
    ///
    /// # Errors
    /// What `body` fails with, as a script sees it. A run that has to end is an error that no script catches.
    pub fn run<T, E: Into<ScriptError>>(
        &self,
        call: &NativeCallContext<'_>,
        body: impl FnOnce(&Gate) -> Result<T, E>,
    ) -> Result<T, Box<EvalAltResult>> {
        let Function { name, needs, .. } = self.function;
        let position = call.call_position();
        let line = position.line().unwrap_or(0);
        let _entered = self.host.log.enter(name, line);
        let gate = &self.host.gate;
        gate.proceed().map_err(ScriptError::from).map_err(|stopped| stopped.thrown(position))?;
        let mark = gate.mark();
        let outcome = gate.within(name, needs, line, body).map_err(Into::<ScriptError>::into);
        if let Some(mark) = mark {
            let error = outcome.as_ref().err().map(ScriptError::word);
            let kept = gate.ended(&mark, name, line, error);
            kept.map_err(|stopped| ScriptError::from(stopped).thrown(position))?;
        }
        gate.check_descriptors().map_err(ScriptError::from).map_err(|stopped| stopped.thrown(position))?;
        outcome.map_err(|error| error.thrown(position))
    }
}
