//! Writing: adding to a file, replacing it.

use crate::allow::{CREATE, OPEN, OPEN_DIR, WRITE, all, all_but, allow, denied, failed, forbid, redaction};
use rex_test_utils::Folder;
use rust_safe_io::{ReplaceOptions, WriteMode, replace, write};
use rustix::fs::XattrFlags;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

const MODES: [WriteMode; 2] = [WriteMode::Append, WriteMode::Replace];

#[test]
fn a_new_file_holds_the_content() {
    for mode in MODES {
        let folder = Folder::new(&[]);
        write(&all(&folder), &folder.at("a"), b"\xff\0text", mode).unwrap();
        assert_eq!(folder.bytes("a"), b"\xff\0text");
        assert_eq!(folder.tree().names(), ["a"]);
        let mode = std::fs::metadata(folder.at("a")).unwrap().mode() & 0o7777;
        let plain = std::fs::File::create(folder.at("plain")).unwrap().metadata().unwrap().mode() & 0o7777;
        assert_eq!(mode, plain, "the umask counts as for any new file");
    }
}

#[test]
fn appending_keeps_what_is_there_and_does_not_read_it() {
    let folder = Folder::new(&[("a", "old,")]);
    folder.put("binary", b"\xff");
    let inode = std::fs::metadata(folder.at("a")).unwrap().ino();
    let gate = allow(&folder, &[OPEN_DIR, OPEN, CREATE, WRITE]);
    write(&gate, &folder.at("a"), b"new", WriteMode::Append).unwrap();
    write(&gate, &folder.at("a"), b"", WriteMode::Append).unwrap();
    write(&gate, &folder.at("binary"), b"x", WriteMode::Append).unwrap();
    assert_eq!((folder.bytes("a"), folder.bytes("binary")), (b"old,new".to_vec(), b"\xffx".to_vec()));
    assert_eq!(std::fs::metadata(folder.at("a")).unwrap().ino(), inode);
    assert_eq!(
        denied(write(&all_but(&folder, &forbid("write", &folder.at("a"))), &folder.at("a"), b"x", WriteMode::Append)).0,
        "write"
    );
    assert_eq!(folder.text("a"), "old,new");
}

#[test]
fn replacing_leaves_nothing_of_the_old() {
    let folder = Folder::new(&[("a", "a long old content")]);
    for content in ["new", "", "longer again"] {
        write(&all(&folder), &folder.at("a"), content.as_bytes(), WriteMode::Replace).unwrap();
        assert_eq!(folder.text("a"), content);
    }
    assert_eq!(folder.tree().names(), ["a"]);
}

/// Makes `a` a file with a mode, a user attribute and, where the test runs as root, an owner of its own.
fn particular(folder: &Folder) -> (u32, u32, u32) {
    std::fs::set_permissions(folder.at("a"), std::fs::Permissions::from_mode(0o641)).unwrap();
    rustix::fs::setxattr(folder.at("a"), "user.rex", b"kept", XattrFlags::empty()).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(folder.at("a"), Some(12), Some(34)).unwrap();
    }
    owned(folder)
}

fn owned(folder: &Folder) -> (u32, u32, u32) {
    let now = std::fs::metadata(folder.at("a")).unwrap();
    (now.mode() & 0o7777, now.uid(), now.gid())
}

fn attribute(folder: &Folder) -> Vec<u8> {
    let mut value = [0_u8; 64];
    let length = rustix::fs::getxattr(folder.at("a"), "user.rex", &mut value[..]).unwrap();
    value[..length].to_vec()
}

#[test]
fn replacing_keeps_permissions_owner_and_attributes() {
    let folder = Folder::new(&[("a", "old")]);
    let before = particular(&folder);
    write(&all(&folder), &folder.at("a"), b"new", WriteMode::Replace).unwrap();
    assert_eq!((owned(&folder), attribute(&folder), folder.text("a")), (before, b"kept".to_vec(), "new".to_owned()));
    let in_place = ReplaceOptions { in_place: true, ..ReplaceOptions::default() };
    replace(&all(&folder), &redaction(&folder), "new", "newer", &folder.at("a"), in_place).unwrap();
    assert_eq!((owned(&folder), attribute(&folder), folder.text("a")), (before, b"kept".to_vec(), "newer".to_owned()));
}

#[test]
fn new_content_does_not_inherit_set_user_id() {
    let folder = Folder::new(&[("a", "old")]);
    std::fs::set_permissions(folder.at("a"), std::fs::Permissions::from_mode(0o6755)).unwrap();
    write(&all(&folder), &folder.at("a"), b"new", WriteMode::Replace).unwrap();
    assert_eq!(owned(&folder).0, 0o755);
}

#[test]
fn other_names_keep_the_old_content_of_a_replaced_file() {
    let folder = Folder::new(&[("a", "old")]);
    std::fs::hard_link(folder.at("a"), folder.at("other")).unwrap();
    write(&all(&folder), &folder.at("a"), b"new", WriteMode::Replace).unwrap();
    assert_eq!((folder.text("a"), folder.text("other")), ("new".to_owned(), "old".to_owned()));
}

#[test]
fn a_reader_holds_the_old_file_and_never_a_part() {
    let folder = Folder::new(&[("a", "old")]);
    let held = std::fs::File::open(folder.at("a")).unwrap();
    write(&all(&folder), &folder.at("a"), b"new content", WriteMode::Replace).unwrap();
    assert_eq!(std::io::read_to_string(held).unwrap(), "old");
}

#[test]
fn a_missing_directory_is_not_made() {
    let folder = Folder::new(&[]);
    for mode in MODES {
        assert_eq!(failed(write(&all(&folder), &folder.at("no/a"), b"", mode)).0, "NotFound");
    }
    assert_eq!(folder.tree().names(), Vec::<String>::new());
}
