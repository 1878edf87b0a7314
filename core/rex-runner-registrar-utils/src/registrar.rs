//! The registrar: takes functions and constants into a module of the engine, and keeps the list of them.

use crate::script_type::{script_type, split_tuple};
use crate::wanted::Wanted;
use crate::{Entry, ErrorKind, Form, Function, Host, kinds};
use rhai::{Engine, FnNamespace, FuncRegistration, Module, RhaiNativeFunc, Shared};
use std::any::type_name;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A function or constant that a script can use, as listings show it.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The function; constants share the base of their module.
    pub function: &'static Function,
    /// The module it stands in.
    pub module: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
    /// What it returns or does.
    pub doc: &'static str,
    params: &'static str,
    returns: &'static str,
}

impl Registered {
    /// How it is used.
    pub fn form(&self) -> Form {
        self.function.form
    }

    /// Names and types of its parameters, the receiver first.
    pub fn params(&self, names: &TypeNames) -> Vec<(&'static str, String)> {
        let types = split_tuple(self.params);
        self.function.params.iter().copied().zip(types.into_iter().map(|rust| names.script(rust))).collect()
    }

    /// The type of what it returns.
    pub fn returns(&self, names: &TypeNames) -> String {
        names.script(self.returns)
    }
}

/// The names of native types in scripts.
#[derive(Debug, Clone, Default)]
pub struct TypeNames(BTreeMap<&'static str, &'static str>);

impl TypeNames {
    fn script(&self, rust: &str) -> String {
        // The longest: the name of a generic type holds that of its parameter.
        let known = self.0.iter().filter(|(native, _)| rust.contains(**native)).max_by_key(|(native, _)| native.len());
        known.map_or_else(|| script_type(rust), |(_, name)| (*name).to_owned())
    }
}

/// The base of all constants.
static CONSTANT: Function = Function { form: Form::Constant, ..Function::BASE };

/// Takes functions and constants in, for one run.
pub struct Registrar {
    host: Rc<Host>,
    global: Module,
    modules: BTreeMap<&'static str, Module>,
    listed: Vec<Registered>,
    types: TypeNames,
    wanted: Wanted,
}

impl Registrar {
    /// An empty registrar for the functions of `host`'s run.
    pub fn new(host: Rc<Host>) -> Self {
        Self {
            host,
            global: Module::new(),
            modules: BTreeMap::new(),
            listed: Vec::new(),
            types: TypeNames::default(),
            wanted: Wanted::All,
        }
    }

    /// As [`Self::new`], and passes over what `script` does not name: it could not call it.
    pub fn for_script(host: Rc<Host>, script: &str) -> Self {
        Self { wanted: Wanted::by(script), ..Self::new(host) }
    }

    /// Takes `function` in. `bind` makes of its entry the closure that the engine calls.
    pub fn function<A, const N: usize, const X: bool, R, const F: bool, C>(
        &mut self,
        function: &'static Function,
        bind: impl FnOnce(Entry) -> C,
    ) where
        A: 'static,
        R: Clone + 'static,
        C: RhaiNativeFunc<A, N, X, R, F> + 'static,
    {
        if !self.wanted.function(function) {
            return;
        }
        let closure = bind(Entry::new(Rc::clone(&self.host), function));
        let registration = match function.form {
            Form::Getter => FuncRegistration::new_getter(function.name),
            _ => FuncRegistration::new(function.name),
        };
        // Volatile: its answer depends on the host, so that no optimiser may compute it beforehand.
        let registration = registration.with_volatility(true);
        match function.module {
            None => registration.with_namespace(FnNamespace::Global).set_into_module(&mut self.global, closure),
            Some(module) => registration.set_into_module(self.modules.entry(module).or_default(), closure),
        };
        debug_assert_eq!(function.params.len(), N, "parameter names of {}", function.name);
        self.listed.push(Registered {
            function,
            module: function.module,
            name: function.name,
            doc: function.doc,
            params: type_name::<A>(),
            returns: type_name::<R>(),
        });
    }

    /// Takes the constant `module::name` in.
    pub fn constant<T: Clone + 'static>(
        &mut self,
        module: &'static str,
        name: &'static str,
        doc: &'static str,
        value: T,
    ) {
        if !self.wanted.module(module) {
            return;
        }
        self.modules.entry(module).or_default().set_var(name, rhai::Dynamic::from(value));
        let returns = type_name::<T>();
        self.listed.push(Registered { function: &CONSTANT, module: Some(module), name, doc, params: "()", returns });
    }

    /// Takes the error kinds of `module` in, as constants, and with the first of them what scripts do with kinds.
    pub fn error_kinds(
        &mut self,
        module: &'static str,
        doc: &'static str,
        words: impl IntoIterator<Item = &'static str>,
    ) {
        if !self.types.0.contains_key(type_name::<ErrorKind>()) {
            kinds::register(self);
        }
        for word in words {
            self.constant(module, word, doc, ErrorKind::new(module, word));
        }
    }

    /// Gives the native type `T` its name in scripts.
    pub fn type_name<T: Clone + 'static>(&mut self, name: &'static str) {
        self.global.set_custom_type::<T>(name);
        self.types.0.insert(type_name::<T>(), name);
    }

    /// Puts everything into the engine and gives the list of it.
    pub fn finish(self, engine: &mut Engine) -> (Vec<Registered>, TypeNames) {
        engine.register_global_module(Shared::new(self.global));
        for (name, module) in self.modules {
            engine.register_static_module(name, Shared::new(module));
        }
        (self.listed, self.types)
    }
}

impl std::fmt::Debug for Registrar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registrar").field("listed", &self.listed.len()).finish_non_exhaustive()
    }
}
