//! Holding directories, files and links open.

use crate::allow::{
    CREATE, CREATE_DIR, OPEN, OPEN_DIR, all, all_but, allow, denied, failed, forbid, forbid_in, redaction,
};
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate, policy_from_needs};
use rust_safe_io::{DirHandle, DirOptions, EntryType, FileHandle, FileOptions, Result};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

const READ: FileOptions = FileOptions { read: true, write: false, create: false, permissions: None, follow: false };
const FOLLOW: FileOptions = FileOptions { follow: true, ..READ };
const CREATING: FileOptions = FileOptions { create: true, write: true, ..READ };
const PLAIN: DirOptions = DirOptions { create: false, recursive: false, follow: false };
const MAKE: DirOptions = DirOptions { create: true, ..PLAIN };
const MAKE_ALL: DirOptions = DirOptions { recursive: true, ..MAKE };

fn dir(gate: &Gate, folder: &Folder) -> DirHandle {
    DirHandle::open(gate, folder.path(), PLAIN).unwrap()
}

fn open(gate: &Gate, folder: &Folder, name: &str, options: FileOptions) -> Result<FileHandle> {
    dir(gate, folder).open_file(gate, name, options)
}

#[test]
fn only_bare_names() {
    let folder = Folder::new(&[("a", ""), ("sub/x", "")]);
    let gate = all(&folder);
    let kind = |name: &str| failed(open(&gate, &folder, name, READ)).0;
    let names = ["sub/x", "./a", "../a", "/etc/passwd", "", ".", "..", "a/", "a\0b"];
    let kinds = [
        "InvalidPath",
        "InvalidPath",
        "Other",
        "InvalidPath",
        "IoError",
        "ValidationError",
        "Other",
        "InvalidPath",
        "Other",
    ];
    assert_eq!(names.map(kind), kinds);
}

