//! The engine of one run.

use crate::{
    Failure, Reason, TooBig, Watch, alarms, display, failure, growers, json, log, memory, metrics, ordering, sleep,
    value,
};
use rex_metrics_and_alarms::{Alarm, Alarms, Metric, Metrics};
use rex_runner_registrar_utils::{Host, Registered, Registrar, TypeNames};
use rhai::module_resolvers::DummyModuleResolver;
use rhai::packages::{Package, StandardPackage};
use rhai::{AST, Dynamic, Engine, EvalAltResult, ImmutableString, OptimizationLevel, Scope};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

pub use rex_sdk_registry::Options;

/// How deep expressions may be nested: at the top level, and in functions.
const EXPRESSION_DEPTH: (usize, usize) = (64, 32);
/// How many texts the engine keeps to share them.
const INTERNED: usize = 1024;
/// After how many operations clock and signals are looked at.
const LOOK_EVERY: u64 = 1024;

/// What the script has published so far.
#[derive(Debug, Default)]
pub struct Published {
    metrics: Mutex<Metrics>,
    alarms: Mutex<Alarms>,
}

impl Published {
    pub(crate) fn metric(&self, metric: Metric) -> Result<(), rex_metrics_and_alarms::Error> {
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner).publish(metric)
    }

    pub(crate) fn alarm(&self, alarm: Alarm) -> Result<(), rex_metrics_and_alarms::Error> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner).publish(alarm)
    }

    /// What there is, for whoever reports on behalf of a script that cannot go on. What its thread was just publishing is left out.
    pub fn copy(&self) -> (Vec<Metric>, Vec<Alarm>) {
        let metrics = self.metrics.try_lock().map(|metrics| metrics.clone().take());
        let alarms = self.alarms.try_lock().map(|alarms| alarms.clone().take());
        (metrics.unwrap_or_default(), alarms.unwrap_or_default())
    }
}

/// Gives the script's name of a native object's type.
pub type TypeName<'t> = &'t dyn Fn(&Dynamic) -> String;

/// The engine of one run, with all that scripts can use.
#[derive(Debug)]
pub struct Session {
    engine: Engine,
    host: Rc<Host>,
    watch: Arc<Watch>,
    published: Arc<Published>,
}

/// All functions that scripts can use besides the engine's own.
fn register(mut registrar: Registrar, options: &Options, published: &Arc<Published>) -> Registrar {
    rex_sdk_registry::register(&mut registrar, options);
    log::register(&mut registrar);
    alarms::register(&mut registrar, published);
    metrics::register(&mut registrar, published);
    value::register(&mut registrar);
    registrar
}

/// The list of all functions that scripts can use besides the engine's own.
pub fn list(host: &Rc<Host>, options: &Options) -> (Vec<Registered>, TypeNames) {
    register(Registrar::new(Rc::clone(host)), options, &Arc::default()).finish(&mut Engine::new_raw())
}

impl Session {
    /// Builds the engine of `host`'s run of `script`, with the functions that it names. `each_look` is called now and then while the script
    /// runs.
    pub fn new(
        host: &Rc<Host>,
        watch: &Arc<Watch>,
        options: &Options,
        script: &str,
        each_look: impl Fn() + 'static,
    ) -> Self {
        let mut engine = Engine::new_raw();
        engine.register_global_module(StandardPackage::new().as_shared_module());
        let published = Arc::new(Published::default());
        register(Registrar::for_script(Rc::clone(host), script), options, &published).finish(&mut engine);
        sleep::register(&mut engine, watch);
        growers::register(&mut engine, watch);
        json::register(&mut engine, watch);
        ordering::register(&mut engine);
        log::lead_debug(&mut engine, host);
        confine(&mut engine, watch);
        engine.on_progress(progress(Arc::clone(watch), each_look));
        Self { engine, host: Rc::clone(host), watch: Arc::clone(watch), published }
    }

