//! Listing: what is told of a process, and what the policy sees of it.

use crate::worker::{Worker, sleeper, wait};
use rex_test_utils::{Folder, gate};
use rust_safe_process_mgmt::{Error, ProcessInfo, ProcessOptions, Processes, process, processes};
use std::fs;
use std::process::Command;

const ALL: &str = "permit(principal, action, resource);";

fn list(policy: &str, options: ProcessOptions) -> Processes {
    processes(&gate(policy), options).unwrap()
}

fn one(policy: &str, pid: u32) -> Option<ProcessInfo> {
    list(policy, ProcessOptions::default()).processes.into_iter().find(|process| process.pid == pid)
}

#[test]
fn a_process_is_told_as_it_is() {
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "rexlistaverylongname");
    wait(|| worker.state() == 'S');
    let found = one(ALL, worker.pid()).unwrap();
    assert_eq!(found.name, "rexlistaverylon");
    assert_eq!(found.command, "rexlistaverylongname 86399");
    assert_eq!(found.ppid, Some(std::process::id()));
    assert_eq!(found.state, "Sleep");
    assert_eq!(found.uid, rustix::process::getuid().as_raw());
    let login = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    assert_eq!(found.username.as_ref(), login.trim());
    assert!(found.memory_usage > 4096 && found.memory_usage < 1 << 30, "{}", found.memory_usage);
    assert!(found.memory_percent >= 0.0 && found.memory_percent < 100.0);
    assert_eq!((found.recent_cpu_usage, found.pid_namespace), (None, None));
}

#[test]
fn one_process_is_told_as_in_a_listing_and_a_missing_one_only_to_who_may_list_it() {
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "rexone");
    wait(|| worker.state() == 'S');
    let alone = process(&gate(ALL), worker.pid()).unwrap();
    assert_eq!((alone.pid, alone.name.as_str()), (worker.pid(), "rexone"));
    assert_eq!(format!("{alone:?}"), format!("{:?}", one(ALL, worker.pid()).unwrap()));

    let missing = process(&gate(ALL), 999_999_999).unwrap_err();
    assert_eq!(missing.to_string(), "Process not found: Process not found: PID 999999999");
    let nobody = "permit(principal, action, resource) when { resource has pid && resource.pid == 1 };";
    for pid in [worker.pid(), 999_999_999] {
        assert!(matches!(process(&gate(nobody), pid), Err(Error::PermissionDenied(_))), "{pid}");
    }
}

/// Of many processes a second thread reads ahead.
#[test]
fn a_crowd_is_listed_whole_in_order_and_under_the_policy() {
    struct Crowd(Vec<std::process::Child>);
    impl Drop for Crowd {
        fn drop(&mut self) {
            for one in &mut self.0 {
                let _ = (one.kill(), one.wait());
            }
        }
    }
    let crowd = Crowd((0..300).map(|_| Command::new("sleep").arg("86397").spawn().unwrap()).collect());
    let is_crowd = |process: &ProcessInfo| process.command == "sleep 86397";
    wait(|| list(ALL, ProcessOptions::default()).processes.iter().filter(|process| is_crowd(process)).count() == 300);
    let found = list(ALL, ProcessOptions::default());
    let mut pids: Vec<u32> = crowd.0.iter().map(std::process::Child::id).collect();
    pids.sort_unstable();
    let listed: Vec<u32> =
        found.processes.iter().filter(|process| is_crowd(process)).map(|process| process.pid).collect();
    assert_eq!(listed, pids);
    assert!(found.processes.is_sorted_by(|a, b| a.pid < b.pid));
    // What is denied is left out here, too, and each is told as it is told alone.
    let but_one =
        format!("permit(principal, action, resource) unless {{ resource has pid && resource.pid == {} }};", pids[150]);
    let seen = list(&but_one, ProcessOptions::default());
    assert!(seen.denied == 1 && !seen.processes.iter().any(|process| process.pid == pids[150]));
    let among = found.processes.iter().find(|process| process.pid == pids[299]).unwrap();
    assert_eq!(format!("{among:?}"), format!("{:?}", process(&gate(ALL), pids[299]).unwrap()));
}

