//! Moving.

use crate::allow::{CREATE, DELETE, MOVE, OPEN, OPEN_DIR, all, all_but, denied, failed, forbid};
use rex_test_utils::{Folder, gate, policy_from_needs};
use rust_safe_io::{RenameOptions, rename};
use std::os::unix::fs::MetadataExt;

const PLAIN: RenameOptions = RenameOptions { backup: false };
const BACKUP: RenameOptions = RenameOptions { backup: true };

#[test]
fn the_very_file_has_the_new_name() {
    let folder = Folder::new(&[("a", "x"), ("d/", "")]);
    let inode = std::fs::metadata(folder.at("a")).unwrap().ino();
    let moved = rename(&all(&folder), &folder.at("a"), &folder.at("d//b/"), PLAIN).unwrap();
    assert_eq!((moved.source, moved.destination), (folder.at("a"), folder.at("d/b")));
    assert_eq!(folder.tree().names(), ["d", "d/b"]);
    assert_eq!(std::fs::metadata(folder.at("d/b")).unwrap().ino(), inode);
}

#[test]
fn a_file_in_the_way_goes_only_with_delete() {
    let folder = Folder::new(&[("a", "new"), ("b", "old")]);
    let before = folder.tree();
    let refused =
        rename(&all_but(&folder, &forbid("delete", &folder.at("b"))), &folder.at("a"), &folder.at("b"), PLAIN);
    assert_eq!(denied(refused), ("delete", folder.at("b")));
    assert_eq!(before.changes(&folder.tree()), "");
    rename(&all(&folder), &folder.at("a"), &folder.at("b"), PLAIN).unwrap();
    assert_eq!((folder.tree().names(), folder.text("b")), (vec!["b".to_owned()], "new".to_owned()));
}

#[test]
fn the_destination_is_in_the_context() {
    let folder = Folder::new(&[("a", "x"), ("good/", ""), ("bad/", "")]);
    let only = format!(
        "forbid(principal, action == file_system::Action::\"move\", resource) unless {{ context.destination.parent_path == \"{}\" }};",
        folder.at("good")
    );
    let before = folder.tree();
    let gate = all_but(&folder, &only);
    assert_eq!(denied(rename(&gate, &folder.at("a"), &folder.at("bad/a"), PLAIN)), ("move", folder.at("a")));
    assert_eq!(before.changes(&folder.tree()), "");
    rename(&gate, &folder.at("a"), &folder.at("good/a"), PLAIN).unwrap();
}

#[test]
fn backup_keeps_what_was_in_the_way() {
    let folder = Folder::new(&[("a", "1"), ("b", "2")]);
    rename(&all(&folder), &folder.at("a"), &folder.at("b"), BACKUP).unwrap();
    assert_eq!((folder.text("b"), folder.text("b~")), ("1".to_owned(), "2".to_owned()));
    folder.put("c", "3");
    let before = folder.tree();
    let refused =
        rename(&all_but(&folder, &forbid("delete", &folder.at("b~"))), &folder.at("c"), &folder.at("b"), BACKUP);
    assert_eq!(denied(refused), ("delete", folder.at("b~")));
    let refused = rename(&all_but(&folder, &forbid("move", &folder.at("b"))), &folder.at("c"), &folder.at("b"), BACKUP);
    assert_eq!(denied(refused), ("move", folder.at("b")));
    assert_eq!(before.changes(&folder.tree()), "");
    rename(&all(&folder), &folder.at("c"), &folder.at("b"), BACKUP).unwrap();
    assert_eq!((folder.tree().names().len(), folder.text("b"), folder.text("b~")), (2, "3".to_owned(), "1".to_owned()));
    rename(&all(&folder), &folder.at("b"), &folder.at("new"), BACKUP).unwrap();
    assert_eq!(folder.tree().names(), ["b~", "new"]);
}

#[test]
fn onto_itself_nothing_happens() {
    let folder = Folder::new(&[("a", "x")]);
    std::fs::hard_link(folder.at("a"), folder.at("other")).unwrap();
    let before = folder.tree();
    for options in [PLAIN, BACKUP] {
        rename(&all(&folder), &folder.at("a"), &folder.at("a"), options).unwrap();
        rename(&all(&folder), &folder.at("a"), &folder.at("other"), options).unwrap();
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn a_directory_is_neither_moved_nor_moved_over() {
    let folder = Folder::new(&[("a", "x"), ("d/", "")]);
    let before = folder.tree();
    assert_eq!(failed(rename(&all(&folder), &folder.at("a"), &folder.at("d"), PLAIN)).0, "InvalidPath");
    assert_eq!(failed(rename(&all(&folder), &folder.at("a"), &folder.at("d"), BACKUP)).0, "InvalidPath");
    assert_eq!(failed(rename(&all(&folder), &folder.at("d"), &folder.at("e"), PLAIN)).0, "ValidationError");
    assert_eq!(failed(rename(&all(&folder), &folder.at("a"), &folder.at("no/e"), PLAIN)).0, "NotFound");
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn a_link_in_the_way_is_replaced_itself() {
    let folder = Folder::new(&[("a", "new"), ("target", "kept")]);
    folder.link("b", "target");
    rename(&all(&folder), &folder.at("a"), &folder.at("b"), PLAIN).unwrap();
    assert_eq!((folder.text("target"), folder.text("b")), ("kept".to_owned(), "new".to_owned()));
    assert!(!std::fs::symlink_metadata(folder.at("b")).unwrap().is_symlink());
}

#[test]
fn each_side_needs_only_its_own() {
    let folder = Folder::new(&[("from/a", "x"), ("to/b", "y")]);
    let to = policy_from_needs(&[OPEN_DIR, OPEN, CREATE, DELETE], &folder.at("to"), "");
    let gate = gate(&policy_from_needs(&[OPEN_DIR, OPEN, MOVE], &folder.at("from"), &to));
    rename(&gate, &folder.at("from/a"), &folder.at("to/b"), PLAIN).unwrap();
    assert_eq!(folder.text("to/b"), "x");
}
