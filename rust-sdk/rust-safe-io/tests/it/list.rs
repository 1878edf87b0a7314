//! Listing and finding.

use crate::allow::{OPEN, OPEN_DIR, READ_DIR, all, all_but, denied, failed, forbid_in};
use rex_test_utils::{Folder, gate, policy_from_needs};
use rust_safe_io::{EntryType, find, list};
use std::os::unix::fs::MetadataExt;

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn tree() -> Folder {
    let folder = Folder::new(&[("d/a.log", ""), ("d/.hidden", ""), ("d/e/b.log", ""), ("d/e/f/c.txt", "")]);
    folder.link("d/link", "e");
    folder
}

fn paths(folder: &Folder, recursive: bool) -> Vec<String> {
    let listing = list(&all(folder), &folder.at("d"), recursive).unwrap();
    assert_eq!(listing.skipped, []);
    sorted(
        listing.entries.iter().map(|entry| entry.path().strip_prefix(&folder.at("d/")).unwrap().to_owned()).collect(),
    )
}

#[test]
fn every_name_with_its_type() {
    let folder = tree();
    rustix::fs::mknodat(rustix::fs::CWD, folder.at("d/fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.at("d/socket")).unwrap();
    let listing = list(&all(&folder), &folder.at("d"), false).unwrap();
    let mut types: Vec<_> = listing.entries.iter().map(|entry| (entry.name(), entry.entry_type())).collect();
    types.sort_by(|left, right| left.0.cmp(&right.0));
    let expected = [
        (".hidden", EntryType::File),
        ("a.log", EntryType::File),
        ("e", EntryType::Dir),
        ("fifo", EntryType::Fifo),
        ("link", EntryType::Symlink),
        ("socket", EntryType::Socket),
    ];
    assert_eq!(types, expected.map(|(name, kind)| (name.to_owned(), kind)));
    for entry in &listing.entries {
        assert_eq!(entry.inode(), std::fs::symlink_metadata(entry.path()).unwrap().ino());
    }
}

#[test]
fn below_only_recursively_and_never_through_links() {
    let folder = tree();
    assert_eq!(paths(&folder, false), [".hidden", "a.log", "e", "link"]);
    assert_eq!(paths(&folder, true), [".hidden", "a.log", "e", "e/b.log", "e/f", "e/f/c.txt", "link"]);
}

#[test]
fn many_names() {
    let folder = Folder::new(&[("d/", "")]);
    for number in 0..3000 {
        folder.put(&format!("d/a rather long name of a file {number:05}"), "");
    }
    assert_eq!(paths(&folder, false).len(), 3000);
}

#[test]
fn names_that_are_no_text_are_shown_with_a_mark() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new(&[("d/", "")]);
    std::fs::write(std::path::Path::new(&folder.at("d")).join(std::ffi::OsStr::from_bytes(b"a\xff")), "").unwrap();
    assert_eq!(paths(&folder, false), ["a\u{fffd}"]);
}

#[test]
fn a_link_is_listed_itself() {
    let folder = tree();
    folder.link("dangling", "nowhere");
    for (name, gate) in [("d/link", all(&folder)), ("dangling", all(&folder))] {
        let listing = list(&gate, &folder.at(name), false).unwrap();
        let only: Vec<_> = listing.entries.iter().map(|entry| (entry.path().to_owned(), entry.entry_type())).collect();
        assert_eq!(only, [(folder.at(name), EntryType::Symlink)]);
    }
    let no_files = gate(&policy_from_needs(&[OPEN_DIR, READ_DIR], folder.path(), ""));
    assert_eq!(denied(list(&no_files, &folder.at("d/link"), false)), ("open", folder.at("d/link")));
}

#[test]
fn what_is_no_directory_is_refused() {
    let folder = tree();
    let message = format!("Invalid arguments: ls: {}: Not a directory or symlink", folder.at("d/a.log"));
    assert_eq!(failed(list(&all(&folder), &folder.at("d/a.log"), false)), ("InvalidArguments", message));
    assert_eq!(failed(list(&all(&folder), &folder.at("none"), false)).0, "NotFound");
    assert_eq!(
        failed(list(&all(&folder), "", false)),
        ("InvalidArguments", "Invalid arguments: Invalid path: ".to_owned())
    );
    assert_eq!(failed(find(&all(&folder), "*", &folder.at("none"), false)).0, "NotFound");
    assert_eq!(failed(find(&all(&folder), "*", &folder.at("d/a.log"), false)).0, "IoError");
}

#[test]
fn a_directory_below_that_is_denied_is_left_out_and_told() {
    let folder = tree();
    for action in ["open", "read"] {
        let gate = all_but(&folder, &forbid_in(action, &folder.at("d/e/f")));
        let listing = list(&gate, &folder.at("d"), true).unwrap();
        assert_eq!(
            listing.skipped.iter().map(|skipped| skipped.path.clone()).collect::<Vec<_>>(),
            [folder.at("d/e/f")]
        );
        assert!(listing.skipped[0].reason.starts_with("Permission denied: "), "{:?}", listing.skipped);
        assert!(!listing.entries.iter().any(|entry| entry.name() == "c.txt"));
        assert!(listing.entries.iter().any(|entry| entry.name() == "b.log"));
        let found = find(&gate, "*.txt", &folder.at("d"), true).unwrap();
        assert_eq!((found.names, found.skipped.len()), (vec![], 1));
        assert_eq!(denied(list(&gate, &folder.at("d/e/f"), false)).0, action);
    }
}

#[test]
fn patterns() {
    let folder = tree();
    let found =
        |pattern: &str, recursive| sorted(find(&all(&folder), pattern, &folder.at("d"), recursive).unwrap().names);
    assert_eq!(found("*.log", false), ["a.log"]);
    assert_eq!(found("*.log", true), ["a.log", "b.log"]);
    assert_eq!(found("[ab].log", true), ["a.log", "b.log"]);
    assert_eq!(found("?.log", false), ["a.log"]);
    assert_eq!(found("*", false), [".hidden", "a.log", "e", "link"]);
    assert_eq!(found("log", true), Vec::<String>::new());
    assert_eq!(found(".hid*", true), [".hidden"]);
    assert_eq!(found("", true), Vec::<String>::new());
    let (kind, text) = failed(find(&all(&folder), "[", &folder.at("d"), true));
    assert!(kind == "ValidationError" && text.starts_with("Validation error: Invalid glob pattern: - "), "{text}");
}

#[test]
fn a_directory_behind_a_link_is_judged_by_both_paths() {
    let folder = Folder::new(&[("real/a", ""), ("in/", "")]);
    folder.link("in/link", "../real");
    folder.put("real/sub/b", "");
    let inside = gate(&policy_from_needs(&[OPEN_DIR, OPEN, READ_DIR], &folder.at("in"), ""));
    assert_eq!(denied(find(&inside, "*", &folder.at("in/link"), false)), ("open", folder.at("real")));
    assert_eq!(denied(list(&inside, &folder.at("in/link/sub"), false)), ("open", folder.at("real/sub")));
    let outside = gate(&policy_from_needs(&[OPEN_DIR, OPEN, READ_DIR], &folder.at("real"), ""));
    assert_eq!(denied(find(&outside, "*", &folder.at("in/link"), false)), ("open", folder.at("in/link")));
    let listing = list(&all(&folder), &folder.at("in/link/sub"), false).unwrap();
    assert_eq!(listing.entries.iter().map(rust_safe_io::DirEntry::path).collect::<Vec<_>>(), [folder.at("real/sub/b")]);
}
