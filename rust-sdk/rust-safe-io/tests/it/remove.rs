//! Removing.

use crate::allow::{
    DELETE, DELETE_DIR, OPEN, OPEN_DIR, READ_DIR, all, all_but, allow, denied, failed, forbid, forbid_in,
};
use rex_test_utils::{Folder, gate, policy_from_needs};
use rust_safe_io::{RemoveOptions, remove};

const PLAIN: RemoveOptions = RemoveOptions { force: false, recursive: false };
const FORCE: RemoveOptions = RemoveOptions { force: true, ..PLAIN };
const RECURSIVE: RemoveOptions = RemoveOptions { recursive: true, ..PLAIN };

#[test]
fn files_links_and_special_files_go_themselves() {
    let folder = Folder::new(&[("a", "x"), ("d/b", "kept"), ("kept", "y")]);
    folder.link("to-file", "kept");
    folder.link("to-dir", "d");
    folder.link("dangling", "nowhere");
    rustix::fs::mknodat(rustix::fs::CWD, folder.at("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.at("socket")).unwrap();
    let gate = allow(&folder, &[OPEN_DIR, OPEN, DELETE]);
    for (name, options) in [
        ("a", PLAIN),
        ("to-file", PLAIN),
        ("to-dir/", RECURSIVE),
        ("dangling", PLAIN),
        ("fifo", PLAIN),
        ("socket", RECURSIVE),
    ] {
        remove(&gate, &folder.at(name), options).unwrap();
    }
    assert_eq!(folder.tree().names(), ["d", "d/b", "kept"]);
}

#[test]
fn missing_is_an_error_without_force() {
    let folder = Folder::new(&[]);
    for path in ["a", "no/a"] {
        assert_eq!(
            failed(remove(&all(&folder), &folder.at(path), PLAIN)),
            ("NotFound", "No such file or directory (os error 2)".into())
        );
        remove(&all(&folder), &folder.at(path), FORCE).unwrap();
        let none = gate("");
        assert_eq!(denied(remove(&none, &folder.at(path), FORCE)).0, "open");
    }
}

#[test]
fn force_forces_nothing_else() {
    let folder = Folder::new(&[("d/a", "x")]);
    assert_eq!(failed(remove(&all(&folder), &folder.at("d"), FORCE)).0, "DirectoryNotEmpty");
    assert_eq!(
        denied(remove(&all_but(&folder, &forbid("delete", &folder.at("d/a"))), &folder.at("d/a"), FORCE)).0,
        "delete"
    );
    assert_eq!(folder.text("d/a"), "x");
}

#[test]
fn directories_go_empty_or_recursively() {
    let folder = Folder::new(&[("empty/", ""), ("d/e/f/g", "x"), ("d/h", "y"), ("out/kept", "z")]);
    folder.link("d/e/link", folder.at("out"));
    let gate = all(&folder);
    remove(&gate, &folder.at("empty"), PLAIN).unwrap();
    let message = format!(
        "Directory not empty: A path led to a non-empty directory location. To include contents of this directory, use the recursive flag: {}",
        folder.at("d")
    );
    assert_eq!(failed(remove(&gate, &folder.at("d"), PLAIN)), ("DirectoryNotEmpty", message));
    remove(&gate, &folder.at("d"), RECURSIVE).unwrap();
    assert_eq!(folder.tree().names(), ["out", "out/kept"]);
}

#[test]
fn one_forbidden_thing_leaves_the_whole_tree() {
    let files = &[("d/a", "1"), ("d/e/f/g", "2"), ("d/e/h", "3"), ("d/z/", "")];
    for (action, path) in [("delete", "d/e/f/g"), ("delete", "d/a")] {
        let folder = Folder::new(files);
        let before = folder.tree();
        let gate = all_but(&folder, &forbid(action, &folder.at(path)));
        assert_eq!(denied(remove(&gate, &folder.at("d"), RECURSIVE)), (action, folder.at(path)));
        assert_eq!(before.changes(&folder.tree()), "");
    }
    for (action, path) in [("delete", "d/z"), ("open", "d/z"), ("read", "d/z")] {
        let folder = Folder::new(files);
        let before = folder.tree();
        let gate = all_but(&folder, &forbid_in(action, &folder.at(path)));
        assert_eq!(denied(remove(&gate, &folder.at("d"), RECURSIVE)), (action, folder.at(path)));
        assert_eq!(before.changes(&folder.tree()), "");
    }
    let folder = Folder::new(&[("d/target", "x")]);
    folder.link("d/link", "target");
    let before = folder.tree();
    let gate = all_but(&folder, &forbid("delete", &folder.at("d/link")));
    assert_eq!(denied(remove(&gate, &folder.at("d"), RECURSIVE)), ("delete", folder.at("d/link")));
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn a_directory_can_be_removed_by_who_may_not_open_the_one_above() {
    let folder = Folder::new(&[("d/a", "x"), ("f", "y")]);
    let gate = gate(&policy_from_needs(&[OPEN_DIR, READ_DIR, DELETE_DIR, DELETE], &folder.at("d"), ""));
    assert_eq!(denied(remove(&gate, &folder.at("f"), PLAIN)), ("open", folder.path().to_owned()));
    remove(&gate, &folder.at("d"), RECURSIVE).unwrap();
    assert_eq!(folder.tree().names(), ["f"]);
}

#[test]
fn a_denial_does_not_tell_what_is_there() {
    let folder = Folder::new(&[("dir/a", ""), ("file", "")]);
    let none = rex_test_utils::gate("");
    let other = allow(&folder, &[DELETE, DELETE_DIR, READ_DIR]);
    for gate in [none, other] {
        for (name, options) in
            [("dir", PLAIN), ("file", FORCE), ("missing", PLAIN), ("missing", FORCE), ("dir", RECURSIVE)]
        {
            assert_eq!(denied(remove(&gate, &folder.at(name), options)), ("open", folder.path().to_owned()), "{name}");
        }
    }
    // Who may open it as a file learns no more of a directory than of any other file.
    let files = gate(&policy_from_needs(&[OPEN_DIR], "/nowhere", &open_above(&folder)));
    for name in ["dir", "file", "missing"] {
        assert_eq!(denied(remove(&files, &folder.at(name), PLAIN)), ("open", folder.at(name)), "{name}");
    }
}

/// Permits to open the folder itself and nothing in it.
fn open_above(folder: &Folder) -> String {
    format!(
        "permit(principal, action == file_system::Action::\"open\", resource == file_system::Dir::\"{}\");",
        folder.path()
    )
}

#[test]
fn names_that_are_no_text_go_with_their_tree() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new(&[("d/", "")]);
    let name = std::path::Path::new(&folder.at("d")).join(std::ffi::OsStr::from_bytes(b"\xff\xfe"));
    std::fs::write(&name, "x").unwrap();
    remove(&all(&folder), &folder.at("d"), RECURSIVE).unwrap();
    assert_eq!(folder.tree().names(), Vec::<String>::new());
}

#[test]
fn a_tree_deeper_than_all_measure_is_left_whole() {
    let folder = Folder::new(&[("d/", "")]);
    let mut path = folder.at("d");
    for _ in 0..600 {
        path += "/x";
        std::fs::create_dir(&path).unwrap();
    }
    assert_eq!(failed(remove(&all(&folder), &folder.at("d"), RECURSIVE)).0, "UnsupportedOperationError");
    assert!(std::fs::metadata(&path).is_ok());
}
