//! The traces of real runs, as a collector on the loopback interface gets them.
#![expect(clippy::disallowed_methods, reason = "the tests look at files and run the program")]
#![expect(clippy::disallowed_types, reason = "the tests play the collector")]

use crate::{ALLOW, Case, Done};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

const LONG: Duration = Duration::from_secs(60);

/// What a collector was sent.
struct Posted {
    head: String,
    body: Value,
}

/// Takes one request, answers it, and gives what it was.
struct Collector {
    endpoint: String,
    taken: JoinHandle<Posted>,
}

impl Collector {
    fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let taken = std::thread::spawn(move || {
            let stream = accept(&listener).expect("nothing was sent");
            stream.set_read_timeout(Some(LONG)).unwrap();
            let mut reader = BufReader::new(&stream);
            let (mut head, mut line) = (String::new(), String::new());
            while reader.read_line(&mut line).unwrap() > 2 {
                head.push_str(&line.to_ascii_lowercase());
                line.clear();
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.trim().parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            (&stream).write_all(answer.as_bytes()).unwrap();
            drop(stream);
            // It would be there by now: whoever sends waits for the answer, and then sends it again.
            listener.set_nonblocking(true).unwrap();
            assert!(listener.accept().is_err(), "it was sent twice");
            Posted { head, body: serde_json::from_slice(&body).unwrap() }
        });
        Self { endpoint, taken }
    }

    fn new() -> Self {
        Self::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    }

    fn posted(self) -> Posted {
        self.taken.join().unwrap()
    }
}

fn accept(listener: &TcpListener) -> Option<TcpStream> {
    listener.set_nonblocking(true).unwrap();
    let until = Instant::now() + LONG;
    while Instant::now() < until {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false).unwrap();
            return Some(stream);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

impl Case {
    fn traced(&self, endpoint: &str, more: &[(&str, &str)]) -> Done {
        let mut command = self.command();
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
            command.env_remove(name);
        }
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .env("OTEL_EXPORTER_OTLP_TIMEOUT", "60000")
            .envs(more.iter().copied());
        let output: Output = command.output().unwrap();
        Done::new(output)
    }
}

/// The attributes of something, as one object.
fn attributes(of: &Value) -> Value {
    let pair = |attribute: &Value| (attribute["key"].as_str().unwrap().to_owned(), plain(&attribute["value"]));
    Value::Object(of["attributes"].as_array().unwrap().iter().map(pair).collect())
}

fn plain(value: &Value) -> Value {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "stringValue" | "boolValue" => value.clone(),
        "intValue" => value.as_str().unwrap().parse::<u64>().unwrap().into(),
        "arrayValue" => value["values"].as_array().unwrap().iter().map(plain).collect(),
        other => panic!("{other}"),
    }
}

fn nanoseconds(value: &Value) -> u128 {
    value.as_str().unwrap().parse().unwrap()
}

fn now() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos()
}

fn only<'v>(list: &'v Value, field: &str) -> &'v Value {
    assert_eq!(list[field].as_array().unwrap().len(), 1, "{list:#}");
    &list[field][0]
}

fn span(posted: &Posted) -> &Value {
    only(only(only(&posted.body, "resourceSpans"), "scopeSpans"), "spans")
}

/// A script that reads a file which the policy lets it open only, and one that it may read; the name of the first is hostile.
fn reading() -> (Case, String) {
    let case = Case::new("", "");
    let hostile = case.path("a\"}],\u{1b}[31m\n\u{2028}{").display().to_string();
    let open = case.path("open").display().to_string();
    for path in [&hostile, &open] {
        std::fs::write(path, "hello").unwrap();
    }
    // A text of JSON is one of Rhai, too.
    case.write("script.rhai", &format!("try {{ cat({}) }} catch {{ }}\ncat({open:?})", json!(hostile)));
    let read = format!("@id(\"reads\")\npermit(principal, action, resource == file_system::File::{open:?});");
    case.write(
        "policy.cedar",
        &format!("permit(principal, action == file_system::Action::\"open\", resource);\n{read}"),
    );
    (case, hostile)
}

