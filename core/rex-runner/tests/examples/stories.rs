//! The stories of `examples`: each does what its `expected.json` says, under a policy that holds nothing to spare.

#![expect(clippy::disallowed_methods, reason = "the test makes and looks at its own files, and starts the runner")]

use crate::background::Background;
use crate::beside_systemd;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

pub(crate) const RUNNER: &str = env!("CARGO_BIN_EXE_rex-runner");

/// What every policy and argument file names; a private folder takes its place here, so that no two tests share one.
const PLACE: &str = "/tmp/rex-example";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    exit_code: i32,
    status: String,
    value: Option<Value>,
    output: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, Option<String>>,
    #[serde(default)]
    denials: Vec<Value>,
    #[serde(default)]
    alarms: Vec<Value>,
    #[serde(default)]
    metrics: Vec<Value>,
    #[serde(default)]
    logs_contain: Vec<String>,
}

#[derive(Debug)]
struct Story {
    name: String,
    folder: PathBuf,
}

/// What came of a run; in the record the place is the one that the story names.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    record: Value,
    /// Where it differs from what was expected.
    differences: Vec<String>,
}

fn stories() -> Vec<Story> {
    let folders = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let stories = folders.filter(|folder| folder.join("script.rhai").exists());
    let mut stories: Vec<_> = stories
        .filter(|folder| beside_systemd::can_be_told(folder))
        .map(|folder| Story { name: folder.file_name().unwrap().to_str().unwrap().to_owned(), folder })
        .collect();
    stories.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(stories.len() >= 8, "only {} stories were found", stories.len());
    stories
}

/// The whole kernel floor where this host has it: what the policy of a story grants, the floor lets pass.
fn floor() -> &'static str {
    static FLOOR: OnceLock<&str> = OnceLock::new();
    FLOOR.get_or_init(|| {
        let mut command = Command::new(RUNNER);
        command.args(["--confine", "required", "-s", "/dev/null", "-p", "/dev/null"]);
        if command.env("SYSLOG_ENABLE", "0").output().unwrap().status.success() {
            return "required";
        }
        eprintln!("this host lacks a part of the kernel floor: stories run without it");
        "auto"
    })
}

/// All files below `dir` with what they hold, all directories with nothing.
fn tree(dir: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
                found.insert(name, None);
            } else {
                found.insert(name, Some(fs::read(entry.path()).unwrap()));
            }
        }
    }
    found
}

impl Story {
    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).unwrap_or_else(|error| panic!("{}/{file}: {error}", self.name))
    }

    /// The text with `tree` for the place that it names.
    fn moved(&self, text: &str, tree: &Path) -> String {
        let moved = text.replace(&format!("{PLACE}/{}", self.name), tree.to_str().unwrap());
        assert!(!moved.contains(PLACE), "{} names a place that is not its own", self.name);
        moved
    }

    /// Runs the story under `policy` on fresh files and compares.
    fn run(&self, policy: &str) -> Ran {
        let private = tempfile::tempdir().unwrap();
        let private = private.path().canonicalize().unwrap();
        let place = private.join("files");
        fs::create_dir(&place).unwrap();
        let mut before = tree(&self.folder.join("files"));
        before.retain(|name, _| Path::new(name).file_name().unwrap() != ".keep");
        for (name, content) in &before {
            match content {
                None => fs::create_dir(place.join(name)).unwrap(),
                Some(content) => fs::write(place.join(name), content).unwrap(),
            }
        }
        let (policy_file, arguments) = (private.join("policy.cedar"), private.join("args.json"));
        fs::write(&policy_file, self.moved(policy, &place)).unwrap();
        fs::write(&arguments, self.moved(&self.text("args.json"), &place)).unwrap();

        let _background = Background::beside(&self.folder, &place);
        let manager = beside_systemd::manager(&self.folder);
        let mut command = manager.as_ref().map_or_else(|| Command::new(RUNNER), |manager| manager.command(RUNNER));
        command.env("SYSLOG_ENABLE", "0").env_remove("LOG_LEVEL").arg("-s").arg(self.folder.join("script.rhai"));
        command.args(["--confine", floor()]);
        command.arg("-p").arg(policy_file).arg("-a").arg(arguments);
        if self.folder.join("flags").exists() {
            command.args(self.moved(&self.text("flags"), &place).lines());
        }
        let output = command.output().unwrap();
        let home = format!("{PLACE}/{}", self.name);
        let record = String::from_utf8(output.stdout.clone()).unwrap().replace(place.to_str().unwrap(), &home);
        let record: Value = serde_json::from_str(&record)
            .unwrap_or_else(|error| panic!("{}: no record: {error}: {output:?}", self.name));

        let expected: Expected = serde_json::from_str(&self.text("expected.json"))
            .unwrap_or_else(|error| panic!("{}/expected.json: {error}", self.name));
        let mut after = before;
        for (name, content) in &expected.files {
            match content {
                None => assert!(after.remove(name).is_some(), "{}: {name} was not there before", self.name),
                Some(content) => drop(after.insert(name.clone(), Some(content.clone().into_bytes()))),
            }
        }
        let mut differences = differences(&expected, &output, &record);
        let found = tree(&place);
        for name in after.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            if after.get(name) != found.get(name) {
                let show = |content: Option<&Option<Vec<u8>>>| {
                    content.map(|content| content.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
                };
                differences.push(format!("{name} is {:?}, not {:?}", show(found.get(name)), show(after.get(name))));
            }
        }
        Ran { code: output.status.code(), record, differences }
    }
}

