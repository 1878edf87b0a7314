//! Removing what is held open.

use crate::allow::{DELETE, DELETE_DIR, OPEN_DIR, READ_DIR, all, all_but, denied, failed, forbid, forbid_in};
use crate::held::{FOLLOWED, READ, dir, file, needs};
use rex_test_utils::Folder;
use rust_safe_io::RemoveOptions;
use std::fs;

const PLAIN: RemoveOptions = RemoveOptions { force: false, recursive: false };
const FORCE: RemoveOptions = RemoveOptions { force: true, recursive: false };
const RECURSIVE: RemoveOptions = RemoveOptions { force: false, recursive: true };

#[test]
fn a_file() {
    let files = [("a", "x"), ("b", "y")];
    let (folder, ()) = needs(&files, &[DELETE], |gate, folder| file(folder, "a", READ).delete(gate, false));
    assert_eq!(folder.tree().names(), ["b"]);
    let handle = file(&folder, "b", READ);
    let gate = all(&folder);
    handle.delete(&gate, false).unwrap();
    assert_eq!(failed(handle.delete(&gate, false)), ("NotFound", "No such file or directory (os error 2)".to_owned()));
    handle.delete(&gate, true).unwrap();
    let refused = all_but(&folder, &forbid("delete", &folder.at("b")));
    assert_eq!(
        denied(handle.delete(&refused, true)),
        ("delete", folder.at("b")),
        "force says nothing of what is there"
    );
}

#[test]
fn a_link_goes_and_not_what_it_points_at() {
    let folder = Folder::new(&[("a", "x"), ("link -> a", "")]);
    let handle = file(&folder, "link", FOLLOWED);
    let before = folder.tree();
    let refused = all_but(&folder, &forbid("delete", &folder.at("link")));
    assert_eq!(denied(handle.delete(&refused, false)), ("delete", folder.at("link")));
    assert_eq!(before.changes(&folder.tree()), "");
    handle.delete(&all_but(&folder, &forbid("delete", &folder.at("a"))), false).unwrap();
    assert_eq!(folder.tree().names(), ["a"]);
}

#[test]
fn an_empty_directory() {
    let (folder, ()) = needs(&[("d/", "")], &[DELETE_DIR], |gate, folder| dir(folder, "d").delete(gate, PLAIN));
    assert!(folder.tree().names().is_empty());
    let folder = Folder::new(&[("d/", ""), ("full/a", "")]);
    let gate = all(&folder);
    let handle = dir(&folder, "d");
    handle.delete(&gate, PLAIN).unwrap();
    assert_eq!(failed(handle.delete(&gate, PLAIN)).0, "NotFound");
    assert_eq!(failed(handle.delete(&gate, RECURSIVE)).0, "NotFound");
    handle.delete(&gate, FORCE).unwrap();
    let before = folder.tree();
    let (kind, text) = failed(dir(&folder, "full").delete(&gate, FORCE));
    let told = "Directory not empty: A path led to a non-empty directory location. To include contents of this directory, use the recursive flag: ";
    assert_eq!((kind, text), ("DirectoryNotEmpty", format!("{told}{}", folder.at("full"))));
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn a_tree() {
    let files = [("t/a", ""), ("t/sub/b", ""), ("t/sub/link -> ../../kept", ""), ("kept/c", "")];
    let all_needs = [DELETE_DIR, READ_DIR, OPEN_DIR, DELETE];
    let (folder, ()) = needs(&files, &all_needs, |gate, folder| dir(folder, "t").delete(gate, RECURSIVE));
    assert_eq!(folder.tree().names(), ["kept", "kept/c"]);
}

#[test]
fn a_denial_deep_in_a_tree_leaves_it_whole() {
    let folder = Folder::new(&[("t/a", ""), ("t/sub/b", ""), ("t/z/", "")]);
    let before = folder.tree();
    let handle = dir(&folder, "t");
    for (but, action, id) in [
        (forbid("delete", &folder.at("t/sub/b")), "delete", "t/sub/b"),
        (forbid_in("delete", &folder.at("t/z")), "delete", "t/z"),
        (forbid_in("read", &folder.at("t/z")), "read", "t/z"),
        (forbid_in("open", &folder.at("t/sub")), "open", "t/sub"),
    ] {
        assert_eq!(denied(handle.delete(&all_but(&folder, &but), RECURSIVE)), (action, folder.at(id)));
        assert_eq!(before.changes(&folder.tree()), "");
    }
}

#[test]
fn a_directory_that_is_elsewhere_by_now_stays() {
    let folder = Folder::new(&[("d/a", ""), ("other/", "")]);
    let gate = all(&folder);
    let handle = dir(&folder, "d");
    fs::rename(folder.at("d"), folder.at("other/d")).unwrap();
    fs::create_dir(folder.at("d")).unwrap();
    let before = folder.tree();
    for options in [PLAIN, FORCE, RECURSIVE] {
        assert_eq!(failed(handle.delete(&gate, options)).0, "DirectoryError");
    }
    assert_eq!(before.changes(&folder.tree()), "");
    fs::rename(folder.at("other/d"), folder.at("x (deleted)")).unwrap();
    assert_eq!(failed(handle.delete(&gate, FORCE)).0, "DirectoryError");
}
