//! From results of operations to values of scripts.

use rex_logger::{Level, Logger};
use rex_runner_registrar_utils::{Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_disk_info::{Skipped, Why};

/// So many things that were left out are named in the log; of the rest only the number.
const NAMED: usize = 20;

/// An array of texts.
pub(crate) fn texts(texts: &[String]) -> Array {
    texts.iter().map(|text| text.clone().into()).collect()
}

/// The elements of an array as texts; what is none shows as it does in a text.
pub(crate) fn texts_of(array: &Array) -> Vec<String> {
    array.iter().map(ToString::to_string).collect()
}

/// A number of the system for scripts; above the range of their integers, the largest.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A map of these members.
pub(crate) fn map<const N: usize>(members: [(&str, Dynamic); N]) -> Map {
    members.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

/// What may be unknown: then `()`.
pub(crate) fn or_unit<T: Into<Dynamic>>(value: Option<T>) -> Dynamic {
    value.map_or(Dynamic::UNIT, Into::into)
}

/// The value of a property of a record.
pub(crate) const fn getter(name: &'static str, doc: &'static str) -> Function {
    Function { name, doc, ..Function::GETTER }
}

static TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The record as text, with all that `to_map()` holds.",
    ..Function::METHOD
};

static DEBUG: Function =
    Function { name: "to_debug", params: &["self"], doc: "The record as `debug` shows it.", ..Function::METHOD };

/// Registers `to_map()` of the record `T`, which scripts know as `name`, and by it how it shows.
pub(crate) fn record<T: Clone + 'static>(
    r: &mut Registrar,
    name: &'static str,
    to_map: &'static Function,
    map: fn(&T) -> Map,
) {
    plain_record(r, name, to_map, map);
    r.function(&TEXT, |_| move |of: &mut T| Dynamic::from(map(of)).to_string());
}

/// As [`record`], for one that shows in its own way.
pub(crate) fn plain_record<T: Clone + 'static>(
    r: &mut Registrar,
    name: &'static str,
    to_map: &'static Function,
    map: fn(&T) -> Map,
) {
    r.type_name::<T>(name);
    r.function(to_map, |_| move |of: &mut T| map(of));
    r.function(&DEBUG, |_| move |of: &mut T| Dynamic::from(map(of)).to_string());
}

/// Tells the log what was left out: in one warning what policy forbids, and each that failed.
pub(crate) fn tell_skipped(log: &Logger, command: &str, skipped: &[Skipped]) {
    let (denied, failed): (Vec<_>, Vec<_>) = skipped.iter().partition(|skipped| skipped.why == Why::Denied);
    if !denied.is_empty() {
        let mut names: Vec<_> = denied.iter().take(NAMED).map(|skipped| skipped.name.as_str()).collect();
        names.extend((denied.len() > NAMED).then_some("…"));
        let text = format!("{command}: left out {} that policy forbids: {}", denied.len(), names.join(", "));
        log.function(Level::Warn, &text);
    }
    for skipped in failed.iter().take(NAMED) {
        log.function(Level::Warn, &format!("{command}: left out {skipped}"));
    }
    if let Some(more) = failed.len().checked_sub(NAMED).filter(|more| *more > 0) {
        log.function(Level::Warn, &format!("{command}: left out {more} more"));
    }
}
