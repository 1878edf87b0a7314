//! Those who are logged in.

use crate::inside::inside;
use rex_test_utils::gate;
use rust_safe_system_info::logins;
use std::fs;

const ALL: &str = "permit(principal, action, resource);";

/// A record as glibc has it on x86-64 (utmp(5)).
fn record(user: &str) -> Vec<u8> {
    let mut record = vec![0; 384];
    record[0] = 7;
    record[4] = 42;
    record[8..13].copy_from_slice(b"pts/3");
    record[44..44 + user.len()].copy_from_slice(user.as_bytes());
    record[340..344].copy_from_slice(&1_700_000_000_u32.to_ne_bytes());
    record
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_file_of_the_host_is_read() {
    inside("users::the_file_of_the_host_is_read", "mount -t tmpfs none /run", || {
        let gate = gate(ALL);
        assert_eq!(logins(&gate).unwrap(), []);
        fs::write("/run/utmp", [record("alice"), record("bob")].concat()).unwrap();
        let found = logins(&gate).unwrap();
        assert_eq!(found.iter().map(|login| login.user.as_str()).collect::<Vec<_>>(), ["alice", "bob"]);
        assert_eq!(
            (found[0].terminal.as_str(), found[0].pid, found[0].since.epoch_seconds()),
            ("pts/3", 42, 1_700_000_000)
        );
    });
}

#[test]
fn what_is_no_file_is_refused_and_nothing_waits() {
    inside("users::what_is_no_file_is_refused_and_nothing_waits", "mount -t tmpfs none /run; mkfifo /run/utmp", || {
        let gate = gate(ALL);
        let refused = || logins(&gate).unwrap_err().to_string();
        assert_eq!(refused(), "it is no regular file: /run/utmp");
        fs::remove_file("/run/utmp").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", "/run/utmp").unwrap();
        assert!(refused().contains("/run/utmp") && refused().contains("os error 40"));
        fs::remove_file("/run/utmp").unwrap();
        fs::File::create("/run/utmp").unwrap().set_len((16 << 20) + 1).unwrap();
        assert_eq!(refused(), "it is larger than 16 MiB: /run/utmp");
    });
}
