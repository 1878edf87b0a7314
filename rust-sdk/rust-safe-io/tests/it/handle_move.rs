//! Moving what is held open.

use crate::allow::{
    CREATE, CREATE_DIR, DELETE, DELETE_DIR, MOVE, OPEN, OPEN_DIR, READ_DIR, all, all_but, denied, failed, forbid,
    forbid_in,
};
use crate::held::{BOTH, FOLLOWED, MOVE_DIR, READ, dir, file, needs};
use rex_test_utils::Folder;
use rust_safe_io::{RenameOptions, WriteOptions};
use std::fs;
use std::os::unix::fs::MetadataExt;

const PLAIN: RenameOptions = RenameOptions { backup: false };
const BACKUP: RenameOptions = RenameOptions { backup: true };
const ALL_OF_DIR: &[rex_cedar_auth::Need] = &[MOVE_DIR, CREATE_DIR, OPEN_DIR, READ_DIR, MOVE, CREATE];

fn inode(folder: &Folder, name: &str) -> u64 {
    fs::symlink_metadata(folder.at(name)).unwrap().ino()
}

#[test]
fn a_file() {
    let files = [("a", "x"), ("d/", "")];
    let (folder, moved) = needs(&files, &[MOVE, CREATE, OPEN], |gate, folder| {
        file(folder, "a", BOTH).relocate(gate, &dir(folder, "d"), "b", PLAIN)
    });
    assert_eq!((moved.path(), folder.text("d/b").as_str()), (folder.at("d/b").as_str(), "x"));
    let gate = all(&folder);
    moved.write(&gate, b"y", WriteOptions::default()).unwrap();
    let back = moved.relocate(&gate, &dir(&folder, ""), "a", PLAIN).unwrap();
    assert_eq!((folder.text("a").as_str(), back.path()), ("y", folder.at("a").as_str()));
    assert_eq!(folder.tree().names(), ["a", "d"]);
}

