//! Tests of the places that rules are about.
#![expect(clippy::disallowed_methods, reason = "the tests set their stage")]

use super::Places;
use crate::rights::{self, Rights};
use rex_cedar_auth::Policies;
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

/// A folder with a file `a/file`, an empty folder `a/dir`, and a link `a/link` to the folder `b`.
fn stage() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let path = fs::canonicalize(folder.path()).unwrap().to_str().unwrap().to_owned();
    fs::create_dir_all(format!("{path}/a/dir")).unwrap();
    fs::create_dir(format!("{path}/b")).unwrap();
    fs::write(format!("{path}/a/file"), "").unwrap();
    std::os::unix::fs::symlink("../b", format!("{path}/a/link")).unwrap();
    (folder, path)
}

/// The rules for a policy, by path below the folder `path`, which stands for `~`.
fn rules(policy: &str, path: &str) -> (BTreeMap<String, Rights>, Places) {
    let policies = Policies::load("test", &policy.replace('~', path)).unwrap();
    let places = Places::of(&policies.reach("tester"), &[]);
    let rules = places.rules().map(|(at, rule)| (at.replace(path, "~"), rule.grantable())).collect();
    (rules, places)
}

fn permit(actions: &[&str], resource: &str) -> String {
    let actions: Vec<_> = actions.iter().map(|action| format!("file_system::Action::\"{action}\"")).collect();
    format!("permit(principal, action in [{}], resource {resource});", actions.join(", "))
}

const FILE: &str = r#"== file_system::File::"~/a/file""#;

#[test]
fn a_file_that_nothing_can_replace_is_granted_by_itself() {
    let (_folder, path) = stage();
    let (found, _) = rules(&permit(&["open", "read", "stat"], FILE), &path);
    assert_eq!(found, BTreeMap::from([("~/a/file".to_owned(), rights::read_file())]));
}

#[test]
fn a_file_that_may_be_replaced_is_granted_with_its_directory() {
    let (_folder, path) = stage();
    let text = permit(&["read"], FILE) + &permit(&["delete"], r#"in file_system::Dir::"~/a""#);
    let (found, _) = rules(&text, &path);
    assert!(found["~/a"].contains(rights::read_file()), "{found:?}");
    let (found, _) = rules(&permit(&["write"], FILE), &path);
    assert!(found["~/a"].contains(rights::content() | rights::file_names()), "{found:?}");
    assert!(!found["~/a"].contains(rights::read_file()) && !found.contains_key("~"), "{found:?}");
}

#[test]
fn what_is_not_there_is_granted_at_the_nearest_directory_that_is() {
    let (_folder, path) = stage();
    let (found, places) = rules(&permit(&["read"], r#"== file_system::File::"~/a/new/deep/file""#), &path);
    assert_eq!(found, BTreeMap::from([("~/a".to_owned(), rights::read_file())]));
    assert_eq!(places.widened, [format!("{path}/a: {path}/a/new/deep/file is not there yet")]);
    // Never the root directory for a name in it.
    let (found, places) = rules(&permit(&["create"], r#"== file_system::File::"/rex-test-nonexistent/x""#), &path);
    assert!(found.is_empty() && places.left_out.len() == 1, "{found:?} {:?}", places.left_out);
}

#[test]
fn a_tree_that_may_be_removed_and_made_anew_is_granted_from_above() {
    let (_folder, path) = stage();
    let tree = r#"in file_system::Dir::"~/a""#;
    let (found, places) = rules(&permit(&["read", "create", "delete"], tree), &path);
    assert!(found["~"].contains(rights::read()), "{found:?}");
    assert_eq!(places.widened.len(), 1);
    let kept = permit(&["read", "create", "delete"], tree)
        + r#"forbid(principal, action == file_system::Action::"delete", resource == file_system::Dir::"~/a");"#;
    let (found, places) = rules(&kept, &path);
    assert!(!found.contains_key("~") && places.widened.is_empty(), "{found:?}");
    let (found, _) = rules(&permit(&["read", "create"], tree), &path);
    assert!(!found.contains_key("~"), "{found:?}");
}

#[test]
fn links_are_not_followed_to_what_the_policy_does_not_name() {
    let (_folder, path) = stage();
    let (found, _) = rules(&permit(&["read"], r#"in file_system::Dir::"~/a/link""#), &path);
    assert!(found.is_empty(), "{found:?}");
    let (found, _) = rules(&permit(&["read"], r#"== file_system::File::"~/a/link/x""#), &path);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn sources_and_destinations_of_moves_have_the_same_rights() {
    let (_folder, path) = stage();
    let text = permit(&["move", "delete"], r#"in file_system::Dir::"~/a/dir""#)
        + &permit(&["create", "write"], r#"in file_system::Dir::"~/b""#);
    let (found, _) = rules(&text, &path);
    assert_eq!(found["~/a/dir"], found["~/b"], "{found:?}");
    assert!(found["~/b"].contains(rights::refer()));
}

#[test]
fn everywhere_swallows_the_rest() {
    let (_folder, path) = stage();
    let text = permit(&["read"], "") + &permit(&["read"], FILE) + &permit(&["write"], r#"in file_system::Dir::"~/b""#);
    let (found, places) = rules(&text, &path);
    assert!(places.everywhere().contains(rights::read()));
    assert!(found.contains_key("~/b") && !found.contains_key("~/a/file"), "{found:?}");
}

#[test]
fn what_proc_shows_is_granted_as_a_whole_but_for_parameters() {
    let (_folder, path) = stage();
    let (found, _) = rules(&permit(&["read"], r#"== file_system::File::"/proc/mounts""#), &path);
    assert_eq!(found.get("/proc"), Some(&rights::read_file()));
    let (found, _) = rules(&permit(&["write"], r#"== file_system::File::"/proc/sys/kernel/hostname""#), &path);
    assert!(!found.contains_key("/proc"), "{found:?}");
    assert!(found["/proc/sys/kernel/hostname"].contains(rights::content() | rights::read_file()), "{found:?}");
}

#[test]
fn names_with_invalid_bytes_are_looked_for_above() {
    let (_folder, path) = stage();
    let (found, _) = rules(&permit(&["read"], "== file_system::File::\"~/a/x\u{fffd}\""), &path);
    assert_eq!(found, BTreeMap::from([("~/a".to_owned(), rights::read_file())]));
}
