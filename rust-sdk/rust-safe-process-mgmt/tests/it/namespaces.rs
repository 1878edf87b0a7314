//! Other namespaces, made by processes of the test, and the way back from them.

use crate::trace::tracing;
use crate::victim::{Victim, as_nobody, is_root};
use rex_test_utils::{Folder, gate};
use rust_safe_io::{Redaction, read};
use rust_safe_process_mgmt::{Error, NamespaceOptions, ProcessOptions, nsenter, processes, trace};
use rustix::thread::{CapabilitySet, CapabilitySets, UnshareFlags, set_capabilities, unshare_unsafe};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

const ALL: &str = "permit(principal, action, resource);";

/// A process that `script` makes namespaces for, in the folder.
fn within(folder: &Folder, flags: &[&str], script: &str) -> Victim {
    let script = format!("{script}\necho ready; exec sleep 60");
    Victim::start(Command::new("unshare").args(flags).args(["sh", "-ec", &script]).current_dir(folder.path()))
}

fn of(victim: &Victim) -> NamespaceOptions {
    NamespaceOptions { pid: Some(victim.pid()), ..NamespaceOptions::default() }
}

/// All that a thread can be elsewhere by.
fn whereabouts() -> String {
    let link = |name: &str| fs::read_link(format!("/proc/thread-self/{name}")).unwrap().display().to_string();
    let root = fs::metadata("/").unwrap();
    let names = ["ns/mnt", "ns/net", "ns/pid_for_children", "cwd", "root"].map(link);
    format!("{} {} {}", names.join(" "), root.dev(), root.ino())
}

/// Runs `test` in a thread of its own with a working directory of its own: what it caches begins empty.
fn in_thread<R: Send>(folder: &Folder, test: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: the flag does not concern descriptors.
            #[expect(unsafe_code, reason = "the safe form is deprecated")]
            unsafe {
                unshare_unsafe(UnshareFlags::FS).unwrap();
            };
            rustix::process::chdir(folder.path()).unwrap();
            test()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn another_mount_namespace_and_back() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[("m/outside", "from here")]);
    let victim = within(&folder, &["-m"], "mount -t tmpfs none m; printf inside > m/inside");
    in_thread(&folder, || {
        let (all, hidden, before) = (gate(ALL), Redaction::at("/none"), whereabouts());
        let options = NamespaceOptions { mount: true, ..of(&victim) };
        let text = |name: &str| read(&all, &hidden, &folder.at(name)).map(|text| text.content).ok();
        for _ in 0..3 {
            let seen = nsenter(&all, &options, || {
                assert_ne!(whereabouts(), before);
                (text("m/inside"), text("m/outside"))
            });
            assert_eq!(seen.unwrap(), (Some("inside".to_owned()), None));
            assert_eq!((text("m/inside"), text("m/outside")), (None, Some("from here".to_owned())));
            assert_eq!(whereabouts(), before);
        }
        // Also with a thread that was begun inside and shares the root directory.
        let (tell, told) = std::sync::mpsc::channel::<()>();
        let thread = nsenter(&all, &options, || std::thread::spawn(move || told.recv().is_err())).unwrap();
        assert_eq!(whereabouts(), before);
        drop(tell);
        thread.join().unwrap();
    });
}

#[test]
fn another_network_namespace_and_back() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[]);
    let victim = within(&folder, &["-n"], "echo 77 > /proc/sys/net/ipv4/ip_default_ttl");
    in_thread(&folder, || {
        let ttl = || fs::read_to_string("/proc/sys/net/ipv4/ip_default_ttl").unwrap().trim().to_owned();
        let before = whereabouts();
        let seen = nsenter(&gate(ALL), &NamespaceOptions { net: true, ..of(&victim) }, ttl).unwrap();
        assert_eq!(seen, "77");
        assert_ne!(ttl(), "77");
        assert_eq!(whereabouts(), before);
    });
}

