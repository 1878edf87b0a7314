//! Signals: whom they reach, and whom never.

use crate::worker::{Worker, sleeper, wait};
use rex_cedar_auth::Cause;
use rex_test_utils::{Folder, gate};
use rust_safe_process_mgmt::{Error, KillOptions, KillResult, Killed, Result, Signal, kill};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

const ALL: &str = "permit(principal, action, resource is process_system::Process);";

fn by_pid(policy: &str, pid: u32, signal: Signal) -> Result<KillResult> {
    let options = KillOptions { pid: Some(pid.into()), signal: Some(signal), ..KillOptions::default() };
    kill(&gate(policy), &options)
}

fn by_name(policy: &str, name: &str, exact_match: bool, signal: Signal) -> Result<KillResult> {
    let process_name = Some(name.to_owned());
    kill(&gate(policy), &KillOptions { process_name, exact_match, signal: Some(signal), ..KillOptions::default() })
}

fn pids(result: &KillResult) -> Vec<u32> {
    result.killed.iter().map(|killed| killed.pid).collect()
}

fn permit(action: &str) -> String {
    format!("permit(principal, action == process_system::Action::\"{action}\", resource);")
}

#[test]
fn the_process_of_a_number_gets_the_signal_and_no_other() {
    let folder = Folder::new(&[]);
    let (mut hit, spared) = (Worker::named(&folder, "rexkill"), Worker::named(&folder, "rexkill"));
    let result = by_pid(ALL, hit.pid(), Signal::Term).unwrap();
    assert_eq!(result.killed, [Killed { name: "rexkill".to_owned(), pid: hit.pid() }]);
    assert_eq!(hit.0.wait().unwrap().signal(), Some(15));
    assert!(spared.lives());
}

#[test]
fn each_signal_is_the_one_it_is_called() {
    let script = "for s in HUP INT QUIT USR1 USR2 TERM CONT; do trap \"echo SIG$s\" $s; done; echo ready; while :; do sleep 0.01; done";
    // A shell cannot catch what was ignored when it was started, as nohup(1) has it.
    let mut command = Command::new("env");
    command.args(["--default-signal", "bash", "-c", script]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let worker = Worker(child);
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    for signal in [Signal::Hup, Signal::Int, Signal::Quit, Signal::Usr1, Signal::Usr2, Signal::Term, Signal::Cont] {
        by_pid(ALL, worker.pid(), signal).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), signal.name());
    }
    by_pid(ALL, worker.pid(), Signal::Stop).unwrap();
    wait(|| worker.state() == 'T');
    by_pid(ALL, worker.pid(), Signal::Kill).unwrap();
    worker.ended();
}

#[test]
fn each_signal_needs_its_own_action_and_no_other() {
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "rexaction");
    wait(|| worker.state() == 'S');
    for signal in Signal::ALL {
        let wrong = if signal.interrupts() { "kill" } else { "interrupt" };
        let others = ["list", "list_fds", "trace", "mount_namespace", wrong].map(permit).join("\n");
        let error = by_pid(&others, worker.pid(), signal).unwrap_err();
        let right = if signal.interrupts() { "interrupt" } else { "kill" };
        let text = format!(
            "Permission denied: tester unauthorized to perform process_system::Action::\"{right}\" for process_system::Process::{}",
            worker.pid()
        );
        assert_eq!((error.kind(), error.to_string()), ("PermissionDenied", text));
        assert_eq!(worker.state(), 'S', "{signal:?} had an effect");
    }
    by_pid(&permit("interrupt"), worker.pid(), Signal::Cont).unwrap();
    by_pid(&permit("kill"), worker.pid(), Signal::Term).unwrap();
    worker.ended();
}

