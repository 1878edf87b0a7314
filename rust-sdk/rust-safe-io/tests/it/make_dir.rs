//! Making directories.

use crate::allow::{CREATE_DIR, OPEN_DIR, all, denied, failed};
use rex_test_utils::{Folder, gate, policy_from_needs};
use rust_safe_io::{make_dir, make_dirs};

#[test]
fn one_directory() {
    let folder = Folder::new(&[]);
    let gate = all(&folder);
    make_dir(&gate, &folder.at("d")).unwrap();
    make_dir(&gate, &folder.at("d")).unwrap();
    make_dir(&gate, &folder.at("d//./e/")).unwrap();
    assert_eq!(failed(make_dir(&gate, &folder.at("x/y"))).0, "NotFound");
    assert_eq!(folder.tree().names(), ["d", "d/e"]);
}

#[test]
fn all_that_are_missing() {
    let folder = Folder::new(&[("d/", "")]);
    let gate = all(&folder);
    make_dirs(&gate, &folder.at("d/e/f/g")).unwrap();
    make_dirs(&gate, &folder.at("d/e/f/g")).unwrap();
    assert_eq!(folder.tree().names(), ["d", "d/e", "d/e/f", "d/e/f/g"]);
}

#[test]
fn each_new_one_is_judged() {
    let folder = Folder::new(&[("d/", "")]);
    let dir = folder.at("d");
    let but = format!(r#"forbid(principal, action, resource == file_system::Dir::"{dir}/e/f");"#);
    let gate = gate(&policy_from_needs(&[OPEN_DIR, CREATE_DIR], &dir, &but));
    assert_eq!(denied(make_dirs(&gate, &folder.at("d/e/f/g"))), ("create", format!("{dir}/e/f")));
    assert!(!folder.has("d/e/f"));
}

#[test]
fn something_else_in_the_way_is_left_alone() {
    let folder = Folder::new(&[("a", "file"), ("real/", "")]);
    folder.link("link", "real");
    folder.link("dangling", "nowhere");
    let before = folder.tree();
    let gate = all(&folder);
    for path in ["a", "dangling"] {
        let message = format!("Invalid path: Cannot create directory '{path}': file exists");
        assert_eq!(failed(make_dir(&gate, &folder.at(path))), ("InvalidPath", message));
        assert_eq!(failed(make_dirs(&gate, &folder.at(path))).0, "InvalidPath");
    }
    assert_eq!(failed(make_dirs(&gate, &folder.at("a/b/c"))).0, "InvalidPath");
    assert_eq!(failed(make_dirs(&gate, &folder.at("dangling/b"))).0, "InvalidPath");
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn below_a_link_the_real_directory_is_judged() {
    let folder = Folder::new(&[("real/", ""), ("in/", "")]);
    folder.link("in/link", "../real");
    let before = folder.tree();
    let inside = gate(&policy_from_needs(&[OPEN_DIR, CREATE_DIR], &folder.at("in"), ""));
    assert_eq!(denied(make_dir(&inside, &folder.at("in/link/d"))), ("open", folder.at("real")));
    assert_eq!(before.changes(&folder.tree()), "");
    make_dir(&all(&folder), &folder.at("in/link/d")).unwrap();
    assert!(folder.has("real/d"));
}