    /// Compiles `script`; variables that are neither in it nor in `scope` are errors.
    ///
    /// # Errors
    /// The script is no valid Rhai.
    pub fn compile(&self, scope: &Scope<'_>, script: &str) -> Result<AST, Failure> {
        self.engine.compile_with_scope(scope, script).map_err(|error| {
            let error = error.into();
            self.helped(Failure::new(&error), &error)
        })
    }

    /// Runs the script and gives its final value.
    ///
    /// # Errors
    /// What the script did not catch, or what ended the run.
    pub fn evaluate(&self, scope: &mut Scope<'_>, ast: &AST) -> Result<Dynamic, Failure> {
        self.engine.eval_ast_with_scope::<Dynamic>(scope, ast).map_err(|error| {
            let failure = Failure::in_run(&error, self.host.gate().journal(), self.watch.limits());
            self.helped(failure, &error)
        })
    }

    /// The failure with what helps who named something that is not there.
    fn helped(&self, failure: Failure, error: &EvalAltResult) -> Failure {
        let Some(named) = failure::named(error) else { return failure };
        let (functions, names) = list(&self.host, &Options::default());
        Failure { help: rex_sdk_registry::help(&functions, &names, &named).map(Into::into), ..failure }
    }

    /// The final value as text.
    ///
    /// # Errors
    /// It is too long or too deep.
    pub fn display(&self, value: &Dynamic) -> Result<String, TooBig> {
        display::display(value, self.watch.limits().output.unwrap_or(usize::MAX), &|native| self.type_name(native))
    }

    /// The final value as JSON, where JSON can tell it.
    pub fn to_json(&self, value: &Dynamic) -> Option<serde_json::Value> {
        value::to_json(value, self.watch.limits().output.unwrap_or(usize::MAX), &|native| self.type_name(native))
    }

    /// The script's name of a native object's type.
    fn type_name(&self, native: &Dynamic) -> String {
        let mut scope = Scope::new();
        scope.push_dynamic("value", native.clone());
        let name = self.engine.eval_expression_with_scope::<ImmutableString>(&mut scope, "type_of(value)");
        name.map_or_else(|_| display::last_part(native.type_name()).to_owned(), Into::into)
    }

    /// What the script publishes.
    pub fn published(&self) -> &Arc<Published> {
        &self.published
    }
}

/// Takes away what a script must not have.
fn confine(engine: &mut Engine, watch: &Watch) {
    // Without this, `import` would read files outside the policy.
    engine.set_module_resolver(DummyModuleResolver::new());
    for symbol in ["eval", "print", "import"] {
        engine.disable_symbol(symbol);
    }
    engine.set_strict_variables(true);
    // `Full` would call functions at compile time.
    engine.set_optimization_level(OptimizationLevel::Simple);
    engine.set_max_strings_interned(INTERNED);
    engine.set_max_call_levels(watch.limits().call_depth.unwrap_or(usize::MAX));
    engine.set_max_expr_depths(EXPRESSION_DEPTH.0, EXPRESSION_DEPTH.1);
    // The engine's own size limits walk every container at every call; memory is bounded by counting it.
}

/// Asked at each operation: the token that ends the run, if it has to end.
fn progress(watch: Arc<Watch>, each_look: impl Fn()) -> impl Fn(u64) -> Option<Dynamic> {
    let operations = watch.limits().operations.unwrap_or(u64::MAX);
    let memory = watch.limits().memory.unwrap_or(usize::MAX);
    // The engine's own count starts anew in each callback of a native function.
    let count = Cell::new(0_u64);
    move |_| {
        let done = count.get() + 1;
        count.set(done);
        if done <= operations
            && !done.is_multiple_of(LOOK_EVERY)
            && memory::used() <= memory
            && watch.reason().is_none()
        {
            return None;
        }
        each_look();
        if done > operations {
            watch.end(Reason::Operations);
        }
        watch.stopped().map(Dynamic::from)
    }
}

#[cfg(test)]
mod tests;
