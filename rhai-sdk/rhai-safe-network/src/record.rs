//! What all results have: getters, a map, and a text that shows them.

use rex_runner_registrar_utils::{Function, Registrar, ScriptError};
use rhai::{Array, Dynamic, Map};
use std::time::Duration;

/// A result that scripts get.
pub(crate) trait Record: Clone + 'static {
    /// Its members by name.
    fn map(&self) -> Map;

    /// What a text shows of it.
    fn text(&self) -> String {
        rhai::format_map_as_json(&self.map())
    }
}

static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "A map of its members, which `to_json` takes.",
    ..Function::METHOD
};
static TO_STRING: Function =
    Function { name: "to_string", params: &["self"], doc: "What a text shows of it.", ..Function::METHOD };
static TO_DEBUG: Function =
    Function { name: "to_debug", params: &["self"], doc: "The same as `to_string`.", ..Function::METHOD };

/// Registers the type, `to_map`, `to_string` and `to_debug`.
pub(crate) fn register<T: Record>(r: &mut Registrar, name: &'static str) {
    r.type_name::<T>(name);
    r.function(&TO_MAP, |_| |record: &mut T| record.map());
    r.function(&TO_STRING, |_| |record: &mut T| record.text());
    r.function(&TO_DEBUG, |_| |record: &mut T| record.text());
}

/// Registers getters of a type: each with its name, its doc and what it gives. All have the same examples.
macro_rules! getters {
    ($r:ident, $type:ty, $examples:expr, $($name:literal $doc:literal $get:expr;)+) => {$({
        static GETTER: ::rex_runner_registrar_utils::Function = ::rex_runner_registrar_utils::Function {
            name: $name,
            doc: $doc,
            examples: $examples,
            ..::rex_runner_registrar_utils::Function::GETTER
        };
        $r.function(&GETTER, |_| |record: &mut $type| {
            let get: fn(&$type) -> _ = $get;
            get(record)
        });
    })+};
}

/// A map of these members.
pub(crate) fn map<const N: usize>(members: [(&str, Dynamic); N]) -> Map {
    members.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

/// A number of the system for scripts; above the range of their integers, the largest.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The same, as a member of a map.
pub(crate) fn number(value: u64) -> Dynamic {
    int(value).into()
}

/// Seconds of a script, whole or not.
///
/// # Errors
/// They are negative or no number; the error is a text.
pub(crate) fn seconds(name: &str, value: f64) -> Result<Duration, ScriptError> {
    Duration::try_from_secs_f64(value)
        .map_err(|error| ScriptError::Text(format!("Parameter '{name}' conversion failed: {error}")))
}

/// An array of values of scripts.
pub(crate) fn array<T: Clone + 'static>(values: impl IntoIterator<Item = T>) -> Array {
    values.into_iter().map(Dynamic::from).collect()
}

/// An array of maps.
pub(crate) fn maps<T: Record>(values: &[T]) -> Dynamic {
    values.iter().map(|value| Dynamic::from(value.map())).collect::<Array>().into()
}
