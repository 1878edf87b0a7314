//! Tests of ways around the limits, each of which was tried: whatever a script does, the run ends by a limit, or by itself, with a whole record.

use crate::limits::LIMIT;
use crate::{ALLOW, Case, Done, message};
use serde_json::Value;
use std::time::{Duration, Instant};

/// A run may take so long on a busy machine; by itself none here would end within it.
const SOON: Duration = Duration::from_secs(40);

/// Runs the script with little of everything: it ends, with a record that has log and metrics, and neither by a signal nor by a defect.
fn tamed(script: &str) -> (Done, Value) {
    within("2s", script)
}

fn within(time: &str, script: &str) -> (Done, Value) {
    let flags = ["--max-time", time, "--max-memory", "96MiB", "--max-operations", "unlimited", "--max-log", "1MiB"];
    let start = Instant::now();
    let done = Case::new(&format!("info(\"begun\"); {script}"), ALLOW).flags(&flags).run();
    assert!(start.elapsed() < SOON, "{script}: {:?}", start.elapsed());
    assert!([0, 1, 4].contains(&done.code), "{script}: {} {} {}", done.code, done.stdout, done.stderr);
    let record = done.record();
    assert!(record["metrics"].as_array().is_some_and(|metrics| metrics.len() >= 3), "{script}: {record:#}");
    assert!(record["logs"].is_array() && record["duration_ms"].is_number(), "{script}: {record:#}");
    (done, record)
}

/// The script ends by the limit of which the message says `part`.
fn ends(script: &str, part: &str) {
    // Whatever is to run out but time has the time for it on a busy machine.
    let (done, record) = within(if part.contains("time limit") { "2s" } else { "30s" }, script);
    assert_eq!((done.code, record["error"]["error_type"].as_str()), (4, Some(LIMIT)), "{script}: {record:#}");
    assert!(message(&record).contains(part), "{script}: {record:#}");
    assert_eq!(record["logs"][0]["attributes"]["message"], "begun", "{script}: {record:#}");
}

const MEMORY: &str = "the memory limit of 96MiB was reached (raise it with --max-memory)";

#[test]
fn containers_that_grow_by_assignment() {
    for script in [
        "let a = [0]; let s = \"\"; s.pad(10000, \"x\"); loop { a.push(0); a[a.len() - 1] = s + \"y\"; }",
        "let m = #{}; let i = 0; let s = \"\"; s.pad(10000, \"x\"); loop { m[`${i}`] = s + i; i += 1; }",
        "let m = #{a: #{b: [0]}}; let s = \"\"; s.pad(10000, \"x\"); loop { m.a.b.push(0); m.a.b[-1] = s + \"y\"; }",
        "let m = #{}; let s = \"\"; s.pad(10000, \"x\"); let k = s; loop { k += \"y\"; m[k] = 1; }",
        "let b = blob(1000); loop { b.append(b); }",
        "let b = blob(1000); loop { b = b + b; }",
        "let a = [1]; loop { a.insert(0, a); }",
        "let a = [1]; loop { a.splice(0..0, a); }",
        "let a = [1]; loop { a += a; }",
        "let m = #{a: 1}; loop { m = #{a: m, b: m}; }",
        "let a = [1]; loop { a = [a, a]; }",
    ] {
        ends(script, MEMORY);
    }
}

#[test]
fn texts_that_double() {
    for script in [
        "let s = \"x\"; loop { s += s; }",
        "let s = \"x\"; loop { s = `${s}${s}`; }",
        "let s = \"x\"; loop { s = s.sub_string(0) + s; }",
        "let s = \"x\"; loop { s.append(s); }",
        "let s = \"x\"; loop { s.replace(\"x\", \"xx\"); }",
        "let s = \"\"; s.pad(20000000, \"ab\"); s.replace(\"a\", s); s.len()",
        "let a = [\"\"]; a[0].pad(1000000, \"x\"); a.pad(1000, a[0]); a.to_string().len()",
        "let a = []; a.pad(1000, blob(1000000)); `${a}`.len()",
        "let s = \"\"; s.pad(30000000, 'x'); s.to_blob().to_array().len()",
        "let s = \"\"; s.pad(40000000, 'x'); #{a: s}.to_json().len()",
    ] {
        ends(script, MEMORY);
    }
}

#[test]
fn ranges_and_sequences() {
    ends("for i in range(0, 9223372036854775807) { }", "the time limit of 2s");
    ends("seq(1, 9223372036854775807);", "the memory limit of 96MiB");
    tamed("let n = 0; for i in range(0, 9223372036854775807, 9223372036854775807) { n += 1; } n");
    tamed("range(-9223372036854775807, 9223372036854775807).to_string()");
}

