//! Tests of the limits on what a run uses up: processor time, log, open files, children, bytes written and sent. Each is driven by a loop and by
//! one long call of a function.

use crate::limits::LIMIT;
use crate::{ALLOW, Case, message, names};
use serde_json::Value;
use std::io::Read as _;
use std::time::{Duration, Instant};

/// The run ends by a limit whose message holds `part`, although its script catches everything, and its record is whole.
fn ends(case: &Case, part: &str) -> Value {
    let start = Instant::now();
    let record = case.run().failed(4, LIMIT);
    assert!(message(&record).contains(part), "{record:#}");
    assert!(message(&record).starts_with("Script terminated: "), "{record:#}");
    assert_eq!(names(&record, "alarms", "alarm_type"), ["RexRunnerScriptExecutionFailure"], "{record:#}");
    let metrics = names(&record, "metrics", "metric_name");
    for metric in
        ["RexRunnerScriptExecutionTime", "RexRunnerScriptExecutionFailureCount", "RexRunnerTotalExecutionTime"]
    {
        assert!(metrics.contains(&metric), "{record:#}");
    }
    assert!(record["logs"].is_array() && record["duration_ms"].is_number(), "{record:#}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    record
}

/// A script that knows the case's folder as `dir`.
fn case(script: &str, flags: &[&str]) -> Case {
    let script = format!("info(\"begun\"); try {{ {script} }} catch {{ }} \"caught\"");
    let case = Case::new(&script, ALLOW);
    let dir = format!("dir={}", case.folder.path().display());
    case.flags(&["--arg", &dir]).flags(flags)
}

const OPEN: &str = "let d = DirConfig().path(dir).build().open(OpenDirOptions().build());";

/// A script that holds the program `name` as `p`.
fn program(name: &str, script: &str) -> String {
    let bin = "DirConfig().path(\"/usr/bin\").build().open(OpenDirOptions().follow_symlinks(true).build())";
    format!("let p = {bin}.open_file(\"{name}\", OpenFileOptions().read(true).follow_symlinks(true).build()); {script}")
}

#[test]
fn processor_time_ends_a_loop_and_a_call_that_asks_nobody() {
    let part = "the processor time limit of 500ms was reached (raise it with --max-cpu-time)";
    let flags = ["--max-cpu-time", "500ms", "--max-operations", "unlimited"];
    for script in ["loop { }", "let a = []; a.pad(20000000, 7); a.to_string().len()"] {
        let record = ends(&case(script, &flags), part);
        assert_eq!(record["logs"][0]["attributes"]["message"], "begun");
    }
}

#[test]
fn processor_time_is_also_that_of_programs() {
    let part = "the processor time limit of 500ms was reached (raise it with --max-cpu-time)";
    // The run itself only waits.
    let busy = program("sh", "p.execute(ExecuteOptions().args([\"-c\", \"while :; do :; done\"]).build());");
    ends(&case(&busy, &["--max-cpu-time", "500ms"]), part);
    // Each for itself uses little.
    let short = program(
        "sh",
        "loop { p.execute(ExecuteOptions().args([\"-c\", \"i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done\"]).build()); }",
    );
    ends(&case(&short, &["--max-cpu-time", "500ms"]), part);
}

#[test]
fn the_log_is_bounded_for_a_loop_and_for_one_call() {
    let part = "the log limit of 16KiB was reached (raise it with --max-log)";
    let record = ends(&case("loop { info(\"0123456789\"); }", &["--max-log", "16KiB"]), part);
    let logged: usize = record["logs"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|log| log["attributes"]["message"].as_str().unwrap().len())
        .sum();
    assert!(logged <= 16 << 10, "{logged}");
    // Each entry that is denied is told to the system's log.
    let denied = case("du(dir);", &["--max-log", "16KiB"]);
    denied.write("policy.cedar", "permit(principal, action, resource); forbid(principal, action == file_system::Action::\"stat\", resource is file_system::File);");
    for number in 0..500 {
        denied.write(&format!("file{number}"), "");
    }
    let record = ends(&denied, part);
    assert!(record["denials"].as_array().unwrap().len() > 10, "{record:#}");
}

#[test]
fn open_files_are_bounded_for_a_loop_and_for_one_call() {
    let part = "the open files limit of 40 was reached (raise it with --max-open-files)";
    let held = case(
        &format!(
            "{OPEN} let all = []; loop {{ try {{ all.push(d.open_file(\"script.rhai\", OpenFileOptions().read(true).build())); }} catch {{ }} }}"
        ),
        &["--max-open-files", "40"],
    );
    ends(&held, part);
    let deep = case("find_files([glob::recursive], \"*\", dir);", &["--max-open-files", "40"]);
    let below = vec!["d"; 60].join("/");
    #[expect(clippy::disallowed_methods, reason = "sets the stage for the program")]
    std::fs::create_dir_all(deep.path(&below)).unwrap();
    ends(&deep, part);
    assert_eq!(case("", &["--max-open-files", "unlimited"]).run().code, 0);
}

#[test]
fn children_are_bounded_for_a_loop_and_within_one_call() {
    let part = "the children limit of 5 was reached (raise it with --max-children)";
    let run = "p.execute(ExecuteOptions().args([\"-c\", \"echo x >> $PWD/dev/null; true\"]).build())";
    ends(&case(&program("sh", &format!("loop {{ {run}; }}")), &["--max-children", "5"]), part);
    ends(
        &case(&program("sh", &format!("let a = []; a.pad(20, 0); a.map(|x| {run});")), &["--max-children", "5"]),
        part,
    );
    // Five are well.
    let five = Case::new(&program("sh", &format!("for i in 0..5 {{ {run}; }} \"done\"")), ALLOW)
        .flags(&["--max-children", "5"])
        .run();
    assert_eq!((five.code, &five.record()["output"]), (0, &"done".into()));
    // Others are asked by children, too.
    ends(&case("loop { df(); }", &["--max-children", "5"]), part);
}

const WRITTEN: &str = "the written bytes limit of 64KiB was reached (raise it with --max-written)";

/// The length of a file of the case, 0 where it is not there.
fn length(case: &Case, name: &str) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "looks at what the program left")]
    let metadata = std::fs::metadata(case.path(name));
    metadata.map_or(0, |metadata| metadata.len())
}

