//! The program `cedar-policy-validator`, run as its users run it.

#![expect(clippy::disallowed_methods, reason = "a test writes policies and starts the program")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

const GOOD: &str = "permit(principal, action, resource in file_system::Dir::\"/tmp\");\n";
const BAD: &str = "permit(principal, action, resource);\n\npermit(principal, action, resource in Dir::\"/tmp\");\n";

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cedar-policy-validator"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn valid_policies_exit_0() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.cedar");
    std::fs::write(&file, GOOD).unwrap();
    let file = file.to_str().unwrap();
    for arguments in [[file].as_slice(), &["-p", file], &["--policy", file], &["--format", "text", file]] {
        let output = run(arguments, "");
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {output:?}");
        assert_eq!(text(&output.stdout), format!("{file}: valid, 1 policy\n"));
    }
}

#[test]
fn a_wrong_policy_exits_1_and_shows_the_line() {
    let output = run(&["-"], BAD);
    assert_eq!(output.status.code(), Some(1));
    let expected = r#"error: there is no entity type `Dir`
  --> standard input:3:39
   |
 3 | permit(principal, action, resource in Dir::"/tmp");
   |                                       ^^^
  help: did you mean `file_system::Dir`?
standard input: not valid
"#;
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn json_has_one_object_for_each_file() {
    let folder = tempfile::tempdir().unwrap();
    let (good, warned) = (folder.path().join("good"), folder.path().join("warned"));
    std::fs::write(&good, GOOD.repeat(2)).unwrap();
    std::fs::write(&warned, "permit(principal == ?principal, action, resource);").unwrap();
    let arguments = ["--format", "json", good.to_str().unwrap(), "-", "-p", warned.to_str().unwrap()];
    let output = run(&arguments, BAD);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.as_array().unwrap().len(), 3);
    assert_eq!(report[0]["warnings"].as_array().unwrap().len(), 1);
    let good = serde_json::json!({
        "file": good.to_str().unwrap(), "valid": true, "policies": 2, "problems": [], "warnings": [],
    });
    assert_eq!(report[1], good);
    let bad = serde_json::json!({
        "file": "standard input", "valid": false, "policies": 0, "warnings": [],
        "problems": [{
            "message": "there is no entity type `Dir`", "line": 3, "column": 39,
            "help": "did you mean `file_system::Dir`?",
        }],
    });
    assert_eq!(report[2], bad);
}

#[test]
fn another_schema_replaces_that_of_rex() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema");
    let file = file.to_str().unwrap();
    std::fs::write(
        file,
        "entity Person; entity Door; action pass appliesTo { principal: [Person], resource: [Door] };",
    )
    .unwrap();
    let output = run(&["--schema", file, "-"], "permit(principal, action == Action::\"pass\", resource);");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = run(&["-s", file, "-"], "permit(principal, action == Action::\"paß\", resource is Dor);");
    assert!(text(&output.stdout).contains("did you mean `Door`?"), "{output:?}");
    assert_eq!(run(&["-s", file, "-"], GOOD).status.code(), Some(1));
    std::fs::write(file, "entity").unwrap();
    let output = run(&["-s", file, "-"], GOOD);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the schema is not valid"), "{output:?}");
}

#[test]
fn usage_and_unreadable_files_exit_2() {
    for arguments in [[].as_slice(), &["--format", "xml", "-"], &["/no/such/file"], &["--no-such-flag"], &["/"]] {
        let output = run(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_and_version() {
    let help = run(&["--help"], "");
    assert_eq!(help.status.code(), Some(0));
    for word in ["--format", "--schema", "--policy", "standard input", "Examples:", "Exit status"] {
        assert!(text(&help.stdout).contains(word), "{word}");
    }
    assert!(text(&run(&["--version"], "").stdout).starts_with("cedar-policy-validator "));
}

#[test]
fn control_characters_and_long_lines_do_not_reach_the_terminal() {
    let hostile = format!("permit(principal, action == Action::\"\u{1b}[31m\", resource); {}\u{7}", "x".repeat(5000));
    let output = run(&["-"], &hostile);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).chars().all(|c| c == '\n' || !c.is_control()), "{output:?}");
    assert!(text(&output.stdout).lines().all(|line| line.chars().count() < 500), "{output:?}");
}

#[test]
fn deep_text_is_refused_not_fatal() {
    let output = run(&["-"], &format!("permit(principal, action, resource) when {{ {} }};", "(".repeat(100_000)));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