#[test]
fn programs_are_started_in_another_pid_namespace() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[]);
    let outer = within(&folder, &["--pid", "--fork", "--kill-child"], "true");
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", outer.pid())).unwrap();
    let options =
        NamespaceOptions { pid: Some(children.trim().parse().unwrap()), pid_ns: true, ..NamespaceOptions::default() };
    in_thread(&folder, || {
        let numbers = || {
            let told = Command::new("grep").args(["NSpid", "/proc/self/status"]).output().unwrap().stdout;
            String::from_utf8(told).unwrap().split_whitespace().count() - 1
        };
        let before = whereabouts();
        assert_eq!(nsenter(&gate(ALL), &options, numbers).unwrap(), 2);
        assert_eq!(numbers(), 1);
        assert_eq!(whereabouts(), before);
    });
}

#[test]
fn namespaces_within_namespaces() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[]);
    // In the first one there is no process table at all.
    let first = within(&folder, &["-m"], "mkdir m; mount -t tmpfs none m; echo 1 > m/a; mount -t tmpfs none /proc");
    let second = within(&folder, &["-m", "-n"], "mount -t tmpfs none m; echo 2 > m/a");
    in_thread(&folder, || {
        let (all, before) = (gate(ALL), whereabouts());
        let a = || fs::read_to_string(folder.at("m/a")).unwrap_or_default().trim().to_owned();
        let seen = nsenter(&all, &NamespaceOptions { mount: true, ..of(&first) }, || {
            let outer = a();
            let options = NamespaceOptions { mount: true, net: true, pid_ns: true, ..of(&second) };
            let inner = nsenter(&all, &options, a).unwrap();
            [outer, inner, a()].join(" ")
        });
        assert_eq!(seen.unwrap(), "1 2 1");
        assert_eq!((whereabouts(), a().as_str()), (before, ""));
    });
}

/// What is found out once and kept is neither taken from the other namespace nor used for what is in it.
#[test]
fn nothing_kept_goes_in_or_out() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[
        ("secret", "alpha\nbeta\n"),
        ("rex_redaction.config", "alpha\n"),
        ("other.config", "beta\n"),
        ("passwd", "mallory:x:0:0::/:/bin/sh\nmallory:x:7:7::/:/bin/sh\n"),
    ]);
    let script =
        "mount --bind other.config rex_redaction.config; mount --bind passwd /etc/passwd; mount -t tmpfs none /proc";
    let victim = within(&folder, &["-m"], script);
    in_thread(&folder, || {
        let policy = format!(
            r#"permit(principal, action, resource) unless {{ resource is file_system::File && resource.path == "{}" && action == file_system::Action::"read" }};"#,
            folder.at("secret")
        );
        let all = gate(ALL);
        let redacting = gate(&policy);
        let hidden = Redaction::at(folder.at("rex_redaction.config"));
        let owner = || rust_safe_io::Owner { user: 0, group: 0 }.user_name();
        let other = || rust_safe_io::Owner { user: 7, group: 7 }.user_name();
        let pid = victim.pid();
        let user_of = |pid: u32| {
            let found = processes(&all, ProcessOptions::default()).unwrap().processes;
            found.into_iter().find(|process| process.pid == pid).map(|process| process.username)
        };
        let inside = || {
            // The first of its kind in this thread: the files' own descriptors, the dictionary, the names.
            let secret = read(&redacting, &hidden, &folder.at("secret")).unwrap().content;
            (secret, owner(), other(), user_of(pid), trace(&tracing(), pid).unwrap().pid)
        };
        let (secret, own, unknown, user, traced) =
            nsenter(&all, &NamespaceOptions { mount: true, ..of(&victim) }, inside).unwrap();
        assert_eq!(secret, "alpha\n[REDACTED]", "the host's dictionary holds");
        assert_eq!((own.as_str(), unknown.as_str()), ("0", "7"), "names are not looked up there");
        assert_eq!((user.as_deref(), traced), (Some("root"), Some(pid.into())), "processes are the host's");
        let secret = read(&redacting, &hidden, &folder.at("secret")).unwrap().content;
        assert_eq!(secret, "alpha\n[REDACTED]");
        assert_ne!(other(), "mallory");
        assert_ne!(other(), "7", "that it was not known there does not stick");
        assert_eq!(user_of(pid).as_deref(), Some("root"));
    });
}

