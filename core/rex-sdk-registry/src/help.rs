//! What helps who called a function that is not there.

use crate::entry::Listed;
use rex_runner_registrar_utils::{Registered, TypeNames};
use std::collections::BTreeSet;

/// So many ways to call a function are told.
const TOLD: usize = 4;

/// How `called`, such as `ls` or `tail::n`, can be called, or which function may have been meant; nothing where no name is near.
pub fn help(functions: &[Registered], names: &TypeNames, called: &str) -> Option<String> {
    let full = |function: &Registered| match function.module {
        Some(module) => format!("{module}::{}", function.name),
        None => function.name.to_owned(),
    };
    let same = functions.iter().filter(|function| full(function) == called);
    let ways: BTreeSet<String> =
        same.map(|function| format!("`{}`", Listed::new(function, names).signature())).collect();
    if ways.is_empty() {
        let near = functions.iter().map(full).filter_map(|name| Some((distance(called, &name)?, name)));
        return near.min().map(|(_, name)| format!("did you mean `{name}`?"));
    }
    let more = match ways.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(" and in {more} more ways"),
    };
    Some(format!("it is called so: {}{more}", ways.into_iter().take(TOLD).collect::<Vec<_>>().join(", ")))
}

/// The edit distance, where it is small enough that one may have been meant for the other.
fn distance(called: &str, name: &str) -> Option<usize> {
    let distance = strsim::osa_distance(called, name);
    (distance <= called.chars().count() / 3).then_some(distance)
}
