//! Stacks of living processes, compiled and started here.

use crate::victim::{NOBODY, Victim, as_nobody, compiled, is_root};
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_io::{Frame, TracedProcess, TracedThread};
use rust_safe_process_mgmt::{Error, trace, trace_within};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The first thread spins in `inner`, called by `outer` and `main`; the second waits in `waiter`; the third asks for the time, which the kernel's
/// own code in each process answers.
const PROGRAM: &str = r#"
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
static pthread_barrier_t started;
static volatile long turns, times, waiting;
__attribute__((noinline, noclone)) int inner(int depth) {
    for (;;) turns += depth;
    return turns;
}
__attribute__((noinline, noclone)) int outer(int count) {
    char room[300]; room[count] = 1;
    return inner(count + 1) + *(volatile char *)&room[count];
}
__attribute__((noinline, noclone)) void wait_long(void) { waiting = 1; for (;;) { pause(); times++; } }
void *waiter(void *nothing) { pthread_barrier_wait(&started); wait_long(); turns++; return nothing; }
__attribute__((noinline, noclone)) void ask_often(void) {
    struct timespec now;
    while (!turns || !waiting) usleep(100);
    usleep(20000);
    puts("ready"); fflush(stdout);
    for (;;) { clock_gettime(CLOCK_MONOTONIC, &now); times += now.tv_nsec; }
}
void *clock_thread(void *nothing) { pthread_barrier_wait(&started); ask_often(); turns++; return nothing; }
int main(void) {
    pthread_t thread;
    pthread_barrier_init(&started, 0, 3);
    pthread_create(&thread, 0, waiter, 0);
    pthread_create(&thread, 0, clock_thread, 0);
    pthread_barrier_wait(&started);
    return outer(6) + 1;
}
"#;

/// A gate that lets everything be traced, and nothing else.
pub(crate) fn tracing() -> Gate {
    gate(r#"permit(principal, action == process_system::Action::"trace", resource);"#)
}

pub(crate) fn names(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(|frame| frame.function.as_str()).collect()
}

/// Each thread in one line.
pub(crate) fn summary(process: &TracedProcess) -> String {
    let line = |thread: &TracedThread| format!("{:?}: {}\n", thread.tid, names(&thread.frames).join(" "));
    process.threads.iter().map(line).collect()
}

/// The thread that is in this function.
fn thread_in<'t>(process: &'t TracedProcess, function: &str) -> &'t TracedThread {
    let found = process.threads.iter().find(|thread| names(&thread.frames).contains(&function));
    found.unwrap_or_else(|| panic!("no thread is in {function}: {}", summary(process)))
}

