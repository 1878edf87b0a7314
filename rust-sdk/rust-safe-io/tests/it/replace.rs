//! Replacing text.

use crate::allow::{all, all_but, denied, failed, forbid, redaction};
use rex_test_utils::Folder;
use rust_safe_io::{ReplaceOptions, replace, replace_text};
use std::os::unix::fs::MetadataExt;

const FIRST: ReplaceOptions = ReplaceOptions { regex: false, all: false, in_place: false };
const IN_PLACE: ReplaceOptions = ReplaceOptions { in_place: true, ..FIRST };

#[test]
fn texts() {
    let all = ReplaceOptions { all: true, ..FIRST };
    let regex = ReplaceOptions { regex: true, ..FIRST };
    let both = ReplaceOptions { regex: true, ..all };
    assert_eq!(replace_text("a.a.a", ".", "-", FIRST).unwrap(), "a-a.a");
    assert_eq!(replace_text("a.a.a", ".", "-", all).unwrap(), "a-a-a");
    assert_eq!(replace_text("a.a", "x", "-", all).unwrap(), "a.a");
    assert_eq!(replace_text("ab", "", "-", FIRST).unwrap(), "-ab");
    assert_eq!(replace_text("ab", "", "-", all).unwrap(), "-a-b-");
    assert_eq!(replace_text("a1b22", "\\d+", "<$0>", regex).unwrap(), "a<1>b22");
    assert_eq!(replace_text("a1b22", "(?P<n>\\d+)", "${n}n", both).unwrap(), "a1nb22n");
    assert_eq!(replace_text("a\nb", "^b", "x", both).unwrap(), "a\nb");
    assert_eq!(replace_text("a1", "\\d", "$1", FIRST).unwrap(), "a1");
    let (kind, text) = failed(replace_text("", "(", "", regex));
    assert_eq!(kind, "ValidationError");
    assert!(text.starts_with("Validation error: Invalid regex pattern: '(' - "), "{text}");
}

#[test]
fn the_file_changes_only_in_place() {
    let folder = Folder::new(&[("a", "one two one\n")]);
    let before = folder.tree();
    let (gate, hidden) = (all(&folder), redaction(&folder));
    assert_eq!(replace(&gate, &hidden, "one", "1", &folder.at("a"), FIRST).unwrap(), "1 two one\n");
    assert_eq!(before.changes(&folder.tree()), "");
    assert_eq!(replace(&gate, &hidden, "one", "1", &folder.at("a"), IN_PLACE).unwrap(), "1 two one\n");
    assert_eq!(folder.text("a"), "1 two one\n");
    assert_eq!(folder.tree().names(), ["a"]);
}

#[test]
fn a_file_that_would_stay_the_same_is_not_written() {
    let folder = Folder::new(&[("a", "text")]);
    let inode = std::fs::metadata(folder.at("a")).unwrap().ino();
    replace(&all(&folder), &redaction(&folder), "absent", "", &folder.at("a"), IN_PLACE).unwrap();
    assert_eq!(std::fs::metadata(folder.at("a")).unwrap().ino(), inode);
}

#[test]
fn redacted_text_is_never_written_back() {
    let folder = Folder::new(&[("a", "user=x\npassword=y\n"), ("rex_redaction.config", "user=%s\n")]);
    let before = folder.tree();
    let gate = all_but(&folder, &forbid("read", &folder.at("a")));
    assert_eq!(replace(&gate, &redaction(&folder), "x", "z", &folder.at("a"), FIRST).unwrap(), "user=z\n[REDACTED]");
    assert_eq!(
        denied(replace(&gate, &redaction(&folder), "x", "z", &folder.at("a"), IN_PLACE)),
        ("read", folder.at("a"))
    );
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn what_fails_changes_nothing() {
    let folder = Folder::new(&[("a", "text")]);
    folder.put("binary", b"\xff");
    let before = folder.tree();
    let (gate, hidden) = (all(&folder), redaction(&folder));
    let regex = ReplaceOptions { regex: true, ..IN_PLACE };
    assert_eq!(failed(replace(&gate, &hidden, "[", "", &folder.at("a"), regex)).0, "ValidationError");
    assert_eq!(failed(replace(&gate, &hidden, "x", "", &folder.at("binary"), IN_PLACE)).0, "Utf8Error");
    let gate = all_but(&folder, &forbid("write", &folder.at("a")));
    assert_eq!(denied(replace(&gate, &hidden, "t", "", &folder.at("a"), IN_PLACE)), ("write", folder.at("a")));
    assert_eq!(before.changes(&folder.tree()), "");
}
