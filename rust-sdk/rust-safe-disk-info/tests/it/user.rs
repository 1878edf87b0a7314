//! What an ordinary user gets.

use crate::apart::{all_but, failed};
use rust_safe_disk_info::{
    Absolute, FilesystemOptions, IoStatOptions, UnmountOptions, block_devices, filesystems, iostat, mounts, unmount,
};
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// The account that a thread of root's becomes.
const NOBODY: u32 = 65_534;

fn as_user(test: fn()) {
    if !rustix::process::geteuid().is_root() {
        return test();
    }
    let user = std::thread::spawn(move || {
        let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        set_thread_groups(&[]).unwrap();
        set_thread_res_gid(gid, gid, gid).unwrap();
        set_thread_res_uid(uid, uid, uid).unwrap();
        test();
    });
    if let Err(panic) = user.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn all_can_be_looked_at() {
    as_user(|| {
        let gate = all_but("");
        let survey = filesystems(&gate, &FilesystemOptions::default()).unwrap();
        assert!(survey.filesystems.iter().any(|found| found.mounted_on == "/" && found.size() > 0));
        assert!(!mounts(&gate).unwrap().is_empty());
        assert!(iostat(&gate, &IoStatOptions::default()).is_ok());
        assert!(block_devices(&gate).is_ok());
    });
}

#[test]
fn nothing_can_be_unmounted() {
    as_user(|| {
        let path = Absolute::parse("/proc").unwrap();
        let (kind, text) = failed(unmount(&all_but(""), &UnmountOptions { path, lazy: false, force: false }));
        assert_eq!(kind, "NixError");
        assert_eq!(text, "Failed to unmount /proc: Operation not permitted (os error 1): it takes CAP_SYS_ADMIN");
    });
}
