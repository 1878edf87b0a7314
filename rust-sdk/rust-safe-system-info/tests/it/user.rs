//! What the system refuses to an ordinary user, and how that is told.

use rex_test_utils::gate;
use rust_safe_system_info::{LogOptions, kernel_log, slabs, sysctl};
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

const NOBODY: u32 = 65_534;

/// Runs `test` as an ordinary user: a thread of root's gives its rights away.
fn as_user(test: fn()) {
    if !rustix::process::geteuid().is_root() {
        return test();
    }
    std::thread::scope(|scope| {
        let user = scope.spawn(|| {
            let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
            set_thread_groups(&[]).unwrap();
            set_thread_res_gid(gid, gid, gid).unwrap();
            set_thread_res_uid(uid, uid, uid).unwrap();
            test();
        });
        if let Err(panic) = user.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn what_is_lacking_is_told() {
    as_user(|| {
        let gate = gate("permit(principal, action, resource);");
        let refused = sysctl::write(&gate, "kernel.panic", "0").unwrap_err();
        assert_eq!(refused.kind(), "PrivilegeError");
        assert!(refused.to_string().contains("this account may not set kernel.panic"), "{refused}");
        let refused = slabs(&gate).unwrap_err().to_string();
        assert!(refused.contains("Permission denied (os error 13)") && refused.contains("/proc/slabinfo"), "{refused}");
        let restricted = sysctl::read(&gate, "kernel.dmesg_restrict").unwrap() == "1";
        match kernel_log(&gate, &LogOptions::default()) {
            Ok(_) => assert!(!restricted),
            Err(error) => assert!(restricted && error.to_string().contains("CAP_SYSLOG"), "{error}"),
        }
        assert_eq!(sysctl::read(&gate, "kernel.ostype").unwrap(), "Linux");
        let found = sysctl::find(&gate, "^kernel\\.").unwrap();
        assert!(found.found.iter().any(|one| one.key == "kernel.ostype"));
        assert!(found.left_out.iter().any(|one| one.reason.contains("Permission denied")), "{:?}", found.left_out);
    });
}