#[test]
fn a_panic_comes_back_too() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[]);
    let victim = within(&folder, &["-m", "-n"], "true");
    in_thread(&folder, || {
        let before = whereabouts();
        let options = NamespaceOptions { mount: true, net: true, ..of(&victim) };
        let body = || nsenter(&gate(ALL), &options, || panic!("inside")).unwrap();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).is_err());
        assert_eq!(whereabouts(), before);
        assert!(!rust_safe_io::Elsewhere::is_anywhere_else());
    });
}

/// Who may not enter its own namespace again must not go on in the other one.
#[test]
fn a_run_that_cannot_come_back_ends() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[]);
    let victim = within(&folder, &["-m", "-n"], "true");
    in_thread(&folder, || {
        let options = NamespaceOptions { mount: true, net: true, ..of(&victim) };
        let given_up = nsenter(&gate(ALL), &options, || {
            let none = CapabilitySet::empty();
            set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none }).unwrap();
        });
        match given_up {
            Err(Error::Stopped(why)) => assert_eq!(
                why.to_string(),
                "Namespace operation failed: Failed to restore original namespace: Operation not permitted (os error 1)"
            ),
            other => panic!("{other:?}"),
        }
        assert!(rust_safe_io::Elsewhere::is_among_other_mounts());
    });
}

#[test]
fn each_namespace_is_asked_for_before_any_is_touched() {
    let folder = Folder::new(&[]);
    let victim = Victim(Command::new("sleep").arg("60").spawn().unwrap());
    let every = NamespaceOptions { mount: true, net: true, pid_ns: true, ..of(&victim) };
    let denied = |policy: &str, options: &NamespaceOptions| match nsenter(&gate(policy), options, || {
        panic!("the callback runs")
    }) {
        Err(Error::PermissionDenied(denied)) => (denied.action().name, denied.id().to_owned()),
        other => panic!("{other:?}"),
    };
    let but =
        |action: &str| format!(r#"{ALL} forbid(principal, action == process_system::Action::"{action}", resource);"#);
    let pid = victim.pid().to_string();
    in_thread(&folder, || {
        for action in ["mount_namespace", "network_namespace", "pid_namespace"] {
            assert_eq!(denied(&but(action), &every), (action, pid.clone()));
        }
        assert_eq!(denied("", &every).0, "mount_namespace");
        let network = NamespaceOptions { net: true, ..of(&victim) };
        assert_eq!(denied("", &network).0, "network_namespace");
        let nobody = NamespaceOptions { pid: Some(u32::MAX), net: true, ..NamespaceOptions::default() };
        assert_eq!(denied("", &nobody), ("network_namespace", u32::MAX.to_string()), "what is not there is denied too");
        match nsenter(&gate(ALL), &nobody, || ()) {
            Err(Error::ProcessNotFound { pid: u32::MAX, .. }) => {}
            other => panic!("{other:?}"),
        }
        let named = NamespaceOptions { net_ns_name: Some("rex-no-such".into()), ..NamespaceOptions::default() };
        let path = "/run/netns/rex-no-such".to_owned();
        assert_eq!(denied("", &named), ("network_namespace", path.clone()));
        let but_open = format!(
            r#"{ALL} forbid(principal, action == file_system::Action::"open", resource is file_system::File);"#
        );
        assert_eq!(denied(&but_open, &named), ("open", path));
        match nsenter(&gate(ALL), &named, || ()) {
            Err(error @ Error::NamespaceOperationError { .. }) => {
                let begins = "Namespace operation failed: Failed to open network namespace at /run/netns: ";
                assert!(error.to_string().starts_with(begins), "{error}");
            }
            other => panic!("{other:?}"),
        }
        for name in ["", ".", "..", "../../proc/1/ns/net", "a/b", "a\0b"] {
            let options = NamespaceOptions { net_ns_name: Some(name.into()), ..NamespaceOptions::default() };
            assert!(matches!(nsenter(&gate(ALL), &options, || ()), Err(Error::ValidationError(_))), "{name:?}");
        }
    });
}

#[test]
fn an_ordinary_user_is_told_what_is_lacking() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[]);
    let victim = within(&folder, &["-m", "-n"], "true");
    let options = NamespaceOptions { net: true, ..of(&victim) };
    let told = as_nobody(|| nsenter(&gate(ALL), &options, || ()).unwrap_err().to_string());
    assert!(told.starts_with("Namespace operation failed: Failed to enter requested namespaces: "), "{told}");
    assert!(told.contains("CAP_SYS_ADMIN"), "{told}");
    // Half of what was asked for is nothing.
    let lost_half = in_thread(&folder, || {
        let before = whereabouts();
        let held = CapabilitySet::SYS_ADMIN;
        set_capabilities(
            None,
            CapabilitySets { effective: held, permitted: held, inheritable: CapabilitySet::empty() },
        )
        .unwrap();
        let both =
            NamespaceOptions { mount: true, net: true, pid: Some(std::process::id()), ..NamespaceOptions::default() };
        let failed = nsenter(&gate(ALL), &both, || panic!("the callback runs")).unwrap_err().to_string();
        (failed, before == whereabouts())
    });
    assert!(lost_half.0.contains("CAP_SYS_CHROOT") && lost_half.1, "{lost_half:?}");
}

