//! What the policy is asked, in which order, and that a denial is the end.

use rex_cedar_auth::{Denied, Gate, Journal};
use rex_test_utils::gate_observed;
use rust_safe_system_info::{self as info, Error, LogOptions, Result, Scarce, sysctl};
use std::cell::RefCell;
use std::rc::Rc;

const ALL: &str = "permit(principal, action, resource);";

/// What `ask` asks of the policy, as `action id`, what it asks again at once told once, and whether it was denied.
fn asked<T>(policy: &str, ask: impl Fn(&Gate) -> Result<T>) -> (Vec<String>, Option<Error>) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let journal = Journal::observed_by({
        let asked = Rc::clone(&asked);
        move |verdict| {
            let no = if verdict.denied.map(Denied::cause).is_some() { "no: " } else { "" };
            asked.borrow_mut().push(format!("{no}{} {}", verdict.action.name, verdict.id));
        }
    });
    let error = ask(&gate_observed(policy, journal)).err();
    let mut asked = asked.borrow().clone();
    asked.dedup();
    (asked, error)
}

/// Each operation asks exactly this, and denied anything of it fails as denied and asks no more.
fn check<T>(want: &[&str], ask: impl Fn(&Gate) -> Result<T>) {
    let (all, error) = asked(ALL, &ask);
    assert_eq!(all, want, "{error:?}");
    for (number, one) in want.iter().enumerate() {
        let (action, id) = one.split_once(' ').unwrap();
        let namespace = match action {
            "list" => "sysinfo",
            _ => "file_system",
        };
        let kind = match id {
            "sysinfo" => "sysinfo::Sysinfo",
            "/proc" | "/proc/sys" | "/proc/sys/kernel" => "file_system::Dir",
            _ => "file_system::File",
        };
        let policy = format!(
            "{ALL} forbid(principal, action == {namespace}::Action::\"{action}\", resource == {kind}::\"{id}\");"
        );
        let (before, error) = asked(&policy, &ask);
        let error = error.unwrap_or_else(|| panic!("{one} is needed"));
        assert_eq!(error.kind(), "PermissionDenied", "{one}: {error}");
        let told = format!(
            "Permission denied: tester unauthorized to perform {namespace}::Action::\"{action}\" for {kind}::{id}"
        );
        assert_eq!(error.to_string(), told);
        assert_eq!(before.last().unwrap(), &format!("no: {one}"));
        assert_eq!(before.len(), number + 1);
    }
}

#[test]
fn each_operation_asks_for_what_it_reads() {
    check(&["read /proc/meminfo"], info::memory);
    check(&["read /proc/meminfo"], info::swap);
    check(&["read /proc/swaps"], info::swap_devices);
    check(&["read /proc/stat"], info::kernel_stats);
    check(&["read /proc/interrupts"], info::interrupts);
    check(&["read /proc/cpuinfo"], info::cpus);
    check(&["read /proc/loadavg"], info::load_average);
    check(&["read /run/utmp"], info::logins);
    for scarce in Scarce::ALL {
        check(&[&format!("read /proc/pressure/{}", scarce.word())], |gate| info::pressure(gate, scarce));
    }
    check(&["list sysinfo"], info::uname);
    check(&["list sysinfo"], info::hostname);
    check(&["list sysinfo"], info::uptime);
    check(&["list sysinfo"], info::cpu_count);
    check(&["list sysinfo"], info::available_cpu_count);
    check(&["read /dev/kmsg"], |gate| info::kernel_log(gate, &LogOptions::default()));
    check(&["open /proc", "open /proc/slabinfo", "read /proc/slabinfo"], info::slabs);
}

#[test]
fn a_key_is_judged_as_its_one_file() {
    let file = "/proc/sys/kernel/ostype";
    let (open, read, write) = (format!("open {file}"), format!("read {file}"), format!("write {file}"));
    let want = ["open /proc/sys/kernel", &open, &read];
    for key in ["kernel.ostype", "kernel/ostype"] {
        check(&want, |gate| sysctl::read(gate, key));
    }
    // Denied before anyone learns that nobody may write it.
    let policy = format!(
        "{ALL} forbid(principal, action == file_system::Action::\"open\", resource == file_system::File::\"{file}\");"
    );
    let (before, error) = asked(&policy, |gate| sysctl::write(gate, "kernel.ostype", "x"));
    assert_eq!((before.len(), error.unwrap().kind()), (2, "PermissionDenied"));
    // Nobody may write this one.
    let (all, error) = asked(ALL, |gate| sysctl::write(gate, "kernel.ostype", "x"));
    assert!(!all.contains(&write) && error.unwrap().kind() == "PrivilegeError");
    // Other spellings are asked nothing about.
    for key in ["kernel..ostype", "kernel/./ostype", "/kernel.ostype", "kernel.ostype.", "kernel/../kernel/ostype"] {
        let (all, error) = asked(ALL, |gate| sysctl::read(gate, key));
        assert_eq!((all.len(), error.unwrap().to_string()), (0, format!("Invalid sysctl path: {key}")));
    }
}