/// What the refusal says.
pub(crate) fn refused(pid: u32) -> String {
    match trace(&tracing(), pid) {
        Err(Error::Other(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn is_whole(process: &TracedProcess, pid: u32) {
    assert_eq!(process.pid, Some(pid.into()));
    assert_eq!(process.threads.len(), 3, "{}", summary(process));
    assert_eq!(process.threads.iter().map(|thread| thread.id).collect::<Vec<_>>(), [1, 2, 3]);
    let spins = thread_in(process, "inner");
    assert_eq!(spins.tid, Some(pid.into()));
    assert_eq!(names(&spins.frames)[..3], ["inner", "outer", "main"], "{spins:#?}");
    let waits = names(&thread_in(process, "wait_long").frames).join(" ");
    assert!(waits.contains("wait_long waiter"), "{waits}");
    let asks = names(&thread_in(process, "ask_often").frames).join(" ");
    assert!(asks.contains("ask_often clock_thread"), "{asks}");
}

#[test]
fn what_each_thread_does_with_and_without_frame_pointers() {
    for flags in [
        &["-g", "-O0"][..],
        &["-O2", "-fomit-frame-pointer"],
        &["-O2", "-fno-omit-frame-pointer"],
        &["-g", "-O3", "-static"],
        &["-O1", "-no-pie"],
    ] {
        let folder = Folder::new(&[]);
        let Some(program) = compiled(&folder, "program", PROGRAM, flags) else { return };
        let victim = Victim::start(&mut Command::new(program));
        let mut by_kernel = false;
        for _ in 0..20 {
            let process = trace(&tracing(), victim.pid()).unwrap();
            is_whole(&process, victim.pid());
            let asks = thread_in(&process, "ask_often");
            by_kernel |= asks.frames.iter().any(|frame| frame.source.as_deref() == Some("[vdso]"));
            let spins = &thread_in(&process, "inner").frames[0];
            let has_lines = flags.contains(&"-g");
            assert_eq!(spins.line, has_lines.then_some(9), "{flags:?}");
            assert_eq!(spins.source.is_some(), has_lines, "{flags:?} {spins:?}");
            victim.is_free();
        }
        assert!(by_kernel, "of 20 looks none found the thread in the kernel's code: {flags:?}");
        let busy = victim.busy();
        std::thread::sleep(Duration::from_millis(100));
        assert!(victim.busy() > busy, "it goes on");
    }
}

#[test]
fn without_symbols_it_is_told_where() {
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "program", PROGRAM, &["-O2", "-s"]) else { return };
    let victim = Victim::start(&mut Command::new(program));
    let process = trace(&tracing(), victim.pid()).unwrap();
    let first = process.threads.iter().find(|thread| thread.tid == process.pid).unwrap();
    assert_eq!(names(&first.frames)[..3], ["??", "??", "??"], "{first:#?}");
    assert!(first.frames.len() > 3 && first.frames.iter().all(|frame| frame.instruction.is_some_and(|at| at > 0)));
}

#[test]
fn nothing_happens_to_a_process_that_may_not_be_traced() {
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "program", PROGRAM, &["-O2"]) else { return };
    let victim = Victim::start(&mut Command::new(program));
    let policy = format!(
        r#"permit(principal, action, resource);
           forbid(principal, action == process_system::Action::"trace", resource) when {{ resource.pid == {} }};"#,
        victim.pid()
    );
    match trace(&gate(&policy), victim.pid()) {
        Err(Error::PermissionDenied(denied)) => {
            assert_eq!((denied.action().name, denied.id()), ("trace", victim.pid().to_string().as_str()));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(trace(&gate(""), u32::MAX), Err(Error::PermissionDenied(_))), "what is not there is denied too");
    assert!(matches!(trace(&tracing(), u32::MAX), Err(Error::ProcessNotFound { pid: u32::MAX, .. })));
}

#[test]
fn a_stopped_process_stays_stopped() {
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "program", PROGRAM, &["-O2"]) else { return };
    let victim = Victim::start(&mut Command::new(program));
    let pid = Pid::from_child(&victim.0);
    kill_process(pid, Signal::STOP).unwrap();
    victim.wait_for('T');
    for _ in 0..5 {
        is_whole(&trace(&tracing(), victim.pid()).unwrap(), victim.pid());
        victim.is_free();
        victim.wait_for('T');
    }
    let busy = victim.busy();
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(victim.busy(), busy);
    kill_process(pid, Signal::CONT).unwrap();
    victim.wait_for('R');
    is_whole(&trace(&tracing(), victim.pid()).unwrap(), victim.pid());
}

#[test]
fn what_cannot_be_traced_says_why() {
    let victim = Victim(Command::new("true").spawn().unwrap());
    victim.wait_for('Z');
    assert!(refused(victim.pid()).ends_with(" It has ended, and only waits for its parent to ask for its exit code"));

    let own = refused(std::process::id());
    assert!(own.ends_with(" It is the runner itself, and no process can stop itself"), "{own}");
    // In a pid namespace of its own, no thread of the kernel has a number.
    if is_root() && std::fs::read_to_string("/proc/2/comm").is_ok_and(|name| name == "kthreadd\n") {
        let second = refused(2);
        assert!(second.ends_with(" It is a thread of the kernel"), "{second}");
    }

    let victim = Victim(Command::new("sleep").arg("60").spawn().unwrap());
    let number = nix::unistd::Pid::from_raw(i32::try_from(victim.pid()).unwrap());
    nix::sys::ptrace::seize(number, nix::sys::ptrace::Options::empty()).unwrap();
    let traced = refused(victim.pid());
    assert!(traced.contains(" is tracing it already"), "{traced}");
}

#[test]
fn an_ordinary_user_traces_its_own_and_is_told_what_is_lacking() {
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "program", PROGRAM, &["-g", "-O2"]) else { return };
    if !is_root() {
        return;
    }
    let others = Victim::start(&mut Command::new(&program));
    let others_pid = others.pid();
    let text = as_nobody(|| refused(others_pid));
    let begins =
        format!("Unable to trace process {others_pid}. Likely you need to set the CAP_SYS_PTRACE linux capability.");
    assert!(text.starts_with(&begins) && text.contains("the user with the number 0"), "{text}");
    others.is_free();

    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let own = Victim::start(Command::new(&program).uid(NOBODY).gid(NOBODY));
    let own_pid = own.pid();
    // The files are found by their paths: the kernel's links to them take more rights.
    is_whole(&as_nobody(|| trace(&tracing(), own_pid).unwrap()), own_pid);
    own.is_free();
}

/// A file with other functions takes the place of the program; nothing is known by its path.
#[test]
fn names_are_those_of_the_file_in_memory() {
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "program", PROGRAM, &["-O2"]) else { return };
    if !is_root() {
        return;
    }
    let victim = Victim::start(&mut Command::new(&program));
    let decoy = PROGRAM.replace("inner", "decoy");
    fs::remove_file(&program).unwrap();
    is_whole(&trace(&tracing(), victim.pid()).unwrap(), victim.pid());
    compiled(&folder, "program", &decoy, &["-O2"]).unwrap();
    is_whole(&trace(&tracing(), victim.pid()).unwrap(), victim.pid());

    // Without the kernel's links the decoy is not taken for the program.
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let own = Victim::start(Command::new(folder.at("program")).uid(NOBODY).gid(NOBODY));
    let (own_pid, path) = (own.pid(), folder.at("program"));
    fs::remove_file(&path).unwrap();
    compiled(&folder, "program", PROGRAM, &["-O2"]).unwrap();
    let process = as_nobody(|| trace(&tracing(), own_pid).unwrap());
    let all: Vec<&str> = process.threads.iter().flat_map(|thread| names(&thread.frames)).collect();
    assert!(!all.contains(&"inner") && !all.contains(&"decoy"), "{all:?}");
}

