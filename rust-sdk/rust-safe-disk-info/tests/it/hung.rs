//! Mounts whose server does not answer.

use crate::apart::{all_but, apart, at, forbid, is_mounted, tmpfs};
use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::Silent;
use rust_safe_disk_info::{Absolute, FilesystemOptions, Survey, UnmountOptions, Why, filesystems, unmount};
use std::process::Command;
use std::time::{Duration, Instant};

fn patient(path: &str, millis: u64) -> FilesystemOptions {
    FilesystemOptions { timeout: Duration::from_millis(millis), ..at(path) }
}

fn names(survey: &Survey) -> Vec<&str> {
    survey.filesystems.iter().map(|found| found.device.as_str()).collect()
}

#[test]
fn one_that_hangs_delays_none_but_itself() {
    apart(|folder| {
        tmpfs(folder, "first", "a", "size=1m");
        let (Some(one), Some(two)) = (Silent::mount(folder, "b"), Silent::mount(folder, "c")) else { return };
        tmpfs(folder, "last", "d", "size=1m");
        let start = Instant::now();
        let survey = filesystems(&all_but(""), &patient(folder.path(), 1000)).unwrap();
        let took = start.elapsed();
        assert_eq!(names(&survey), ["first", "last"]);
        let silent: Vec<_> = survey.skipped.iter().map(|skipped| (skipped.name.as_str(), skipped.why)).collect();
        assert_eq!(silent, [(folder.at("b").as_str(), Why::Silent), (folder.at("c").as_str(), Why::Silent)]);
        assert_eq!(survey.skipped[0].reason, "no answer within 1 s");
        // Both wait at the same time.
        assert!((Duration::from_secs(1)..Duration::from_millis(1900)).contains(&took), "{took:?}");
        assert_eq!((one.asked(), two.asked()), (1, 1));
    });
}

#[test]
fn a_mount_that_policy_forbids_is_not_touched() {
    apart(|folder| {
        let Some(silent) = Silent::mount(folder, "b") else { return };
        tmpfs(folder, "other", "d", "size=1m");
        let gate = all_but(&forbid("stat", "Dir", &folder.at("b")));
        let start = Instant::now();
        let survey = filesystems(&gate, &patient(folder.path(), 5000)).unwrap();
        assert!(start.elapsed() < Duration::from_secs(2));
        assert_eq!((names(&survey), survey.skipped[0].why, silent.asked()), (vec!["other"], Why::Denied, 0));
    });
}

#[test]
fn the_end_of_the_run_does_not_wait_for_it() {
    apart(|folder| {
        let Some(_silent) = Silent::mount(folder, "b") else { return };
        let start = Instant::now();
        let policies = Policies::load("test", "permit(principal, action, resource);").unwrap();
        let stop = move || (start.elapsed() > Duration::from_millis(100)).then(|| Stopped("the end".into()));
        let gate = Gate::new(policies, "tester").with_stop(stop);
        let ended = filesystems(&gate, &patient(folder.path(), 60_000)).unwrap_err();
        assert_eq!(ended.to_string(), "the end");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    });
}

/// The folder of [`in_a_process`].
const FOLDER: &str = "REX_TEST_HUNG";

/// What the process of the next test does; by itself nothing.
#[test]
fn in_a_process() {
    if let Ok(folder) = std::env::var(FOLDER) {
        let survey = filesystems(&all_but(""), &patient(&folder, 300)).unwrap();
        assert_eq!((survey.filesystems.len(), survey.skipped.len()), (0, 1));
    }
}

#[test]
fn a_process_that_asked_it_can_end_and_its_output_with_it() {
    apart(|folder| {
        let Some(silent) = Silent::mount(folder, "b") else { return };
        let start = Instant::now();
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command.args(["--exact", "hung::in_a_process"]).env(FOLDER, folder.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(silent.asked(), 1);
    });
}

/// A script that asks again and again does not fill the host with processes that cannot die.
#[test]
fn few_processes_are_left_behind_however_often_it_is_asked() {
    apart(|folder| {
        let Some(silent) = Silent::mount(folder, "b") else { return };
        for _ in 0..10 {
            let survey = filesystems(&all_but(""), &patient(folder.path(), 60)).unwrap();
            assert_eq!(survey.skipped[0].why, Why::Silent);
        }
        assert_eq!(silent.asked(), 3);
        drop(silent);
        // The server has gone: it is asked again, and says so.
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            let survey = filesystems(&all_but(""), &patient(folder.path(), 60)).unwrap();
            if survey.skipped[0].why == Why::Failed {
                return;
            }
        }
        panic!("it is given up for ever");
    });
}

#[test]
fn it_can_be_unmounted() {
    apart(|folder| {
        let Some(silent) = Silent::mount(folder, "b") else { return };
        let survey = filesystems(&all_but(""), &patient(folder.path(), 100)).unwrap();
        assert_eq!(survey.skipped.len(), 1);
        let path = Absolute::parse(&folder.at("b")).unwrap();
        let start = Instant::now();
        unmount(&all_but(""), &UnmountOptions { path, lazy: true, force: false }).unwrap();
        assert!(start.elapsed() < Duration::from_secs(2) && !is_mounted(folder, "b"));
        assert_eq!(silent.asked(), 1);
    });
}