#[test]
fn only_regular_files() {
    let folder = Folder::new(&[("sub/x", "")]);
    rustix::fs::mknodat(rustix::fs::CWD, folder.at("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.at("socket")).unwrap();
    for name in ["sub", "fifo", "socket"] {
        for options in [READ, FOLLOW, CREATING] {
            let error = failed(open(&all(&folder), &folder, name, options));
            assert_eq!(
                error,
                ("ValidationError", "argument is not a file".replace("argument", "Validation error: argument"))
            );
        }
    }
}

#[test]
fn a_file_is_made_once_and_with_its_mode() {
    let folder = Folder::new(&[("old", "kept")]);
    let gate = all(&folder);
    let private = FileOptions { permissions: Some(0o600), ..CREATING };
    open(&gate, &folder, "new", private).unwrap();
    open(&gate, &folder, "old", private).unwrap();
    assert_eq!(std::fs::metadata(folder.at("new")).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!((folder.text("new").as_str(), folder.text("old").as_str()), ("", "kept"));
    assert_ne!(std::fs::metadata(folder.at("old")).unwrap().permissions().mode() & 0o777, 0o600);
    let set_user_id = FileOptions { permissions: Some(0o6755), ..CREATING };
    open(&gate, &folder, "plain", set_user_id).unwrap();
    assert_eq!(std::fs::metadata(folder.at("plain")).unwrap().permissions().mode() & 0o7000, 0);
}

#[test]
fn options_must_open_for_something() {
    let folder = Folder::new(&[("a", "")]);
    let nothing = FileOptions { read: false, ..READ };
    assert!(failed(open(&all(&folder), &folder, "a", nothing)).1.contains("at least one of read, write or create"));
    assert_eq!(failed(open(&all(&folder), &folder, "a", FileOptions { create: true, ..READ })).0, "InvalidArguments");
}

#[test]
fn links_are_refused_or_followed_to_what_is_judged_too() {
    let folder = Folder::new(&[("a", "text"), ("secret", "hidden")]);
    folder.link("to_a", "a");
    folder.link("to_secret", folder.at("secret"));
    folder.link("loop", "loop");
    let policy = forbid("open", &folder.at("secret"));
    let gate = all_but(&folder, &policy);
    assert_eq!(failed(open(&gate, &folder, "to_a", READ)).0, "FileError");
    let followed = open(&gate, &folder, "to_a", FOLLOW).unwrap();
    assert_eq!(followed.path(), folder.at("a"));
    assert_eq!(followed.read(&gate, &redaction(&folder)).unwrap().content, "text");
    assert_eq!(denied(open(&gate, &folder, "to_secret", FOLLOW)), ("open", folder.at("secret")));
    // Whether something is behind a link out of the permitted tree cannot be told.
    folder.link("out", "/etc/passwd");
    folder.link("nowhere", "/nonexistent/x");
    assert_eq!(denied(open(&gate, &folder, "out", FOLLOW)).0, "open");
    assert_eq!(denied(open(&gate, &folder, "nowhere", FOLLOW)), ("open", "/nonexistent/x".to_owned()));
    assert_eq!(failed(open(&gate, &folder, "loop", FOLLOW)).0, "IoError");
}

#[test]
fn a_file_is_made_behind_a_dangling_link_only_where_that_is_permitted() {
    let folder = Folder::new(&[("d/", ""), ("closed/", "")]);
    folder.link("d/good", "made");
    folder.link("d/bad", "../closed/made");
    let gate = gate(&policy_from_needs(&[OPEN_DIR, OPEN, CREATE], &folder.at("d"), ""));
    let d = DirHandle::open(&gate, &folder.at("d"), PLAIN).unwrap();
    let options = FileOptions { follow: true, ..CREATING };
    assert_eq!(d.open_file(&gate, "good", options).unwrap().path(), folder.at("d/made"));
    assert_eq!(denied(d.open_file(&gate, "bad", options)), ("open", folder.at("closed/made")));
    assert!(folder.has("d/made") && !folder.has("closed/made"));
}

#[test]
fn a_denial_changes_nothing_and_tells_nothing() {
    let folder = Folder::new(&[("a", "")]);
    let before = folder.tree();
    let none = allow(&folder, &[OPEN_DIR]);
    let there = denied(open(&none, &folder, "a", CREATING));
    assert_eq!(there, ("open", folder.at("a")));
    assert_eq!(denied(open(&none, &folder, "missing", CREATING)), ("open", folder.at("missing")));
    let no_create = allow(&folder, &[OPEN_DIR, OPEN]);
    assert_eq!(denied(open(&no_create, &folder, "new", CREATING)), ("create", folder.at("new")));
    assert_eq!(denied(open(&no_create, &folder, "a", CREATING)), ("create", folder.at("a")));
    assert_eq!(denied(DirHandle::open(&none, &folder.at("new"), MAKE)), ("create", folder.at("new")));
    assert_eq!(folder.tree().changes(&before), "");
}

#[test]
fn directories_are_made_one_or_all() {
    let folder = Folder::new(&[("file", "")]);
    let gate = allow(&folder, &[OPEN_DIR, CREATE_DIR]);
    let make = |name: &str, options| DirHandle::open(&gate, &folder.at(name), options);
    assert_eq!(make("made", MAKE).unwrap().path(), folder.at("made"));
    assert!(failed(make("made", MAKE)).1.contains("failed to create directory"));
    assert!(failed(make("x/y", MAKE)).1.contains("failed to open parent"));
    make("made", MAKE_ALL).unwrap();
    make("p/q/r", MAKE_ALL).unwrap();
    assert!(folder.has("p/q/r"));
    assert!(make("file/below", MAKE_ALL).is_err() && make("file", MAKE_ALL).is_err());
    folder.link("link", "p");
    assert_eq!(failed(make("link/new", MAKE_ALL)).0, "DirectoryOpenError");
    assert!(!folder.has("p/new"));
}

#[test]
fn each_directory_that_is_made_is_judged() {
    let folder = Folder::new(&[]);
    let policy = format!(
        "forbid(principal, action == file_system::Action::\"create\", resource == file_system::Dir::\"{}\");",
        folder.at("a/b")
    );
    let gate = all_but(&folder, &policy);
    assert_eq!(denied(DirHandle::open(&gate, &folder.at("a/b/c"), MAKE_ALL)), ("create", folder.at("a/b")));
    assert!(!folder.has("a/b"));
}

#[test]
fn the_root_directory_can_be_held() {
    let gate = gate("permit(principal, action, resource);");
    assert_eq!(DirHandle::open(&gate, "/", PLAIN).unwrap().path(), "/");
    assert!(DirHandle::open(&gate, "/", MAKE).is_err());
    assert_eq!(DirHandle::open(&gate, "/", MAKE_ALL).unwrap().path(), "/");
}

#[test]
fn links_in_the_path_of_a_directory() {
    let folder = Folder::new(&[("real/sub/x", "")]);
    folder.link("abs", folder.at("real"));
    folder.link("rel", "real");
    let gate = all(&folder);
    for name in ["abs", "rel", "rel/sub"] {
        assert_eq!(failed(DirHandle::open(&gate, &folder.at(name), PLAIN)).0, "DirectoryOpenError");
        let followed = DirOptions { follow: true, ..PLAIN };
        let real = if name == "rel/sub" { "real/sub" } else { "real" };
        assert_eq!(DirHandle::open(&gate, &folder.at(name), followed).unwrap().path(), folder.at(real));
    }
}

#[test]
fn the_system_is_asked_when_a_file_is_opened() {
    let folder = Folder::new(&[("a", "")]);
    std::fs::set_permissions(folder.at("a"), std::fs::Permissions::from_mode(0o000)).unwrap();
    crate::user::as_user(&folder, |folder| {
        let gate = all(folder);
        assert_eq!(failed(open(&gate, folder, "a", READ)).1, "Permission denied (os error 13)");
    });
}

#[test]
fn a_handle_stays_with_its_file() {
    let folder = Folder::new(&[("a", "first")]);
    let gate = all(&folder);
    let file = open(&gate, &folder, "a", READ).unwrap();
    std::fs::rename(folder.at("a"), folder.at("b")).unwrap();
    folder.put("a", "second");
    assert_eq!(file.read(&gate, &redaction(&folder)).unwrap().content, "first");
    let inode = std::fs::metadata(folder.at("b")).unwrap().ino();
    assert_eq!(file.metadata(&gate).unwrap().inode(), inode);
}

#[test]
fn links_are_held_themselves() {
    let folder = Folder::new(&[("a", "")]);
    folder.link("l", "a");
    let gate = all(&folder);
    let d = dir(&gate, &folder);
    let metadata = d.open_symlink(&gate, "l").unwrap().metadata(&gate).unwrap();
    assert_eq!((metadata.entry_type(), metadata.target(), metadata.size()), (EntryType::Symlink, Some("a"), 1));
    assert_eq!(failed(d.open_symlink(&gate, "a")).1, "Validation error: argument is not a symlink");
    let silent = all_but(&folder, &forbid("read", &folder.at("l")));
    assert_eq!(d.open_symlink(&silent, "l").unwrap().metadata(&silent).unwrap().target(), None);
}

#[test]
fn entries_are_opened_anew_each_time() {
    let folder = Folder::new(&[("a", "text"), ("sub/x", "")]);
    folder.link("l", "sub");
    let gate = all_but(&folder, &forbid_in("open", &folder.at("never")));
    let entries = dir(&gate, &folder).entries(&gate).unwrap();
    let entry = |name: &str| entries.iter().find(|entry| entry.name() == name).unwrap();
    entry("a").metadata(&gate).unwrap();
    entry("a").open_as_file(&gate, CREATING).unwrap().write_in_place(&gate, b"new").unwrap();
    assert_eq!(folder.text("a"), "new");
    assert_eq!(failed(entry("sub").open_as_file(&gate, READ)).0, "EntryTypeMismatchError");
    assert_eq!(failed(entry("a").open_as_dir(&gate, PLAIN)).0, "EntryTypeMismatchError");
    assert_eq!(entry("sub").open_as_dir(&gate, PLAIN).unwrap().path(), folder.at("sub"));
    assert_eq!(failed(entry("l").open_as_dir(&gate, PLAIN)).0, "DirectoryOpenError");
    let follow = DirOptions { follow: true, ..PLAIN };
    assert_eq!(entry("l").open_as_dir(&gate, follow).unwrap().path(), folder.at("sub"));
}