#[test]
fn written_bytes_are_bounded_for_a_loop_and_what_is_beyond_is_not_written() {
    let flags = ["--max-written", "64KiB"];
    let appending = case("loop { write([], dir + \"/out\", \"0123456789\"); }", &flags);
    ends(&appending, WRITTEN);
    assert_eq!(length(&appending, "out"), 65530);
    let replacing =
        case("let s = \"\"; s.pad(1000, \"x\"); loop { write([write::replace], dir + \"/out\", s); }", &flags);
    ends(&replacing, WRITTEN);
    assert_eq!(length(&replacing, "out"), 1000);
}

#[test]
fn written_bytes_are_bounded_within_one_call() {
    let files = "let f = d.open_file(\"big\", OpenFileOptions().read(true).build()); \
                 let g = d.open_file(\"out\", OpenFileOptions().create(true).read(true).write(true).build());";
    for (script, most) in [
        ("let s = \"\"; s.pad(65537, \"x\"); write([], dir + \"/out\", s);".to_owned(), 0),
        ("let s = \"\"; s.pad(65537, \"x\"); write([write::replace], dir + \"/out\", s);".to_owned(), 0),
        ("cp([], dir + \"/big\", dir + \"/out\");".to_owned(), 0),
        ("mv([], dir + \"/big\", \"/dev/shm/rex-test-out\");".to_owned(), 0),
        (format!("{OPEN} {files} f.copy(g, CopyFileOptions().build());"), 64 << 10),
        (format!("{OPEN} {files} f.compress_gzip(g, CompressGzipOptions().level(1).build());"), 64 << 10),
        (format!("{OPEN} {files} d.create_archive([\"big\"], g);"), 0),
        (format!("{OPEN} {files} g.truncate(TruncateOptions().size(65537).format(SizeUnit::BYTES).build());"), 0),
        (format!("{OPEN} {files} g.fallocate(FallocateOptions().length(65537).format(SizeUnit::BYTES).build());"), 0),
        (format!("{OPEN} {files} let s = \"\"; s.pad(65537, \"x\"); g.write_in_place(s);"), 0),
        (format!("{OPEN} {files} let s = \"\"; s.pad(65537, \"x\"); g.append(s);"), 0),
        (format!("{OPEN} {files} let s = \"\"; s.pad(65537, \"x\"); g.write(s);"), 0),
    ] {
        let case = case(&script, &["--max-written", "64KiB"]);
        // What cannot be packed well.
        let mut noise = 1_u32;
        let big: String = (0..200_000)
            .map(|_| {
                noise ^= noise << 13;
                noise ^= noise >> 17;
                noise ^= noise << 5;
                char::from(b' ' + u8::try_from(noise % 94).unwrap())
            })
            .collect();
        case.write("big", &big);
        if script.starts_with("mv") && !is_elsewhere(&case) {
            eprintln!("skipped, /dev/shm is no file system of its own");
            continue;
        }
        let record = ends(&case, WRITTEN);
        assert!(length(&case, "out") <= most, "{script}: {} {record:#}", length(&case, "out"));
        assert_eq!(length(&case, "big"), 200_000, "{script}");
        assert!(no_private_names(&case), "{script}");
    }
}

