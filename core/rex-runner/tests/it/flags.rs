//! Tests of the command line.

use crate::{ALLOW, Case, Done, runner, with_input};
use serde_json::{Value, json};

fn plain(arguments: &[&str]) -> Done {
    Done::new(runner().args(arguments).output().unwrap())
}

#[test]
fn wrong_usage_is_told_on_standard_error() {
    for (arguments, part) in [
        (&["-s", "x"][..], "--policy-file"),
        (&["-s", "x", "-p", "y", "-o", "xml"], "xml"),
        (&["-s", "x", "-p", "y", "--max-time", "soon"], "`500ms`"),
        (&["-s", "x", "-p", "y", "--arg", "a-b=1"], "is no variable name"),
        (&["-s", "x", "-p", "y", "--arg", "a=1", "--arg", "a=2"], "the argument `a` is given twice"),
        (&["--format", "json"], "--print-functions"),
    ] {
        let done = plain(arguments);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(done.stderr.contains(part), "{arguments:?}: {}", done.stderr);
    }
}

#[test]
fn help_tells_flags_exit_codes_and_environment() {
    let done = plain(&["--help"]);
    assert_eq!(done.code, 0);
    for part in
        ["--script-file", "--arg", "--max-memory", "Exit codes:", "denied by the policy", "LOG_LEVEL", "NOT SAFE"]
    {
        let words = done.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(plain(&["--version"]).stdout.starts_with("rex-runner 0."));
}

#[test]
fn functions_are_listed_in_all_formats_without_a_script() {
    let list = plain(&["--print-functions", "--format", "json"]);
    assert_eq!(list.code, 0);
    let functions: Value = serde_json::from_str(&list.stdout).unwrap();
    let cat = functions.as_array().unwrap().iter().find(|function| function["name"] == "cat").unwrap();
    assert_eq!(cat["needs"][0], json!({"action": "file_system::Action::\"open\"", "resource": "file_system::Dir"}));
    assert!(plain(&["--print-functions"]).stdout.contains("cat(path: string) -> string\n"));
    assert!(plain(&["--print-functions", "--format", "rhai"]).stdout.contains("fn info(message: string) -> ();"));
    assert!(plain(&["--print-functions", "--format", "markdown"]).stdout.starts_with("# Functions\n"));
}

#[test]
fn the_script_can_come_from_standard_input() {
    let case = Case::new("", ALLOW);
    let mut command = runner();
    command.arg("-s").arg("-").arg("-p").arg(case.path("policy.cedar"));
    assert_eq!(with_input(&mut command, "6 * 7").record()["output"], "42");
    command.args(["-o", "human"]);
    assert!(with_input(&mut command, "\nthrow 1").stderr.contains("--> <standard input>:2:1"));
}

#[test]
fn arguments_come_from_file_and_command_line() {
    let file = r#"{"count":{"integerValue":1},"hosts":{"listValue":[{"stringValue":"a"}]},"no name":{"longValue":1}}"#;
    let case =
        Case::new("count += 1; [count, hosts, what]", ALLOW).arguments(file).flags(&["--arg", "what:json=[true]"]);
    assert_eq!(case.run().record()["value"], json!([2, ["a"], [true]]));
    let record = case.flags(&["--arg", "count=7"]).run().record();
    assert_eq!(record["value"][0], 8);
}

#[test]
fn formats_hold_for_failures_too() {
    let case = Case::new("1", "permit(").flags(&["-o", "pretty-json"]);
    assert!(case.run().stdout.starts_with("{\n  \"output\": \"\",\n  \"status\": \"ERROR\",\n  \"error\": {\n"));
    let done = Case::new("1", "permit(").flags(&["-o", "human"]).run();
    assert_eq!((done.code, done.stdout.as_str()), (5, ""));
    assert!(done.stderr.starts_with("error: Failed to create Rhai engine"), "{}", done.stderr);
}

#[test]
fn observing_lets_pass_and_says_so() {
    let case = Case::new("cat(\"/etc/hostname\").len() > 0", "").flags(&["--observe"]);
    let done = case.run();
    let record = done.record();
    assert_eq!((done.code, &record["value"], &record["observing"]), (0, &json!(true), &json!(true)));
    assert!(done.stderr.starts_with("warning: observing"), "{}", done.stderr);
    assert!(record["denials"].as_array().unwrap().len() >= 3, "{record}");
    let human = case.flags(&["-o", "human"]).run();
    assert!(human.stderr.contains("permit(principal == User::"), "{}", human.stderr);
}

#[test]
fn the_environment_does_not_choose_the_principal() {
    let policy = "permit(principal == User::\"rexadmin\", action, resource);";
    let mut case = Case::new("cat(\"/etc/hostname\")", policy);
    for name in ["USER", "LOGNAME", "SUDO_USER"] {
        case = case.environment(name, "rexadmin");
    }
    let record = case.run().failed(3, "ACCESS_DENIED_EXCEPTION");
    assert_ne!(record["error"]["details"]["principal"], "rexadmin");
}
