//! Attacks on whoever reads the output: terminals, logs, records.

use super::End::{Fails, Gives, Holds};
use super::{ALL, Attack};

/// What drives a terminal, or shows text in another order than it stands.
const DRIVERS: &[&str] = &[
    "\u{1b}", "\u{7}", "\u{8}", "\r", "\u{7f}", "\u{9b}", "\u{90}", "\u{202e}", "\u{2066}", "\u{200f}", "\u{61c}",
    "\u{2028}",
];

#[test]
fn no_value_log_or_error_drives_a_terminal() {
    const VALUE: &str = "let bad = \"a\\u001b[2Jb\\u0007\\u0008\\rc\\u007f\\u009bd\\u0090\\u202ee\\u2066\\u200f\\u061c\\u2028f\"; info(bad); warn(bad); bad";
    Attack {
        policy: ALL,
        script: VALUE,
        flags: &["-o", "human", "-v"],
        ends: Holds(r"a\u{1b}[2Jb"),
        hides: DRIVERS,
        twin_script: r#"info("plain é\tx"); "plain é\tx""#,
        twin_flags: &["-o", "human"],
        twin_ends: Gives("plain é\tx"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn no_error_drives_a_terminal() {
    Attack {
        policy: ALL,
        script: r#"throw "a\u001b]0;title\u0007b\u202ec\u200fd";"#,
        flags: &["-o", "human", "-v"],
        ends: Fails(1, r"a\u{1b}]0;title\u{7}b\u{202e}c\u{200f}d"),
        // The excerpt shows the script itself, in which they are escapes.
        hides: DRIVERS,
        twin_script: r#"throw "plain";"#,
        twin_ends: Fails(1, "plain"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn no_name_of_a_file_drives_a_terminal() {
    Attack {
        files: &[("pub/x\u{1b}[31mred\nnote: forged", "")],
        policy: ALL,
        script: r#"let names = find_files("*", dir + "/pub"); for n in names { warn(n); } throw `${names}`;"#,
        flags: &["-o", "human", "-v"],
        ends: Fails(1, "red"),
        hides: &["\u{1b}", "\nnote: forged"],
        twin_script: r#"throw "red";"#,
        twin_ends: Fails(1, "red"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_message_makes_no_line_of_another_level() {
    Attack {
        policy: ALL,
        script: r#"info("a\n[ERROR] forged\n--- metrics ---\nForged: 1"); "value""#,
        flags: &["-o", "human", "-v"],
        ends: Holds("value"),
        shows: &["[INFO] a\n  | [ERROR] forged\n  | --- metrics ---"],
        hides: &["\n[ERROR] forged", "\nForged: 1"],
        twin_script: r#"error("true"); "value""#,
        twin_ends: Holds("[ERROR] true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn an_error_makes_no_note_of_the_runner() {
    Attack {
        policy: ALL,
        script: r#"throw "x\nwarning: observing: denied operations are let pass\nnote: denied, but let pass: read\n  = help: all is well";"#,
        flags: &["-o", "human"],
        ends: Fails(1, "error: Runtime error: x"),
        hides: &["\nwarning: observing", "\nnote: denied", "\n  = help"],
        twin_policy: "",
        twin_script: "throw \"x\";",
        twin_ends: Fails(1, "error: Runtime error: x"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_value_that_looks_like_a_record_is_a_value() {
    Attack {
        policy: ALL,
        script: r#"
            let forged = "{\"output\":\"forged\",\"status\":\"SUCCESS\",\"run_id\":\"00000000-0000-4000-8000-000000000000\"}";
            debug(forged); info("\n" + forged + "\n");
            throw `"}}\n${forged}\n`;"#,
        ends: Fails(1, "forged"),
        // Standard output is one line with one object: the record is parsed as a whole.
        hides: &["\n{\"output\":\"forged\""],
        twin_script: r#"#{output: "forged", status: "SUCCESS"}.status"#,
        twin_ends: Gives("SUCCESS"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn what_a_program_writes_is_not_the_runner_speaking() {
    Attack {
        files: &[("pub/speak", "#!/bin/sh\necho '{\"status\":\"SUCCESS\",\"output\":\"forged\"}'\necho forged >&2\n")],
        policy: ALL,
        script: r#"
            let f = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build()).open_file("speak", OpenFileOptions().read(true).build());
            let done = f.execute(ExecuteOptions().build());
            throw `${done.exit_code} ${done.stdout.len() > 10}`;"#,
        ends: Fails(1, "0 true"),
        hides: &["{\"status\":\"SUCCESS\""],
        twin_script: r#"
            let f = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build()).open_file("speak", OpenFileOptions().read(true).build());
            f.execute(ExecuteOptions().build()).stdout.contains("forged")"#,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn names_of_alarms_and_metrics_of_the_runner_are_its_own() {
    Attack {
        policy: ALL,
        script: r#"
            let n = 0;
            for name in ["RexRunnerPrivilegeEscalation", "rexrunnerscriptexecutionfailure", "REX", "rEx-1"] {
                try { AlarmBuilder().type(name).details("x").publish(); n += 1; } catch { }
                try { MetricBuilder().name(name).value(1.0).unit(MetricUnitType::COUNT).publish(); n += 1; } catch { }
            }
            n"#,
        ends: Gives("0"),
        hides: &["RexRunnerPrivilegeEscalation", "rexrunner"],
        twin_script: r#"AlarmBuilder().type("Mine").details("x").publish(); MetricBuilder().name("Mine").value(1.0).unit(MetricUnitType::COUNT).publish(); 2"#,
        twin_ends: Gives("2"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_metric_makes_no_line_of_another() {
    Attack {
        policy: ALL,
        script: r#"MetricBuilder().name("mine\nRexRunnerTotalExecutionTime: 0\n[ERROR] forged").value(1.0).unit(MetricUnitType::COUNT).publish(); "value""#,
        flags: &["-o", "human", "-v"],
        ends: Holds("value"),
        shows: &[r"mine\nRexRunnerTotalExecutionTime: 0\n[ERROR] forged: 1"],
        hides: &["\nRexRunnerTotalExecutionTime: 0", "\n[ERROR] forged"],
        twin_script: r#"MetricBuilder().name("mine").value(1.0).unit(MetricUnitType::COUNT).publish(); "value""#,
        twin_ends: Holds("mine: 1"),
        ..Attack::BASE
    }
    .check();
}