#[test]
fn calls_that_ask_nobody() {
    let full = |fill: &str, count: u32| format!("let a = []; a.pad({count}, {fill});");
    for script in [
        format!("{} loop {{ a.index_of(8); }}", full("7", 2_000_000)),
        format!("{} loop {{ a.contains(\"y\"); }}", full("7", 2_000_000)),
        format!("{} loop {{ a == a; }}", full("7", 2_000_000)),
        format!("{} a.sort(|x, y| y - x); a.sort(|x, y| x - y); loop {{ a.sort(); }}", full("7", 2_000_000)),
        format!("{} loop {{ a.reverse(); }}", full("7", 2_000_000)),
        "let s = \"\"; s.pad(20000000, \"x\"); loop { s.to_upper().len(); }".to_owned(),
        "let s = \"\"; s.pad(20000000, \"x\"); loop { s.index_of(\"y\"); }".to_owned(),
        "let s = \"\"; s.pad(20000000, \"x\"); loop { s.trim(); s.contains(\"xy\"); s == s + \"\"; }".to_owned(),
        "let b = blob(20000000, 1); loop { b == b; }".to_owned(),
        "let n = 0; loop { try { throw n; } catch { } }".to_owned(),
        "loop { timestamp(); }".to_owned(),
        "sleep(9223372036854775807);".to_owned(),
        "loop { sleep(0); }".to_owned(),
    ] {
        ends(&script, "the time limit of 2s was reached (raise it with --max-time)");
    }
}

#[test]
fn recursion_without_end() {
    for (functions, call) in [
        ("fn f(n) { f(n + 1) }", "f(0)"),
        ("fn f(g) { g.call(g) }", "f(|g| g.call(g))"),
        ("fn f() { [1, 2].sort(|x, y| f()); }", "f()"),
        ("", "let f = |x| x; for i in 0..200 { let g = f; f = |x| g.call(x); } f.call(1)"),
        (
            "fn f() { DirConfig().path(\"/\").build().open(OpenDirOptions().build())\
             .find(FindOptions().max_depth(1).build(), |e| f()); }",
            "f()",
        ),
    ] {
        let (done, record) = tamed(&format!("{functions} try {{ {call} }} catch {{ \"caught\" }}"));
        assert_eq!((done.code, record["error"]["error_type"].as_str()), (4, Some("SCRIPT_EXCEPTION")), "{record:#}");
        assert!(message(&record).contains("(raise it with --max-call-depth)"), "{record:#}");
    }
}

/// The engine wraps what a callback of its own functions failed with, and lets a script catch that: but the recursion has ended.
#[test]
fn recursion_through_a_callback_of_the_engine_ends_also_where_it_is_caught() {
    let (done, record) = tamed("fn f() { [1].map(|x| f()) } f()");
    assert_eq!(done.code, 4, "{record:#}");
    let caught = "fn f(n) { [n].map(|x| { let deepest = x; try { deepest = f(x + 1); } catch { } deepest })[0] } f(0)";
    let (done, record) = tamed(caught);
    assert_eq!(done.code, 0, "{record:#}");
    assert!(record["value"].as_u64().is_some_and(|depth| depth < 64), "{record:#}");
}

#[test]
fn values_that_hold_themselves_or_each_other() {
    for script in [
        "let a = [1]; let f = || a; a.push(f); a",
        "let a = [1]; let f = || a; let b = [f]; a = b; a.to_string().len()",
        "let m = #{}; let f = || m; m.f = f; m.to_json()",
        "let m = #{}; let f = || m; m.f = f; m",
        "let m = #{}; let f = || m; m.f = f; `${m}`",
        "let m = #{}; let f = || m; m.f = f; m == m",
        "let m = #{}; let f = || m; m.f = f; let n = m; n.f = f; debug(n); throw n",
        "let f = |x| x; loop { f = f.curry(f); }",
        "let x = 0; let f = || x; let g = || f.call(); x = g; f.call()",
        "let a = []; for i in 0..20000 { a = [take(a)]; } let b = a; b == a",
        "let m = #{}; for i in 0..20000 { m = #{a: take(m)}; } m.to_json()",
        "let m = #{}; for i in 0..20000 { m = #{a: take(m)}; } throw m",
    ] {
        tamed(script);
    }
}

#[test]
fn errors_of_any_size() {
    for script in [
        "let s = \"\"; s.pad(20000000, \"x\"); throw s",
        "let s = \"\"; s.pad(20000000, \"x\"); throw #{message: s, kind: s, source: s}",
        "let s = \"\"; s.pad(20000000, \"x\"); parse_int(s)",
        "let s = \"\"; s.pad(20000000, \"x\"); cat(s)",
        "let s = \"/\"; s.pad(20000000, \"x\"); cat(s)",
        "let s = \"\"; s.pad(20000000, \"x\"); Fn(s).call()",
        "let s = \"\"; s.pad(20000000, \"[\"); parse_json(s)",
        "let a = []; a.pad(2000000, 1); throw a",
    ] {
        let (done, record) = tamed(script);
        assert_ne!(done.code, 0, "{script}");
        assert!(message(&record).len() <= 1024 && done.stdout.len() < 20_000, "{script}: {}", done.stdout.len());
    }
}

