//! A thread mounts another directory on a name and takes it away again while trees are removed, changed and walked: what lies on the
//! other file system is never touched, and never listed where one file system is asked for. Only root can mount.

use crate::allow::{all, all_but, forbid};
use crate::mount::apart;
use rex_test_utils::Folder;
use rust_safe_io::{DirHandle, DirOptions, Error, FindOptions, RemoveOptions, UsageOptions, remove};
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_bind, mount_change, unmount};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How many rounds a race has at least.
fn rounds() -> u32 {
    std::env::var("REX_RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// Runs `round` while the directory `other/closed` is mounted on `open/a` and taken away again. It gives whether the operation did its
/// work.
fn race(name: &str, folder: &Folder, mut round: impl FnMut(&Folder) -> bool) {
    folder.put("other/closed/SECRET", "SECRET");
    let before = state(folder);
    let (stop, mounts) = (AtomicBool::new(false), AtomicU64::new(0));
    let (from, onto) = (folder.at("other/closed"), folder.at("open/a"));
    fs::create_dir_all(&onto).unwrap();
    let (mut number, mut succeeded) = (0_u32, 0_u32);
    std::thread::scope(|scope| {
        // A thread that this one begins sees the same mounts.
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                if mount_bind(&from, &onto).is_ok() {
                    mounts.fetch_add(1, Ordering::SeqCst);
                    let _ = mount_change(&onto, MountPropagationFlags::PRIVATE);
                    std::thread::yield_now();
                    take_away(folder, &onto);
                    // Now no time between two mounts, now enough of it for the operation to come through.
                    std::thread::sleep(Duration::from_micros(mounts.load(Ordering::SeqCst) % 8 * 60));
                }
            }
            take_away(folder, &onto);
        });
        while number < rounds() || ((mounts.load(Ordering::SeqCst) < 20 || succeeded < 20) && number < 100 * rounds()) {
            // What is made here may land on what is mounted; it bears other names than what must stay.
            let _ = fs::create_dir_all(folder.at("open/a"));
            let _ = fs::create_dir_all(folder.at("open/z/y"));
            succeeded += u32::from(round(folder));
            number += 1;
        }
        stop.store(true, Ordering::SeqCst);
    });
    let mounts = mounts.into_inner();
    eprintln!("{name}: {number} rounds, {succeeded} succeeded, {mounts} mounts");
    assert_eq!(state(folder), before, "{name}");
    assert!(mounts >= 20 && succeeded >= 20, "{name} met hardly any mount, or hardly any gap: {mounts}, {succeeded}");
}

/// Takes the mounts away. One may have come onto a directory that was about to be removed, which has another name then.
fn take_away(folder: &Folder, onto: &str) {
    while unmount(onto, UnmountFlags::DETACH).is_ok() {}
    for entry in fs::read_dir(folder.at("open")).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(".rex-") {
            while unmount(entry.path(), UnmountFlags::DETACH).is_ok() {}
        }
    }
}

/// What must stay: content, permissions and owner of what is on the other file system.
fn state(folder: &Folder) -> (String, u32, u32) {
    let metadata = fs::symlink_metadata(folder.at("other/closed/SECRET")).unwrap();
    (folder.text("other/closed/SECRET"), metadata.mode(), metadata.uid())
}

fn open(folder: &Folder) -> DirHandle {
    DirHandle::open(&all(folder), &folder.at("open"), DirOptions::default()).unwrap()
}

const WHOLE: RemoveOptions = RemoveOptions { recursive: true, force: false };

#[test]
fn removing_never_crosses_a_mount() {
    apart(&[("open/z/x", "")], |folder| {
        let gate = all(folder);
        race("remove", folder, |folder| remove(&gate, &folder.at("open"), WHOLE).is_ok());
        let _ = fs::create_dir_all(folder.at("open"));
        race("delete", folder, |folder| {
            let _ = fs::create_dir_all(folder.at("open"));
            DirHandle::open(&gate, &folder.at("open"), DirOptions::default())
                .is_ok_and(|dir| dir.delete(&gate, WHOLE).is_ok())
        });
    });
}

#[test]
fn permissions_of_what_is_mounted_are_judged() {
    apart(&[("open/z/x", "")], |folder| {
        // What is mounted on a permitted place may be changed there as far as it is permitted.
        let gate = all_but(folder, &forbid("chmod", &folder.at("open/a/SECRET")));
        race("chmod", folder, |folder| open(folder).chmod(&gate, 0o700, true).is_ok());
    });
}

#[test]
fn walks_of_one_file_system_never_cross_a_mount() {
    apart(&[("open/z/x", "")], |folder| {
        let gate = all(folder);
        race("disk_usage", folder, |folder| {
            let options = UsageOptions { one_file_system: true, all_files: true, ..UsageOptions::default() };
            let usage = open(folder).disk_usage(&gate, options).unwrap();
            assert!(!usage.entries.iter().any(|entry| entry.path.contains("SECRET")));
            true
        });
        race("find", folder, |folder| {
            let mut skipped = Vec::new();
            open(folder).find::<Error>(&gate, &FindOptions::default(), &mut skipped, &mut |_| Ok(())).is_ok()
        });
    });
}
