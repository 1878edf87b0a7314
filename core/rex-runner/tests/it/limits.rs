//! Tests of what ends a run.

use crate::{ALLOW, Case, Done, message, names};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::Read as _;
use std::time::{Duration, Instant};

/// Far less than what the scripts here would take.
const SOON: Duration = Duration::from_secs(60);

pub(crate) const LIMIT: &str = "LIMIT_EXCEEDED_EXCEPTION";

/// The script, which would not end by itself for a long time, ends by a limit whose message holds `part`. How soon is no matter of a
/// test: the machine may be busy.
fn ends(script: &str, flags: &[&str], part: &str) -> serde_json::Value {
    let start = Instant::now();
    let record = Case::new(script, ALLOW).flags(flags).run().failed(4, LIMIT);
    assert!(message(&record).contains(part), "{record:#}");
    assert_eq!(names(&record, "alarms", "alarm_type"), ["RexRunnerScriptExecutionFailure"], "{record:#}");
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    record
}

#[test]
fn time_ends_a_loop_and_a_sleep_with_a_full_record() {
    let part = "Script terminated: the time limit of 300ms was reached (raise it with --max-time)";
    for script in ["info(\"begun\"); loop { }", "info(\"begun\"); sleep(9223372036854775807);"] {
        let record = ends(script, &["--max-time", "300ms"], part);
        assert_eq!(record["logs"][0]["attributes"]["message"], "begun");
        let took = record["duration_ms"].as_f64().unwrap();
        assert!((300.0..20_000.0).contains(&took), "{took}");
    }
}

#[test]
fn time_ends_what_never_comes_to_asking() {
    // The engine's own `to_string` runs for many seconds here and asks nobody.
    let script = "let a = []; a.pad(20000000, 7); a.to_string().len()";
    let start = Instant::now();
    let record = ends(script, &["--max-time", "1s"], "the time limit of 1s");
    assert!(message(&record).ends_with("(raise it with --max-time)"), "the run itself ended: {record:#}");
    assert_eq!(record["logs"], serde_json::json!([]));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn operations_end_a_loop_that_catches_everything() {
    let script = "let n = 0; while n < 5 { try { loop { } } catch { n += 1; } }";
    ends(
        script,
        &["--max-operations", "100k"],
        "the operations limit of 100000 was reached (raise it with --max-operations)",
    );
}

#[test]
fn memory_ends_whatever_grows() {
    let part = "the memory limit of 64MiB was reached (raise it with --max-memory)";
    for script in [
        "let s = \"xxxxxxxx\"; loop { s += s; }",
        "let a = []; a.pad(50000000, 7);",
        "let a = []; a.pad(1000, 7); let b = []; b.pad(1000000, a);",
        "let s = \"\"; s.pad(100000000, \"x\");",
        "let s = \"\"; s.pad(9223372036854775807, \"é\");",
        "blob(9223372036854775807, 0).len()",
        "blob(100000000)",
        "let b = blob(); b.pad(100000000, 1);",
        "let s = \"\"; s.pad(10000000, \"x\"); s.to_chars().len()",
        "let s = \"\"; s.pad(10000000, \"x\"); s.split(\"\").len()",
        "let s = \"\"; s.pad(10000000, \"x \"); s.split().len()",
        "let s = \"\"; s.pad(100000, \"x\"); let t = s; s.replace(\"x\", t); s.len()",
        "let s = \"[\"; s.pad(20000000, \"1,\"); s += \"1]\"; parse_json(`{\"a\":${s}}`).len()",
        "let s = \"\"; s.pad(1000000, \"x\"); let a = []; a.pad(100000, s); #{a: a}.to_json().len()",
        "let a = [0]; loop { a.append(a); }",
        "let m = #{}; let i = 0; loop { m[`${i}`] = [i]; i += 1; }",
        "let f = || 1; loop { let g = f; f = || g.call(); }",
    ] {
        let record = ends(script, &["--max-memory", "64MiB"], part);
        assert!(record.get("logs").is_some(), "{script} hit the wall instead of the limit");
    }
}

#[test]
fn far_more_memory_at_once_ends_with_a_full_record() {
    // The capital of this character takes three times its bytes, and the engine's own function asks nobody.
    let script = "let s = \"\"; s.pad(10000000, 'ΐ'); s.to_upper().len()";
    let record = ends(script, &["--max-memory", "24MiB"], "the memory limit of 24MiB");
    assert!(record["duration_ms"].is_number() && record["logs"].is_array(), "{record:#}");
}

#[test]
fn values_nested_too_deeply_end_with_a_record() {
    let nested = |levels: u32| format!("let a = []; for i in 0..{levels} {{ a = [take(a)]; }}");
    let record = Case::new(&format!("{} (\"\" + a).len()", nested(20_000)), ALLOW).run();
    assert_eq!((record.code, record.record()["output"].as_str().unwrap()), (0, "40002"));
    ends(&format!("{} a", nested(1001)), &[], "nested deeper than 1000 levels");
}

#[test]
fn a_chain_of_closures_too_long_to_be_taken_apart_ends_with_a_record() {
    let script = "let f = || 1; for i in 0..3000000 { let g = f; f = || g.call(); } f = 0; 7";
    ends(script, &["--max-memory", "unlimited"], "the stack is exhausted");
    let human = Case::new(script, ALLOW).flags(&["--max-memory", "unlimited", "-o", "human", "-v"]).run();
    assert_eq!(human.code, 4);
    assert!(human.stdout.starts_with("--- metrics ---\n"), "{}", human.stdout);
    assert!(human.stderr.starts_with("error: Script terminated: "), "{}", human.stderr);
}

#[test]
fn a_deep_policy_is_an_error_with_a_record() {
    let policy =
        format!("permit(principal, action, resource) when {{ {}true{} }};", "(".repeat(100_000), ")".repeat(100_000));
    let done = Case::new("1", &policy).run();
    assert!([4, 5].contains(&done.code), "{} {}", done.code, done.stderr);
    assert_eq!(done.record()["status"], "ERROR");
}

#[test]
fn an_output_beyond_its_limit_is_refused_and_one_of_the_limit_is_not() {
    let script = |length| format!("let s = \"\"; s.pad({length}, \"x\"); s");
    ends(&script(1025), &["--max-output", "1KiB"], "the output limit of 1KiB was reached (raise it with --max-output)");
    assert_eq!(Case::new(&script(1024), ALLOW).flags(&["--max-output", "1KiB"]).run().code, 0);
}

#[test]
fn limits_can_be_lifted() {
    let flags = [
        "--max-time",
        "unlimited",
        "--max-operations",
        "unlimited",
        "--max-memory",
        "unlimited",
        "--max-output",
        "unlimited",
    ];
    let script = "let s = \"\"; s.pad(9000000, \"x\"); s";
    assert_eq!(Case::new(script, ALLOW).flags(&flags).run().record()["output"].as_str().unwrap().len(), 9_000_000);
}

/// Starts the script, sends `signals` once it runs, and gives the result and the time from the first signal on.
fn signalled(script: &str, flags: &[&str], signals: &[Signal]) -> (Done, Duration) {
    let case = Case::new(script, ALLOW).flags(flags);
    let mut child = case.start();
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap());
    wait_for_handler(id);
    let start = Instant::now();
    for signal in signals {
        kill(id, *signal).unwrap();
        wait(Duration::from_millis(300));
    }
    let mut output = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut output).unwrap();
    let output = std::process::Output { status: child.wait().unwrap(), stdout: output, stderr: Vec::new() };
    (Done::new(output), start.elapsed())
}

