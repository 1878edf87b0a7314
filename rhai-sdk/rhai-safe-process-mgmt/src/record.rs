//! What all result records have: they become maps, and they can be shown.

use rex_runner_registrar_utils::{Function, Registrar};
use rhai::{Dynamic, Map};

/// A result that scripts get.
pub(crate) trait Record: Clone + 'static {
    /// Its members by name.
    fn map(&self) -> Map;
}

static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "All of it as a map, which `to_json` takes. Numbers are whole or decimal numbers of scripts, what is not known is `()`.",
    ..Function::METHOD
};
static TO_STRING: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "All of it as a text in JSON, as a template shows it.",
    ..Function::METHOD
};
static TO_DEBUG: Function =
    Function { name: "to_debug", params: &["self"], doc: "The same as `to_string`.", ..Function::METHOD };

/// Registers the type, `to_map`, `to_string` and `to_debug`.
pub(crate) fn register<T: Record>(r: &mut Registrar, name: &'static str) {
    register_map::<T>(r, name);
    r.function(&TO_STRING, |_| |record: &mut T| rhai::format_map_as_json(&record.map()));
    r.function(&TO_DEBUG, |_| |record: &mut T| rhai::format_map_as_json(&record.map()));
}

/// Registers the type and `to_map`; how it is shown is its own.
pub(crate) fn register_map<T: Record>(r: &mut Registrar, name: &'static str) {
    r.type_name::<T>(name);
    r.function(&TO_MAP, |_| |record: &mut T| record.map());
}

/// A map of these members.
pub(crate) fn map<const N: usize>(members: [(&str, Dynamic); N]) -> Map {
    members.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

/// A number of the system for scripts; above the range of their integers, the largest.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The value, or `()` where there is none.
pub(crate) fn optional<T: Into<Dynamic>>(value: Option<T>) -> Dynamic {
    value.map_or(Dynamic::UNIT, Into::into)
}