/// Whether the case's folder is in another file system than `/dev/shm`.
#[expect(clippy::disallowed_methods, reason = "looks at the host")]
fn is_elsewhere(case: &Case) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/dev/shm").is_ok_and(|there| there.dev() != std::fs::metadata(case.folder.path()).unwrap().dev())
}

#[expect(clippy::disallowed_methods, reason = "looks at what the program left")]
fn no_private_names(case: &Case) -> bool {
    let mut names = std::fs::read_dir(case.folder.path()).unwrap();
    names.all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with(".rex-"))
}

#[test]
fn a_budget_can_be_used_to_its_end() {
    let script = "let s = \"\"; s.pad(32768, \"x\"); write([], dir + \"/a\", s); cp([], dir + \"/a\", dir + \"/b\");";
    let case = case(script, &["--max-written", "64KiB"]);
    assert_eq!(case.run().code, 0);
    assert_eq!((length(&case, "a"), length(&case, "b")), (32768, 32768));
}

/// A server that takes whatever comes and says how much that was.
#[expect(clippy::disallowed_types, reason = "a server for the test")]
fn server() -> (u16, std::thread::JoinHandle<usize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = std::thread::spawn(move || {
        let mut all = Vec::new();
        let (mut stream, _) = listener.accept().unwrap();
        // The other side may cut the connection off.
        let _ = stream.read_to_end(&mut all);
        all.len()
    });
    (port, taken)
}

#[test]
fn sent_bytes_are_bounded_for_a_loop_and_what_is_beyond_is_not_sent() {
    let part = "the sent bytes limit of 64KiB was reached (raise it with --max-sent)";
    let (port, taken) = server();
    let script =
        format!("let c = connect(\"127.0.0.1\", {port}, TransportProtocol::TCP); loop {{ c.send(\"0123456789\"); }}");
    ends(&case(&script, &["--max-sent", "64KiB"]), part);
    assert_eq!(taken.join().unwrap(), 65530);
    let (port, taken) = server();
    let script =
        format!("let s = \"\"; s.pad(65537, \"x\"); connect(\"127.0.0.1\", {port}, TransportProtocol::TCP).send(s);");
    ends(&case(&script, &["--max-sent", "64KiB"]), part);
    assert_eq!(taken.join().unwrap(), 0);
    let (port, taken) = server();
    let script =
        format!("let s = \"\"; s.pad(65537, \"x\"); Client().post(\"http://127.0.0.1:{port}/\").body(s).send();");
    ends(&case(&script, &["--max-sent", "64KiB"]), part);
    assert!(taken.join().unwrap() < 1000, "more than the head of the request");
}