#[test]
fn a_run_is_one_trace_with_its_judgements() {
    let (case, hostile) = reading();
    let collector = Collector::new();
    let before = now();
    let done = case.traced(
        &format!("{}/", collector.endpoint),
        &[
            ("OTEL_SERVICE_NAME", "mine"),
            ("OTEL_RESOURCE_ATTRIBUTES", "zone=a%2Cb,service.name=other"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2"),
        ],
    );
    let posted = collector.posted();
    assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{}", done.stdout);
    let record = done.record();
    assert!(posted.head.starts_with("post /v1/traces http/1.1\r\n"), "{}", posted.head);
    assert!(posted.head.contains("content-type: application/json\r\n"), "{}", posted.head);
    assert!(posted.head.contains("api-key: hunter2\r\n"), "{}", posted.head);

    let resource = attributes(&only(&posted.body, "resourceSpans")["resource"]);
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let expected = json!({"service.name": "mine", "service.version": version, "host.name": host.trim(), "zone": "a,b"});
    assert_eq!(resource, expected);

    let span = span(&posted);
    let trace = record["run_id"].as_str().unwrap().replace('-', "");
    assert_eq!((&span["traceId"], &span["spanId"]), (&json!(trace), &json!(trace.get(16..))));
    assert_eq!(
        (&span["kind"], &span["status"], &span["droppedEventsCount"]),
        (&json!(1), &json!({"code": 1}), &json!(0))
    );
    let (start, end) = (nanoseconds(&span["startTimeUnixNano"]), nanoseconds(&span["endTimeUnixNano"]));
    assert!(before.saturating_sub(1_000_000_000) <= start && start < end && end <= now(), "{before} {start} {end}");
    let told = attributes(span);
    for (name, value) in [
        ("rex.run.id", record["run_id"].clone()),
        ("rex.script.name", case.path("script.rhai").display().to_string().into()),
        ("rex.script.sha256", record["script_digest"].clone()),
        ("rex.policy.sha256", record["policy_digest"].clone()),
        ("rex.confinement.enforced", record["confinement"]["enforced"].clone()),
        ("rex.observing", false.into()),
        ("rex.denied", 1.into()),
        ("process.exit.code", 0.into()),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    assert!(!told["rex.principal"].as_str().unwrap().is_empty() && told.get("rex.signer").is_none(), "{told}");

    let events: Vec<Value> = span["events"].as_array().unwrap().iter().map(attributes).collect();
    assert_eq!(told["rex.allowed"], events.len() - 1);
    for event in span["events"].as_array().unwrap() {
        assert_eq!(event["name"], "judgement");
        assert!((start..=end).contains(&nanoseconds(&event["timeUnixNano"])), "{event}");
    }
    let denied: Vec<_> = events.iter().filter(|event| event["rex.decision"] == "denied").collect();
    let expected = json!({
        "rex.action": "file_system::Action::\"read\"", "rex.resource.type": "file_system::File", "rex.resource.id": hostile,
        "rex.decision": "denied", "rex.policies": [], "rex.cause": denied[0]["rex.cause"], "rex.passed": false,
        "code.function.name": "cat", "code.line.number": 1,
    });
    assert_eq!(denied, [&expected]);
    let read = events
        .iter()
        .find(|event| event["rex.policies"].to_string().contains("reads"))
        .unwrap_or_else(|| panic!("{events:#?}"));
    assert_eq!((&read["rex.decision"], &read["code.line.number"]), (&json!("allowed"), &json!(2)));
}

#[test]
fn a_failed_run_says_how_and_keeps_secrets() {
    let collector = Collector::new();
    let case = Case::new("try { curl(\"http://127.0.0.1:1/x?token=hunter2\") } catch { }\nthrow \"hunter2\"", "");
    let done = case.traced(&collector.endpoint, &[]);
    let posted = collector.posted();
    done.failed(1, "SCRIPT_EXCEPTION");
    assert_eq!(done.stderr, "");
    let span = span(&posted);
    assert_eq!(span["status"], json!({"code": 2, "message": "[REDACTED]"}));
    let told = attributes(span);
    assert_eq!((&told["error.type"], &told["process.exit.code"]), (&json!("SCRIPT_EXCEPTION"), &json!(1)));
    let text = posted.body.to_string();
    assert!(!text.contains("hunter2") && text.contains("127.0.0.1:1/x?[REDACTED]"), "{text}");
}

#[test]
fn runs_that_are_ended_or_do_not_begin_are_sent_too() {
    // The supervising thread ends the second, which does not look up.
    let deaf = "let x = \"a\".pad(100000000, 'x');\nloop { x.contains(\"y\"); }";
    let endless: &[&str] = &["--max-time", "200ms", "--max-operations", "unlimited"];
    for (script, policy, flags, code) in [
        ("loop {}", ALLOW, endless, 4),
        (deaf, ALLOW, endless, 4),
        ("1", "permit(", &[], 5),
        ("1", ALLOW, &["-a", "/nonexistent"], 5),
    ] {
        let collector = Collector::new();
        let done = Case::new(script, policy).flags(flags).traced(&collector.endpoint, &[]);
        let posted = collector.posted();
        assert_eq!(done.code, code, "{} {}", done.stdout, done.stderr);
        assert_eq!(attributes(span(&posted))["process.exit.code"], code);
        assert_eq!(span(&posted)["status"]["code"], 2);
    }
}

#[test]
fn a_flood_is_bounded_and_hides_no_denial() {
    let (case, _) = reading();
    let open = case.path("open").display().to_string();
    case.write("script.rhai", &format!("for i in 0..1500 {{ cat({open:?}); }}\ntry {{ ls(\"/\") }} catch {{ }}"));
    let collector = Collector::new();
    let done = case.traced(&collector.endpoint, &[]);
    let posted = collector.posted();
    assert_eq!(done.code, 0, "{}", done.stdout);
    let (span, told) = (span(&posted), attributes(span(&posted)));
    let events = span["events"].as_array().unwrap();
    let denied = events.iter().filter(|event| attributes(event)["rex.decision"] == "denied").count();
    assert_eq!((events.len() - denied, told["rex.denied"].as_u64()), (1000, Some(denied as u64)));
    assert!(denied > 0, "{told}");
    assert_eq!(span["droppedEventsCount"].as_u64().unwrap() + 1000, told["rex.allowed"].as_u64().unwrap());
}

#[test]
fn an_export_that_fails_changes_nothing_but_says_so() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = format!("http://{}", silent.local_addr().unwrap());
    for (endpoint, timeout, part) in [
        (format!("http://{gone}"), "60000", "Connection refused"),
        (mute, "300", "timeout"),
        (
            "https://127.0.0.1:1".to_owned(),
            "60000",
            "no trace is exported: `https://127.0.0.1:1/v1/traces` asks for https",
        ),
    ] {
        for (script, code) in [("42", 0), ("throw 1", 1)] {
            let done = Case::new(script, ALLOW).traced(&endpoint, &[("OTEL_EXPORTER_OTLP_TIMEOUT", timeout)]);
            assert_eq!((done.code, done.record()["status"] == "SUCCESS"), (code, code == 0), "{}", done.stdout);
            assert!(done.stderr.starts_with("warning: ") && done.stderr.contains(part), "{}", done.stderr);
            assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
        }
    }
    for (answer, part) in [
        ("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", "the collector answered 503"),
        ("HTTP/1.1 302 F\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", "the collector answered 302"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 71\r\n\r\n{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"no\\n\\u001b[1m\"}}",
            "the collector rejected it: no\\n\\u{1b}[1m\n",
        ),
    ] {
        let collector = Collector::answering(answer);
        let done = Case::new("42", ALLOW).traced(&collector.endpoint, &[]);
        collector.posted();
        assert_eq!((done.code, &done.record()["output"]), (0, &json!("42")));
        assert!(done.stderr.contains(part) && done.stderr.lines().count() == 1, "{}", done.stderr);
    }
}

#[test]
fn what_sends_has_no_rights_of_the_run_and_ends_with_it() {
    let case = Case::new("loop {}", ALLOW);
    let run = case.command();
    // A descriptor that the caller of the run left open.
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 9</dev/null"]).arg(run.get_program()).args(run.get_args());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1").env("SYSLOG_ENABLE", "0").env("SECRET", "hunter2");
    let mut run = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", run.id());
    let read = |sender: &str, file: &str| std::fs::read_to_string(format!("/proc/{sender}/{file}")).unwrap_or_default();
    let open = |sender: &str| std::fs::read_dir(format!("/proc/{sender}/fd")).map_or(0, Iterator::count);
    let sender = eventually(|| {
        let all = std::fs::read_to_string(&children).ok()?;
        let is_ready = |pid: &&str| {
            read(pid, "cmdline") == "rex-runner\0export-trace\0" && read(pid, "status").contains("NoNewPrivs:\t1")
        };
        all.split(' ').find(is_ready).map(str::to_owned)
    });
    eventually(|| (open(&sender) == 3).then_some(()));
    assert_eq!(read(&sender, "environ"), "");
    run.kill().unwrap();
    run.wait().unwrap();
    eventually(|| read(&sender, "cmdline").is_empty().then_some(()));
}

fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + LONG;
    loop {
        match look() {
            Some(found) => return found,
            None => assert!(Instant::now() < until, "it never came to that"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nothing_is_sent_unless_it_is_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let done = Case::new("42", ALLOW).traced(&endpoint, &[("OTEL_SDK_DISABLED", "true")]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

#[test]
fn the_audit_log_is_kept_beside() {
    let (case, _) = reading();
    let log = case.path("audit.log");
    let case = case.flags(&["--audit-log", log.to_str().unwrap()]);
    let collector = Collector::new();
    let done = case.traced(&collector.endpoint, &[]);
    let events = span(&collector.posted())["events"].as_array().unwrap().len();
    assert_eq!(done.code, 0, "{}", done.stdout);
    let judgements =
        std::fs::read_to_string(&log).unwrap().lines().filter(|line| line.contains("\"judgement\"")).count();
    assert_eq!(events, judgements);
}
