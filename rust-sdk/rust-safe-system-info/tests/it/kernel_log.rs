//! The kernel log.

use crate::inside::inside;
use rex_test_utils::gate;
use rust_safe_system_info::{LogOptions, kernel_log};
use rust_sdk_common_utils::DateTime;
use std::fs;

const ALL: &str = "permit(principal, action, resource);";

#[test]
fn messages_are_filtered_and_nothing_waits() {
    // As logger(1) does: a message of a program, which does no more than stand in the log.
    let marker = format!("rex test {}", std::process::id());
    let Ok(()) = fs::write("/dev/kmsg", format!("<28>{marker} \u{e9}\x1b[2J\n")) else {
        eprintln!("skipped: only root may write to the kernel log");
        return;
    };
    let gate = gate(ALL);
    let ask = |options: LogOptions| kernel_log(&gate, &options).unwrap();
    let all = ask(LogOptions::default());
    assert!(all.is_sorted_by_key(|entry| entry.sequence) && all.iter().all(|entry| !entry.message.is_empty()));
    let ours = all.iter().rfind(|entry| entry.message.starts_with(&marker)).unwrap();
    assert_eq!(ours.message, format!("{marker} \u{e9}\\x1b[2J"));
    assert_eq!((ours.level_name(), ours.facility_name()), ("warn", "daemon"));
    assert_eq!(ours.to_string(), format!("[{}] {}", ours.time, ours.message));

    let has = |options: LogOptions| ask(options).iter().any(|entry| entry.sequence == ours.sequence);
    let now = DateTime::now().unwrap();
    let (before, later) = (Some(now.minus_seconds(60).unwrap()), Some(now.plus_seconds(60).unwrap()));
    let base = LogOptions { after: Some(ours.sequence - 1), ..LogOptions::default() };
    assert!(has(LogOptions { level: Some(4), facility: Some(3), since: before, until: later, ..base.clone() }));
    assert!(!has(LogOptions { level: Some(3), ..base.clone() }));
    assert!(!has(LogOptions { facility: Some(0), ..base.clone() }));
    assert!(!has(LogOptions { since: later, ..base.clone() }));
    assert!(!has(LogOptions { until: before, ..base.clone() }));
    assert!(!has(LogOptions { after: Some(ours.sequence), ..base.clone() }));
    assert_eq!(ask(LogOptions { last: Some(1), ..LogOptions::default() }).len(), 1);
    assert!(ask(LogOptions { last: Some(0), ..LogOptions::default() }).is_empty());
    let human = ask(LogOptions { human_readable_time: true, ..base });
    let year = now.year().to_string();
    assert!(human.iter().any(|entry| entry.time.ends_with(&year)), "{human:?}");
}

#[test]
fn another_device_in_its_place_is_refused() {
    let prepare = "mount --bind /dev/null /dev/kmsg";
    inside("kernel_log::another_device_in_its_place_is_refused", prepare, || {
        let error = kernel_log(&gate(ALL), &LogOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with("it is not the kernel log"), "{error}");
    });
}
