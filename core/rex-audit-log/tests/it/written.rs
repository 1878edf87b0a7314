//! What is written: the fields of OCSF, our own, and what is kept out.

use crate::{Place, effect, end, facts, judgement, lines, start, whole_run};
use rex_audit_log::{Denial, Destination, End, Extent, Judgement, Log, Redaction, Run, Start};
use serde_json::{Value, json};

fn records(place: &Place) -> Vec<Value> {
    lines(&place.read()).iter().map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// That these fields of `record`, given by their JSON pointers, are so.
fn holds(record: &Value, fields: &[(&str, Value)]) {
    for (pointer, value) in fields {
        assert_eq!(record.pointer(pointer), Some(value), "{pointer} of {record}");
    }
}

#[test]
fn a_run_is_a_chain_of_events() {
    let place = Place::new();
    whole_run(&place.path(), "run-1", 1, None);
    let records = records(&place);
    let seen: Vec<_> = records.iter().map(|record| record["unmapped"]["record"].as_str().unwrap()).collect();
    assert_eq!(seen, ["run_start", "judgement", "effect", "run_end"]);
    let mut before = json!("0".repeat(64));
    for (number, record) in records.iter().enumerate() {
        let class = record["class_uid"].as_u64().unwrap();
        let time: jiff::Timestamp = record["time_dt"].as_str().unwrap().parse().unwrap();
        holds(
            record,
            &[
                ("/metadata/sequence", json!(number + 1)),
                ("/metadata/correlation_uid", json!("run-1")),
                ("/metadata/product", json!({"name": "REX", "vendor_name": "REX", "version": "1.2.3"})),
                ("/device/hostname", json!("host1")),
                ("/actor/user", json!({"name": "alice", "uid": "7"})),
                ("/unmapped/script", json!("report.rhai")),
                ("/unmapped/policy", json!("report.cedar")),
                ("/unmapped/prev", before),
                ("/category_uid", json!(class / 1000)),
                ("/type_uid", json!(class * 100 + record["activity_id"].as_u64().unwrap())),
                ("/time", json!(time.as_millisecond())),
            ],
        );
        assert_eq!(record["unmapped"]["script_sha256"].as_str().unwrap().len(), 64);
        before = record["unmapped"]["hash"].clone();
    }
    holds(
        &records[1],
        &[
            ("/class_uid", json!(1001)),
            ("/activity_id", json!(14)),
            ("/activity_name", json!("Open")),
            ("/file", json!({"name": "file0", "path": "/srv/file0", "type_id": 1})),
            ("/status", json!("Success")),
            ("/action", json!("Allowed")),
            ("/authorizations", json!([{"decision": "allowed", "policy": {"name": "policy0 (line 1)"}}])),
            ("/unmapped/action", json!("file_system::Action::\"open\"")),
            ("/unmapped/resource", json!("file_system::File::\"/srv/file0\"")),
            ("/unmapped/function", json!("cat")),
            ("/unmapped/line", json!(3)),
        ],
    );
    let bytes = json!({"written": 0, "sent": 0, "read": 5, "children": 0});
    holds(
        &records[2],
        &[
            ("/class_uid", json!(6003)),
            ("/api/operation", json!("cat")),
            ("/duration", json!(2)),
            ("/unmapped/bytes", bytes),
        ],
    );
    holds(&records[3], &[("/unmapped/records", json!(3)), ("/unmapped/exit_code", json!(0))]);
    let report = place.report();
    assert!(report.is_complete() && report.records == 4 && report.runs == 1, "{report}");
}

#[test]
fn the_hash_can_be_checked_with_other_tools() {
    let place = Place::new();
    whole_run(&place.path(), "run-1", 1, None);
    let script = format!(
        r#"sed -n 2p {} | sed 's/,"hash":"[0-9a-f]*"}}}}$//' | tr -d '\n' | sha256sum | cut -d' ' -f1"#,
        place.path().display()
    );
    let out = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let hash = String::from_utf8(out.stdout).unwrap();
    assert_eq!(hash.trim(), records(&place)[1]["unmapped"]["hash"]);
}

#[test]
fn denials_say_why_and_whether_they_were_let_pass() {
    let place = Place::new();
    let mut run = start(&place.path(), "r", None);
    let denied = |passed| Some(Denial { cause: "no permit in the policy matches", passed });
    run.judged(&Judgement { denied: denied(false), policies: &[], ..judgement("/etc/shadow") }).unwrap();
    run.judged(&Judgement { denied: denied(true), extent: Extent::Directory, ..judgement("/etc/x") }).unwrap();
    let records = records(&place);
    holds(
        &records[1],
        &[
            ("/status_id", json!(2)),
            ("/action_id", json!(2)),
            ("/disposition_id", json!(2)),
            ("/severity_id", json!(3)),
            ("/status_detail", json!("no permit in the policy matches")),
        ],
    );
    holds(
        &records[2],
        &[
            ("/status_id", json!(1)),
            ("/action_id", json!(1)),
            ("/disposition", json!("Logged")),
            ("/unmapped/extent", json!("directory")),
        ],
    );
}

#[test]
fn hostile_names_stay_in_their_field_and_on_their_line() {
    let place = Place::new();
    let hostile = "/tmp/a\n{\"unmapped\":{\"record\":\"run_end\"}}\r\u{1b}[2J\u{202e}\",\"hash\":\"\u{2028}\u{0}\u{85}";
    let mut run = start(&place.path(), hostile, None);
    run.judged(&Judgement { function: Some(hostile), policies: &[hostile], ..judgement(hostile) }).unwrap();
    run.limit(hostile).unwrap();
    run.end(&End { error: Some("X"), message: Some(hostile), ..end() }).unwrap();
    let text = String::from_utf8(place.read()).unwrap();
    assert_eq!(text.lines().count(), 4);
    let harmless = |letter: char| letter == '\n' || !letter.is_control() && !"\u{2028}\u{202e}".contains(letter);
    assert!(text.chars().all(harmless), "{text:?}");
    let records = records(&place);
    assert_eq!(records[1]["file"]["path"], hostile);
    assert_eq!(records[1]["metadata"]["correlation_uid"], hostile);
    assert!(place.report().is_complete(), "{}", place.report());
}

#[test]
fn secrets_stay_out() {
    let place = Place::new();
    let log = Log::open(&Destination::File(place.path()), None).unwrap();
    let redaction = Redaction::new(Some("known %d\n".to_owned()));
    let names = ["password".to_owned()];
    let mut run = Run::start(log, facts("r"), redaction, &Start { arguments: &names, observing: false }).unwrap();
    let url = |id| Judgement { namespace: "network", action: "GET", kind: "network::url", id, ..judgement("") };
    run.judged(&url("https://user:hunter2@host/path?token=hunter2#hunter2")).unwrap();
    run.end(&End { error: Some("SCRIPT_EXCEPTION"), message: Some("known 7\nhunter2"), ..end() }).unwrap();
    let text = String::from_utf8(place.read()).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let records = records(&place);
    holds(&records[0], &[("/unmapped/arguments", json!(["password"]))]);
    holds(&records[1], &[("/http_request/url/url_string", json!("https://[REDACTED]@host/path?[REDACTED]"))]);
    holds(&records[2], &[("/status_detail", json!("known 7\n[REDACTED]"))]);
}

#[test]
fn the_longest_texts_fit() {
    let place = Place::new();
    let long = "\u{1}".repeat(100_000);
    let mut run = start(&place.path(), "r", None);
    run.judged(&Judgement { policies: &[&long, &long], ..judgement(&long) }).unwrap();
    run.ended(&effect()).unwrap();
    run.end(&end()).unwrap();
    assert!(place.report().is_complete(), "{}", place.report());
    assert!(records(&place)[1]["file"]["path"].as_str().unwrap().contains("...[100000 bytes, sha256 "));
}
