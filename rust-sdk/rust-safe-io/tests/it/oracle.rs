//! What lies behind a link out of the permitted tree cannot be told from what is not there.

use rex_test_utils::{Folder, gate};
use rust_safe_io::{Error, Redaction, list, read};

#[test]
fn a_link_out_of_the_tree_tells_nothing_of_what_is_there() {
    let folder = Folder::new(&[
        ("closed/dir/file", "secret"),
        ("open/", ""),
        ("open/to-closed -> ../closed", ""),
        ("open/to-dir -> ../closed/dir", ""),
        ("open/to-nothing -> ../closed/nothing", ""),
    ]);
    let gate = gate(&format!("permit(principal, action, resource in file_system::Dir::\"{}\");", folder.at("open")));
    let redaction = Redaction::at("/nowhere");
    for path in ["to-closed/dir", "to-closed/nothing", "to-closed/dir/file", "to-dir/file", "to-nothing/file"] {
        let path = folder.at(&format!("open/{path}"));
        let listed = list(&gate, &path, false).unwrap_err();
        assert!(matches!(listed, Error::PermissionDenied(_)), "ls {path}: {listed}");
        let path = format!("{path}/x");
        let read = read(&gate, &redaction, &path).unwrap_err();
        assert!(matches!(read, Error::PermissionDenied(_)), "cat {path}: {read}");
    }
    // Who may open what is behind the link learns that nothing is there.
    let all = rex_test_utils::gate("permit(principal, action, resource);");
    assert!(matches!(list(&all, &folder.at("open/to-closed/nothing"), false), Err(Error::NotFound { .. })));
    assert!(matches!(list(&all, &folder.at("open/to-nothing/file"), false), Err(Error::NotFound { .. })));
}
