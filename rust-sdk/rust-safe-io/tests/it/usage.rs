//! What a tree occupies.

use crate::allow::{all, all_but, denied, failed, forbid, forbid_in};
use rex_test_utils::Folder;
use rust_safe_io::{DirHandle, DirOptions, Usage, UsageOptions, usage};
use std::os::unix::fs::MetadataExt;

fn options() -> UsageOptions {
    UsageOptions { apparent_size: true, ..UsageOptions::default() }
}

fn tree() -> Folder {
    let folder = Folder::new(&[("d/a", "12345"), ("d/e/b", "1234567"), ("d/e/f/c", "123")]);
    std::fs::hard_link(folder.at("d/a"), folder.at("d/e/hard")).unwrap();
    folder.link("d/e/link", "b");
    folder
}

/// The paths below the folder, each with its size less that of the directories.
fn entries(folder: &Folder, usage: &Usage) -> Vec<(String, u64, u64)> {
    let dirs = |path: &str| {
        let all = ["d", "d/e", "d/e/f"].map(|dir| folder.at(dir));
        all.iter().filter(|dir| dir.starts_with(path)).map(|dir| std::fs::metadata(dir).unwrap().len()).sum::<u64>()
    };
    let below = |path: &str| path.strip_prefix(&folder.at("")).unwrap().to_owned();
    usage
        .entries
        .iter()
        .map(|entry| (below(&entry.path), entry.size_bytes - dirs(&entry.path), entry.inode_count))
        .collect()
}

#[test]
fn sums_of_directories_with_hard_links_once() {
    let folder = tree();
    let usage = usage(&all(&folder), &folder.at("d"), options()).unwrap();
    let listed = entries(&folder, &usage);
    assert_eq!(listed.iter().map(|entry| entry.0.as_str()).collect::<Vec<_>>(), ["d/e/f", "d/e", "d"]);
    assert_eq!(listed.last().unwrap(), &("d".to_owned(), 15, 6));
    assert_eq!(listed[0], ("d/e/f".to_owned(), 3, 2));
    let last = usage.entries.last().unwrap();
    assert_eq!((usage.total_size_bytes, usage.total_inode_count), (last.size_bytes, last.inode_count));
}

#[test]
fn what_is_listed() {
    let folder = tree();
    let listed = |options| {
        let usage = usage(&all(&folder), &folder.at("d"), options).unwrap();
        assert_eq!(usage.total_inode_count, 6);
        let mut names: Vec<_> = entries(&folder, &usage).into_iter().map(|entry| entry.0).collect();
        names.sort();
        names
    };
    assert_eq!(listed(UsageOptions { summarize: true, ..options() }), ["d"]);
    assert_eq!(listed(UsageOptions { max_depth: 0, ..options() }), ["d"]);
    assert_eq!(listed(UsageOptions { max_depth: 1, ..options() }), ["d", "d/e"]);
    assert_eq!(listed(UsageOptions { max_depth: 1, all_files: true, ..options() }), ["d", "d/a", "d/e"]);
    let all_files = UsageOptions { all_files: true, ..options() };
    assert_eq!(listed(all_files), ["d", "d/a", "d/e", "d/e/b", "d/e/f", "d/e/f/c", "d/e/hard", "d/e/link"]);
    let both = UsageOptions { summarize: true, ..all_files };
    let message = "Validation error: cannot both summarize and show all entries".to_owned();
    assert_eq!(failed(usage(&all(&folder), &folder.at("d"), both)), ("ValidationError", message));
}

#[test]
fn blocks_or_length() {
    let folder = Folder::new(&[("d/sparse", "")]);
    std::fs::File::options().write(true).open(folder.at("d/sparse")).unwrap().set_len(1 << 30).unwrap();
    let own = std::fs::metadata(folder.at("d")).unwrap();
    let size = |apparent_size| {
        usage(&all(&folder), &folder.at("d"), UsageOptions { apparent_size, ..options() }).unwrap().total_size_bytes
    };
    assert_eq!(size(true), (1 << 30) + own.len());
    assert_eq!(size(false), own.blocks() * 512);
}

#[test]
fn what_is_denied_below_is_left_out_and_told() {
    let folder = tree();
    for (but, path, count) in [
        (forbid_in("open", &folder.at("d/e/f")), "d/e/f", 4),
        (forbid_in("read", &folder.at("d/e/f")), "d/e/f", 4),
        (forbid_in("stat", &folder.at("d/e/f")), "d/e/f", 4),
        (forbid("stat", &folder.at("d/e/b")), "d/e/b", 5),
    ] {
        let usage = usage(&all_but(&folder, &but), &folder.at("d"), options()).unwrap();
        assert_eq!(
            usage.skipped.iter().map(|skipped| skipped.path.clone()).collect::<Vec<_>>(),
            [folder.at(path)],
            "{but}"
        );
        assert_eq!(usage.total_inode_count, count, "{but}");
    }
    for action in ["open", "read", "stat"] {
        let gate = all_but(&folder, &forbid_in(action, &folder.at("d")));
        assert_eq!(denied(usage(&gate, &folder.at("d"), options())), (action, folder.at("d")));
    }
}

#[test]
fn what_is_no_directory_is_refused() {
    let folder = tree();
    assert_eq!(failed(usage(&all(&folder), &folder.at("d/a"), options())).0, "IoError");
    assert_eq!(failed(usage(&all(&folder), &folder.at("none"), options())).0, "NotFound");
}

#[test]
fn each_of_many_files_has_its_own_size() {
    let folder = Folder::new(&[]);
    for number in 0..500_usize {
        folder.put(&format!("d/{number}"), "x".repeat(number));
    }
    let all_files = UsageOptions { all_files: true, ..options() };
    let usage = usage(&all(&folder), &folder.at("d"), all_files).unwrap();
    for entry in usage.entries.iter().filter(|entry| !entry.is_dir) {
        let number: u64 = entry.path.rsplit('/').next().unwrap().parse().unwrap();
        assert_eq!(entry.size_bytes, number, "{}", entry.path);
    }
    assert_eq!(usage.entries.len(), 501);
}

#[test]
fn the_largest_directory_is_no_file() {
    let folder = Folder::new(&[("d/large", "0123456789".repeat(100_000).as_str()), ("d/sub/a", "1"), ("d/other/", "")]);
    let gate = all(&folder);
    let dir = DirHandle::open(&gate, &folder.at("d"), DirOptions::default()).unwrap();
    let usage = dir.disk_usage(&gate, UsageOptions { all_files: true, ..options() }).unwrap();
    assert_eq!(dir.largest(&gate, &usage).unwrap().unwrap().path(), folder.at("d/sub"));
}