/// The member of the record as a list; one that is left out is empty.
fn list<'r>(record: &'r Value, member: &str) -> &'r [Value] {
    record.get(member).map_or(&[], |list| list.as_array().unwrap())
}

/// Whether `found` is what was expected; of objects only the expected members count.
fn fits(expected: &Value, found: &Value) -> bool {
    match expected {
        Value::Object(members) => {
            members.iter().all(|(name, expected)| found.get(name).is_some_and(|found| fits(expected, found)))
        }
        _ => expected == found,
    }
}

fn differences(expected: &Expected, output: &Output, record: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut same = |what: &str, expected: &Value, found: &Value| {
        if expected != found {
            differences.push(format!("{what} is {found}, not {expected}"));
        }
    };
    same("exit code", &expected.exit_code.into(), &output.status.code().into());
    same("status", &expected.status.as_str().into(), &record["status"]);
    match (&expected.value, &expected.output) {
        (Some(value), None) => same("value", value, &record["value"]),
        (None, Some(text)) => same("output", &text.as_str().into(), &record["output"]),
        _ => panic!("expected.json must tell either `value` or `output`"),
    }
    same("alarms", &expected.alarms.clone().into(), &list(record, "alarms").into());

    let own = |metric: &&Value| !metric["metric_name"].as_str().unwrap().starts_with("Rex");
    let metrics: Vec<_> = list(record, "metrics").iter().filter(own).cloned().collect();
    let denials = list(record, "denials").to_vec();
    for (what, expected, found) in [("metrics", &expected.metrics, metrics), ("denials", &expected.denials, denials)] {
        let all = expected.iter().all(|expected| found.iter().any(|found| fits(expected, found)));
        if !all || expected.len() != found.len() {
            differences.push(format!("{what} are {}, not {}", Value::from(found), Value::from(expected.clone())));
        }
    }
    for part in &expected.logs_contain {
        if !list(record, "logs").iter().any(|log| log["attributes"]["message"].as_str().unwrap().contains(part)) {
            differences.push(format!("the log does not say `{part}`: {}", record["logs"]));
        }
    }
    if !output.stderr.is_empty() {
        differences.push(format!("standard error says {}", String::from_utf8_lossy(&output.stderr)));
    }
    differences
}

#[test]
fn each_story_does_what_it_says_and_nothing_else() {
    for story in stories() {
        let ran = story.run(&story.text("policy.cedar"));
        assert!(ran.differences.is_empty(), "{}:\n{}\n{:#}", story.name, ran.differences.join("\n"), ran.record);
    }
}

/// One part of a policy: from its `@id` to its `;`.
fn statements(policy: &str) -> Vec<&str> {
    let starts: Vec<_> = policy.match_indices("@id(").map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([policy.len()]);
    starts.iter().zip(ends).map(|(start, end)| policy.get(*start..end).unwrap()).collect()
}

