//! From results of operations to values of scripts.

use rex_logger::{Level, Logger};
use rhai::{Array, Dynamic, Map};
use rust_safe_io::{DirEntry, Skipped};

/// So many directories that were left out are named in the log; of the rest only the number.
const NAMED: usize = 20;

/// An array of texts.
pub(crate) fn texts(texts: Vec<String>) -> Array {
    texts.into_iter().map(Dynamic::from).collect()
}

/// A number of the system for scripts; above the range of their integers, the largest.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The same, as a member of a map.
pub(crate) fn number(value: u64) -> Dynamic {
    int(value).into()
}

/// A map of these members.
pub(crate) fn map<const N: usize>(members: [(&str, Dynamic); N]) -> Map {
    members.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

/// A map from name to entry.
pub(crate) fn entry_map(entries: impl Iterator<Item = (String, DirEntry)>) -> Map {
    let mut map = Map::new();
    for (mut name, entry) in entries {
        // Two names can look alike when they are not UTF-8; neither may be lost.
        while map.contains_key(name.as_str()) {
            name.push('\u{fffd}');
        }
        map.insert(name.into(), Dynamic::from(entry));
    }
    map
}

/// Tells the log what a walk left out, so that nothing is missing in silence.
pub(crate) fn tell_skipped(log: &Logger, command: &str, skipped: &[Skipped]) {
    for Skipped { path, reason } in skipped.iter().take(NAMED) {
        log.function(Level::Warn, &format!("{command}: left out {path}: {reason}"));
    }
    if let Some(more) = skipped.len().checked_sub(NAMED).filter(|more| *more > 0) {
        log.function(Level::Warn, &format!("{command}: left out {more} more"));
    }
}
