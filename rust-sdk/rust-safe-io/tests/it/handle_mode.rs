//! Permissions, owners and labels of what is held open.

use crate::allow::{OPEN_DIR, READ_DIR, STAT, all, all_but, allow, denied, failed, forbid, forbid_in};
use crate::held::{BOTH, CHMOD, CHMOD_DIR, CHOWN, CHOWN_DIR, READ, SET_XATTR, dir, file, needs};
use rex_test_utils::Folder;
use rust_safe_io::{LabelOptions, OwnershipOptions};
use rustix::fs::XattrFlags;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

fn mode(folder: &Folder, name: &str) -> u32 {
    fs::symlink_metadata(folder.at(name)).unwrap().mode() & 0o7777
}

fn owner(folder: &Folder, name: &str) -> (u32, u32) {
    let metadata = fs::symlink_metadata(folder.at(name)).unwrap();
    (metadata.uid(), metadata.gid())
}

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: only root can do this");
    }
    root
}

const TREE: &[(&str, &str)] = &[("t/a", ""), ("t/sub/b", ""), ("t/link -> ../outside", ""), ("outside", "")];

#[test]
fn the_permissions_of_a_file() {
    let (folder, ()) = needs(&[("a", "")], &[CHMOD], |gate, folder| file(folder, "a", READ).chmod(gate, 0o604));
    assert_eq!(mode(&folder, "a"), 0o604);
    let gate = all(&folder);
    let handle = file(&folder, "a", READ);
    let text = "Validation error: Invalid permissions. Permissions must be in the range 0-777 octal: 0o1777";
    assert_eq!(failed(handle.chmod(&gate, 0o1777)), ("ValidationError", text.to_owned()));
    let text = "out of range integral type conversion attempted".to_owned();
    for number in [-1, i64::MIN, i64::MAX] {
        assert_eq!(failed(handle.chmod(&gate, number)), ("TryFromIntError", text.clone()));
    }
    assert_eq!(failed(handle.chmod(&gate, 0o1000)).0, "ValidationError");
    assert_eq!(mode(&folder, "a"), 0o604);
    handle.chmod(&gate, 0).unwrap();
    handle.chmod(&gate, 0o777).unwrap();
    assert_eq!(mode(&folder, "a"), 0o777);
    assert_eq!(denied(handle.chmod(&allow(&folder, &[]), -1)), ("chmod", folder.at("a")));
}

#[test]
fn the_very_file_gets_the_permissions() {
    let folder = Folder::new(&[("a", ""), ("b", "")]);
    let handle = file(&folder, "a", READ);
    let before = mode(&folder, "b");
    fs::rename(folder.at("a"), folder.at("moved")).unwrap();
    std::os::unix::fs::symlink("b", folder.at("a")).unwrap();
    handle.chmod(&all(&folder), 0o600).unwrap();
    assert_eq!((mode(&folder, "moved"), mode(&folder, "b")), (0o600, before));
}

#[test]
fn the_permissions_of_a_directory_alone() {
    let (folder, ()) = needs(TREE, &[CHMOD_DIR], |gate, folder| dir(folder, "t").chmod(gate, 0o711, false));
    assert_eq!((mode(&folder, "t"), mode(&folder, "t/sub")), (0o711, mode(&Folder::new(TREE), "t/sub")));
    let gate = all(&folder);
    assert_eq!(failed(dir(&folder, "t").chmod(&gate, 0o1000, true)).0, "ValidationError");
    assert_eq!(failed(dir(&folder, "t").chmod(&gate, -7, true)).0, "TryFromIntError");
}

#[test]
fn the_permissions_of_a_tree() {
    let all_needs = [CHMOD_DIR, READ_DIR, OPEN_DIR, CHMOD];
    let (folder, ()) = needs(TREE, &all_needs, |gate, folder| dir(folder, "t").chmod(gate, 0o750, true));
    for name in ["t", "t/a", "t/sub", "t/sub/b"] {
        assert_eq!(mode(&folder, name), 0o750, "{name}");
    }
    assert_eq!(mode(&folder, "outside"), mode(&Folder::new(TREE), "outside"), "a link was followed");
}

