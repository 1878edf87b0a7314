//! The audit log of real runs, and `rex-runner audit`.
#![expect(clippy::disallowed_methods, reason = "the tests look at files and run the program")]

use crate::{ALLOW, Case};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

impl Case {
    fn audited(self) -> Self {
        let log = self.log();
        self.flags(&["--audit-log", log.to_str().unwrap()])
    }

    fn log(&self) -> PathBuf {
        self.path("audit.log")
    }

    fn records(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.log()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The kinds of records and what they are about, in a few words.
    fn told(&self) -> Vec<String> {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told = |record: &Value| {
            let own = &record["unmapped"];
            let action = word(&own["action"]).split('"').nth(1).unwrap_or_default().to_owned();
            let path = word(&record["file"]["path"]).replace(self.folder.path().to_str().unwrap(), "");
            let parts = [word(&own["record"]), word(&record["disposition"]), action, path, word(&own["error"])];
            parts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
        };
        self.records().iter().map(told).collect()
    }
}

fn audit(arguments: &[&str], log: &Path) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_rex-runner")).arg("audit").args(arguments).arg(log).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn succeeded(case: &Case) -> Value {
    let done = case.run();
    assert_eq!(done.code, 0, "{} {}", done.stdout, done.stderr);
    done.record()
}

fn script(case: &Case, text: &str) {
    case.write("script.rhai", &text.replace("DIR", case.folder.path().to_str().unwrap()));
}

#[test]
fn a_run_is_recorded_from_start_to_end() {
    let case = Case::new("", ALLOW).audited();
    case.write("f", "hello");
    script(&case, "cat(\"DIR/f\")");
    let record = succeeded(&case);
    let told = case.told();
    assert_eq!(told.first().map(String::as_str), Some("run_start"));
    assert_eq!(
        told[1..],
        ["judgement Allowed open", "judgement Allowed open /f", "judgement Allowed read /f", "effect", "run_end"]
    );
    let records = case.records();
    assert_eq!(records[2]["unmapped"]["function"], "cat");
    assert_eq!(records[2]["unmapped"]["line"], 1);
    assert!(records[2]["authorizations"][0]["policy"]["name"].as_str().unwrap().contains("policy0"));
    assert_eq!(records[5]["unmapped"]["exit_code"], 0);
    assert_eq!(records[5]["unmapped"]["allowed"], 3);
    for own in &records {
        assert_eq!(own["metadata"]["correlation_uid"], record["run_id"]);
        assert_eq!(own["unmapped"]["script_sha256"].as_str().unwrap().len(), 64);
        assert_eq!(own["unmapped"]["policy_sha256"].as_str().unwrap().len(), 64);
    }
    // The result holds the head, by which a log that is cut short is found.
    let head = record["audit_head"].as_str().unwrap();
    let (code, out, _) = audit(&["verify", "--strict", "--expect-head", head], &case.log());
    assert_eq!((code, out), (0, format!("good: 6 records of 1 runs, head {head}\n")));
    let text = fs::read_to_string(case.log()).unwrap();
    fs::write(case.log(), format!("{}\n", text.lines().next().unwrap())).unwrap();
    let (code, out, _) = audit(&["verify", "--expect-head", head], &case.log());
    assert_eq!(code, 1);
    assert!(out.contains("the log ends with record 1, but record 6 was there: it was cut short"), "{out}");
}

#[test]
fn denials_are_recorded_also_where_a_script_swallows_them() {
    let policy = "permit(principal, action == file_system::Action::\"open\", resource);";
    let case = Case::new("", policy).audited();
    case.write("f", "hello");
    script(&case, "try { cat(\"DIR/f\") } catch { }\n1");
    succeeded(&case);
    let told = case.told();
    assert!(told.contains(&"judgement Blocked read /f".to_owned()), "{told:?}");
    assert!(told.contains(&"effect PermissionDenied".to_owned()), "{told:?}");
    let (code, out, _) = audit(&["show", "--denied", "--resource", "*/f", "--function", "cat"], &case.log());
    let rows: Vec<_> = out.lines().collect();
    assert_eq!((code, rows.len()), (0, 2), "{out}");
    assert!(rows[1].contains(" DENIED ") && rows[1].contains("cat:1") && !out.contains('\u{1b}'), "{out}");
    let (_, out, _) = audit(&["show", "--denied", "--json"], &case.log());
    assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()) && out.lines().count() == 1, "{out}");
    let (_, out, _) = audit(&["show", "--summary"], &case.log());
    assert!(out.contains("1 denied") && out.contains("exit 0"), "{out}");
    let (_, out, _) = audit(&["show", "--until", "2h"], &case.log());
    assert_eq!(out.lines().count(), 1, "{out}");
    let (_, out, _) = audit(&["show", "--color", "always"], &case.log());
    assert!(out.contains("\u{1b}[31mDENIED"), "{out}");
}