#[test]
fn the_order_is_that_of_the_numbers_and_the_first_has_no_parent() {
    let found = list(ALL, ProcessOptions::default()).processes;
    assert!(found.is_sorted_by(|a, b| a.pid < b.pid));
    assert_eq!((found[0].pid, found[0].ppid), (1, None));
}

/// Each attribute of the schema decides, and decides alone.
#[test]
fn the_policy_sees_what_a_process_is() {
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "rexpolicy");
    let me = one(ALL, worker.pid()).unwrap();
    let exe = folder.at("rexpolicy");
    let (pid, uid, user, own) = (me.pid, me.uid, &me.username, std::process::id());
    for (attribute, right, wrong) in [
        ("name", "\"rexpolicy\"".to_owned(), "\"rexpolic\"".to_owned()),
        ("command", "\"rexpolicy 86399\"".to_owned(), format!("\"{exe} 86399\"")),
        ("username", format!("\"{user}\""), "\"nobody-here\"".to_owned()),
        ("pid", pid.to_string(), "1".to_owned()),
        ("uid", uid.to_string(), (uid + 1).to_string()),
        ("ppid", own.to_string(), pid.to_string()),
        ("executable", format!("\"{exe}\""), "\"rexpolicy\"".to_owned()),
    ] {
        let permit = |value: &str| {
            let has = if attribute == "executable" { "resource has executable && " } else { "" };
            format!(
                "permit(principal, action == process_system::Action::\"list\", resource) when {{ {has}resource.{attribute} == {value} }};"
            )
        };
        assert!(one(&permit(&right), pid).is_some(), "{attribute} {right}");
        assert!(one(&permit(&wrong), pid).is_none(), "{attribute} {wrong}");
    }
    let by_id = format!("permit(principal, action, resource == process_system::Process::\"{pid}\");");
    let found = list(&by_id, ProcessOptions::default());
    assert_eq!(found.processes.iter().map(|process| process.pid).collect::<Vec<_>>(), [pid]);
    assert!(found.denied > 0, "the others are counted");
}

#[test]
fn nothing_is_listed_where_nothing_is_permitted() {
    let found = list("", ProcessOptions { include_threads: true, load_namespace_info: true });
    assert!(found.processes.is_empty() && found.without_namespace.is_empty());
    assert!(found.denied > 0);
}

#[test]
fn threads_are_listed_only_where_they_are_asked_for() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::Builder::new().name("rexthread".to_owned()).spawn(move || receiver.recv()).unwrap();
    let named =
        |found: Processes| found.processes.into_iter().filter(|one| one.name == "rexthread").collect::<Vec<_>>();
    wait(|| !named(list(ALL, ProcessOptions { include_threads: true, ..ProcessOptions::default() })).is_empty());
    let with = named(list(ALL, ProcessOptions { include_threads: true, ..ProcessOptions::default() }));
    assert_eq!(with.len(), 1);
    assert_eq!(with[0].ppid, Some(std::process::id()));
    assert_ne!(with[0].pid, std::process::id());
    assert!(named(list(ALL, ProcessOptions::default())).is_empty());
    // A thread is judged as what it is.
    let one = format!(
        "{ALL} forbid(principal, action, resource is process_system::Process) when {{ resource.name == \"rexthread\" }};"
    );
    let one = gate(&one);
    let found = processes(&one, ProcessOptions { include_threads: true, ..ProcessOptions::default() }).unwrap();
    assert!(named(found).is_empty());
    drop(sender);
    let _ = thread.join().unwrap();
}

#[test]
fn a_hostile_name_is_a_name_and_nothing_else() {
    for name in ["x) R 1 (y", "a\tUid:\t0", "\u{1b}[2J", "))))"] {
        // It writes the name into its own, and waits without becoming another program.
        let script = "printf %s \"$NAME\" > /proc/self/comm; echo; read line";
        let mut command = Command::new("bash");
        command.args(["-c", script]).env("NAME", name).stdin(std::process::Stdio::piped());
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let _input = child.stdin.take();
        let mut ready = [0];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut ready).unwrap();
        let worker = Worker(child);
        let found = one(ALL, worker.pid()).unwrap();
        assert_eq!((found.name.as_str(), found.ppid), (name, Some(std::process::id())));
        assert_eq!(found.uid, rustix::process::getuid().as_raw());
    }
}