/// Threads that begin and end all the time.
#[test]
fn threads_that_come_and_go() {
    let storm = r#"
#include <pthread.h>
#include <stdio.h>
static void *brief(void *nothing) { return nothing; }
static void *maker(void *nothing) {
    for (;;) { pthread_t thread; if (!pthread_create(&thread, 0, brief, 0)) pthread_join(thread, 0); }
    return nothing;
}
int main(void) {
    pthread_t thread;
    for (int i = 0; i < 4; i++) pthread_create(&thread, 0, maker, 0);
    puts("ready"); fflush(stdout);
    maker(0);
    return 0;
}
"#;
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "storm", storm, &["-O1"]) else { return };
    let victim = Victim::start(&mut Command::new(program));
    let makers = |process: &TracedProcess| {
        process.threads.iter().filter(|thread| names(&thread.frames).contains(&"maker")).count()
    };
    // Until all makers are at work.
    let begun = Instant::now();
    while makers(&trace(&tracing(), victim.pid()).unwrap()) < 5 {
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
    for _ in 0..40 {
        let begun = Instant::now();
        let process = trace(&tracing(), victim.pid()).unwrap();
        assert_eq!(makers(&process), 5, "{}", summary(&process));
        assert!(begun.elapsed() < Duration::from_secs(3));
        victim.is_free();
    }
    victim.wait_for('R');
}