#[test]
fn special_files_are_passed_over() {
    let folder = Folder::new(&[("t/a", "")]);
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.at("t/fifo"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    dir(&folder, "t").chmod(&all_but(&folder, &forbid("chmod", &folder.at("t/fifo"))), 0o755, true).unwrap();
    assert_eq!((mode(&folder, "t/fifo"), mode(&folder, "t/a")), (0o600, 0o755));
}

#[test]
fn a_denial_deep_in_a_tree_changes_nothing() {
    let folder = Folder::new(TREE);
    let before = folder.tree();
    let handle = dir(&folder, "t");
    let own = rustix::process::geteuid().as_raw().to_string();
    let options = OwnershipOptions { user: Some(own), recursive: true, ..OwnershipOptions::default() };
    for action in ["chmod", "chown"] {
        for (but, id) in [
            (forbid(action, &folder.at("t/sub/b")), "t/sub/b"),
            (forbid_in(action, &folder.at("t/sub")), "t/sub"),
            (forbid_in("read", &folder.at("t/sub")), "t/sub"),
            (forbid_in("open", &folder.at("t/sub")), "t/sub"),
        ] {
            let gate = all_but(&folder, &but);
            let refused = if action == "chmod" {
                handle.chmod(&gate, 0o777, true)
            } else {
                handle.set_ownership(&gate, &options)
            };
            assert_eq!(denied(refused).1, folder.at(id));
            assert_eq!(before.changes(&folder.tree()), "");
        }
    }
}

/// Permissions with which nobody can go through a directory do not keep its entries from getting theirs.
#[test]
fn a_tree_can_be_closed() {
    let folder = Folder::new(&[("t/sub/a", "")]);
    let path = folder.path().to_owned();
    if is_root() {
        for name in ["", "t", "t/sub", "t/sub/a"] {
            std::os::unix::fs::chown(folder.at(name), Some(65_534), Some(65_534)).unwrap();
        }
        std::thread::spawn(move || {
            let user = rustix::process::Uid::from_raw(65_534);
            rustix::thread::set_thread_res_uid(user, user, user).unwrap();
            let gate =
                rex_test_utils::gate(&format!("permit(principal, action, resource in file_system::Dir::\"{path}\");"));
            let open = rust_safe_io::DirHandle::open(&gate, &format!("{path}/t"), rust_safe_io::DirOptions::default());
            open.unwrap().chmod(&gate, 0o400, true).unwrap();
        })
        .join()
        .unwrap();
        assert_eq!((mode(&folder, "t"), mode(&folder, "t/sub"), mode(&folder, "t/sub/a")), (0o400, 0o400, 0o400));
    }
}

fn to(user: Option<&str>, group: Option<&str>) -> OwnershipOptions {
    OwnershipOptions { user: user.map(str::to_owned), group: group.map(str::to_owned), recursive: false }
}

#[test]
fn owners_by_name_and_by_number() {
    if !is_root() {
        return;
    }
    let (folder, ()) = needs(&[("a", "")], &[CHOWN], |gate, folder| {
        file(folder, "a", READ).set_ownership(gate, &to(Some("daemon"), Some("daemon")))
    });
    let daemon = (1, 1);
    assert_eq!(owner(&folder, "a"), daemon);
    let gate = all(&folder);
    let handle = file(&folder, "a", READ);
    handle.set_ownership(&gate, &to(Some("123456"), None)).unwrap();
    assert_eq!(owner(&folder, "a"), (123_456, 1));
    handle.set_ownership(&gate, &to(None, Some("4294967294"))).unwrap();
    assert_eq!(owner(&folder, "a"), (123_456, 4_294_967_294));
    handle.set_ownership(&gate, &to(None, None)).unwrap();
    assert_eq!(owner(&folder, "a"), (123_456, 4_294_967_294));
}

#[test]
fn what_is_neither_name_nor_number_changes_nothing() {
    let folder = Folder::new(TREE);
    let before = folder.tree();
    let gate = all(&folder);
    for name in ["", "no_such_name", "-1", "4294967295", "99999999999", "root\0", "0x0", "root:root", "１"] {
        let (kind, text) = failed(file(&folder, "outside", READ).set_ownership(&gate, &to(Some(name), None)));
        let told = format!("Identity resolution error: No user mapping found for uid: {name}");
        assert_eq!((kind, text), ("IdentityResolutionError", told));
        let (kind, text) = failed(file(&folder, "outside", READ).set_ownership(&gate, &to(Some("0"), Some(name))));
        let told = format!("Identity resolution error: No group mapping found for gid: {name}");
        assert_eq!((kind, text), ("IdentityResolutionError", told));
        let recursive = OwnershipOptions { recursive: true, ..to(Some(name), None) };
        assert_eq!(failed(dir(&folder, "t").set_ownership(&gate, &recursive)).0, "IdentityResolutionError");
    }
    assert_eq!(before.changes(&folder.tree()), "");
    // Whether a name is known is told only to who may use it.
    let refused = file(&folder, "outside", READ).set_ownership(&allow(&folder, &[]), &to(Some("no_such_name"), None));
    assert_eq!(denied(refused), ("chown", folder.at("outside")));
}

#[test]
fn the_owners_of_a_tree_and_of_a_link_itself() {
    if !is_root() {
        return;
    }
    let recursive = OwnershipOptions { recursive: true, ..to(Some("1"), Some("1")) };
    let all_needs = [CHOWN_DIR, READ_DIR, OPEN_DIR, CHOWN];
    let (folder, ()) = needs(TREE, &all_needs, |gate, folder| dir(folder, "t").set_ownership(gate, &recursive));
    for name in ["t", "t/a", "t/sub", "t/sub/b", "t/link"] {
        assert_eq!(owner(&folder, name), (1, 1), "{name}");
    }
    assert_eq!(owner(&folder, "outside"), (0, 0), "a link was followed");
    let (folder, ()) = needs(TREE, &[CHOWN], |gate, folder| {
        let link = dir(folder, "t").open_symlink(&all(folder), "link").unwrap();
        link.set_ownership(gate, &to(Some("2"), None))
    });
    assert_eq!((owner(&folder, "t/link"), owner(&folder, "outside")), ((2, 0), (0, 0)));
    dir(&folder, "t").set_ownership(&all(&folder), &to(Some("3"), None)).unwrap();
    assert_eq!((owner(&folder, "t"), owner(&folder, "t/a")), ((3, 0), (0, 0)));
}

#[test]
fn the_set_user_id_bit_does_not_outlive_another_owner() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[("a", "")]);
    fs::set_permissions(folder.at("a"), fs::Permissions::from_mode(0o6755)).unwrap();
    file(&folder, "a", READ).set_ownership(&all(&folder), &to(Some("1"), None)).unwrap();
    assert_eq!((mode(&folder, "a"), owner(&folder, "a")), (0o755, (1, 0)));
}