#[test]
fn observing_is_recorded_as_what_it_is() {
    let case = Case::new("", "").audited().flags(&["--observe"]);
    case.write("f", "hello");
    script(&case, "cat(\"DIR/f\")");
    succeeded(&case);
    assert!(case.told().contains(&"judgement Logged read /f".to_owned()), "{:?}", case.told());
    assert_eq!(case.records()[0]["unmapped"]["observing"], true);
}

#[test]
fn a_failed_run_says_how_it_ended_and_keeps_secrets() {
    let case = Case::new("throw \"hunter2\"", ALLOW).audited();
    case.run().failed(1, "SCRIPT_EXCEPTION");
    let end = case.records().pop().unwrap();
    assert_eq!((&end["unmapped"]["error"], &end["status_detail"]), (&json!("SCRIPT_EXCEPTION"), &json!("[REDACTED]")));
    let case = Case::new("loop {}", ALLOW).audited().flags(&["--max-operations", "1000"]);
    case.run().failed(4, "LIMIT_EXCEEDED_EXCEPTION");
    assert_eq!(case.told(), ["run_start", "limit", "run_end LIMIT_EXCEEDED_EXCEPTION"]);
    assert!(case.records()[1]["status_detail"].as_str().unwrap().contains("operations limit"));
    let case = Case::new("1", "permit(").audited();
    case.run().failed(5, "INTERNAL_EXCEPTION");
    assert_eq!(case.told(), ["run_start", "run_end INTERNAL_EXCEPTION"]);
    assert_eq!(audit(&["verify", "--strict"], &case.log()).0, 0);
}

#[test]
fn a_run_that_is_ended_from_outside_is_recorded_to_its_end() {
    let case = Case::new("let x = \"a\".pad(100000000, 'x');\nloop { x.contains(\"y\"); }", ALLOW).audited();
    let case = case.flags(&["--max-time", "200ms", "--max-operations", "unlimited"]);
    case.run().failed(4, "LIMIT_EXCEEDED_EXCEPTION");
    assert_eq!(case.told(), ["run_start", "limit", "run_end LIMIT_EXCEEDED_EXCEPTION"]);
}

#[test]
fn a_log_that_cannot_be_opened_or_written_stops_the_run() {
    let case = Case::new("", ALLOW).flags(&["--audit-log", "/nonexistent/audit.log"]);
    script(&case, "write(\"DIR/out\", \"x\")");
    let record = case.run().failed(5, "COMMUNICATION_EXCEPTION");
    let message = "the audit log /nonexistent/audit.log cannot be opened: No such file or directory (os error 2)";
    assert_eq!(record["error"]["message"], message);
    assert!(!case.path("out").exists());

    // Whatever the script catches.
    let case = Case::new("", ALLOW).audited();
    script(&case, "try { write(\"DIR/audit.log\", \"\"); } catch { }\ntry { write(\"DIR/out\", \"x\") } catch { }\n1");
    let record = case.run().failed(4, "LIMIT_EXCEEDED_EXCEPTION");
    let message = record["error"]["message"].as_str().unwrap();
    assert!(message.contains("no script may change the audit log of its own run"), "{message}");
    assert!(!case.path("out").exists());
    assert_eq!(audit(&["verify", "--strict"], &case.log()).0, 0);
}

#[test]
fn concurrent_runs_keep_one_chain() {
    let case = Case::new("", ALLOW).audited();
    case.write("f", "hello");
    script(&case, "for n in range(0, 311) { cat(\"DIR/f\"); }");
    let children: Vec<_> = (0..8).map(|_| case.start()).collect();
    for child in children {
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    }
    let (code, out, _) = audit(&["verify", "--strict"], &case.log());
    assert_eq!(code, 0, "{out}");
    let records: u64 = out.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(records >= 9_900 && out.contains("of 8 runs"), "{out}");
}

#[test]
fn logs_that_do_not_hold_or_cannot_be_read_have_their_codes() {
    let case = Case::new("1", ALLOW).audited();
    succeeded(&case);
    let text = fs::read_to_string(case.log()).unwrap();
    fs::write(case.log(), text.replacen("run_start", "run_stort", 1)).unwrap();
    let (code, out, _) = audit(&["verify"], &case.log());
    assert_eq!(code, 1);
    assert!(out.starts_with("error: line 1 (byte 0, record 1): this record was changed\n"), "{out}");
    let (code, _, err) = audit(&["show"], &case.log());
    assert!(code == 1 && err.starts_with("warning: this log does not hold"), "{err}");
    let (code, _, err) = audit(&["verify"], Path::new("/nonexistent"));
    assert_eq!((code, err.as_str()), (5, "error: /nonexistent: No such file or directory (os error 2)\n"));
    assert_eq!(audit(&["show", "--since", "yesterday"], &case.log()).0, 2);
}