/// The statement without one of the parts that `separator` parts between `open` and `close`, once for each of several.
fn without_each(statement: &str, open: &str, close: &str, separator: &str) -> Vec<(String, String)> {
    let Some((before, rest)) = statement.split_once(open) else { return Vec::new() };
    let (inner, after) = rest.split_once(close).unwrap();
    let parts: Vec<_> = inner.split(separator).collect();
    if parts.len() < 2 {
        return Vec::new();
    }
    let without = |dropped: usize| {
        let kept: Vec<_> = parts.iter().enumerate().filter(|(at, _)| *at != dropped).map(|(_, part)| *part).collect();
        (parts[dropped].trim().to_owned(), format!("{before}{open}{}{close}{after}", kept.join(separator)))
    };
    (0..parts.len()).map(without).collect()
}

#[test]
fn no_policy_holds_more_than_its_story_needs() {
    for story in stories() {
        let policy = story.text("policy.cedar");
        let intact = story.run(&policy);
        let statements = statements(&policy);
        let effects = policy.lines().filter(|line| line.starts_with("permit") || line.starts_with("forbid")).count();
        assert_eq!(statements.len(), effects, "{}: each statement has an @id", story.name);

        for statement in statements {
            let id = statement.lines().next().unwrap();
            let mut weaker = vec![("itself".to_owned(), String::new())];
            weaker.extend(without_each(statement, "action in [", "]", ","));
            weaker.extend(without_each(statement, "when {", "}", "||"));
            for (dropped, weaker) in weaker {
                let ran = story.run(&policy.replace(statement, &weaker));
                let place = format!("{}: {id} without {dropped}", story.name);
                assert_ne!(ran.code, Some(5), "{place}: {}", ran.record["error"]);
                assert!(!ran.differences.is_empty(), "{place}: the story runs all the same");
                let known = list(&intact.record, "denials");
                let denied = list(&ran.record, "denials").iter().any(|denial| !known.contains(denial));
                // Without a `forbid` there is less to deny.
                assert!(denied || statement.contains("\nforbid ("), "{place}: {}", ran.record);
            }
        }
    }
}

#[test]
fn stories_can_be_read_and_copied() {
    let index = fs::read_to_string(root().join("examples/README.md")).unwrap();
    for story in stories() {
        let (script, name) = (story.text("script.rhai"), &story.name);
        assert!(script.starts_with("// "), "{name}: the script does not say what it is");
        assert!(!script.contains("/tmp"), "{name}: paths are arguments");
        assert!(story.text("policy.cedar").starts_with("// "), "{name}: the policy does not say what it permits");
        assert!(index.contains(&format!("[{name}]({name})")), "{name} is missing in examples/README.md");
    }
}

/// `examples/run`, with the runner under test.
fn examples_run(arguments: &[&str]) -> Output {
    let mut command = Command::new("bash");
    command.arg(root().join("examples/run")).args(arguments).env("REX_RUNNER", RUNNER).env("SYSLOG_ENABLE", "0");
    command.output().unwrap()
}

#[test]
fn the_run_script_lists_the_stories() {
    let output = examples_run(&[]);
    let listed = String::from_utf8(output.stdout).unwrap();
    for story in stories() {
        let script = story.text("script.rhai");
        let about = script.lines().next().unwrap().trim_start_matches("// ");
        assert!(listed.lines().any(|line| line.trim().starts_with(&story.name) && line.ends_with(about)), "{listed}");
    }
    assert_eq!(examples_run(&["nothing"]).status.code(), Some(2));
    assert_eq!(examples_run(&["../examples/log-triage"]).status.code(), Some(2));
}

#[test]
fn the_run_script_runs_a_story_on_fresh_files() {
    let place = Path::new(PLACE).join("redacted-support");
    let _removed = Removed(&place);
    for _ in 0..2 {
        let output = examples_run(&["redacted-support"]);
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(0), "{err}");
        assert!(out.contains("--redaction-file /tmp/rex-example/redacted-support/redaction.config\n"), "{out}");
        assert!(out.contains(r#""hidden": 2"#), "{out}");
        assert!(!out.contains("@example"), "{out}");
        fs::write(place.join("logs/shop.log"), "another text").unwrap();
    }
}

/// Removes what a test of a fixed place leaves there.
pub(crate) struct Removed<'p>(pub(crate) &'p Path);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        let _ = if self.0.is_dir() { fs::remove_dir_all(self.0) } else { fs::remove_file(self.0) };
        // Fails, as it should, where other stories were run by hand.
        if self.0.starts_with(PLACE) {
            let _ = fs::remove_dir(PLACE);
        }
    }
}