#[test]
fn an_ordinary_user_gives_nothing_away() {
    let folder = Folder::new(&[("a", "")]);
    let path = folder.path().to_owned();
    let give = move || {
        let gate = rex_test_utils::gate("permit(principal, action, resource);");
        let dir = rust_safe_io::DirHandle::open(&gate, &path, rust_safe_io::DirOptions::default()).unwrap();
        let handle = dir.open_file(&gate, "a", READ).unwrap();
        failed(handle.set_ownership(&gate, &to(Some("1"), None)))
    };
    let said = if is_root() {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        std::thread::spawn(move || {
            let user = rustix::process::Uid::from_raw(65_534);
            rustix::thread::set_thread_res_uid(user, user, user).unwrap();
            give()
        })
        .join()
        .unwrap()
    } else {
        give()
    };
    let text =
        "Failed to change ownership. CAP_CHOWN capability is required when changing ownership to a different user.";
    assert_eq!(said, ("IoError", text.to_owned()));
}

fn label(name: &str) -> LabelOptions {
    LabelOptions { name: name.to_owned(), label_type: Some("x_t".to_owned()), ..LabelOptions::default() }
}

#[test]
fn labels() {
    let folder = Folder::new(&[("a", "")]);
    let gate = all(&folder);
    let handle = file(&folder, "a", BOTH);
    let (kind, text) = failed(handle.set_extended_attr(&gate, &label("user.comment")));
    let told = "Unsupported Operation error: Extended attribute for 'user.comment' is not supported. Only 'security.selinux' is supported.";
    assert_eq!((kind, text.as_str()), ("UnsupportedOperationError", told));
    assert_eq!(failed(handle.extended_attr(&gate, "user.comment")).0, "UnsupportedOperationError");
    let bad = LabelOptions { label_type: Some("a:b".to_owned()), ..label("security.selinux") };
    assert_eq!(failed(handle.set_extended_attr(&gate, &bad)).0, "InvalidArguments");
    let old = format!("system_u:object_r:etc_t:s0:{}", (0..400).map(|c| format!("c{c}")).collect::<Vec<_>>().join(","));
    let present = format!("{old}\0");
    let set = rustix::fs::setxattr(folder.at("a"), "security.selinux", present.as_bytes(), XattrFlags::empty());
    if let Err(errno) = set {
        eprintln!("skipped, no label can be put here: {errno}");
        return;
    }
    assert!(old.len() > 1024, "longer than the reference reads");
    for (needed, but) in [(SET_XATTR, "set_x_attr"), (STAT, "stat")] {
        let others: Vec<_> = [SET_XATTR, STAT].into_iter().filter(|need| *need != needed).collect();
        let gate = allow(&folder, &others);
        let refused = match but {
            "stat" => handle.extended_attr(&gate, "security.selinux").map(drop),
            _ => handle.set_extended_attr(&gate, &label("security.selinux")),
        };
        assert_eq!(denied(refused), (but, folder.at("a")));
    }
    assert_eq!(handle.extended_attr(&gate, "security.selinux").unwrap().unwrap(), old);
    // The name of the attribute is what the policy sees.
    let only = "forbid(principal, action == file_system::Action::\"set_x_attr\", resource) unless { context.xattr.name == \"security.selinux\" };";
    let gate = all_but(&folder, only);
    assert_eq!(denied(handle.set_extended_attr(&gate, &label("user.x"))).0, "set_x_attr");
    handle.set_extended_attr(&gate, &label("security.selinux")).unwrap();
    let now = handle.extended_attr(&gate, "security.selinux").unwrap().unwrap();
    assert_eq!(now, old.replace("etc_t", "x_t"));
    rustix::fs::setxattr(folder.at("a"), "security.selinux", b"nonsense", XattrFlags::empty()).unwrap();
    assert_eq!(failed(handle.set_extended_attr(&gate, &label("security.selinux"))).0, "ValidationError");
    rustix::fs::removexattr(folder.at("a"), "security.selinux").unwrap();
    assert_eq!(handle.extended_attr(&gate, "security.selinux").unwrap(), None);
    assert_eq!(failed(handle.set_extended_attr(&gate, &label("security.selinux"))).0, "IoError");
}