/// Signals that come while it is stopped are received once it goes on, real-time ones too.
#[test]
fn no_signal_is_lost() {
    let counter = r#"
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static volatile sig_atomic_t ordinary, real, done;
static void on_ordinary(int signal) { ordinary++; }
static void on_real(int signal) { real++; }
static pthread_t receiver;
static void *sender(void *nothing) {
    for (int i = 0; i < 3000; i++) {
        union sigval value = {0};
        while (sigqueue(getpid(), SIGRTMIN + 3, value)) usleep(100);
        int before = ordinary;
        pthread_kill(receiver, SIGUSR1);
        while (ordinary == before) usleep(1);
    }
    while (real < 3000) usleep(100);
    done = 1;
    return nothing;
}
int main(void) {
    struct sigaction action = {0};
    action.sa_handler = on_ordinary; sigaction(SIGUSR1, &action, 0);
    action.sa_handler = on_real; sigaction(SIGRTMIN + 3, &action, 0);
    receiver = pthread_self();
    pthread_t thread;
    puts("ready"); fflush(stdout);
    pthread_create(&thread, 0, sender, 0);
    while (!done) usleep(50);
    printf("%d %d\n", (int)ordinary, (int)real); fflush(stdout);
    for (;;) pause();
}
"#;
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "counter", counter, &["-O1"]) else { return };
    let mut victim = Victim::start(&mut Command::new(program));
    let (pid, over) = (victim.pid(), AtomicBool::new(false));
    let (line, looks) = std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let (mut looks, begun) = (0, Instant::now());
            while !over.load(Ordering::Relaxed) {
                if begun.elapsed() > Duration::from_secs(60) {
                    // It waits for a signal that does not come any more: its end ends the test.
                    let _ = kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL);
                    break;
                }
                trace(&tracing(), pid).unwrap();
                looks += 1;
            }
            looks
        });
        let line = victim.line();
        over.store(true, Ordering::Relaxed);
        (line, looks.join().unwrap())
    });
    assert_eq!(line, "3000 3000");
    assert!(looks > 1, "{looks}");
}

/// A thread that the kernel holds up does not stop; where it is can be told nevertheless.
#[test]
fn a_thread_that_does_not_stop() {
    let waits = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline, noclone)) int begin(void) { if (vfork() == 0) { sleep(1000); _exit(0); } return 1; }
int main(void) { puts("ready"); fflush(stdout); return begin() + 1; }
"#;
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "waits", waits, &["-O1", "-fomit-frame-pointer"]) else { return };
    let victim = Victim::start(Command::new(program).process_group(0));
    victim.wait_for('D');
    let begun = Instant::now();
    let traced = trace(&tracing(), victim.pid());
    let took = begun.elapsed();
    victim.is_free();
    // The process that it waits for would outlive a failing test.
    let _ = rustix::process::kill_process_group(Pid::from_child(&victim.0), Signal::KILL);
    let process = traced.unwrap();
    assert!(took < Duration::from_secs(3), "{took:?}");
    let frames = names(&process.threads[0].frames);
    assert!(frames.first().is_some_and(|name| name.contains("vfork")), "{}", summary(&process));
}

/// A first thread that ended before the others leaves a process without memory of its own.
#[test]
fn a_process_whose_first_thread_ended() {
    let headless = r#"
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline, noclone)) void left_behind(void) { for (;;) pause(); }
static void *other(void *nothing) { usleep(50000); puts("ready"); fflush(stdout); left_behind(); return nothing; }
int main(void) { pthread_t thread; pthread_create(&thread, 0, other, 0); pthread_exit(0); }
"#;
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "headless", headless, &["-O1"]) else { return };
    let victim = Victim::start(&mut Command::new(program));
    victim.wait_for('Z');
    // It says that it is ready a moment before it is where it stays.
    let begun = Instant::now();
    loop {
        let process = trace(&tracing(), victim.pid()).unwrap();
        let frames = names(&process.threads[0].frames);
        if frames.contains(&"left_behind") && frames.contains(&"other") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", summary(&process));
    }
}