/// Waits until the process catches SIGTERM.
fn wait_for_handler(id: Pid) {
    loop {
        #[expect(clippy::disallowed_methods, reason = "looks at the program from outside")]
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        if u64::from_str_radix(caught, 16).unwrap() & (1 << (Signal::SIGTERM as u64 - 1)) != 0 {
            return;
        }
        wait(Duration::from_millis(5));
    }
}

fn wait(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "gives the program time")]
    std::thread::sleep(time);
}

#[test]
fn a_script_that_ends_soon_after_a_signal_has_succeeded() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let (done, _) = signalled("sleep(0.8); \"done\"", &[], &[signal]);
        assert_eq!((done.code, &done.record()["output"]), (0, &"done".into()), "{signal}");
    }
}

#[test]
fn a_script_that_goes_on_is_ended_ten_seconds_after_the_signal() {
    let (done, took) = signalled("sleep(60)", &[], &[Signal::SIGTERM, Signal::SIGTERM]);
    let record = done.failed(4, LIMIT);
    assert!(message(&record).starts_with("Script terminated: SIGTERM timeout exceeded"), "{record}");
    assert!((Duration::from_secs(10)..Duration::from_secs(10) + SOON).contains(&took), "{took:?}");
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let (done, took) = signalled("loop { }", &["--max-operations", "unlimited"], &[Signal::SIGINT, Signal::SIGINT]);
    let record = done.failed(4, LIMIT);
    assert!(message(&record).starts_with("Script terminated: SIGINT timeout exceeded"), "{record}");
    assert!(took < Duration::from_secs(3), "{took:?}");
}
