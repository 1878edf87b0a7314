//! A file that takes another's place grants nobody more than the other did.

use rex_test_utils::{Folder, gate};
use rust_safe_io::{WriteMode, write};
use rustix::fs::{XattrFlags, getxattr, setxattr, stat};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

#[expect(clippy::disallowed_methods, reason = "sets the stage")]
fn put_with_mode(folder: &Folder, mode: u32) {
    folder.put("a", "old");
    std::fs::set_permissions(folder.at("a"), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn new_content_does_not_inherit_set_user_id() {
    let folder = Folder::new(&[]);
    put_with_mode(&folder, 0o6751);
    write(&gate("permit(principal, action, resource);"), &folder.at("a"), b"new", WriteMode::Replace).unwrap();
    assert_eq!(stat(folder.at("a").as_str()).unwrap().st_mode & 0o7777, 0o751);
}

/// The default access control list of a directory that lets a further user in (acl(5), in the kernel's form: version, then tag,
/// permissions and id of each entry).
fn default_list() -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in
        [(1_u16, 7_u16, u32::MAX), (2, 7, 12_345), (4, 5, u32::MAX), (16, 7, u32::MAX), (32, 0, u32::MAX)]
    {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

#[test]
fn a_directory_s_default_list_lets_nobody_into_a_replaced_file() {
    let folder = Folder::new(&[]);
    put_with_mode(&folder, 0o640);
    if let Err(errno) = setxattr(folder.path(), "system.posix_acl_default", &default_list(), XattrFlags::empty()) {
        eprintln!("skipped: the file system has no access control lists: {errno}");
        return;
    }
    write(&gate("permit(principal, action, resource);"), &folder.at("a"), b"new", WriteMode::Replace).unwrap();
    assert_eq!(folder.bytes("a"), b"new");
    let mut list = [0_u8; 256];
    let found = getxattr(folder.at("a").as_str(), "system.posix_acl_access", &mut list[..]);
    assert_eq!(found, Err(rustix::io::Errno::NODATA), "a further user was let in");
}
