//! The list of mounts.

use crate::apart::{all_but, apart, denied, run, tmpfs};
use rex_test_utils::gate;
use rust_safe_disk_info::mounts;

const READ: &str = "permit(principal, action == file_system::Action::\"read\", resource == file_system::File::\"/proc/self/mountinfo\");";

#[test]
fn every_mount_with_what_it_stands_on() {
    apart(|folder| {
        tmpfs(folder, "under", "a b", "size=1m,nosuid");
        folder.put("a b/part/", "");
        std::fs::create_dir(folder.at("bound")).unwrap();
        run("mount", &["--bind", &folder.at("a b/part"), &folder.at("bound")]);
        tmpfs(folder, "over", "a b", "size=1m");
        run("mount", &["--make-shared", &folder.at("a b")]);
        let found = mounts(&gate(READ)).unwrap();
        let by =
            |source: &str, root: &str| found.iter().find(|mount| mount.device == source && mount.root == root).unwrap();
        let (under, bound, over) = (by("under", "/"), by("under", "/part"), by("over", "/"));
        assert_eq!((&under.mounted_on, &over.mounted_on), (&folder.at("a b"), &folder.at("a b")));
        assert_eq!((&bound.mounted_on, &bound.number), (&folder.at("bound"), &under.number));
        assert_eq!((over.parent, under.visible, over.visible, bound.visible), (under.id, false, true, true));
        assert!(under.options.contains(&"nosuid".to_owned()) && under.super_options.contains(&"size=1024k".to_owned()));
        assert!(under.propagation.is_empty() && over.propagation[0].starts_with("shared:"));
        let root = found.iter().find(|mount| mount.mounted_on == "/" && mount.visible).unwrap();
        let above = found.iter().find(|mount| mount.id == under.parent).unwrap();
        assert!(root.id == above.id || above.mounted_on.len() > 1);
    });
}

/// `findmnt` of util-linux is another reader of the same table.
#[test]
fn as_many_as_findmnt_finds() {
    let found = mounts(&gate(READ)).unwrap();
    let told = run("findmnt", &["--list", "--noheadings", "--output", "ID"]);
    let mut told: Vec<u64> = told.lines().map(|line| line.trim().parse().unwrap()).collect();
    let mut ids: Vec<u64> = found.iter().map(|mount| mount.id).collect();
    told.sort_unstable();
    ids.sort_unstable();
    assert_eq!(ids, told);
}

#[test]
fn the_table_is_judged() {
    let expected = ("read", "/proc/self/mountinfo".to_owned());
    assert_eq!(denied(mounts(&gate(""))), expected);
    let but = "forbid(principal, action, resource == file_system::File::\"/proc/self/mountinfo\");";
    assert_eq!(denied(mounts(&all_but(but))), expected);
}
