//! A thread swaps names while what is held open is listed, searched, measured and followed: nothing that was not judged is ever told.

use crate::allow::redaction;
use crate::races::{World, dir_and_link, file_and_link, race};
use rex_test_utils::Folder;
use rust_safe_io::{DirHandle, DirOptions, Error, FileOptions, FindOptions, UsageOptions};
use std::fs;

/// How many rounds a race has at least.
fn rounds() -> u32 {
    std::env::var("REX_RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000)
}

const READ: FileOptions = FileOptions { read: true, write: false, create: false, permissions: None, follow: false };
const FOLLOW: FileOptions = FileOptions { follow: true, ..READ };

fn top(world: &World) -> DirHandle {
    DirHandle::open(&world.gate, &world.folder.at("open"), DirOptions::default()).unwrap()
}

fn is_public(text: &str) -> bool {
    assert!(!text.contains("SECRET"), "the secret was told");
    true
}

#[test]
fn opening_meets_no_unjudged_file() {
    let world = World::new();
    let (held, hidden) = (top(&world), redaction(&world.folder));
    for (name, options) in [("open_file", READ), ("open_file, following", FOLLOW)] {
        race(name, rounds(), &world, &file_and_link, |_| {
            let opened = held.open_file(&world.gate, "a", options);
            opened.is_ok_and(|file| is_public(&file.read(&world.gate, &hidden).unwrap().content))
        });
    }
    race("open_as_file, following", rounds(), &world, &file_and_link, |_| {
        let entries = held.entries(&world.gate).unwrap();
        let opened = entries.iter().filter_map(|entry| entry.open_as_file(&world.gate, FOLLOW).ok());
        opened.filter(|file| is_public(&file.read(&world.gate, &hidden).unwrap().content)).count() > 0
    });
    race("metadata of entries", rounds(), &world, &file_and_link, |_| {
        let entries = held.entries(&world.gate).unwrap();
        let sizes: Vec<u64> =
            entries.iter().filter_map(|entry| entry.metadata(&world.gate).ok()).map(|found| found.size()).collect();
        // "public" has six bytes as "SECRET" has, so that the link's own eleven are what tells it.
        assert!(sizes.iter().all(|size| [6, 11].contains(size)), "{sizes:?}");
        !sizes.is_empty()
    });
}

#[test]
fn walks_meet_no_unjudged_directory() {
    let world = World::new();
    fs::write(world.folder.at("closed/SECRET"), "").unwrap();
    let fill = |folder: &Folder| {
        dir_and_link(folder);
        folder.put("open/third/x", "public");
    };
    let all = |options: &FindOptions| {
        let (mut told, mut skipped) = (String::new(), Vec::new());
        let walked = top(&world).find::<Error>(&world.gate, options, &mut skipped, &mut |entry| {
            told += entry.path();
            Ok(())
        });
        assert!(!skipped.iter().any(|left_out| left_out.path.contains("SECRET")));
        is_public(&told) && walked.is_ok()
    };
    race("find", rounds(), &world, &fill, |_| all(&FindOptions::default()));
    race("find by size", rounds(), &world, &fill, |_| {
        all(&FindOptions { min_size: Some(0), ..FindOptions::default() })
    });
    race("find, following", rounds(), &world, &fill, |_| all(&FindOptions { follow: true, ..FindOptions::default() }));
    let options = UsageOptions { all_files: true, ..UsageOptions::default() };
    race("disk_usage", rounds(), &world, &fill, |_| {
        let usage = top(&world).disk_usage(&world.gate, options);
        usage.is_ok_and(|usage| usage.entries.iter().all(|entry| is_public(&entry.path)))
    });
    race("open_as_dir, following", rounds(), &world, &fill, |_| {
        let follow = DirOptions { follow: true, ..DirOptions::default() };
        let entries = top(&world).entries(&world.gate).unwrap();
        let opened = entries.iter().filter_map(|entry| entry.open_as_dir(&world.gate, follow).ok());
        opened.filter(|dir| is_public(&listed(&world, dir))).count() > 0
    });
}

fn listed(world: &World, dir: &DirHandle) -> String {
    dir.entries(&world.gate)
        .map(|entries| entries.iter().map(|entry| entry.path().to_owned()).collect())
        .unwrap_or_default()
}

/// A directory in which the name comes and goes cannot be made at the wrong place.
#[test]
fn making_directories_never_follows() {
    let world = World::new();
    let path = world.at("a/new/deep");
    let options = DirOptions { create: true, recursive: true, follow: false };
    race("make directories", rounds(), &world, &dir_and_link, |_| DirHandle::open(&world.gate, &path, options).is_ok());
    let one = world.at("a/single");
    race("make a directory", rounds(), &world, &dir_and_link, |number| {
        let made = DirHandle::open(&world.gate, &format!("{one}{number}"), DirOptions { recursive: false, ..options });
        made.is_ok()
    });
    race("make a file, following", rounds(), &world, &file_and_link, |number| {
        let creating = FileOptions { create: true, write: true, ..FOLLOW };
        let name = if number % 2 == 0 { "a" } else { "b" };
        top(&world).open_file(&world.gate, name, creating).is_ok()
    });
}