#[test]
fn rotated_logs_are_verified_together() {
    let case = Case::new("1", ALLOW).audited();
    succeeded(&case);
    let old = case.path("audit.log.1");
    fs::rename(case.log(), &old).unwrap();
    succeeded(&case);
    let (code, out, _) = audit(&["verify", "--strict", old.to_str().unwrap()], &case.log());
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("it follows a file that ended with 2:"), "{out}");
    // The old one is cut short: the new one knows.
    let text = fs::read_to_string(&old).unwrap();
    fs::write(&old, format!("{}\n", text.lines().next().unwrap())).unwrap();
    let (code, out, _) = audit(&["verify", old.to_str().unwrap()], &case.log());
    assert!(code == 1 && out.contains("it was cut short"), "{out}");
}

/// The list of actions and the classes of events agree: what OCSF has no activity for is known here.
#[test]
fn every_action_has_a_class_of_ocsf() {
    use rex_audit_log::{Destination, Extent, Facts, Judgement, Log, Redaction, Run, Start};
    let case = Case::new("1", ALLOW);
    let log = Log::open(&Destination::File(case.log()), None).unwrap();
    let mut run = Run::start(log, Facts::default(), Redaction::default(), &Start::default()).unwrap();
    let mut asked = vec![String::new()];
    for action in rex_cedar_auth::action::ALL {
        for kind in action.kinds {
            asked.push(format!("{} {}", action.namespace, action.name));
            run.judged(&Judgement {
                namespace: action.namespace,
                action: action.name,
                kind: kind.type_name(),
                id: "7",
                denied: None,
                policies: &[],
                extent: Extent::One,
                function: None,
                line: 0,
            })
            .unwrap();
        }
    }
    let records = case.records();
    assert!(records.len() > 50 && records.len() == asked.len());
    let mut without: Vec<&str> = asked
        .iter()
        .zip(&records)
        .filter(|(_, record)| record["activity_id"] == 99)
        .map(|(asked, _)| asked.as_str())
        .collect();
    without.dedup();
    assert_eq!(
        without,
        [
            "file_system network_namespace",
            "process_system mount_namespace",
            "process_system network_namespace",
            "process_system pid_namespace",
            "process_system interrupt",
        ]
    );
    for record in &records[1..] {
        let subject = ["file", "process", "http_request", "query", "dst_endpoint", "api"];
        assert_eq!(subject.iter().filter(|field| record.get(**field).is_some()).count(), 1, "{record}");
        assert_eq!(record["action"], "Allowed");
    }
}

#[test]
fn a_signed_log_is_checked_by_its_allowed_signers() {
    let case = Case::new("1", ALLOW).audited();
    let key = case.path("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&key).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no ssh-keygen");
        return;
    }
    let case = case.flags(&["--audit-key", key.to_str().unwrap()]);
    succeeded(&case);
    let signers = case.path("allowed_signers");
    let public = fs::read_to_string(case.path("key.pub")).unwrap();
    fs::write(&signers, format!("log@example.org namespaces=\"audit@rex\" {public}")).unwrap();
    let allowed = ["verify", "--strict", "--allowed-signers", signers.to_str().unwrap()];
    let (code, out, err) = audit(&allowed, &case.log());
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.starts_with("signed up to record 2 by log@example.org\n"), "{out}");
    // A signature for scripts is none for logs.
    fs::write(&signers, format!("log@example.org namespaces=\"script@rex\" {public}")).unwrap();
    let (code, out, _) = audit(&allowed, &case.log());
    assert!(code == 1 && out.contains("its signature does not hold"), "{out}");
    // A log without signatures is none where they are asked for.
    fs::write(&signers, format!("log@example.org namespaces=\"audit@rex\" {public}")).unwrap();
    let bare = Case::new("1", ALLOW).audited();
    succeeded(&bare);
    let (code, out, _) = audit(&allowed, &bare.log());
    assert!(code == 1 && out.contains("the record `run_start` is not signed"), "{out}");
    // Without its key the run does not start.
    fs::remove_file(&key).unwrap();
    fs::remove_file(case.path("key.pub")).unwrap();
    let record = case.run().failed(5, "COMMUNICATION_EXCEPTION");
    assert!(record["error"]["message"].as_str().unwrap().starts_with("the audit log cannot be signed: "), "{record}");
}
