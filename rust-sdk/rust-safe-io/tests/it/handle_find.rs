//! Finding in a tree.

use crate::allow::{OPEN_DIR, READ_DIR, all, all_but, allow, denied, failed, forbid, forbid_in};
use rex_cedar_auth::Gate;
use rex_test_utils::Folder;
use rust_safe_io::{DirHandle, DirOptions, EntryType, Error, FindOptions};

fn tree() -> Folder {
    let folder = Folder::new(&[
        ("t/a.log", "1"),
        ("t/B.LOG", "12"),
        ("t/logs/c.log", "123"),
        ("t/logs/old/e.log", "12345"),
        ("t/logs/old/deep/f.txt", "123456"),
        ("outside/x", "1234567"),
    ]);
    folder.link("t/to_logs", "logs");
    folder.link("t/out", "../outside");
    folder.link("t/self", ".");
    folder.link("t/dangling", "nothing");
    folder
}

/// The sorted paths below `t` that are found, and what was left out.
fn find(gate: &Gate, folder: &Folder, options: &FindOptions) -> (Vec<String>, Vec<String>) {
    let dir = DirHandle::open(gate, &folder.at("t"), DirOptions::default()).unwrap();
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    dir.find::<Error>(gate, options, &mut skipped, &mut |entry| {
        found.push(entry.path().to_owned());
        Ok(())
    })
    .unwrap();
    let below = |path: &str| path.strip_prefix(&folder.at("t/")).unwrap_or(path).to_owned();
    let mut found: Vec<String> = found.iter().map(|path| below(path)).collect();
    let mut skipped: Vec<String> = skipped.iter().map(|left_out| below(&left_out.path)).collect();
    found.sort();
    skipped.sort();
    (found, skipped)
}

fn named(options: &FindOptions) -> Vec<String> {
    let folder = tree();
    let (found, skipped) = find(&all(&folder), &folder, options);
    assert_eq!(skipped, Vec::<String>::new());
    found
}

fn name(pattern: &str) -> FindOptions {
    FindOptions { name: Some(pattern.to_owned()), ..FindOptions::default() }
}

#[test]
fn by_name() {
    assert_eq!(named(&name("*.log")), ["a.log", "logs/c.log", "logs/old/e.log"]);
    let any_case = FindOptions { iname: Some("*.LoG".to_owned()), ..FindOptions::default() };
    assert_eq!(named(&any_case), ["B.LOG", "a.log", "logs/c.log", "logs/old/e.log"]);
    let others = FindOptions { negate_name: true, max_depth: Some(1), ..name("*.log") };
    assert_eq!(named(&others), ["B.LOG", "dangling", "logs", "out", "self", "to_logs"]);
    let by_path = FindOptions { regex: Some("/old/.*txt$".to_owned()), ..FindOptions::default() };
    assert_eq!(named(&by_path), ["logs/old/deep/f.txt"]);
}

#[test]
fn by_depth() {
    let depths = |min_depth, max_depth| {
        named(&FindOptions { min_depth, max_depth, regex: Some("logs".to_owned()), ..FindOptions::default() })
    };
    assert_eq!(depths(0, Some(0)), Vec::<String>::new());
    assert_eq!(depths(0, Some(1)), ["logs", "to_logs"]);
    assert_eq!(depths(2, Some(2)), ["logs/c.log", "logs/old"]);
    assert_eq!(depths(4, None), ["logs/old/deep/f.txt"]);
}

#[test]
fn by_size_and_time() {
    let sized = |min_size, max_size| named(&FindOptions { min_size, max_size, ..name("*.[lt][ox][gt]") });
    assert_eq!(sized(Some(3), None), ["logs/c.log", "logs/old/deep/f.txt", "logs/old/e.log"]);
    assert_eq!(sized(Some(1), Some(3)), ["a.log", "logs/c.log"]);
    assert_eq!(sized(Some(6), Some(5)), Vec::<String>::new());
    let folder = tree();
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    std::fs::File::open(folder.at("t/a.log")).unwrap().set_modified(old).unwrap();
    let modified = |range| find(&all(&folder), &folder, &FindOptions { modified: range, ..name("*.log") }).0;
    assert_eq!(modified((None, Some(1_000_000_000))), ["a.log"]);
    assert_eq!(modified((Some(1_000_000_000), Some(1_000_000_000))), ["a.log"]);
    assert_eq!(modified((Some(1_000_000_001), None)), ["logs/c.log", "logs/old/e.log"]);
    let changed = FindOptions { changed: (None, Some(1_000_000_000)), ..name("*.log") };
    assert_eq!(find(&all(&folder), &folder, &changed).0, Vec::<String>::new());
}

