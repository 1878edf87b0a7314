//! Links and directories in a directory that is held open.

use crate::allow::{
    CREATE, CREATE_DIR, DELETE, MOVE, OPEN, OPEN_DIR, READ, all, all_but, allow, denied, failed, forbid,
};
use crate::held::{BOTH, dir, file, needs};
use rex_test_utils::Folder;
use rust_safe_io::RenameOptions;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// What is no bare name, with the kind of its error.
const NO_NAMES: &[(&str, &str)] = &[
    ("", "IoError"),
    (".", "InvalidPath"),
    ("..", "Other"),
    ("../x", "Other"),
    ("a/../b", "Other"),
    ("a/b", "InvalidPath"),
    ("./a", "InvalidPath"),
    ("/a", "InvalidPath"),
    ("a/", "InvalidPath"),
    ("a\0b", "Other"),
];

#[test]
fn a_link_keeps_its_text() {
    for target in ["some/where", "/absolute", "../up", "a", " ", "ü"] {
        let (folder, ()) =
            needs(&[], &[CREATE], |gate, folder| dir(folder, "").create_symlink(gate, target, "l", false));
        assert_eq!(fs::read_link(folder.at("l")).unwrap().to_str(), Some(target));
        let (_, text) = needs(&[("d/", "")], &[READ], |gate, folder| {
            let _ = fs::remove_dir(folder.at("d"));
            std::os::unix::fs::symlink(target, folder.at("d")).unwrap();
            let text = dir(folder, "").read_link_target(gate, "d");
            fs::remove_file(folder.at("d")).unwrap();
            fs::create_dir(folder.at("d")).unwrap();
            text
        });
        assert_eq!(text, target);
    }
}

#[test]
fn texts_that_no_link_can_hold() {
    let folder = Folder::new(&[("kept", "")]);
    let gate = all(&folder);
    let before = folder.tree();
    let long = "x".repeat(5000);
    for (target, error) in [("", 2), ("a\0b", 22), (long.as_str(), 36)] {
        for force in [false, true] {
            let (kind, text) = failed(dir(&folder, "").create_symlink(&gate, target, "l", force));
            assert!(text.ends_with(&format!("(os error {error})")), "{kind} {text}");
        }
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn what_is_there_is_replaced_only_with_force_and_delete() {
    let files = [("l -> old", ""), ("f", "content"), ("d/x", "")];
    let (folder, ()) =
        needs(&files, &[CREATE, DELETE], |gate, folder| dir(folder, "").create_symlink(gate, "new", "l", true));
    assert_eq!(folder.tree().names(), ["d", "d/x", "f", "l"]);
    let gate = all(&folder);
    let before = folder.tree();
    for name in ["l", "f", "d"] {
        let said = failed(dir(&folder, "").create_symlink(&gate, "x", name, false));
        assert_eq!(said, ("IoError", "File exists (os error 17)".to_owned()));
    }
    let said = failed(dir(&folder, "").create_symlink(&gate, "x", "d", true));
    assert_eq!(said, ("IoError", "Is a directory (os error 21)".to_owned()));
    // Whether something is there is not told to who may not replace it.
    let refused = all_but(&folder, &(forbid("delete", &folder.at("f")) + &forbid("delete", &folder.at("none"))));
    for name in ["f", "none"] {
        assert_eq!(denied(dir(&folder, "").create_symlink(&refused, "x", name, true)), ("delete", folder.at(name)));
    }
    assert_eq!(before.changes(&folder.tree()), "");
    for name in ["l", "f", "new"] {
        dir(&folder, "").create_symlink(&gate, "x", name, true).unwrap();
        assert_eq!(fs::read_link(folder.at(name)).unwrap().to_str(), Some("x"));
    }
    assert_eq!(folder.tree().names(), ["d", "d/x", "f", "l", "new"]);
}

#[test]
fn only_bare_names() {
    let folder = Folder::new(&[("a", "x"), ("d/b", "y")]);
    let before = folder.tree();
    let (gate, held, other) = (all(&folder), dir(&folder, ""), file(&folder, "a", BOTH));
    for (name, kind) in NO_NAMES {
        assert_eq!(failed(held.create_symlink(&gate, "x", name, true)).0, *kind, "{name:?}");
        assert_eq!(failed(held.read_link_target(&gate, name)).0, *kind, "{name:?}");
        assert_eq!(failed(held.create_hard_link(&gate, &other, name)).0, *kind, "{name:?}");
        assert_eq!(failed(held.make_dir(&gate, name)).0, *kind, "{name:?}");
        assert_eq!(failed(other.relocate(&gate, &held, name, RenameOptions::default())).0, *kind, "{name:?}");
        assert_eq!(failed(held.relocate(&gate, &dir(&folder, "d"), &held, name)).0, *kind, "{name:?}");
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn what_is_no_link_has_no_target() {
    let folder = Folder::new(&[("f", ""), ("d/", "")]);
    let gate = all(&folder);
    for name in ["f", "d"] {
        let said = failed(dir(&folder, "").read_link_target(&gate, name));
        assert_eq!(said, ("IoError", "Invalid argument (os error 22)".to_owned()));
    }
    assert_eq!(failed(dir(&folder, "").read_link_target(&gate, "none")).0, "NotFound");
    assert_eq!(denied(dir(&folder, "").read_link_target(&allow(&folder, &[OPEN]), "none")).0, "read");
}

#[test]
fn a_second_name_is_judged_as_a_move() {
    let files = [("a", "x"), ("d/", ""), ("d/taken", "y")];
    let (folder, ()) = needs(&files, &[MOVE, CREATE], |gate, folder| {
        dir(folder, "d").create_hard_link(gate, &file(folder, "a", BOTH), "b")
    });
    let inode = |name: &str| fs::metadata(folder.at(name)).unwrap().ino();
    assert_eq!(inode("a"), inode("d/b"));
    let gate = all(&folder);
    let handle = file(&folder, "a", BOTH);
    let before = folder.tree();
    let said = failed(dir(&folder, "d").create_hard_link(&gate, &handle, "taken"));
    assert_eq!(said, ("IoError", "File exists (os error 17)".to_owned()));
    let only = format!(
        "forbid(principal, action == file_system::Action::\"move\", resource) when {{ context.destination.parent_path == \"{}\" }};",
        folder.at("d")
    );
    let refused = dir(&folder, "d").create_hard_link(&all_but(&folder, &only), &handle, "c");
    assert_eq!(denied(refused), ("move", folder.at("a")));
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn directories_in_a_directory() {
    let files = [("file", ""), ("link -> there", ""), ("there/x", "")];
    let (folder, made) = needs(&files, &[OPEN_DIR, CREATE_DIR], |gate, folder| dir(folder, "").make_dir(gate, "new"));
    assert_eq!(made.path(), folder.at("new"));
    let gate = all(&folder);
    made.make_dir(&gate, "below").unwrap();
    assert!(folder.has("new/below"));
    dir(&folder, "").make_dir(&gate, "there").unwrap();
    let before = folder.tree();
    for name in ["file", "link"] {
        let said = failed(dir(&folder, "").make_dir(&gate, name));
        assert_eq!(said, ("InvalidPath", format!("Invalid path: Cannot create directory '{name}': file exists")));
    }
    assert_eq!(before.changes(&folder.tree()), "");
}
