//! The test of every script function of a crate.

use crate::example::check;
use crate::script::{Register, list};
use rex_runner_registrar_utils::{Form, Function, Registered, TypeNames};
use std::collections::BTreeSet;

/// Holds everything that `register` registers to what it says of itself, and fails with all that is wrong. Each has a doc whose first
/// sentence ends, and named parameters. Each that needs something has examples, and each example
///
/// - is true under a policy of exactly the needs of its function (and those of `around`, without those of `withheld`);
/// - for each need that was really asked: is denied with that need left out (forbidden, where no permit is asked for), and nothing changes in
///   the folder;
/// - under an empty policy: is denied, and nothing changes in the folder.
///
/// Together the examples ask all that the function declares.
pub fn check_functions(register: Register) {
    let problems = problems(register);
    assert!(problems.is_empty(), "{} problems with script functions:\n{}", problems.len(), problems.join("\n"));
}

/// Everything that [`check_functions`] finds wrong, in the order of the list, each with the function's name in front.
pub fn problems(register: Register) -> Vec<String> {
    let (listed, names) = list(register);
    let mut problems = Vec::new();
    let mut signatures = BTreeSet::new();
    for registered in &listed {
        let found = outside(registered, &names);
        problems.extend(found.into_iter().map(|text| format!("{}: {text}", label(registered.module, registered.name))));
        let types: Vec<String> = registered.params(&names).into_iter().map(|(_, type_name)| type_name).collect();
        if !signatures.insert((registered.module, registered.form(), registered.name, types)) {
            problems.push(format!(
                "{}: registered twice with the same parameters",
                label(registered.module, registered.name)
            ));
        }
    }
    let mut functions: Vec<&'static Function> = Vec::new();
    for registered in listed.iter().filter(|registered| registered.form() != Form::Constant) {
        if !functions.iter().any(|known| std::ptr::eq(*known, registered.function)) {
            functions.push(registered.function);
        }
    }
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let found = std::thread::scope(|scope| {
        let share = functions.len().div_ceil(workers).max(1);
        let workers: Vec<_> = functions
            .chunks(share)
            .map(|share| {
                scope.spawn(move || share.iter().flat_map(|function| inside(register, function)).collect::<Vec<_>>())
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker that ends")).collect::<Vec<_>>()
    });
    problems.extend(found);
    problems
}

fn label(module: Option<&str>, name: &str) -> String {
    module.map_or_else(|| name.to_owned(), |module| format!("{module}::{name}"))
}

/// What is wrong with doc and parameters.
fn outside(registered: &Registered, names: &TypeNames) -> Vec<String> {
    let mut problems = Vec::new();
    let doc = registered.doc;
    if doc.trim().is_empty() {
        problems.push("it has no doc".to_owned());
    } else if doc.trim() != doc {
        problems.push("its doc has blanks around it".to_owned());
    } else if !has_summary(doc) {
        problems.push(format!("the first sentence of its doc has no end: {doc:?}"));
    }
    let params = registered.function.params;
    let valid = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    for name in params.iter().filter(|name| !valid(name)) {
        problems.push(format!("`{name}` is no name for a parameter"));
    }
    if params.iter().collect::<BTreeSet<_>>().len() != params.len() {
        problems.push("two parameters have the same name".to_owned());
    }
    if registered.params(names).len() != params.len() {
        problems.push(format!("it names {} parameters and takes another number", params.len()));
    }
    problems
}

/// The first paragraph holds at least one whole sentence.
fn has_summary(doc: &str) -> bool {
    let paragraph = doc.split("\n\n").next().unwrap_or(doc).trim_end();
    paragraph.ends_with('.') || paragraph.contains(". ") || paragraph.contains(".\n")
}

/// What is wrong with needs and examples.
fn inside(register: Register, function: &'static Function) -> Vec<String> {
    let mut problems = Vec::new();
    if function.examples.is_empty() && !function.needs.is_empty() {
        problems.push("it needs something and has no example".to_owned());
    }
    let mut asked = BTreeSet::new();
    for example in function.examples {
        if example.title.trim().is_empty() {
            problems.push("an example has no title".to_owned());
        }
        let checked = check(register, function, example);
        problems.extend(checked.problems);
        asked.extend(checked.asked);
    }
    for need in function.needs.iter().filter(|need| !asked.contains(need) && !function.examples.is_empty()) {
        problems.push(format!("it declares {need}, which no example asks"));
    }
    if function.needs.iter().collect::<BTreeSet<_>>().len() != function.needs.len() {
        problems.push("it declares a need twice".to_owned());
    }
    problems.into_iter().map(|text| format!("{}: {text}", label(function.module, function.name))).collect()
}
