//! More than one file system: in a mount namespace of the test's own thread, which only root can make.

use crate::allow::{CREATE, DELETE, MOVE, OPEN, OPEN_DIR, all, all_but, allow, denied, failed, forbid, redaction};
use rex_test_utils::Folder;
use rust_safe_io::{
    CopyOptions, RemoveOptions, RenameOptions, ReplaceOptions, UsageOptions, WriteMode, copy, remove, rename, replace,
    usage, write,
};
use rustix::fs::XattrFlags;
use rustix::thread::UnshareFlags;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Command;

/// Runs `test` in a folder whose `other` is another file system; on a machine that does not let us, says so.
pub(crate) fn apart(files: &[(&str, &str)], test: fn(&Folder)) {
    let folder = Folder::new(files);
    folder.put("other/", "");
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: descriptors stay shared; only the thread's view of mounts becomes its own.
            #[expect(unsafe_code, reason = "the call is unsafe for another flag than this")]
            let own = unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) };
            if let Err(errno) = own {
                eprintln!("skipped, no mount namespace can be made: {errno}");
                return;
            }
            mount(&["--make-rprivate", "/"]);
            mount(&["-t", "tmpfs", "tmpfs", &folder.at("other")]);
            test(&folder);
            unmount(&folder.at("other"));
        });
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

pub(crate) fn mount(arguments: &[&str]) {
    assert!(Command::new("mount").args(arguments).status().unwrap().success(), "{arguments:?}");
}

/// Takes a mount away, however busy it is: a program that another test starts holds all descriptors for a moment.
pub(crate) fn unmount(path: &str) {
    assert!(Command::new("umount").args(["--lazy", path]).status().unwrap().success(), "{path}");
}

const PLAIN: RenameOptions = RenameOptions { backup: false };

#[test]
fn a_file_moves_whole_with_owner_permissions_times_and_attributes() {
    apart(&[("a", "content")], |folder| {
        fs::set_permissions(folder.at("a"), fs::Permissions::from_mode(0o640)).unwrap();
        chown(folder.at("a"), Some(12), Some(34)).unwrap();
        rustix::fs::setxattr(folder.at("a"), "trusted.rex", b"kept", XattrFlags::empty()).unwrap();
        let before = fs::metadata(folder.at("a")).unwrap();
        let gate = allow(folder, &[OPEN_DIR, OPEN, MOVE, CREATE]);
        rename(&gate, &folder.at("a"), &folder.at("other/b"), PLAIN).unwrap();
        let now = fs::metadata(folder.at("other/b")).unwrap();
        assert_ne!(before.dev(), now.dev());
        let all_of = |metadata: &fs::Metadata| {
            (
                metadata.mode(),
                metadata.uid(),
                metadata.gid(),
                metadata.modified().unwrap(),
                metadata.accessed().unwrap(),
                metadata.len(),
            )
        };
        assert_eq!(all_of(&before), all_of(&now));
        let mut value = [0_u8; 16];
        let length = rustix::fs::getxattr(folder.at("other/b"), "trusted.rex", &mut value[..]).unwrap();
        assert_eq!((&value[..length], folder.text("other/b").as_str()), (&b"kept"[..], "content"));
        assert_eq!(folder.tree().names(), ["other", "other/b"]);
    });
}

#[test]
fn a_file_in_the_way_goes_only_with_delete() {
    apart(&[("a", "new")], |folder| {
        folder.put("other/b", "old");
        let before = folder.tree();
        let refused = rename(
            &all_but(folder, &forbid("delete", &folder.at("other/b"))),
            &folder.at("a"),
            &folder.at("other/b"),
            PLAIN,
        );
        assert_eq!(denied(refused), ("delete", folder.at("other/b")));
        assert_eq!(before.changes(&folder.tree()), "");
        let gate = allow(folder, &[OPEN_DIR, OPEN, MOVE, CREATE, DELETE]);
        rename(&gate, &folder.at("a"), &folder.at("other/b"), PLAIN).unwrap();
        assert_eq!((folder.text("other/b").as_str(), folder.tree().names().len()), ("new", 2));
        folder.put("c", "newer");
        rename(&all(folder), &folder.at("c"), &folder.at("other/b"), RenameOptions { backup: true }).unwrap();
        assert_eq!((folder.text("other/b").as_str(), folder.text("other/b~").as_str()), ("newer", "new"));
    });
}

