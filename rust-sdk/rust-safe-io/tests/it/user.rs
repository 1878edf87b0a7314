//! What the system refuses to an ordinary user.

use crate::allow::{all, failed, redaction};
use rex_test_utils::Folder;
use rust_safe_io::{
    CopyOptions, LineSelection, RemoveOptions, RenameOptions, ReplaceOptions, Result, Search, UsageOptions, WriteMode,
    copy, count, find, lines, list, make_dir, read, remove, rename, replace, search, sum, touch, usage, write,
};
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

/// The account that a thread of root's becomes.
const NOBODY: u32 = 65_534;

fn mode(folder: &Folder, name: &str, mode: u32) {
    fs::set_permissions(folder.at(name), fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs `test` with everything in the folder owned by the ordinary user that it runs as: a thread of root's gives its rights away.
pub(crate) fn as_user(folder: &Folder, test: fn(&Folder)) {
    if !rustix::process::geteuid().is_root() {
        return test(folder);
    }
    for name in folder.tree().names().iter().map(String::as_str).chain([""]) {
        std::os::unix::fs::lchown(folder.at(name), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    std::thread::scope(|scope| {
        let user = scope.spawn(|| {
            let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
            set_thread_groups(&[]).unwrap();
            set_thread_res_gid(gid, gid, gid).unwrap();
            set_thread_res_uid(uid, uid, uid).unwrap();
            test(folder);
        });
        if let Err(panic) = user.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

const DENIED: &str = "Permission denied (os error 13)";

#[test]
fn what_may_not_be_read() {
    let folder = Folder::new(&[("a", "x"), ("d/b", "y")]);
    mode(&folder, "a", 0o200);
    mode(&folder, "d", 0o300);
    as_user(&folder, |folder| {
        let (gate, hidden) = (all(folder), redaction(folder));
        assert_eq!(failed(read(&gate, &hidden, &folder.at("a"))), ("IoError", DENIED.to_owned()));
        assert_eq!(
            failed(copy(&gate, &folder.at("a"), &folder.at("c"), CopyOptions::default())),
            ("IoError", DENIED.to_owned())
        );
        assert!(!folder.has("c"), "nothing was made before the source could be read");
        let in_place = ReplaceOptions { in_place: true, ..ReplaceOptions::default() };
        assert_eq!(
            failed(replace(&gate, &hidden, "x", "z", &folder.at("a"), in_place)),
            ("IoError", DENIED.to_owned())
        );
        write(&gate, &folder.at("a"), b"y", WriteMode::Append).unwrap();
        assert_eq!(failed(list(&gate, &folder.at("d"), false)), ("IoError", DENIED.to_owned()));
        let listing = list(&gate, folder.path(), true).unwrap();
        let found = find(&gate, "*", folder.path(), true).unwrap();
        let used = usage(&gate, folder.path(), UsageOptions::default()).unwrap();
        for skipped in [listing.skipped, found.skipped, used.skipped] {
            assert_eq!(
                skipped.into_iter().map(|skipped| (skipped.path, skipped.reason)).collect::<Vec<_>>(),
                [(folder.at("d"), DENIED.to_owned())]
            );
        }
        assert_eq!(read(&gate, &hidden, &folder.at("d/b")).unwrap().content, "y");
    });
    mode(&folder, "d", 0o700);
    mode(&folder, "a", 0o600);
    assert_eq!(folder.text("a"), "xy");
}

/// The system's words name no path: a script and a person at night ask which.
#[test]
fn what_the_system_refuses_is_told_with_its_path() {
    fn told<T>(result: Result<T>) -> (String, Option<String>) {
        let error = result.err().unwrap();
        (error.to_string(), error.path().map(str::to_owned))
    }
    let folder = Folder::new(&[("a", "x"), ("d/b", "y"), ("e", "x"), ("f/", "")]);
    for (name, bits) in [("a", 0o000), ("d", 0o000), ("e", 0o400), ("f", 0o500)] {
        mode(&folder, name, bits);
    }
    as_user(&folder, |folder| {
        let (gate, hidden, a, d) = (all(folder), redaction(folder), folder.at("a"), folder.at("d"));
        let options = ReplaceOptions { in_place: true, ..ReplaceOptions::default() };
        let last = LineSelection::new(None, Some(-1)).unwrap();
        for (what, refused) in [
            ("read", told(read(&gate, &hidden, &a))),
            ("search", told(search(&gate, &hidden, "x", &a, Search::default()))),
            ("lines", told(lines(&gate, &a, last))),
            ("count", told(count(&gate, &a, true))),
            ("sum", told(sum(&gate, &hidden, 1, " ", &a))),
            ("copy", told(copy(&gate, &a, &folder.at("c"), CopyOptions::default()))),
            ("replace", told(replace(&gate, &hidden, "x", "z", &a, options))),
            ("write", told(write(&gate, &a, b"y", WriteMode::Replace))),
            ("append", told(write(&gate, &a, b"y", WriteMode::Append))),
            ("touch", told(touch(&gate, &a))),
        ] {
            assert_eq!(refused, (DENIED.to_owned(), Some(a.clone())), "{what}");
        }
        assert_eq!(told(list(&gate, &d, false)), (DENIED.to_owned(), Some(d)), "list");
        let (e, f) = (folder.at("e"), folder.at("f/new"));
        assert_eq!(
            told(replace(&gate, &hidden, "x", "z", &e, options)),
            (DENIED.to_owned(), Some(e.clone())),
            "replace"
        );
        assert_eq!(told(copy(&gate, &e, &f, CopyOptions::default())), (DENIED.to_owned(), Some(f)), "copy");
    });
    mode(&folder, "d", 0o700);
}

#[test]
fn what_may_not_be_written() {
    let folder = Folder::new(&[("a", "x")]);
    mode(&folder, "a", 0o400);
    as_user(&folder, |folder| {
        let (gate, hidden) = (all(folder), redaction(folder));
        let before = folder.tree();
        for mode in [WriteMode::Append, WriteMode::Replace] {
            assert_eq!(failed(write(&gate, &folder.at("a"), b"y", mode)), ("IoError", DENIED.to_owned()));
        }
        let in_place = ReplaceOptions { in_place: true, ..ReplaceOptions::default() };
        assert_eq!(
            failed(replace(&gate, &hidden, "x", "z", &folder.at("a"), in_place)),
            ("IoError", DENIED.to_owned())
        );
        assert_eq!(failed(touch(&gate, &folder.at("a"))), ("IoError", DENIED.to_owned()));
        assert_eq!(before.changes(&folder.tree()), "");
    });
}

#[test]
fn a_directory_that_admits_no_new_file() {
    let folder = Folder::new(&[("d/a", "long old"), ("d/two", "shared"), ("b", "new")]);
    fs::hard_link(folder.at("d/two"), folder.at("other")).unwrap();
    mode(&folder, "d", 0o500);
    as_user(&folder, |folder| {
        let gate = all(folder);
        let inode = fs::metadata(folder.at("d/a")).unwrap().ino();
        write(&gate, &folder.at("d/a"), b"new", WriteMode::Replace).unwrap();
        assert_eq!((folder.text("d/a").as_str(), fs::metadata(folder.at("d/a")).unwrap().ino()), ("new", inode));
        write(&gate, &folder.at("d/a"), b"+", WriteMode::Append).unwrap();
        let before = folder.tree();
        assert_eq!(failed(write(&gate, &folder.at("d/two"), b"new", WriteMode::Replace)).0, "FileError");
        assert_eq!(
            failed(write(&gate, &folder.at("d/new"), b"new", WriteMode::Replace)),
            ("IoError", DENIED.to_owned())
        );
        assert_eq!(
            failed(write(&gate, &folder.at("d/new"), b"new", WriteMode::Append)),
            ("IoError", DENIED.to_owned())
        );
        assert_eq!(failed(make_dir(&gate, &folder.at("d/new"))), ("IoError", DENIED.to_owned()));
        assert_eq!(failed(remove(&gate, &folder.at("d/a"), RemoveOptions::default())), ("IoError", DENIED.to_owned()));
        assert_eq!(
            failed(rename(&gate, &folder.at("b"), &folder.at("d/b"), RenameOptions::default())),
            ("IoError", DENIED.to_owned())
        );
        assert_eq!(
            failed(rename(&gate, &folder.at("d/a"), &folder.at("c"), RenameOptions::default())),
            ("IoError", DENIED.to_owned())
        );
        assert_eq!(
            failed(rename(&gate, &folder.at("b"), &folder.at("d/a"), RenameOptions::default())),
            ("IoError", DENIED.to_owned())
        );
        let recursive = RemoveOptions { recursive: true, force: true };
        assert_eq!(failed(remove(&gate, &folder.at("d"), recursive)), ("IoError", DENIED.to_owned()));
        assert_eq!(before.changes(&folder.tree()), "");
    });
    mode(&folder, "d", 0o700);
}

/// Of a file that belongs to someone else in a directory of one's own, no successor with the same owner can be made: it is written in
/// place.
#[test]
fn a_file_of_someone_else_keeps_its_owner() {
    let folder = Folder::new(&[("a", "long old")]);
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can make a file of someone else");
        return;
    }
    chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    as_user(&folder, |_| {});
    chown(folder.at("a"), Some(0), Some(0)).unwrap();
    mode(&folder, "a", 0o666);
    std::thread::scope(|scope| {
        let user = scope.spawn(|| {
            set_thread_groups(&[]).unwrap();
            let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
            set_thread_res_gid(gid, gid, gid).unwrap();
            set_thread_res_uid(uid, uid, uid).unwrap();
            write(&all(&folder), &folder.at("a"), b"new", WriteMode::Replace).unwrap();
        });
        user.join().unwrap();
    });
    let now = fs::metadata(folder.at("a")).unwrap();
    assert_eq!((folder.text("a").as_str(), now.uid(), now.mode() & 0o7777), ("new", 0, 0o666));
    assert_eq!(folder.tree().names(), ["a"]);
}
