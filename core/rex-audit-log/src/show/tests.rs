//! Tests of what people see.

use super::{Colour, Filter, Runs, Table};
use crate::Entry;

fn entry(changes: &str) -> Entry {
    let mut value = serde_json::json!({
        "time": 1_764_119_604_123_i64, "activity_name": "Open", "disposition": "Blocked",
        "status_detail": "no permit in the policy matches",
        "metadata": {"sequence": 7, "correlation_uid": "0123456789ab"}, "actor": {"user": {"name": "alice"}},
        "authorizations": [{"decision": "denied", "policy": {"name": "policy1"}}],
        "unmapped": {"record": "judgement", "function": "cat", "line": 3, "action": "file_system::Action::\"open\"",
            "resource": "file_system::File::\"/etc/shadow\"", "script": "s.rhai", "policy": "p.cedar", "prev": ""},
    });
    let changes: serde_json::Value = serde_json::from_str(changes).unwrap();
    merge(&mut value, changes);
    Entry::parse(value.to_string().as_bytes()).unwrap()
}

fn merge(into: &mut serde_json::Value, from: serde_json::Value) {
    match (into, from) {
        (serde_json::Value::Object(into), serde_json::Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

#[test]
fn a_row_tells_what_when_and_why() {
    assert_eq!(
        Table::new(Colour::No).row(&entry("{}")),
        "      7 2025-11-26T01:13:24.123Z 01234567 DENIED    cat:3              open           \
         file_system::File::\"/etc/shadow\" (no permit in the policy matches) by policy1"
    );
    assert!(Table::new(Colour::Yes).row(&entry("{}")).contains("\u{1b}[31mDENIED   \u{1b}[0m"));
}

#[test]
fn nothing_of_a_log_reaches_the_terminal_as_it_is() {
    let bad = "\u{1b}]0;x\u{7}\n\u{202e}";
    for field in ["function", "action", "resource", "script", "policy", "signer", "error", "script_sha256"] {
        for record in ["judgement", "run_start", "run_end", "effect", bad] {
            let own = serde_json::json!({"unmapped": {"record": record, field: bad}, "status_detail": bad,
                "actor": {"user": {"name": bad}}, "metadata": {"correlation_uid": bad},
                "authorizations": [{"policy": {"name": bad}}]});
            let entry = entry(&own.to_string());
            let mut runs = Runs::default();
            runs.add(&entry);
            for text in [Table::new(Colour::No).row(&entry), runs.text(Colour::No).replace('\n', "")] {
                assert!(!text.chars().any(crate::ascii::misleads), "{field} {record}: {text:?}");
            }
        }
    }
}

#[test]
fn filters_are_all_to_be_met() {
    let shown = entry("{}");
    let all = Filter {
        run: Some("0123".to_owned()),
        function: Some("cat".to_owned()),
        action: Some("open".to_owned()),
        resource: Some("/etc/*".to_owned()),
        principal: Some("alice".to_owned()),
        denied: true,
        since: Some("2025-11-26T01:13:24Z".parse().unwrap()),
        until: Some("2025-11-26T01:13:25Z".parse().unwrap()),
    };
    assert!(all.shows(&shown) && Filter::default().shows(&shown));
    let others = [
        Filter { run: Some("x".to_owned()), ..Filter::default() },
        Filter { function: Some("ca".to_owned()), ..Filter::default() },
        Filter { action: Some("read".to_owned()), ..Filter::default() },
        Filter { resource: Some("/tmp/*".to_owned()), ..Filter::default() },
        Filter { principal: Some("bob".to_owned()), ..Filter::default() },
        Filter { since: Some("2025-11-26T01:13:25Z".parse().unwrap()), ..Filter::default() },
        Filter { until: Some("2025-11-26T01:13:24Z".parse().unwrap()), ..Filter::default() },
    ];
    for other in others {
        assert!(!other.shows(&shown), "{other:?}");
    }
    assert!(!all.shows(&entry(r#"{"disposition": "Allowed"}"#)));
    assert!(all.shows(&entry(r#"{"disposition": "Logged"}"#)), "let pass, but denied");
    let typed = Filter { resource: Some("file_system::File::*".to_owned()), ..Filter::default() };
    assert!(typed.shows(&shown));
}

#[test]
fn a_run_is_added_up() {
    let mut runs = Runs::default();
    let own = |own: serde_json::Value| entry(&serde_json::json!({"unmapped": own}).to_string());
    runs.add(&own(
        serde_json::json!({"record": "run_start", "signer": "ops@example.org", "script_sha256": "ab".repeat(32)}),
    ));
    runs.add(&entry("{}"));
    runs.add(&entry(r#"{"disposition": "Allowed"}"#));
    runs.add(&own(serde_json::json!({"record": "effect", "bytes": {"read": 5, "written": 0}})));
    let text = runs.text(Colour::No);
    assert!(text.contains("run 0123456789ab 2025-11-26T01:13:24.123Z has not ended\n"), "{text}");
    assert!(text.contains("script  s.rhai (sha256 abababababab...), signed by ops@example.org\n"), "{text}");
    assert!(text.contains("asked   1 allowed, 1 denied; 1 calls had an effect; 5 bytes read\n"), "{text}");
    runs.add(&own(serde_json::json!({"record": "run_end", "exit_code": 3, "error": "ACCESS_DENIED_EXCEPTION"})));
    assert!(runs.text(Colour::No).contains("exit 3 ACCESS_DENIED_EXCEPTION"));
}
