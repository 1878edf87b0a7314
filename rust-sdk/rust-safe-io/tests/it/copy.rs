//! Copying.

use crate::allow::{CREATE, OPEN, OPEN_DIR, READ, WRITE, all, all_but, denied, failed, forbid};
use rex_test_utils::{Folder, gate, policy_from_needs};
use rust_safe_io::{CopyOptions, copy};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, SystemTime};

const PLAIN: CopyOptions = CopyOptions { force: false, preserve: false };
const FORCE: CopyOptions = CopyOptions { force: true, preserve: false };

#[test]
fn the_copy_holds_the_same_bytes() {
    let long: Vec<u8> = (0..9_000_000_u32).map(|number| (number % 251) as u8).collect();
    for content in [&b""[..], b"\xff\0a", &long] {
        let folder = Folder::new(&[]);
        folder.put("a", content);
        copy(&all(&folder), &folder.at("a"), &folder.at("b"), PLAIN).unwrap();
        assert!(folder.bytes("b") == content && folder.bytes("a") == content);
        assert_eq!(folder.tree().names(), ["a", "b"]);
    }
}

#[test]
fn a_file_of_proc_is_copied_though_it_says_it_is_empty() {
    let folder = Folder::new(&[]);
    let gate = gate("permit(principal, action, resource);");
    copy(&gate, "/proc/version", &folder.at("b"), PLAIN).unwrap();
    assert_eq!(folder.text("b"), std::fs::read_to_string("/proc/version").unwrap());
}

#[test]
fn content_in_the_way_is_replaced_by_force_alone() {
    let folder = Folder::new(&[("a", "new"), ("b", "old content"), ("empty", "")]);
    let before = folder.tree();
    let message = format!("Destination file not empty: File: {}, Size: 11 bytes", folder.at("b"));
    let refused = copy(&all(&folder), &folder.at("a"), &folder.at("b"), PLAIN);
    assert_eq!(failed(refused), ("DestinationFileNotEmptyError", message));
    assert_eq!(before.changes(&folder.tree()), "");
    copy(&all(&folder), &folder.at("a"), &folder.at("b"), FORCE).unwrap();
    copy(&all(&folder), &folder.at("a"), &folder.at("empty"), PLAIN).unwrap();
    assert_eq!((folder.text("b"), folder.text("empty")), ("new".to_owned(), "new".to_owned()));
}

#[test]
fn onto_itself_by_whatever_name_is_refused() {
    let folder = Folder::new(&[("a", "content")]);
    std::fs::hard_link(folder.at("a"), folder.at("other")).unwrap();
    let before = folder.tree();
    for (destination, options) in [("a", FORCE), ("a", PLAIN), ("other", FORCE), ("./a", FORCE)] {
        let refused = copy(&all(&folder), &folder.at("a"), &folder.at(destination), options);
        assert_eq!(failed(refused).0, "InvalidArguments", "{destination}");
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn preserving_hands_on_permissions_and_times_each_to_its_own() {
    let folder = Folder::new(&[("a", "x")]);
    let (accessed, modified) = (Duration::from_secs(1_000_000_000), Duration::new(1_234_567_890, 123_456_789));
    let file = std::fs::File::options().write(true).open(folder.at("a")).unwrap();
    let since = |duration| SystemTime::UNIX_EPOCH + duration;
    let times = std::fs::FileTimes::new().set_accessed(since(accessed)).set_modified(since(modified));
    std::fs::set_permissions(folder.at("a"), std::fs::Permissions::from_mode(0o4751)).unwrap();
    file.set_times(times).unwrap();
    copy(&all(&folder), &folder.at("a"), &folder.at("b"), CopyOptions { preserve: true, force: false }).unwrap();
    let copied = std::fs::metadata(folder.at("b")).unwrap();
    assert_eq!(copied.mode() & 0o7777, 0o751, "but not set-user-id");
    assert_eq!((copied.accessed().unwrap(), copied.modified().unwrap()), (since(accessed), since(modified)));
    copy(&all(&folder), &folder.at("a"), &folder.at("c"), PLAIN).unwrap();
    let plain = std::fs::metadata(folder.at("c")).unwrap();
    assert!(plain.modified().unwrap().elapsed().unwrap() < Duration::from_secs(60));
    assert_ne!(plain.mode() & 0o111, 0o111);
}

#[test]
fn source_and_destination_are_judged_apart() {
    let folder = Folder::new(&[("from/a", "secret"), ("to/b", "old")]);
    let (from, to) = (folder.at("from"), folder.at("to"));
    let policy = policy_from_needs(
        &[OPEN_DIR, OPEN, READ],
        &from,
        &policy_from_needs(&[OPEN_DIR, OPEN, CREATE, WRITE], &to, ""),
    );
    copy(&gate(&policy), &folder.at("from/a"), &folder.at("to/c"), PLAIN).unwrap();
    let before = folder.tree();
    assert_eq!(
        denied(copy(&gate(&policy), &folder.at("to/b"), &folder.at("to/d"), PLAIN)),
        ("read", folder.at("to/b"))
    );
    assert_eq!(
        denied(copy(&gate(&policy), &folder.at("from/a"), &folder.at("from/d"), PLAIN)),
        ("create", folder.at("from/d"))
    );
    let closed = all_but(&folder, &forbid("write", &folder.at("to/b")));
    assert_eq!(denied(copy(&closed, &folder.at("from/a"), &folder.at("to/b"), FORCE)), ("write", folder.at("to/b")));
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn what_is_copied_counts_as_read_and_as_written() {
    let folder = Folder::new(&[]);
    folder.put("a", vec![b'x'; 5000]);
    let gate = all(&folder);
    copy(&gate, &folder.at("a"), &folder.at("b"), PLAIN).unwrap();
    let usage = gate.usage();
    // Other tests of this process may read at the same time.
    assert!(usage.written == 5000 && usage.read >= 5000, "{usage:?}");
    for (most, there) in [(4999, false), (5000, true)] {
        let budget = rex_cedar_auth::Budget { written: Some(most), ..rex_cedar_auth::Budget::default() };
        let gate = all(&folder).with_budget(budget, |_| rex_cedar_auth::Stopped("enough".into()));
        let copied = copy(&gate, &folder.at("a"), &folder.at("c"), PLAIN);
        assert_eq!((copied.is_ok(), folder.tree().names().contains(&"c".into())), (there, there), "{copied:?}");
    }
}
