//! Attacks by arguments.

use super::End::{Fails, Gives};
use super::{ALL, Attack};

#[test]
fn names_that_shadow_functions_and_words_of_the_language() {
    Attack {
        arguments: r#"{"cat": {"stringValue": "mine"}, "this": {"stringValue": "mine"}, "eval": {"stringValue": "mine"}, "global": {"stringValue": "mine"},
            "IoErrorKind": {"stringValue": "mine"}, "true": {"stringValue": "mine"}, "fn": {"stringValue": "mine"}, "a b": {"stringValue": "mine"}, "": {"stringValue": "mine"}, "dir::x": {"stringValue": "mine"}}"#,
        policy: ALL,
        script: r#"
            let kind = (); try { cat(dir + "/pub/missing"); } catch (e) { kind = e.kind; }
            `${cat(dir + "/pub/ok")}${kind == IoErrorKind::NotFound} ${true}`"#,
        ends: Gives("public\ntrue true"),
        twin_arguments: r#"{"x": {"stringValue": "mine"}}"#,
        twin_script: "x",
        twin_ends: Gives("mine"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn values_that_are_not_what_their_tag_says() {
    for arguments in [
        r#"{"x": {"integerValue": 9223372036854775808}}"#,
        r#"{"x": {"integerValue": 2147483648}}"#,
        r#"{"x": {"longValue": 9223372036854775808}}"#,
        r#"{"x": {"longValue": -9223372036854775809}}"#,
        r#"{"x": {"integerValue": 1.5}}"#,
        r#"{"x": {"integerValue": "1"}}"#,
        r#"{"x": {"integerValue": true}}"#,
        r#"{"x": {"doubleValue": 1e999}}"#,
        r#"{"x": {"doubleValue": NaN}}"#,
        r#"{"x": {"doubleValue": Infinity}}"#,
        r#"{"x": {"booleanValue": 1}}"#,
        r#"{"x": {"stringValue": null}}"#,
        r#"{"x": {"stringValue": "a", "integerValue": 1}}"#,
        r#"{"x": {"scriptValue": "1 + 1"}}"#,
        r#"{"x": {}}"#,
        r#"{"x": "a"}"#,
        r#"[{"x": {"stringValue": "a"}}]"#,
    ] {
        Attack {
            arguments,
            script: "x",
            ends: Fails(5, "COMMUNICATION_EXCEPTION"),
            twin_arguments: r#"{"x": {"longValue": -9223372036854775808}}"#,
            twin_ends: Gives("-9223372036854775808"),
            ..Attack::BASE
        }
        .check();
    }
}

#[test]
fn text_that_is_no_json() {
    for arguments in [
        r#"{"x": {"stringValue": "\ud800"}}"#,
        "\u{feff}{\"x\": {\"stringValue\": \"a\"}}",
        r#"{"x": {"stringValue": "a"}} {"y": {}}"#,
        r#"{"x": {"stringValue": "a"},}"#,
        "{'x': {'stringValue': 'a'}}",
        "{\"x\": {\"stringValue\": \"a\nb\"}}",
        r#"{"x": {"stringValue": "a"} /* comment */}"#,
        "null",
    ] {
        Attack {
            arguments,
            script: "x",
            ends: Fails(5, "COMMUNICATION_EXCEPTION"),
            twin_arguments: r#"{"x": {"stringValue": "a"}}"#,
            twin_ends: Gives("a"),
            ..Attack::BASE
        }
        .check();
    }
}

#[test]
fn a_value_is_never_run_or_resolved() {
    Attack {
        arguments: r#"{"x": {"stringValue": "${cat(\"{dir}/sec/secret\")}` + cat(\"{dir}/sec/secret\") + `"}}"#,
        policy: ALL,
        script: r#"let y = x; `${y}`.contains("${cat(")"#,
        ends: Gives("true"),
        twin_script: "`${x.len() > 20}`",
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_path_from_outside_is_judged_like_any_other() {
    Attack {
        arguments: r#"{"name": {"stringValue": "../sec/secret"}}"#,
        script: r#"cat(dir + "/pub/" + name)"#,
        ends: Fails(1, "Path traversal"),
        twin_arguments: r#"{"name": {"stringValue": "ok"}}"#,
        twin_ends: Gives("public\n"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn one_argument_is_given_once_on_the_command_line() {
    let attack = Attack { flags: &["--arg", "x=1", "--arg", "x=2"], script: "x", ..Attack::BASE };
    let done = attack.run(&attack.stage());
    assert_eq!((done.code, done.stdout.as_str()), (2, ""));
    assert!(done.stderr.contains("given twice"), "{}", done.stderr);
    Attack { flags: &["--arg", "x=2"], twin_ends: Gives("2"), twin_flags: &["--arg", "x:int=2"], ..attack }
        .check_twin();
}