#[test]
fn links_are_followed_on_request_and_each_object_is_found_once() {
    let folder = tree();
    let options = FindOptions { follow: true, ..FindOptions::default() };
    let gate = all(&folder);
    let dir = DirHandle::open(&gate, &folder.at("t"), DirOptions::default()).unwrap();
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    dir.find::<Error>(&gate, &options, &mut skipped, &mut |entry| {
        found.push((entry.inode(), entry.entry_type()));
        Ok(())
    })
    .unwrap();
    assert!(found.iter().all(|(_, entry_type)| *entry_type != EntryType::Symlink));
    let count = found.len();
    found.sort_by_key(|(inode, _)| *inode);
    found.dedup_by_key(|(inode, _)| *inode);
    // a.log, B.LOG, logs, c.log, old, e.log, deep, f.txt, outside, x
    assert_eq!((count, found.len()), (10, 10));
    assert_eq!(skipped.iter().map(|left_out| left_out.path.clone()).collect::<Vec<_>>(), [folder.at("t/dangling")]);
}

#[test]
fn what_a_link_leads_to_is_judged() {
    let folder = tree();
    let gate = all_but(&folder, &forbid_in("open", &folder.at("outside")));
    let (found, skipped) = find(&gate, &folder, &FindOptions { follow: true, ..FindOptions::default() });
    assert!(!found.iter().any(|path| path.contains("out")), "{found:?}");
    assert_eq!(skipped, ["dangling", "out"]);
}

#[test]
fn what_cannot_be_looked_at_is_reported() {
    let folder = tree();
    let policy = forbid_in("open", &folder.at("t/logs/old")) + &forbid("stat", &folder.at("t/a.log"));
    let gate = all_but(&folder, &policy);
    let (found, skipped) = find(&gate, &folder, &FindOptions { min_size: Some(0), ..FindOptions::default() });
    assert_eq!(skipped, ["a.log", "logs/old"]);
    assert!(found.contains(&"logs/old".to_owned()) && !found.contains(&"a.log".to_owned()));
}

#[test]
fn the_directory_itself_must_be_permitted() {
    let folder = tree();
    let gate = allow(&folder, &[OPEN_DIR]);
    let dir = DirHandle::open(&gate, &folder.at("t"), DirOptions::default()).unwrap();
    let denial = denied(dir.find::<Error>(&gate, &FindOptions::default(), &mut Vec::new(), &mut |_| Ok(())));
    assert_eq!(denial, ("read", folder.at("t")));
}

#[test]
fn names_alone_need_no_metadata() {
    let folder = tree();
    let gate = allow(&folder, &[OPEN_DIR, READ_DIR]);
    assert_eq!(find(&gate, &folder, &name("*.log")).1, Vec::<String>::new());
    assert_eq!(find(&gate, &folder, &FindOptions { min_size: Some(1), ..name("*.log") }).1.len(), 3);
}

#[test]
fn an_error_of_the_visitor_ends_the_search() {
    let folder = tree();
    let gate = all(&folder);
    let dir = DirHandle::open(&gate, &folder.at("t"), DirOptions::default()).unwrap();
    let mut calls = 0;
    let error = failed(dir.find::<Error>(&gate, &FindOptions::default(), &mut Vec::new(), &mut |_| {
        calls += 1;
        Err(Error::Utf8Error)
    }));
    assert_eq!((error.0, calls), ("Utf8Error", 1));
}

#[test]
fn bad_options() {
    let folder = tree();
    let gate = all(&folder);
    let dir = DirHandle::open(&gate, &folder.at("t"), DirOptions::default()).unwrap();
    let error = |options: &FindOptions| failed(dir.find::<Error>(&gate, options, &mut Vec::new(), &mut |_| Ok(()))).1;
    assert!(error(&name("[")).starts_with("Validation error: Invalid glob pattern"));
    let regex = FindOptions { regex: Some("(".to_owned()), ..FindOptions::default() };
    assert!(error(&regex).starts_with("Validation error: Invalid regex pattern: '('"));
    let both = FindOptions { regex: Some("a".to_owned()), ..name("b") };
    assert!(error(&both).contains("Only one of"));
}