#[test]
fn what_has_ended_is_listed_without_a_command_until_its_parent_knows() {
    let folder = Folder::new(&[]);
    let mut worker = Worker::named(&folder, "rexzombie");
    worker.0.kill().unwrap();
    worker.ended();
    let found = one(ALL, worker.pid()).unwrap();
    assert_eq!((found.state.as_ref(), found.command.as_str()), ("Zombie", ""));
    worker.0.wait().unwrap();
    assert!(one(ALL, worker.pid()).is_none());
}

#[test]
fn a_namespace_is_read_as_files_that_the_policy_judges() {
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "rexnamespace");
    let pid = worker.pid();
    let asked = ProcessOptions { load_namespace_info: true, ..ProcessOptions::default() };
    let namespace = |policy: &str| {
        let found = list(policy, asked);
        let process = found.processes.into_iter().find(|process| process.pid == pid).unwrap();
        (process.pid_namespace, found.without_namespace.into_iter().find(|(of, _)| *of == pid))
    };
    let link = fs::read_link(format!("/proc/{pid}/ns/pid")).unwrap();
    let (found, failed) = namespace(ALL);
    let found = found.unwrap();
    assert_eq!(format!("pid:[{}]", found.namespace_id), link.to_str().unwrap());
    assert_eq!((found.child_ns_pid, failed), (pid, None));
    let (dir, file) = ("file_system::Dir", "file_system::File");
    for (action, kind, path) in [
        ("open", dir, format!("/proc/{pid}")),
        ("open", dir, format!("/proc/{pid}/ns")),
        ("open", file, format!("/proc/{pid}/ns/pid")),
        ("read", file, format!("/proc/{pid}/ns/pid")),
        ("open", file, format!("/proc/{pid}/status")),
        ("read", file, format!("/proc/{pid}/status")),
    ] {
        let forbid = format!(
            "{ALL} forbid(principal, action == file_system::Action::\"{action}\", resource == {kind}::\"{path}\");"
        );
        let (found, failed) = namespace(&forbid);
        assert_eq!(found, None, "{action} {path}");
        assert!(failed.unwrap().1.contains(&path));
    }
}

#[test]
fn a_process_in_its_own_pid_namespace_has_two_numbers() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: a pid namespace needs root");
        return;
    }
    let folder = Folder::new(&[]);
    let inside = sleeper(&folder, "rexinner");
    let program = inside.get_program().to_owned();
    let mut command = Command::new("unshare");
    let _unshare = Worker::start(command.args(["--pid", "--fork", "--kill-child"]).arg(program).arg("86399"));
    let inner = || list(ALL, ProcessOptions::default()).processes.into_iter().find(|one| one.name == "rexinner");
    wait(|| inner().is_some());
    let asked = ProcessOptions { load_namespace_info: true, ..ProcessOptions::default() };
    let found = list(ALL, asked).processes;
    let inner = found.iter().find(|one| one.name == "rexinner").unwrap();
    let own = found.iter().find(|one| one.pid == std::process::id()).unwrap();
    assert_eq!(inner.pid_namespace.unwrap().child_ns_pid, 1);
    assert_ne!(inner.pid_namespace.unwrap().namespace_id, own.pid_namespace.unwrap().namespace_id);
}

#[test]
fn an_ordinary_user_sees_processes_but_not_the_programs_of_others() {
    crate::worker::as_user(|| {
        let found = list(ALL, ProcessOptions { load_namespace_info: true, ..ProcessOptions::default() });
        let first = found.processes.iter().find(|process| process.pid == 1).unwrap();
        if first.uid == rustix::process::getuid().as_raw() {
            eprintln!("skipped: process 1 is this user's own");
            return;
        }
        assert_eq!(first.pid_namespace, None);
        assert!(found.without_namespace.iter().any(|(pid, why)| *pid == 1 && why.contains("denied")));
        let seen = "permit(principal, action, resource) when { resource.pid == 1 && resource has executable };";
        let seen = seen.replace("resource)", "resource is process_system::Process)");
        assert!(list(&seen, ProcessOptions::default()).processes.is_empty(), "an unreadable program is no attribute");
    });
}