/// Where a debugger is, it tells the same.
#[test]
fn a_debugger_agrees() {
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "program", PROGRAM, &["-g", "-O2"]) else { return };
    let victim = Victim::start(&mut Command::new(program));
    let ours = trace(&tracing(), victim.pid()).unwrap();
    let told = Command::new("gdb")
        .args(["-nx", "-batch", "-p", &victim.pid().to_string(), "-ex", "thread apply all bt"])
        .env("DEBUGINFOD_URLS", "")
        .output();
    let Ok(told) = told else {
        eprintln!("skipped: there is no debugger");
        return;
    };
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let waits = thread_in(&ours, "wait_long");
    let (_, part) = told.split_once(&format!("(LWP {})", waits.tid.unwrap())).unwrap_or_else(|| panic!("{told}"));
    let part = part.split("\n\n").next().unwrap();
    let theirs: Vec<&str> = part.lines().filter(|line| line.starts_with('#')).collect();
    assert!(theirs.len() >= 3, "{told}");
    for (line, frame) in theirs.iter().zip(&waits.frames) {
        let at = line.split_whitespace().nth(1).and_then(|word| word.strip_prefix("0x"));
        if let Some(at) = at {
            assert_eq!(frame.instruction, u64::from_str_radix(at, 16).ok(), "{line}\n{frame:?}");
        }
        if let (Some((_, number)), Some(own)) = (line.split_once("program.c:"), frame.line) {
            assert_eq!(number.trim().parse(), Ok(own), "{line}\n{frame:?}");
        }
    }
    assert!(waits.frames.len() >= theirs.len(), "{part}\n{waits:#?}");
}

/// A process in a pid namespace of its own, by its number there.
#[test]
fn by_the_number_within_a_pid_namespace() {
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "program", PROGRAM, &["-O2"]) else { return };
    if !is_root() {
        return;
    }
    let mut shell = Command::new("unshare");
    shell.args(["--pid", "--fork", "--kill-child", "sh", "-c", &format!("true; {program} & wait")]);
    let victim = Victim::start(&mut shell);
    let child = |pid: &str| fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap().trim().to_owned();
    let init = child(&victim.pid().to_string());
    let outer: u32 = child(&init).parse().unwrap();
    let status = fs::read_to_string(format!("/proc/{outer}/status")).unwrap();
    let inner = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap();
    let inner: u32 = inner.split_whitespace().next_back().unwrap().parse().unwrap();
    assert_ne!(inner, outer);

    let allowed = gate(&format!(
        r#"permit(principal, action == process_system::Action::"trace", resource == process_system::Process::"{outer}");
           permit(principal, action == process_system::Action::"list", resource == process_system::Process::"{init}");"#
    ));
    let namespace: u32 = init.parse().unwrap();
    is_whole(&trace_within(&allowed, inner, namespace).unwrap(), outer);
    assert!(matches!(trace_within(&allowed, 999_999, namespace), Err(Error::PermissionDenied(_))));
    assert!(matches!(trace_within(&allowed, inner, outer), Err(Error::PermissionDenied(_))));
    let all = gate("permit(principal, action, resource);");
    match trace_within(&all, 999_999, namespace) {
        Err(Error::ProcessNotFound { reason, pid: 999_999 }) => {
            assert_eq!(reason, format!("No process has this number in the pid namespace of process {namespace}"));
        }
        other => panic!("{other:?}"),
    }
    // The same number is another's on the host, or nobody's.
    match trace_within(&all, inner, std::process::id()) {
        Err(_) => {}
        Ok(process) => assert_ne!(process.pid, Some(outer.into())),
    }
}
