//! Random scripts made of the list of functions, under random policies, in a private root: nothing forbidden happens, seen from outside.
//!
//! `REX_FUZZ_SECONDS` says how long, `REX_FUZZ_SEED` where to begin; `REX_FUZZ_KEEP` names a file for the statements that showed something new.
//! The corpus beside this file holds such statements of long runs.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "sets the stage for the program and looks at it from outside"
)]

mod apart;
mod generate;
mod policy;
mod snapshot;
mod stage;
mod watch;

use generate::Generator;
use policy::Rules;
use serde_json::Value;
use stage::Stage;
use std::collections::{BTreeMap, HashSet};
use std::process::Output;
use std::time::{Duration, Instant};

/// Statements that showed something new, one a line.
const CORPUS: &str = include_str!("fuzz/corpus.rhai");

/// A run that needs longer has been forgotten by its own limits. On a busy machine a few seconds of its time are minutes on the clock.
const PATIENCE: Duration = Duration::from_secs(600);

/// Numbers that no statistics need.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

#[test]
fn scripts_do_nothing_that_is_forbidden() {
    apart::inside("fuzz::scripts_do_nothing_that_is_forbidden", || {
        let number = |variable: &str, default| std::env::var(variable).map_or(default, |text| text.parse().unwrap());
        fuzz(Duration::from_secs(number("REX_FUZZ_SECONDS", 3)), Random(number("REX_FUZZ_SEED", 1)));
    });
}

/// What came of the runs.
#[derive(Debug, Default)]
struct Told {
    runs: u64,
    codes: BTreeMap<i32, u64>,
    changed: u64,
    read: u64,
    denials: u64,
    outcomes: HashSet<String>,
}

impl Told {
    /// Scripts that do nothing at all would prove nothing.
    fn is_telling(&self) -> bool {
        self.denials > 50 && self.changed > 5 && self.read > 2 && self.codes.get(&0).is_some_and(|runs| *runs > 10)
    }
}

/// In so many runs something must have come of some.
const MANY: u64 = 3000;

fn fuzz(budget: Duration, mut random: Random) {
    let mut generator = Generator::new(CORPUS);
    let (begun, mut told, mut kept) = (Instant::now(), Told::default(), Vec::new());
    let mut stage = Stage::set(&mut random, &generator);
    while begun.elapsed() < budget || (told.runs < MANY && !told.is_telling()) {
        // A stage that was changed is set up anew, and now and then any.
        if told.runs.is_multiple_of(10) {
            stage = Stage::set(&mut random, &generator);
        }
        let rules = Rules::random(&mut random, &stage);
        let statements = generator.statements(&mut random, &stage);
        let script = generate::script(&statements);
        let (observed, output) = stage.run(&script, &rules.text());
        let record = hold_record(&output, &script, &rules);
        if let Err(problem) = observed.hold(&rules, &stage, &output) {
            panic!("{problem}\n--- script\n{script}\n--- policy\n{}\n--- record\n{record:#}", rules.text());
        }
        told.runs += 1;
        *told.codes.entry(output.status.code().unwrap()).or_default() += 1;
        told.changed += u64::from(observed.changed() > 0);
        told.read += u64::from(observed.tokens(&output) > 0);
        told.denials += record["denials"].as_array().map_or(0, |denials| denials.len() as u64);
        for (statement, outcome) in outcomes(&record, &statements) {
            if told.outcomes.insert(outcome) {
                generator.keep(std::slice::from_ref(statement));
                kept.push(statement.clone());
            }
        }
    }
    let Told { runs, codes, changed, read, denials, outcomes } = &told;
    eprintln!(
        "scripts: {runs} runs, exit codes {codes:?}, {changed} changed something, {read} told content, {denials} denials, {} outcomes, {:.1?}",
        outcomes.len(),
        begun.elapsed()
    );
    apart::give("kept", kept.join("\n").as_bytes());
    assert!(told.is_telling(), "the scripts do too little: {told:?}");
}

/// Whatever a script does, the run ends by itself and its record comes.
fn hold_record(output: &Output, script: &str, rules: &Rules) -> Value {
    let shown = || {
        let text = |bytes| String::from_utf8_lossy(bytes).chars().take(4000).collect::<String>();
        format!(
            "{}\n{}\n--- script\n{script}\n--- policy\n{}",
            text(&output.stdout),
            text(&output.stderr),
            rules.text()
        )
    };
    let code = output.status.code().unwrap_or_else(|| panic!("ended by a signal: {:?}\n{}", output.status, shown()));
    assert!([0, 1, 3, 4].contains(&code), "exit code {code}\n{}", shown());
    let record: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("no record: {error}\n{}", shown()));
    assert_eq!(record["status"] == "SUCCESS", code == 0, "{}", shown());
    assert_eq!(record["run_id"].as_str().map(str::len), Some(36), "{}", shown());
    if code == 3 {
        let details = &record["error"]["details"];
        let told = record["denials"].as_array().unwrap();
        assert!(told.iter().any(|denial| denial["action"] == details["action"]), "a denial got lost\n{}", shown());
    }
    record
}

/// What came of each statement: the function that it calls last, and the beginning of its error or the type of its value.
fn outcomes<'s>(record: &Value, statements: &'s [String]) -> Vec<(&'s String, String)> {
    let values = record["value"].as_array().map(Vec::as_slice).unwrap_or_default();
    let word = |value: &Value| -> String {
        let text =
            value["message"].as_str().or(value.as_str()).unwrap_or(if value.is_null() { "nothing" } else { "a value" });
        text.split([':', '/', '`', '\'', '"'])
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .take(40)
            .collect()
    };
    let last = |statement: &str| {
        let mut called = statement.split('(').rev().skip(1);
        called.find_map(|before| {
            before
                .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .filter(|name| !name.is_empty() && *name != "build")
                .map(str::to_owned)
        })
    };
    statements
        .iter()
        .zip(values)
        .map(|(statement, value)| (statement, format!("{:?} {}", last(statement), word(value))))
        .collect()
}