#[test]
fn a_file_in_the_way_goes_only_with_delete_or_is_kept() {
    let files = [("a", "new"), ("b", "old")];
    let (folder, moved) = needs(&files, &[MOVE, CREATE, OPEN, DELETE], |gate, folder| {
        file(folder, "a", READ).relocate(gate, &dir(folder, ""), "b", PLAIN)
    });
    assert_eq!((folder.text("b").as_str(), folder.tree().names()), ("new", vec!["b".to_owned()]));
    folder.put("c", "newer");
    let (gate, held) = (all(&folder), dir(&folder, ""));
    let again = file(&folder, "c", READ).relocate(&gate, &held, "b", BACKUP).unwrap();
    assert_eq!((folder.text("b").as_str(), folder.text("b~").as_str()), ("newer", "new"));
    assert_eq!(moved.metadata(&gate).unwrap().inode(), inode(&folder, "b~"));
    assert_eq!(again.metadata(&gate).unwrap().inode(), inode(&folder, "b"));
    folder.put("d/", "");
    let before = folder.tree();
    assert_eq!(failed(again.relocate(&gate, &held, "d", PLAIN)).0, "InvalidPath");
    again.relocate(&gate, &held, "b", PLAIN).unwrap();
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn of_a_link_the_link_is_moved_and_the_handle_holds_the_file() {
    let folder = Folder::new(&[("a", "x"), ("link -> a", ""), ("d/", "")]);
    let handle = file(&folder, "link", FOLLOWED);
    let before = folder.tree();
    let refused = all_but(&folder, &forbid("move", &folder.at("link")));
    assert_eq!(denied(handle.relocate(&refused, &dir(&folder, "d"), "l", PLAIN)), ("move", folder.at("link")));
    assert_eq!(before.changes(&folder.tree()), "");
    let gate = all_but(&folder, &forbid("move", &folder.at("a")));
    let moved = handle.relocate(&gate, &dir(&folder, "d"), "l", PLAIN).unwrap();
    assert_eq!((moved.path(), moved.name_path()), (folder.at("a").as_str(), folder.at("d/l")));
    moved.write(&gate, b"y", WriteOptions::default()).unwrap();
    assert_eq!((folder.text("a").as_str(), fs::read_link(folder.at("d/l")).unwrap().to_str()), ("y", Some("a")));
    moved.delete(&gate, false).unwrap();
    assert_eq!(folder.tree().names(), ["a", "d"]);
}

const TREE: &[(&str, &str)] = &[("s/a", "x"), ("s/sub/b", "y"), ("s/link -> a", ""), ("d/", "")];

#[test]
fn a_directory() {
    let (folder, moved) = needs(TREE, ALL_OF_DIR, |gate, folder| {
        dir(folder, "").relocate(gate, &dir(folder, "s"), &dir(folder, "d"), "new")
    });
    assert_eq!(moved.path(), folder.at("d/new"));
    assert_eq!(folder.tree().names(), ["d", "d/new", "d/new/a", "d/new/link", "d/new/sub", "d/new/sub/b"]);
    let gate = all(&folder);
    let (before, names) = (inode(&folder, "d/new"), moved.entries(&gate).unwrap().len());
    let back = dir(&folder, "d").relocate(&gate, &moved, &dir(&folder, ""), "s").unwrap();
    assert_eq!((inode(&folder, "s"), back.entries(&gate).unwrap().len()), (before, names));
    let same = dir(&folder, "").relocate(&gate, &back, &dir(&folder, ""), "s").unwrap();
    assert_eq!((same.path(), inode(&folder, "s")), (folder.at("s").as_str(), before));
}

#[test]
fn an_empty_directory_gives_way_only_with_delete() {
    let files = [("s/a", "x"), ("new/", "")];
    let all_needs = [ALL_OF_DIR, &[DELETE_DIR]].concat();
    let (folder, _) = needs(&files, &all_needs, |gate, folder| {
        dir(folder, "").relocate(gate, &dir(folder, "s"), &dir(folder, ""), "new")
    });
    assert_eq!(folder.tree().names(), ["new", "new/a"]);
}

#[test]
fn into_a_full_directory_it_comes_under_its_own_name_and_is_judged_there() {
    let folder = Folder::new(&[("s/a", "x"), ("full/b", "y")]);
    let move_it =
        |gate: &rex_cedar_auth::Gate| dir(&folder, "").relocate(gate, &dir(&folder, "s"), &dir(&folder, ""), "full");
    let before = folder.tree();
    let at = |action: &str| {
        format!(
            "forbid(principal, action == file_system::Action::\"{action}\", resource == file_system::Dir::\"{}\");",
            folder.at("full/s")
        )
    };
    for action in ["create", "open"] {
        assert_eq!(denied(move_it(&all_but(&folder, &at(action)))), (action, folder.at("full/s")));
    }
    let to = format!(
        "forbid(principal, action == file_system::Action::\"move\", resource) when {{ context.destination.path == \"{}\" }};",
        folder.at("full/s")
    );
    assert_eq!(denied(move_it(&all_but(&folder, &to))), ("move", folder.at("s")));
    assert_eq!(before.changes(&folder.tree()), "");
    let moved = move_it(&all(&folder)).unwrap();
    assert_eq!((moved.path(), folder.text("full/s/a").as_str()), (folder.at("full/s").as_str(), "x"));
    folder.put("s/a", "again");
    let before = folder.tree();
    assert_eq!(failed(move_it(&all(&folder))), {
        let told = "Directory not empty: A path led to a non-empty directory location. To include contents of this directory, use the recursive flag: ";
        ("DirectoryNotEmpty", format!("{told}{}", folder.at("full/s")))
    });
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn everything_in_it_is_judged_for_its_new_place() {
    let folder = Folder::new(TREE);
    let before = folder.tree();
    let move_it = |but: &str| {
        let gate = all_but(&folder, but);
        denied(dir(&folder, "").relocate(&gate, &dir(&folder, "s"), &dir(&folder, "d"), "new"))
    };
    assert_eq!(move_it(&forbid("move", &folder.at("s/sub/b"))), ("move", folder.at("s/sub/b")));
    assert_eq!(move_it(&forbid("move", &folder.at("s/link"))), ("move", folder.at("s/link")));
    assert_eq!(move_it(&forbid_in("move", &folder.at("s/sub"))).0, "move");
    assert_eq!(move_it(&forbid("create", &folder.at("d/new/sub/b"))), ("create", folder.at("d/new/sub/b")));
    assert_eq!(move_it(&forbid_in("create", &folder.at("d/new/sub"))), ("create", folder.at("d/new/sub")));
    assert_eq!(move_it(&forbid_in("read", &folder.at("s/sub"))), ("read", folder.at("s/sub")));
    let to = format!(
        "forbid(principal, action == file_system::Action::\"move\", resource) when {{ context.destination == {{ path: \"{0}/b\", name: \"b\", parent_path: \"{0}\" }} }};",
        folder.at("d/new/sub")
    );
    assert_eq!(move_it(&to), ("move", folder.at("s/sub/b")));
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn what_cannot_be_moved() {
    let folder = Folder::new(&[("s/a/b/", ""), ("file", ""), ("other/x/", ""), ("link -> other", "")]);
    let gate = all(&folder);
    let before = folder.tree();
    let (top, s) = (dir(&folder, ""), dir(&folder, "s"));
    for name in ["file", "link"] {
        let said = failed(top.relocate(&gate, &s, &top, name));
        assert_eq!(said, ("InvalidPath", format!("Invalid path: Cannot create directory '{name}': file exists")));
    }
    assert_eq!(failed(top.relocate(&gate, &dir(&folder, "other/x"), &top, "y")).0, "InvalidArguments");
    assert_eq!(failed(dir(&folder, "other").relocate(&gate, &s, &top, "y")).0, "InvalidArguments");
    for below in ["s", "s/a", "s/a/b"] {
        let said = failed(top.relocate(&gate, &s, &dir(&folder, below), "inside"));
        assert_eq!(said, ("IoError", "Invalid argument (os error 22)".to_owned()), "{below}");
    }
    let root = rust_safe_io::DirHandle::open(
        &rex_test_utils::gate("permit(principal, action, resource);"),
        "/",
        rust_safe_io::DirOptions::default(),
    );
    assert_eq!(failed(top.relocate(&gate, &root.unwrap(), &top, "y")).0, "InvalidArguments");
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn another_directory_of_the_same_name_stays() {
    let folder = Folder::new(&[("s/mine", ""), ("d/", "")]);
    let (top, held) = (dir(&folder, ""), dir(&folder, "s"));
    fs::rename(folder.at("s"), folder.at("gone")).unwrap();
    folder.put("s/theirs", "");
    let before = folder.tree();
    assert_eq!(failed(top.relocate(&all(&folder), &held, &dir(&folder, "d"), "new")).0, "FileError");
    assert_eq!(before.changes(&folder.tree()), "");
}
