//! Taking mounts away.

use crate::apart::{all_but, apart, denied, failed, forbid, is_mounted, tmpfs};
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_disk_info::{Absolute, Result, UnmountOptions, unmount};

fn options(path: &str) -> UnmountOptions {
    UnmountOptions { path: Absolute::parse(path).unwrap(), lazy: false, force: false }
}

fn take(gate: &Gate, folder: &Folder, name: &str) -> Result<()> {
    unmount(gate, &options(&folder.at(name)))
}

#[test]
fn a_mount_is_taken_from_its_mount_point() {
    apart(|folder| {
        tmpfs(folder, "x", "a/m", "size=1m");
        let least = format!(
            "permit(principal, action == file_system::Action::\"unmount\", resource == file_system::Dir::\"{}\");",
            folder.at("a/m")
        );
        take(&gate(&least), folder, "a/m").unwrap();
        assert!(!is_mounted(folder, "a/m") && folder.has("a/m"));
    });
}

#[test]
fn of_a_stack_the_top_goes() {
    apart(|folder| {
        tmpfs(folder, "under", "m", "size=1m");
        folder.put("m/under", "");
        tmpfs(folder, "over", "m", "size=1m");
        take(&all_but(""), folder, "m").unwrap();
        assert!(is_mounted(folder, "m") && folder.has("m/under"));
    });
}

#[test]
fn what_is_denied_stays() {
    apart(|folder| {
        tmpfs(folder, "x", "m", "size=1m");
        folder.put("m/file", "content");
        let before = folder.tree();
        for gate in [gate(""), all_but(&forbid("unmount", "Dir", &folder.at("m")))] {
            assert_eq!(denied(take(&gate, folder, "m")), ("unmount", folder.at("m")));
            // A denial tells nothing of what is there.
            assert!(is_mounted(folder, "m") && before.changes(&folder.tree()).is_empty());
        }
        assert_eq!(denied(take(&gate(""), folder, "missing/m")), ("unmount", folder.at("missing/m")));
    });
}

#[test]
fn a_link_on_the_way_is_judged_by_where_it_leads() {
    apart(|folder| {
        tmpfs(folder, "x", "real/m", "size=1m");
        folder.link("link", "real");
        let asked = format!(
            "permit(principal, action == file_system::Action::\"unmount\", resource == file_system::Dir::\"{}\");",
            folder.at("link/m")
        );
        assert_eq!(denied(take(&gate(&asked), folder, "link/m")), ("unmount", folder.at("real/m")));
        assert!(is_mounted(folder, "real/m"));
        take(&all_but(""), folder, "link/m").unwrap();
        assert!(!is_mounted(folder, "real/m"));
        folder.link("nowhere", "missing");
        assert_eq!(failed(take(&all_but(""), folder, "nowhere/m")).0, "InvalidPath");
    });
}

#[test]
fn a_link_to_a_mount_is_not_followed() {
    apart(|folder| {
        tmpfs(folder, "x", "m", "size=1m");
        folder.link("link", "m");
        assert_eq!(failed(take(&all_but(""), folder, "link")).0, "NotMounted");
        assert!(is_mounted(folder, "m"));
    });
}

#[test]
fn each_reason_has_its_kind() {
    apart(|folder| {
        tmpfs(folder, "x", "m", "size=1m");
        folder.put("m/sub/file", "");
        let (kind, text) = failed(take(&all_but(""), folder, "m/sub"));
        assert_eq!(kind, "NotMounted");
        assert!(
            text.starts_with(&format!("Failed to unmount {}: no file system is mounted", folder.at("m/sub"))),
            "{text}"
        );
        assert_eq!(failed(take(&all_but(""), folder, "m/sub/file")).0, "NotMounted");
        assert_eq!(failed(take(&all_but(""), folder, "m/missing")).0, "NotFound");
        assert_eq!(failed(take(&all_but(""), folder, "missing/m")).0, "NotFound");
        assert_eq!(failed(take(&all_but(""), folder, "m/sub/file/x")).0, "NixError");
        assert_eq!(failed(unmount(&all_but(""), &options("/"))).0, "InvalidPath");
    });
}

#[test]
fn one_in_use_goes_only_lazily() {
    apart(|folder| {
        tmpfs(folder, "x", "m", "size=1m");
        folder.put("m/file", "content");
        let mut open = std::fs::File::open(folder.at("m/file")).unwrap();
        let (kind, text) = failed(take(&all_but(""), folder, "m"));
        assert_eq!(kind, "Busy", "{text}");
        assert!(is_mounted(folder, "m"));
        let lazy = UnmountOptions { lazy: true, ..options(&folder.at("m")) };
        unmount(&all_but(""), &lazy).unwrap();
        assert!(!is_mounted(folder, "m"));
        let mut text = String::new();
        std::io::Read::read_to_string(&mut open, &mut text).unwrap();
        assert_eq!(text, "content");
    });
}

#[test]
fn names_that_look_like_something_else() {
    apart(|folder| {
        for name in ["-l", "a b", "--", "a\\040b"] {
            tmpfs(folder, "x", name, "size=1m");
            take(&all_but(""), folder, name).unwrap();
            assert_eq!(failed(take(&all_but(""), folder, name)).0, "NotMounted", "{name}");
        }
    });
}