#[test]
fn floods_of_what_is_reported() {
    ends("let s = \"\"; s.pad(5000000, \"x\"); loop { error(s); warn(s); info(s); }", "the log limit of 1MiB");
    for script in [
        "let n = 0; loop { try { AlarmBuilder().type(`A${n}`).details(\"x\").publish(); } catch { } n += 1; }",
        "let n = 0; loop { try { MetricBuilder().name(`n${n}`).value(1.0).unit(MetricUnitType::COUNT).publish(); } catch { } n += 1; }",
    ] {
        let (done, record) = tamed(script);
        assert_eq!(done.code, 4, "{record:#}");
        let length = |name: &str| record[name].as_array().map_or(0, Vec::len);
        assert!(length("alarms") + length("metrics") > 10_000, "{} {}", length("alarms"), length("metrics"));
    }
}

#[test]
fn a_comparison_that_contradicts_itself_is_no_defect() {
    // The engine's own sort panics here.
    let script = "let a = []; for i in 0..3000 { a.push(i * 7919 % 3001); } let n = 1; \
                  let dice = |x, y| { n = (n * 1103515245 + 12345) % 2147483648; n / 65536 % 3 - 1 }; \
                  a.sort(dice); a.order(dice).len() + a.len()";
    let (done, record) = tamed(script);
    assert_eq!((done.code, &record["output"]), (0, &"6000".into()), "{record:#}");
}

#[test]
fn patterns_that_explode() {
    for script in [
        r#"grep("(a{0,1000}){0,1000}", "/etc/passwd")"#,
        r#"grep("((((((a{0,100}){0,100}){0,100}){0,100}){0,100}){0,100})", "/etc/passwd")"#,
        r#"let s = ""; s.pad(5000000, "("); grep(s, "/etc/passwd")"#,
        r#"let s = "a"; s.pad(1000000, "|a"); grep(s, "/etc/passwd")"#,
        r#"let s = ""; s.pad(3000000, "{a,"); find_files(s, "/etc")"#,
    ] {
        let (done, record) = tamed(script);
        assert!([1, 4].contains(&done.code), "{script}: {record:#}");
    }
}

#[test]
fn memory_that_the_system_does_not_give_ends_with_a_record() {
    let case = Case::new("info(\"begun\"); let s = \"xxxxxxxx\"; loop { s += s; }", ALLOW);
    #[expect(clippy::disallowed_methods, reason = "the program under test, with less than it may have")]
    let mut shell = std::process::Command::new("sh");
    let case = case.flags(&["--max-memory", "unlimited"]);
    let command = case.command();
    shell.args(["-c", "ulimit -v 1000000; exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args());
    shell.env("SYSLOG_ENABLE", "0");
    let record = Done::new(shell.output().unwrap()).failed(4, LIMIT);
    assert!(message(&record).contains("no memory is left"), "{record:#}");
    assert_eq!(record["logs"][0]["attributes"]["message"], "begun", "{record:#}");
}

#[test]
fn the_limits_of_the_kernel_stand_beneath() {
    let script = "cat(\"/proc/self/limits\")";
    let flags = ["--max-memory", "64MiB", "--max-open-files", "100", "--max-cpu-time", "7s"];
    let limits = Case::new(script, ALLOW).flags(&flags).run().record()["output"].as_str().unwrap().to_owned();
    let soft = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line.trim_start_matches(name).split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(soft("Max address space"), ((4 * 64 + 1024) << 20).to_string());
    assert_eq!((soft("Max open files").as_str(), soft("Max cpu time").as_str()), ("100", "9"));
}

#[test]
fn programs_have_the_address_space_that_the_runner_had() {
    let bin = "DirConfig().path(\"/usr/bin\").build().open(OpenDirOptions().follow_symlinks(true).build())";
    let sh = "open_file(\"sh\", OpenFileOptions().read(true).follow_symlinks(true).build())";
    let script =
        format!("{bin}.{sh}.execute(ExecuteOptions().args([\"-c\", \"ulimit -v; ulimit -n\"]).build()).stdout");
    let flags = ["--max-memory", "64MiB", "--max-open-files", "100"];
    assert_eq!(Case::new(&script, ALLOW).flags(&flags).run().record()["output"], "unlimited\n100\n");
}