#[test]
fn a_denial_is_the_same_whether_a_process_is_there_or_not() {
    let folder = Folder::new(&[]);
    let mut worker = Worker::named(&folder, "rexgone");
    let (pid, policy) = (worker.pid(), "permit(principal, action, resource) when { resource.name == \"other\" };");
    let policy = policy.replace("resource)", "resource is process_system::Process)");
    let there = by_pid(&policy, pid, Signal::Term).unwrap_err().to_string();
    worker.0.kill().unwrap();
    worker.0.wait().unwrap();
    let gone = by_pid(&policy, pid, Signal::Term).unwrap_err().to_string();
    assert_eq!(there, gone);
    let error = by_pid(ALL, pid, Signal::Term).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string()),
        ("ProcessNotFound", format!("Process not found: Process not found: PID {pid}"))
    );
}

#[test]
fn numbers_that_no_process_can_have_reach_nobody() {
    for pid in [0, i64::from(u32::MAX), i64::from(i32::MAX), i64::MAX] {
        let options = KillOptions { pid: Some(pid), signal: Some(Signal::Kill), ..KillOptions::default() };
        assert_eq!(kill(&gate(ALL), &options).unwrap_err().kind(), "ProcessNotFound", "{pid}");
    }
    let options = KillOptions { pid: Some(-1), signal: Some(Signal::Kill), ..KillOptions::default() };
    assert_eq!(kill(&gate(ALL), &options).unwrap_err().kind(), "ValidationError");
}

#[test]
fn a_thread_is_no_process() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        tell.send(rustix::thread::gettid().as_raw_nonzero().get()).unwrap();
        let _ = receiver.recv();
    });
    let tid = u32::try_from(told.recv().unwrap()).unwrap();
    assert_eq!(by_pid(ALL, tid, Signal::Cont).unwrap_err().kind(), "ProcessNotFound");
    drop(sender);
    thread.join().unwrap();
}

#[test]
fn an_exact_name_hits_all_of_that_name_and_no_other() {
    let folder = Folder::new(&[]);
    let hit = [Worker::named(&folder, "rexexact"), Worker::named(&folder, "rexexact")];
    let spared = Worker::named(&folder, "rexexactly");
    let result = by_name(ALL, "rexexact", true, Signal::Kill).unwrap();
    let mut wanted = [hit[0].pid(), hit[1].pid()];
    wanted.sort_unstable();
    assert_eq!(pids(&result), wanted);
    hit.iter().for_each(Worker::ended);
    assert!(spared.lives());
    let result = by_name(ALL, "exexactl", false, Signal::Kill).unwrap();
    assert_eq!(pids(&result), [spared.pid()]);
}

#[test]
fn a_command_line_tells_processes_apart_and_is_given_back() {
    let folder = Folder::new(&[]);
    let (hit, spared) = (Worker::named(&folder, "rexcommand"), Worker::start(sleeper(&folder, "rexcommand").arg("1")));
    let command = |text: &str, exact_match| KillOptions {
        command: Some(text.to_owned()),
        exact_match,
        signal: Some(Signal::Kill),
        ..KillOptions::default()
    };
    let result = kill(&gate(ALL), &command("rexcommand 86399", true)).unwrap();
    assert_eq!(result.killed, [Killed { name: "rexcommand 86399".to_owned(), pid: hit.pid() }]);
    hit.ended();
    assert!(spared.lives());
    let result = kill(&gate(ALL), &command("rexcommand 86399 1", false)).unwrap();
    assert_eq!(pids(&result), [spared.pid()]);
}

#[test]
fn a_user_is_told_by_the_whole_name() {
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "rexuser");
    let user = |user: &str| {
        let username = Some(user.to_owned());
        let process_name = Some("rexuser".to_owned());
        kill(&gate(ALL), &KillOptions { username, process_name, signal: Some(Signal::Cont), ..KillOptions::default() })
    };
    let login = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    assert_eq!(pids(&user(login.trim()).unwrap()), [worker.pid()]);
    assert_eq!(user(login.trim().get(1..).unwrap()).unwrap_err().kind(), "ProcessNotFound");
}