/// Names of network namespaces, in a mount namespace of this test's thread.
#[test]
fn by_name() {
    if !is_root() {
        return;
    }
    let folder = Folder::new(&[]);
    let victim = within(&folder, &["-n"], "echo 77 > /proc/sys/net/ipv4/ip_default_ttl");
    in_thread(&folder, || {
        // SAFETY: the flag does not concern descriptors.
        #[expect(unsafe_code, reason = "the safe form is deprecated")]
        unsafe {
            unshare_unsafe(UnshareFlags::NEWNS).unwrap();
        };
        let run =
            |words: &[&str]| assert!(Command::new(words[0]).args(&words[1..]).status().unwrap().success(), "{words:?}");
        run(&["mount", "--make-rprivate", "/"]);
        run(&["mount", "-t", "tmpfs", "none", "/run"]);
        fs::create_dir("/run/netns").unwrap();
        for name in ["blue", "plain"] {
            fs::write(format!("/run/netns/{name}"), "").unwrap();
        }
        std::os::unix::fs::symlink("blue", "/run/netns/link").unwrap();
        run(&["mount", "--bind", &format!("/proc/{}/ns/net", victim.pid()), "/run/netns/blue"]);
        run(&["mkfifo", "/run/netns/pipe"]);
        fs::write("/run/netns/mounts", "").unwrap();
        run(&["mount", "--bind", &format!("/proc/{}/ns/uts", victim.pid()), "/run/netns/mounts"]);

        let before = whereabouts();
        let enter = |name: &str| {
            let options = NamespaceOptions { net_ns_name: Some(name.into()), ..NamespaceOptions::default() };
            nsenter(&gate(ALL), &options, || fs::read_to_string("/proc/sys/net/ipv4/ip_default_ttl").unwrap())
        };
        assert_eq!(enter("blue").unwrap().trim(), "77");
        for name in ["link", "plain", "pipe", "missing", "mounts"] {
            let error = enter(name).unwrap_err();
            assert_eq!(error.kind(), "NamespaceOperationError", "{name}: {error}");
        }
        assert_eq!(whereabouts(), before);
    });
}
