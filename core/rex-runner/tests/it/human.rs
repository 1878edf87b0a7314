//! Tests of the format for people.

use crate::{ALLOW, Case, Done};

fn human(script: &str, policy: &str, flags: &[&str]) -> Done {
    Case::new(script, policy).flags(&["-o", "human"]).flags(flags).run()
}

#[test]
fn a_value_is_all_that_a_success_shows() {
    let done = human("\"report\\nready\"", ALLOW, &[]);
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (0, "report\nready\n", ""));
    assert_eq!(human("()", ALLOW, &[]).stdout, "");
}

#[test]
fn verbose_puts_the_log_before_and_the_metrics_after() {
    let done = human("info(\"one\"); warn(\"two\"); \"value\"", ALLOW, &["-v"]);
    assert!(done.stdout.starts_with("[INFO] one\n[WARN] two\nvalue\n--- metrics ---\nRexRunner"), "{}", done.stdout);
    assert!(done.stdout.contains("\nRexRunnerScriptExecutionSuccessCount: 1\n"), "{}", done.stdout);
    let done = human("info(\"one\"); throw 1", ALLOW, &["-v"]);
    assert!(done.stdout.starts_with("[INFO] one\n--- metrics ---\n"), "{}", done.stdout);
}

#[test]
fn an_error_is_shown_in_its_source_with_the_calls() {
    let done = human("fn f() {\n    throw \"boom\";\n}\nf();", ALLOW, &[]);
    assert_eq!((done.code, done.stdout.as_str()), (1, ""));
    let shown: Vec<_> = done.stderr.lines().collect();
    assert_eq!(shown[0], "error: Runtime error: boom (line 2, position 5)");
    assert!(done.stderr.contains("script.rhai:2:5\n  |\n2 |     throw \"boom\";\n  |     ^\n"), "{}", done.stderr);
    assert!(done.stderr.contains("4 | f();\n  | ^ `f` is called here\n"), "{}", done.stderr);
}

#[test]
fn a_name_that_is_not_there_is_answered_with_one_that_is() {
    for (script, help) in [
        ("ctat(\"/x\")", "did you mean `cat`?"),
        ("tail([tail::n(3)], 5)", "it is called so: `tail("),
        ("cat(5)", "it is called so: `cat(flags: array, path: string) -> string`, `cat(path: string) -> string`"),
        ("fn f() { ctat(1) }\nf()", "did you mean `cat`?"),
        ("tail([tail::m(3)], \"/x\")", "did you mean `tail::n`?"),
        ("tail([tial::n(3)], \"/x\")", "did you mean `tail::`?"),
        ("cat([cat::nummber], \"/x\")", "did you mean `cat::number`?"),
    ] {
        let done = human(script, ALLOW, &[]);
        assert_eq!(done.code, 1, "{script}");
        assert!(done.stderr.contains(&format!("\n  = help: {help}")), "{script}: {}", done.stderr);
        let record = Case::new(script, ALLOW).run().record();
        assert!(record["error"]["help"].as_str().unwrap().starts_with(help), "{script}: {record}");
    }
    // Nothing is like these, and a long name is not compared with all.
    let long = format!("{}()", "ct".repeat(99));
    for script in ["quite_another_thing()", "throw \"cat(5)\"", "\"a\" - 1", "nummber", &long] {
        assert!(!human(script, ALLOW, &[]).stderr.contains("help:"), "{script}");
        assert!(Case::new(script, ALLOW).run().record()["error"]["help"].is_null(), "{script}");
    }
}

#[test]
fn a_denial_tells_what_would_permit_it() {
    let done = human("cat(\"/etc/hostname\")", "", &[]);
    assert_eq!(done.code, 3);
    for part in [
        "= action:    file_system::Action::\"open\"",
        "= cause:     no permit",
        "this would permit it:",
        "permit(principal == User::",
    ] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
    // What it tells does permit it, for that operation.
    let permit = done.stderr.lines().find(|line| line.trim().starts_with("permit(")).unwrap();
    let next = human("cat(\"/etc/hostname\")", permit, &[]);
    assert!(next.stderr.contains("resource:  file_system::File::\"/etc/hostname\""), "{}", next.stderr);
}

#[test]
fn a_forbid_is_named_with_its_place() {
    let done =
        human("cat(\"/etc/hostname\")", &format!("{ALLOW}\n@id(\"mine\") forbid(principal, action, resource);"), &[]);
    assert!(done.stderr.contains("no permit helps while `mine` (line 2) stands"), "{}", done.stderr);
}

#[test]
fn a_policy_error_is_shown_in_the_policy() {
    let done = human("1", "permit(principal, action == file_system::Action::\"raed\", resource);", &[]);
    assert_eq!(done.code, 5);
    assert!(done.stderr.contains("policy.cedar:1:"), "{}", done.stderr);
    assert!(done.stderr.contains("1 | permit(principal, action"), "{}", done.stderr);
    assert!(done.stderr.contains('^'), "{}", done.stderr);
}

#[test]
fn nothing_that_drives_a_terminal_gets_through() {
    let script = "info(\"\\x1b[2J\"); throw \"\\x1b]0;title\\x07\"";
    let done = human(script, ALLOW, &["-v"]);
    assert!(!done.stdout.contains('\u{1b}') && !done.stderr.contains(['\u{1b}', '\u{7}']));
    assert!(done.stdout.contains(r"[INFO] \u{1b}[2J"), "{}", done.stdout);
    assert!(done.stderr.contains(r"\u{1b}]0;title\u{7}"), "{}", done.stderr);
    assert_eq!(human("\"a\\x1bc\"", ALLOW, &[]).stdout, "a\\u{1b}c\n");
}

#[test]
fn a_missing_file_is_told_with_its_path_and_no_control_characters() {
    let done = human("fn f(p) { cat(p) }\nf(\"/nowhere/\\x1b[2J\")", ALLOW, &[]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("= path: /nowhere\n"), "{}", done.stderr);
    let there = human("cat(\"/tmp/rex-not-\\x1b[2J\")", ALLOW, &[]);
    assert!(there.stderr.contains("= path: /tmp/rex-not-") && !there.stderr.contains('\u{1b}'), "{}", there.stderr);
}
