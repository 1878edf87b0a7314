//! What helps who named something that is not there.

use crate::entry::Listed;
use rex_runner_registrar_utils::{Form, Registered, TypeNames};
use std::collections::BTreeSet;

/// So many ways to call a function are told.
const TOLD: usize = 4;

/// How what is `named`, such as `ls`, `tail::n` or the module `tail::`, can be called, or what may have been meant; nothing where no name is near.
pub fn help(functions: &[Registered], names: &TypeNames, named: &str) -> Option<String> {
    let functions = || functions.iter().filter(|function| function.form() != Form::Operator);
    if named.ends_with("::") {
        return near(named, functions().filter_map(|function| Some(format!("{}::", function.module?))));
    }
    let same = functions().filter(|function| full_name(function) == named);
    let ways: BTreeSet<String> =
        same.map(|function| format!("`{}`", Listed::new(function, names).signature())).collect();
    if ways.is_empty() {
        return near(named, functions().map(full_name));
    }
    let more = match ways.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(" and in {more} more ways"),
    };
    Some(format!("it is called so: {}{more}", ways.into_iter().take(TOLD).collect::<Vec<_>>().join(", ")))
}

fn full_name(function: &Registered) -> String {
    match function.module {
        Some(module) => format!("{module}::{}", function.name),
        None => function.name.to_owned(),
    }
}

fn near(named: &str, others: impl Iterator<Item = String>) -> Option<String> {
    let nearest = others.filter_map(|other| Some((distance(named, &other)?, other))).min();
    nearest.map(|(_, other)| format!("did you mean `{other}`?"))
}

/// The edit distance, where it is small enough that one may have been meant for the other.
fn distance(named: &str, other: &str) -> Option<usize> {
    let distance = strsim::osa_distance(named, other);
    (distance <= named.chars().count() / 3).then_some(distance)
}
