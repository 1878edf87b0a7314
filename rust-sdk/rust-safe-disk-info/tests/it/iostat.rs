//! Rates of processors and devices.

use crate::apart::{all_but, denied, forbid};
use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::gate;
use rust_safe_disk_info::{IoStatOptions, iostat};
use std::io::Write as _;
use std::time::{Duration, Instant};

#[test]
fn since_the_boot_every_device_and_all_of_the_time() {
    let snapshot = iostat(&all_but(""), &IoStatOptions::default()).unwrap();
    let table = std::fs::read_to_string("/proc/diskstats").unwrap();
    assert_eq!(snapshot.devices.len(), table.lines().count());
    let cpu = snapshot.cpu;
    let sum = cpu.user + cpu.nice + cpu.system + cpu.iowait + cpu.steal + cpu.idle;
    assert!((99.9..100.1).contains(&sum), "{sum}");
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    assert!((snapshot.seconds - uptime).abs() < 2.0, "{} {uptime}", snapshot.seconds);
}

#[test]
fn an_interval_tells_of_the_present() {
    let folder = rex_test_utils::Folder::new(&[]);
    let start = Instant::now();
    let writer = std::thread::spawn(move || {
        let mut file = std::fs::File::create(folder.at("data")).unwrap();
        while start.elapsed() < Duration::from_millis(600) {
            file.write_all(&[7; 1 << 12]).unwrap();
            let _ = file.sync_all();
        }
    });
    let options = IoStatOptions { interval: Some(Duration::from_millis(500)), ..IoStatOptions::default() };
    let snapshot = iostat(&all_but(""), &options).unwrap();
    assert!((0.5..2.0).contains(&snapshot.seconds), "{}", snapshot.seconds);
    writer.join().unwrap();
    let written: f64 = snapshot.devices.iter().map(|device| device.written_kib).sum();
    if snapshot.devices.iter().all(|device| !device.active) {
        eprintln!("skipped: nothing that is written here reaches a device that counts");
    } else {
        assert!(written > 0.0);
    }
}

#[test]
fn the_wait_ends_with_the_run() {
    let start = Instant::now();
    let policies = Policies::load("test", "permit(principal, action, resource);").unwrap();
    let stop = move || (start.elapsed() > Duration::from_millis(100)).then(|| Stopped("the end".into()));
    let options = IoStatOptions { interval: Some(Duration::from_secs(60)), ..IoStatOptions::default() };
    let ended = iostat(&Gate::new(policies, "tester").with_stop(stop), &options).unwrap_err();
    assert_eq!(ended.to_string(), "the end");
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn devices_are_chosen_by_name_and_by_what_they_did() {
    let all = iostat(&all_but(""), &IoStatOptions::default()).unwrap().devices;
    let devices = vec!["no such*".to_owned(), all.first().map(|device| device.name.clone()).unwrap_or_default()];
    let chosen = iostat(&all_but(""), &IoStatOptions { devices, ..IoStatOptions::default() }).unwrap().devices;
    assert_eq!(chosen.len(), all.len().min(1));
    let active = iostat(&all_but(""), &IoStatOptions { active: true, ..IoStatOptions::default() }).unwrap().devices;
    assert_eq!(active.len(), all.iter().filter(|device| device.active).count());
}

#[test]
fn both_tables_are_judged() {
    for path in ["/proc/stat", "/proc/diskstats"] {
        let refused = iostat(&all_but(&forbid("read", "File", path)), &IoStatOptions::default());
        assert_eq!(denied(refused), ("read", path.to_owned()));
    }
    let least = "permit(principal, action == file_system::Action::\"read\", resource is file_system::File) when { \
                 [\"/proc/stat\", \"/proc/diskstats\"].contains(resource.path) };";
    assert!(iostat(&gate(least), &IoStatOptions::default()).is_ok());
}
