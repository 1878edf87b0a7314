//! Option builders: `XOptions()`, setters that may be chained, `build()`.

use crate::{Call, Example, Form, Function, Registrar, ScriptError};
use rhai::EvalAltResult;

/// Options while they are put together. Setters change the builder and return a copy of it.
#[derive(Debug, Clone, Default)]
pub struct Builder<T>(pub T);

/// What a number that fits no option is called.
const OUT_OF_RANGE: &str = "out of range integral type conversion attempted";

/// The value of a constructor.
pub const fn constructor(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::BASE }
}

/// The value of a setter.
pub const fn setter(name: &'static str, doc: &'static str) -> Function {
    Function { form: Form::Method, name, doc, params: &["self", "value"], ..Function::BASE }
}

static BUILD: Function = Function {
    name: "build",
    params: &["self"],
    doc: "Checks the options and returns them. What is wrong with them is thrown as a text.",
    ..Function::METHOD
};

/// Registers constructor and `build()` of the options `T`, which scripts know as `name`. `check` says what is wrong with them.
pub fn options<T: Clone + Default + 'static>(
    r: &mut Registrar,
    name: &'static str,
    builder_name: &'static str,
    new: &'static Function,
    check: impl Fn(&T) -> Result<(), String> + 'static,
) {
    r.type_name::<Builder<T>>(builder_name);
    r.type_name::<T>(name);
    r.function(new, |_| Builder::<T>::default);
    r.function(&BUILD, |_| {
        move |call: Call<'_>, builder: &mut Builder<T>| -> Result<T, Box<EvalAltResult>> {
            check(&builder.0).map_err(|text| ScriptError::Text(text).thrown(call.call_position()))?;
            Ok(builder.0.clone())
        }
    });
}

/// Registers a setter that takes every value of its type.
pub fn set<T: Clone + 'static, V: Clone + 'static>(
    r: &mut Registrar,
    function: &'static Function,
    set: impl Fn(&mut T, V) + 'static,
) {
    r.function(function, |_| {
        move |builder: &mut Builder<T>, value: V| -> Builder<T> {
            set(&mut builder.0, value);
            builder.clone()
        }
    });
}

/// Registers a setter that refuses some values with a text.
pub fn set_checked<T: Clone + 'static, V: Clone + 'static>(
    r: &mut Registrar,
    function: &'static Function,
    set: impl Fn(&mut T, V) -> Result<(), String> + 'static,
) {
    r.function(function, |_| {
        move |call: Call<'_>, builder: &mut Builder<T>, value: V| -> Result<Builder<T>, Box<EvalAltResult>> {
            set(&mut builder.0, value).map_err(|text| ScriptError::Text(text).thrown(call.call_position()))?;
            Ok(builder.clone())
        }
    });
}

/// Converts a number for the setter `name`.
///
/// # Errors
/// The text for a number out of range.
pub fn number<N: TryFrom<i64>>(name: &str, value: i64) -> Result<N, String> {
    N::try_from(value).map_err(|_| format!("Parameter conversion failed for {name}: {OUT_OF_RANGE}"))
}

/// The text for a required option that was not set.
pub fn missing(field: &str) -> String {
    format!("Field not initialized: {field}")
}