#[test]
fn a_file_system_without_room_leaves_everything_as_it_was() {
    apart(&[("a", "")], |folder| {
        mount(&["-o", "remount,size=64k", &folder.at("other")]);
        folder.put("a", "x".repeat(1 << 20));
        folder.put("other/b", "old");
        let before = folder.tree();
        let full = "No space left on device (os error 28)";
        for path in ["other/b", "other/new"] {
            let (kind, text) = failed(rename(&all(folder), &folder.at("a"), &folder.at(path), PLAIN));
            assert!(matches!(kind, "IoError" | "FileCopyError") && text.ends_with(full), "{kind} {text}");
            let (_, text) = failed(copy(
                &all(folder),
                &folder.at("a"),
                &folder.at(path),
                CopyOptions { force: true, preserve: false },
            ));
            assert!(text.ends_with(full), "{text}");
            let (_, text) = failed(write(&all(folder), &folder.at(path), &vec![0; 1 << 20], WriteMode::Replace));
            assert!(text.ends_with(full), "{text}");
        }
        assert_eq!(before.changes(&folder.tree()), "");
    });
}

#[test]
fn a_tree_with_a_mount_in_it_or_that_is_one_is_left_whole() {
    apart(&[("d/a", "x"), ("d/in/", "")], |folder| {
        folder.put("other/b", "y");
        mount(&["--bind", &folder.at("other"), &folder.at("d/in")]);
        let before = folder.tree();
        let recursive = RemoveOptions { recursive: true, force: true };
        for path in ["d", "other", "d/in"] {
            let (kind, text) = failed(remove(&all(folder), &folder.at(path), recursive));
            assert_eq!(before.changes(&folder.tree()), "", "{path}: {kind} {text}");
            assert_eq!(kind, "UnsupportedOperationError", "{path}: {text}");
        }
        unmount(&folder.at("d/in"));
    });
}

#[test]
fn a_file_that_something_is_mounted_on_is_written_in_place() {
    apart(&[("a", "long old content"), ("d/b", "x")], |folder| {
        folder.put("other/source", "long shown content");
        mount(&["--bind", &folder.at("other/source"), &folder.at("a")]);
        write(&all(folder), &folder.at("a"), b"new", WriteMode::Replace).unwrap();
        assert_eq!((folder.text("a").as_str(), folder.text("other/source").as_str()), ("new", "new"));
        let in_place = ReplaceOptions { in_place: true, ..ReplaceOptions::default() };
        replace(&all(folder), &redaction(folder), "new", "newer", &folder.at("a"), in_place).unwrap();
        assert_eq!(folder.text("other/source"), "newer");
        assert!(remove(&all(folder), &folder.at("a"), RemoveOptions::default()).is_err());
        assert!(rename(&all(folder), &folder.at("d/b"), &folder.at("a"), PLAIN).is_err());
        assert_eq!((folder.text("a").as_str(), folder.text("d/b").as_str()), ("newer", "x"));
        assert!(folder.tree().names().iter().all(|name| !name.contains(".rex-")), "{:?}", folder.tree());
        unmount(&folder.at("a"));
        assert_eq!(folder.text("a"), "long old content");
    });
}

#[test]
fn usage_counts_what_is_mounted() {
    apart(&[("a", "x")], |folder| {
        folder.put("other/b", "12345");
        let options = UsageOptions { apparent_size: true, ..UsageOptions::default() };
        let usage = usage(&all(folder), folder.path(), options).unwrap();
        assert_eq!((usage.total_inode_count, usage.skipped.len()), (4, 0));
    });
}

#[test]
fn usage_of_one_file_system_leaves_out_what_is_mounted() {
    apart(&[("a", "x")], |folder| {
        folder.put("other/b", "12345");
        let options = UsageOptions { one_file_system: true, ..UsageOptions::default() };
        let usage = usage(&all(folder), folder.path(), options).unwrap();
        assert_eq!((usage.total_inode_count, usage.skipped.len()), (2, 0));
        assert!(usage.entries.iter().all(|entry| entry.path == folder.path()));
    });
}