#[test]
fn nobody_of_that_name_is_an_error() {
    let error = by_name(ALL, "rexnobodyatall", false, Signal::Kill).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        ("ProcessNotFound", "Process not found: No matching processes found: PID 0")
    );
}

#[test]
fn the_name_of_now_counts_and_not_that_of_a_listing() {
    let mut command = Command::new("bash");
    let script =
        "printf rexbefore > /proc/self/comm; echo; read line; printf rexafter > /proc/self/comm; echo; read line";
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    let worker = Worker(child);
    output.next().unwrap().unwrap();
    assert_eq!(pids(&by_name(ALL, "rexbefore", true, Signal::Cont).unwrap()), [worker.pid()]);
    std::io::Write::write_all(&mut input, b"\n").unwrap();
    output.next().unwrap().unwrap();
    assert_eq!(by_name(ALL, "rexbefore", true, Signal::Kill).unwrap_err().kind(), "ProcessNotFound");
    assert!(worker.lives());
    let old = "permit(principal, action, resource is process_system::Process) when { resource.name == \"rexbefore\" };";
    assert_eq!(by_pid(old, worker.pid(), Signal::Kill).unwrap_err().kind(), "PermissionDenied");
    assert!(worker.lives());
}

/// Who may be listed and not killed is denied; who may be neither is not there.
#[test]
fn a_denial_is_told_only_of_what_may_be_seen() {
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "rexdenied");
    let Err(Error::PermissionDenied(denied)) = by_name(&permit("list"), "rexdenied", true, Signal::Term) else {
        panic!("it was not denied");
    };
    assert_eq!((denied.action().name, denied.cause()), ("kill", &Cause::NotPermitted));
    let error = by_name("", "rexdenied", true, Signal::Term).unwrap_err();
    let nobody = by_name("", "rexdeniednobody", true, Signal::Term).unwrap_err();
    assert_eq!(error.to_string(), nobody.to_string());
    assert!(worker.lives());
    // One that may be killed need not be listed for it.
    assert_eq!(pids(&by_name(&permit("kill"), "rexdenied", true, Signal::Term).unwrap()), [worker.pid()]);
}

#[test]
fn of_several_those_that_are_permitted_get_it() {
    let folder = Folder::new(&[]);
    let (hit, spared) = (Worker::named(&folder, "rexsome"), Worker::named(&folder, "rexsome"));
    let policy =
        format!("{ALL} forbid(principal, action, resource == process_system::Process::\"{}\") ;", spared.pid());
    let policy = policy.replace("action, resource ==", "action == process_system::Action::\"kill\", resource ==");
    let result = by_name(&policy, "rexsome", true, Signal::Kill).unwrap();
    assert_eq!(pids(&result), [hit.pid()]);
    assert_eq!(result.skipped.len(), 1);
    assert!(spared.lives());
}

/// The signal would do no harm.
#[test]
fn criteria_never_mean_the_runner_or_the_first_process() {
    for pid in [std::process::id(), 1] {
        let command = fs::read(format!("/proc/{pid}/comm")).unwrap();
        let name = String::from_utf8_lossy(&command).trim_end().to_owned();
        let policy = format!("permit(principal, action, resource == process_system::Process::\"{pid}\");");
        let error = by_name(&policy, &name, true, Signal::Cont).unwrap_err();
        assert_eq!(error.kind(), "ProcessNotFound", "{pid} {name}");
    }
}

/// Not SIGCONT: within a session everyone may send it to everyone (kill(2)).
#[test]
fn an_ordinary_user_learns_that_the_system_refuses() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can start a process that is another user's");
        return;
    }
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "of-root");
    let pid = worker.pid();
    crate::worker::as_user(|| {
        let error = by_pid(ALL, pid, Signal::Term).unwrap_err();
        let text = format!("SIGTERM was not sent to process {pid}: Operation not permitted (os error 1)");
        assert_eq!((error.kind(), error.to_string()), ("Other", text));
    });
    assert!(worker.lives());
}
