//! Watching how much of a processor processes use.

use crate::worker::Worker;
use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::{Folder, gate};
use rust_safe_process_mgmt::{Error, MonitorOptions, monitor};
use std::process::Command;
use std::time::{Duration, Instant};

const ALL: &str = "permit(principal, action, resource);";

fn busy() -> Worker {
    Worker::start(Command::new("bash").args(["-c", "while :; do :; done"]))
}

#[test]
fn who_works_is_told_from_who_sleeps() {
    let folder = Folder::new(&[]);
    let (busy, idle) = (busy(), Worker::named(&folder, "rexidle"));
    let options = MonitorOptions { pids: vec![busy.pid(), idle.pid()], batches: 3, ..MonitorOptions::default() };
    let seen = monitor(&gate(ALL), &options).unwrap();
    assert_eq!(seen.batches.len(), 3);
    for batch in &seen.batches {
        let numbers: Vec<u32> = batch.iter().map(|process| process.pid).collect();
        assert_eq!(numbers, options.pids);
        assert!(batch[1].recent_cpu_usage.unwrap() < 5.0);
        assert!(batch.iter().all(|process| !process.username.is_empty() || process.uid != 0));
    }
    let most = seen.batches.iter().filter_map(|batch| batch[0].recent_cpu_usage).fold(0.0, f64::max);
    assert!(most > 10.0 && most < 130.0, "{most}");
}

#[test]
fn threads_are_told_apart_also_those_that_begin_later() {
    let pids = vec![std::process::id()];
    let options = MonitorOptions { pids, batches: 3, include_threads: true, delay_in_seconds: 0 };
    let end = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let late = std::thread::spawn({
        let end = std::sync::Arc::clone(&end);
        move || {
            std::thread::sleep(Duration::from_millis(100));
            let name = std::thread::Builder::new().name("rexlate".to_owned());
            let busy = name.spawn(move || while !end.load(std::sync::atomic::Ordering::Relaxed) {}).unwrap();
            busy.join().unwrap();
        }
    });
    let seen = monitor(&gate(ALL), &options).unwrap();
    end.store(true, std::sync::atomic::Ordering::Relaxed);
    late.join().unwrap();
    let last = seen.batches.last().unwrap();
    assert_eq!(last[0].pid, std::process::id());
    let late = last.iter().find(|thread| thread.name == "rexlate").unwrap();
    assert_eq!(late.ppid, Some(std::process::id()));
    assert!(late.recent_cpu_usage.unwrap() > 10.0, "{late:?}");
}

#[test]
fn who_is_denied_or_gone_is_left_out() {
    let folder = Folder::new(&[]);
    let (seen, hidden, mut gone) =
        (Worker::named(&folder, "rexseen"), Worker::named(&folder, "rexhidden"), Worker::named(&folder, "rexended"));
    let pids = vec![seen.pid(), hidden.pid(), gone.pid()];
    gone.0.kill().unwrap();
    gone.0.wait().unwrap();
    let policy = format!("{ALL} forbid(principal, action, resource == process_system::Process::\"{}\");", hidden.pid());
    let found = monitor(&gate(&policy), &MonitorOptions { pids, ..MonitorOptions::default() }).unwrap();
    assert_eq!(found.batches[0].iter().map(|process| process.pid).collect::<Vec<_>>(), [seen.pid()]);
    assert_eq!((found.denied, found.missing), (1, 1));
}

#[test]
fn no_look_gives_nothing() {
    let options = MonitorOptions { pids: vec![1], batches: 0, ..MonitorOptions::default() };
    assert!(monitor(&gate(ALL), &options).unwrap().batches.is_empty());
}

#[test]
fn a_run_that_has_to_end_does_not_wait() {
    let begun = Instant::now();
    let stop = move || (begun.elapsed() > Duration::from_millis(300)).then(|| Stopped("time".into()));
    let gate = Gate::new(Policies::load("test", ALL).unwrap(), "tester").with_stop(stop);
    let options =
        MonitorOptions { pids: vec![1], batches: 100_000, delay_in_seconds: 86_400, ..MonitorOptions::default() };
    assert!(matches!(monitor(&gate, &options), Err(Error::Stopped(_))));
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
}
