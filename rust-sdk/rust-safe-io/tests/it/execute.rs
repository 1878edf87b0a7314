//! Starting programs.

use crate::allow::{all, all_but, denied, failed, redaction};
use rex_cedar_auth::context::Argument;
use rex_cedar_auth::{Gate, Stopped};
use rex_test_utils::{Folder, gate};
use rust_safe_io::{
    Capabilities, DirHandle, DirOptions, ExecuteOptions, Executed, FileHandle, FileOptions, MaxOutput, Result, execute,
};
use rustix::process::geteuid;
use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::time::{Duration, Instant};

/// Longer than anything here takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(20);

fn everything() -> Gate {
    gate("permit(principal, action, resource);")
}

fn open(gate: &Gate, path: &str) -> FileHandle {
    let (dir, name) = path.rsplit_once('/').unwrap();
    let dir = DirHandle::open(gate, dir, DirOptions { follow: true, ..DirOptions::default() }).unwrap();
    dir.open_file(gate, name, FileOptions { read: true, follow: true, ..FileOptions::default() }).unwrap()
}

fn alone<const N: usize>(words: [&str; N]) -> ExecuteOptions {
    ExecuteOptions {
        arguments: words.into_iter().map(|word| Argument::Alone(word.into())).collect(),
        ..ExecuteOptions::default()
    }
}

/// The output of a program of the host, which must succeed.
fn output(path: &str, options: &ExecuteOptions) -> String {
    let gate = everything();
    let done = execute(&gate, &open(&gate, path), options).unwrap();
    assert_eq!((done.exit_code, done.stderr.as_str()), (0, ""), "{path}: {}", done.stdout);
    done.stdout
}

/// Puts an executable shell script called `tool` there.
fn script(folder: &Folder, text: &str) -> String {
    folder.put("tool", format!("#!/bin/sh\n{text}\n"));
    folder.at("tool")
}

fn run(folder: &Folder, text: &str, options: &ExecuteOptions) -> Result<Executed> {
    let path = script(folder, text);
    let gate = everything();
    execute(&gate, &open(&gate, &path), options)
}

/// Waits until nothing runs under the number that the file holds.
fn assert_gone(folder: &Folder, name: &str) {
    let pid = folder.text(name);
    let began = Instant::now();
    loop {
        match fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
            Ok(stat) if !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z') => {
                assert!(began.elapsed() < PATIENCE, "still there: {stat}");
                std::thread::yield_now();
            }
            _ => return,
        }
    }
}

#[test]
fn arguments_arrive_as_they_are() {
    let folder = Folder::new(&[]);
    let strange = ["; touch ran", "$(touch ran)", "a\nb", "*", "-n", "ä", "\\", "\"'"];
    let mut options = alone(strange);
    options.arguments.push(Argument::Keyed("--key".into(), "a b".into()));
    let done = run(&folder, "printf '<%s>' \"${0##*/}\" \"$@\"", &options).unwrap();
    assert!(done.stdout.starts_with('<') && done.exit_code == 0, "{done:?}");
    let (_, arguments) = done.stdout.split_once('>').unwrap();
    assert_eq!(arguments, format!("{}<--key><a b>", strange.map(|word| format!("<{word}>")).join("")));
    assert_eq!(folder.tree().names(), ["tool"]);
}

#[test]
fn a_program_has_the_name_it_was_opened_by() {
    let folder = Folder::new(&[]);
    symlink("/bin/sh", folder.at("shell")).unwrap();
    assert_eq!(output(&folder.at("shell"), &alone(["-c", "echo $0"])), "shell\n");
}

#[test]
fn the_environment_is_what_was_given_and_nothing_else() {
    let given = [("COLOR", "blue"), ("A", "b=c d\n$HOME")];
    let environment = given.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    assert!(std::env::vars().next().is_some(), "there is something to inherit");
    assert_eq!(output("/usr/bin/env", &ExecuteOptions::default()), "");
    let options = ExecuteOptions { environment, ..alone(["-0"]) };
    assert_eq!(output("/usr/bin/env", &options), "A=b=c d\n$HOME\0COLOR=blue\0");
}

#[test]
fn only_three_descriptors_are_inherited() {
    // One that exec would leave open.
    let open_one = rustix::io::dup(fs::File::open("/etc/hostname").unwrap()).unwrap();
    assert_eq!(rustix::io::fcntl_getfd(&open_one).unwrap(), rustix::io::FdFlags::empty());
    // The directory itself is open while it is listed.
    assert_eq!(output("/bin/ls", &alone(["/proc/self/fd"])), "0\n1\n2\n3\n");
    let folder = Folder::new(&[]);
    // A script has one more, of itself; O_PATH is 0o10000000.
    let text = "for fd in /proc/$$/fd/*; do n=${fd##*/}; [ $n -gt 2 ] && [ $n -lt 10 ] && grep flags /proc/$$/fdinfo/$n; done; exit 0";
    let done = run(&folder, text, &ExecuteOptions::default()).unwrap();
    let flags: Vec<_> = done.stdout.lines().map(|line| line.trim_start_matches("flags:\t")).collect();
    assert!(
        flags.iter().filter(|flags| flags.starts_with("010") || flags.starts_with("0110")).count() <= 1,
        "{done:?}"
    );
    assert!(!done.stdout.contains("hostname"));
    drop(open_one);
}

fn status(options: &ExecuteOptions, line: &str) -> String {
    let mut options = options.clone();
    options.arguments = alone(["-h", line, "/proc/self/status"]).arguments;
    output("/bin/grep", &options).split_whitespace().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_program_starts_in_a_clean_state() {
    let plain = ExecuteOptions::default();
    assert_eq!(status(&plain, "^NoNewPrivs:"), "1");
    for set in ["^SigIgn:", "^SigBlk:", "^CapInh:", "^CapAmb:"] {
        assert_eq!(status(&plain, set).trim_start_matches('0'), "", "{set}");
    }
    let folder = Folder::new(&[]);
    let text = "pwd; ulimit -c; ulimit -Hc; cut -d' ' -f6 /proc/$$/stat; echo $$; cat";
    let done = run(&folder, text, &ExecuteOptions::default()).unwrap();
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines[..3], ["/", "0", "0"], "{done:?}");
    assert_eq!(lines[3], lines[4], "it leads its session: {done:?}");
    assert_eq!(lines.len(), 5, "and reads nothing: {done:?}");
}

#[test]
fn exit_codes_and_signals() {
    let folder = Folder::new(&[]);
    let code = |text: &str| run(&folder, text, &ExecuteOptions::default()).unwrap().exit_code;
    assert_eq!(code("exit 0"), 0);
    assert_eq!(code("exit 255"), 255);
    assert_eq!(code("kill -9 $$"), -9);
    assert_eq!(code("kill -TERM $$"), -15);
    assert_eq!(code("kill -PIPE $$"), -13);
}

#[test]
fn what_is_no_program_is_told_like_a_failing_one() {
    let folder = Folder::new(&[("text", "no program\n"), ("missing", "#!/no/such/interpreter\n")]);
    let gate = all(&folder);
    let run = |name: &str| {
        let done = execute(&gate, &open(&gate, &folder.at(name)), &ExecuteOptions::default()).unwrap();
        (done.exit_code, done.stdout, done.stderr)
    };
    let told = |words: &str| (1, String::new(), format!("starting the program failed: {words}"));
    assert_eq!(run("text"), told("Permission denied (os error 13)"));
    fs::set_permissions(folder.at("text"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(run("text"), told("Exec format error (os error 8)"));
    assert_eq!(run("missing"), told("No such file or directory (os error 2)"));
}

#[test]
fn a_denial_starts_nothing() {
    let folder = Folder::new(&[]);
    let path = script(&folder, "echo ran > ${1}");
    let before = folder.tree();
    let options = alone([&folder.at("ran")]);
    let forbidding = all_but(&folder, "forbid(principal, action == file_system::Action::\"execute\", resource);");
    assert_eq!(denied(execute(&forbidding, &open(&forbidding, &path), &options)), ("execute", path.clone()));
    assert_eq!(before.changes(&folder.tree()), "");
    let allowed = all(&folder);
    assert_eq!(execute(&allowed, &open(&allowed, &path), &options).unwrap().exit_code, 0);
    assert_eq!(folder.text("ran"), "ran\n");
}

#[test]
fn a_handle_that_can_write_is_not_executed() {
    let folder = Folder::new(&[]);
    let path = script(&folder, "echo ran > $1");
    let gate = all(&folder);
    let dir = DirHandle::open(&gate, folder.path(), DirOptions::default()).unwrap();
    for read in [true, false] {
        let options = FileOptions { read, write: true, ..FileOptions::default() };
        let file = dir.open_file(&gate, "tool", options).unwrap();
        let text = format!(
            "Invalid file mode: Attempted to execute a file opened with write permissions. Files must be opened read-only for execution.: {path}"
        );
        assert_eq!(failed(execute(&gate, &file, &alone([&folder.at("ran")]))), ("InvalidFileMode", text));
        // The policy has the first word.
        let none = all_but(&folder, "forbid(principal, action == file_system::Action::\"execute\", resource);");
        assert_eq!(denied(execute(&none, &file, &alone(["x"]))).0, "execute");
    }
    assert_eq!(folder.tree().names(), ["tool"]);
}

#[test]
fn what_code_loading_variables_do_is_denied_unless_named() {
    let options = |name: &str| ExecuteOptions {
        environment: [(name.to_owned(), "/x.so".to_owned())].into(),
        ..ExecuteOptions::default()
    };
    let gate = everything();
    let file = open(&gate, "/bin/true");
    for name in ["LD_PRELOAD", "LD_LIBRARY_PATH", "GLIBC_TUNABLES", "BASH_ENV"] {
        assert_eq!(denied(execute(&gate, &file, &options(name))).0, "execute");
    }
    assert_eq!(execute(&gate, &file, &options("PATH")).unwrap().exit_code, 0);
}

#[test]
fn large_outputs_on_both_pipes() {
    let folder = Folder::new(&[]);
    // Each pipe fills while the other is written: a reader of one after the other would wait for ever.
    let text = "i=0; while [ $i -lt 40 ]; do head -c 100000 /dev/zero; head -c 100000 /dev/zero >&2; i=$((i+1)); done";
    let done = run(&folder, text, &ExecuteOptions::default()).unwrap();
    assert_eq!((done.exit_code, done.stdout.len(), done.stderr.len()), (0, 4_000_000, 4_000_000));
}

#[test]
fn too_much_output_ends_the_program() {
    let folder = Folder::new(&[]);
    for (to, name) in [("", "standard output"), (">&2", "standard error")] {
        let options =
            ExecuteOptions { max_output: MaxOutput(100_000), timeout: Some(PATIENCE), ..alone([&folder.at("pid")]) };
        let (kind, text) = failed(run(&folder, &format!("echo $$ > $1; while :; do echo yes {to}; done"), &options));
        assert_eq!(kind, "FileContentTooLargeError");
        assert!(text.contains(&format!("because it wrote more than 100000 bytes to its {name}")), "{text}");
        assert_gone(&folder, "pid");
    }
    let options = ExecuteOptions { max_output: MaxOutput(5), ..ExecuteOptions::default() };
    assert_eq!(run(&folder, "printf 12345", &options).unwrap().stdout, "12345");
    assert_eq!(failed(run(&folder, "printf 123456", &options)).0, "FileContentTooLargeError");
}

#[test]
fn a_program_reads_the_text_it_is_given() {
    let given = |text: &str| ExecuteOptions { stdin: Some(text.to_owned()), ..ExecuteOptions::default() };
    assert_eq!(output("/bin/cat", &given("a\nb")), "a\nb");
    assert_eq!(output("/bin/cat", &ExecuteOptions::default()), "");
    assert_eq!(output("/bin/cat", &given("")), "");
    let long = "0123456789".repeat(200_000);
    assert_eq!(output("/bin/cat", &given(&long)), long);
    // One that reads nothing is not waited for.
    assert_eq!(output("/bin/true", &given(&long)), "");
}

#[test]
fn a_program_that_runs_too_long_is_killed_with_its_group() {
    let folder = Folder::new(&[]);
    let options =
        ExecuteOptions { timeout: Some(Duration::from_secs(1)), ..alone([&folder.at("pid"), &folder.at("child")]) };
    let began = Instant::now();
    let (kind, text) = failed(run(&folder, "echo $$ > $1; sleep 77 & echo $! > $2; wait", &options));
    assert_eq!(kind, "Other");
    assert_eq!(text, format!("the program `{}` was killed because it ran longer than 1 seconds", folder.at("tool")));
    assert!(began.elapsed() >= Duration::from_secs(1) && began.elapsed() < PATIENCE);
    assert_gone(&folder, "pid");
    assert_gone(&folder, "child");
}

#[test]
fn the_end_of_the_run_ends_the_program() {
    let folder = Folder::new(&[]);
    let path = script(&folder, "echo $$ > $1; exec sleep 77");
    let asked = Cell::new(0);
    let pid = folder.at("pid");
    // Once the program has begun.
    let ends = move || {
        (asked.replace(asked.get() + 1) > 3 && fs::read(&pid).is_ok_and(|text| text.ends_with(b"\n")))
            .then(|| Stopped("over".into()))
    };
    let gate = gate("permit(principal, action, resource);").with_stop(ends);
    let began = Instant::now();
    let error = execute(&gate, &open(&gate, &path), &alone([&folder.at("pid")])).unwrap_err();
    assert_eq!(error.to_string(), "over");
    assert!(began.elapsed() < PATIENCE);
    assert_gone(&folder, "pid");
}

#[test]
fn what_outlives_the_program_does_not_hold_it_up() {
    let folder = Folder::new(&[]);
    let began = Instant::now();
    // In the group, and out of it; both keep the pipes open.
    let done = run(&folder, "sleep 77 & echo $! > $1; setsid sleep 6 & echo out; exit 4", &alone([&folder.at("pid")]))
        .unwrap();
    assert_eq!((done.exit_code, done.stdout.as_str()), (4, "out\n"));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_gone(&folder, "pid");
}

#[test]
fn the_end_of_a_program_is_noticed_at_once() {
    let gate = everything();
    let file = open(&gate, "/bin/true");
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(execute(&gate, &file, &ExecuteOptions::default()).unwrap().exit_code, 0);
    }
    // Looking every so often for its end would take longer.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

struct Ends<'b>(&'b std::sync::atomic::AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// The object that was judged is what runs, however often its name is given to another: what the handle reads is what runs.
#[test]
fn the_judged_file_runs_whatever_its_name_stands_for() {
    let folder = Folder::in_memory(&[]);
    for (name, says) in [("tool", "good"), ("other", "evil")] {
        folder.put(name, format!("#!/bin/sh\necho {says}\n"));
    }
    let gate = everything();
    let over = std::sync::atomic::AtomicBool::new(false);
    let swapped = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        // Also when an assertion fails.
        let _ends = Ends(&over);
        scope.spawn(|| {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                let (one, other) = (folder.at("tool"), folder.at("other"));
                rustix::fs::renameat_with(rustix::fs::CWD, one, rustix::fs::CWD, other, exchange).unwrap();
                swapped.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        });
        let mut met = [0_u32, 0];
        let began = Instant::now();
        // As often as asked, each time a program is started; without, until both were met well.
        let rounds: u32 = std::env::var("REX_RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        let few = |met: &[u32; 2]| met.iter().any(|count| *count < 20) && began.elapsed() < PATIENCE;
        while few(&met) || met.iter().sum::<u32>() < rounds {
            let file = open(&gate, &folder.at("tool"));
            let inode = file.read(&gate, &redaction(&folder)).unwrap().content;
            let done = execute(&gate, &file, &ExecuteOptions::default()).unwrap();
            assert_eq!(inode, format!("#!/bin/sh\necho {}", done.stdout), "{done:?}");
            met[usize::from(done.stdout == "evil\n")] += 1;
        }
        assert!(met.iter().all(|count| *count >= 20), "{met:?}");
        eprintln!("execute: {met:?} of the two files");
    });
    let swapped = swapped.into_inner();
    eprintln!("execute: {swapped} exchanges");
    assert!(swapped > 100);
}

#[test]
fn another_user_and_group() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    std::thread::scope(|scope| scope.spawn(become_another).join().unwrap());
}

/// With groups of its own to leave behind.
fn become_another() {
    let own = [2, 3].map(rustix::process::Gid::from_raw);
    rustix::thread::set_thread_groups(&own).unwrap();
    assert_eq!(output("/usr/bin/id", &alone(["-G"])), "0 2 3\n");
    let with = |user: Option<&str>, group: Option<&str>| ExecuteOptions {
        user: user.map(str::to_owned),
        group: group.map(str::to_owned),
        ..ExecuteOptions::default()
    };
    let id = |options: &ExecuteOptions, what: [&str; 1]| {
        output("/usr/bin/id", &ExecuteOptions { arguments: alone(what).arguments, ..options.clone() }).trim().to_owned()
    };
    let nobody = with(Some("nobody"), None);
    assert_eq!(
        (id(&nobody, ["-un"]), id(&nobody, ["-gn"]), id(&nobody, ["-Gn"])),
        ("nobody".into(), "nogroup".into(), "nogroup".into())
    );
    let both = with(Some("nobody"), Some("daemon"));
    assert_eq!((id(&both, ["-un"]), id(&both, ["-Gn"])), ("nobody".into(), "daemon".into()));
    let group = with(None, Some("daemon"));
    assert_eq!((id(&group, ["-un"]), id(&group, ["-Gn"])), ("root".into(), "daemon".into()));
    for set in ["^CapInh:", "^CapPrm:", "^CapEff:", "^CapAmb:"] {
        assert_eq!(status(&nobody, set).trim_start_matches('0'), "", "{set}");
    }
    // Saved numbers too: nothing is left to go back to.
    let mut ids = nobody.clone();
    ids.arguments = alone(["-h", "^[UG]id:", "/proc/self/status"]).arguments;
    assert!(
        output("/bin/grep", &ids).split_whitespace().filter(|word| word.parse::<u32>().is_ok()).all(|id| id == "65534")
    );
}

#[test]
fn a_user_that_is_not_there_looks_like_one_that_is_denied() {
    let folder = Folder::new(&[]);
    let path = script(&folder, "exit 0");
    let forbidding =
        "forbid(principal, action == file_system::Action::\"execute\", resource) unless { context.user.uid == 7777 };";
    let closed = all_but(&folder, forbidding);
    let open_gate = all(&folder);
    for (user, group, known) in
        [("nobody", None, true), ("no_such_user", None, false), ("nobody", Some("no_such_group"), false)]
    {
        let options =
            ExecuteOptions { user: Some(user.into()), group: group.map(str::to_owned), ..ExecuteOptions::default() };
        assert_eq!(denied(execute(&closed, &open(&closed, &path), &options)), ("execute", path.clone()));
        let done = execute(&open_gate, &open(&open_gate, &path), &options);
        if !known {
            let (kind, text) = failed(done);
            assert_eq!(kind, "IdentityResolutionError");
            assert!(text.starts_with("Identity resolution error: No "), "{text}");
        }
    }
}

#[test]
fn capabilities_are_what_was_asked_for() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root has capabilities to give");
        return;
    }
    let mut capabilities = Capabilities::default();
    assert!(capabilities.add("CAP_NET_RAW"));
    for name in ["NET_RAW", "CAP_net_raw", "CAP_NOTHING", "", "CAP_"] {
        assert!(!capabilities.add(name), "{name}");
    }
    let same_user = ExecuteOptions { capabilities, ..ExecuteOptions::default() };
    let other_user = ExecuteOptions { user: Some("nobody".into()), ..same_user.clone() };
    // CAP_NET_RAW is number 13.
    for set in ["^CapInh:", "^CapAmb:"] {
        assert_eq!(status(&same_user, set).trim_start_matches('0'), "2000", "{set}");
    }
    for set in ["^CapInh:", "^CapAmb:", "^CapEff:", "^CapPrm:"] {
        assert_eq!(status(&other_user, set).trim_start_matches('0'), "2000", "{set}");
    }
}

/// Runs `test` as an ordinary user, in a thread where this is root's.
fn as_nobody(test: impl FnOnce() + Send) {
    if !geteuid().is_root() {
        return test();
    }
    std::thread::scope(|scope| {
        let user = scope.spawn(|| {
            let (uid, gid) = (rustix::process::Uid::from_raw(65_534), rustix::process::Gid::from_raw(65_534));
            rustix::thread::set_thread_groups(&[]).unwrap();
            rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
            rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
            test();
        });
        user.join().unwrap();
    });
}

#[test]
fn an_ordinary_user_gains_nothing() {
    let folder = Folder::new(&[]);
    fs::copy("/usr/bin/id", folder.at("id")).unwrap();
    if geteuid().is_root() {
        chown(folder.at("id"), Some(0), Some(0)).unwrap();
        fs::set_permissions(folder.at("id"), fs::Permissions::from_mode(0o4755)).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
    as_nobody(|| {
        let gate = everything();
        let file = open(&gate, &folder.at("id"));
        let done = execute(&gate, &file, &alone(["-u"])).unwrap();
        assert_ne!(done.stdout, "0\n", "a set-user-ID bit gave it root's rights");
        assert_eq!(done.exit_code, 0, "{done:?}");
        let other = |user: Option<&str>, group: Option<&str>| ExecuteOptions {
            user: user.map(str::to_owned),
            group: group.map(str::to_owned),
            ..ExecuteOptions::default()
        };
        for options in [other(Some("root"), None), other(None, Some("root"))] {
            let done = execute(&gate, &file, &options).unwrap();
            let told = "changing the other groups failed: Operation not permitted (os error 1)";
            assert_eq!((done.exit_code, done.stdout.as_str(), done.stderr.as_str()), (1, "", told));
        }
        let mut capabilities = Capabilities::default();
        assert!(capabilities.add("CAP_SYS_ADMIN"));
        let done = execute(&gate, &file, &ExecuteOptions { capabilities, ..ExecuteOptions::default() }).unwrap();
        assert_eq!(done.stderr, "setting the capabilities failed: Operation not permitted (os error 1)");
        let inside = ExecuteOptions { target_process: Some(std::process::id()), ..ExecuteOptions::default() };
        let (kind, text) = failed(execute(&gate, &file, &inside));
        assert_eq!(kind, "ProcessNamespaceFatalError");
        assert_eq!(
            text,
            "Process namespace fatal error: Failed to switch to namespace using pidfd: Operation not permitted (os error 1)"
        );
    });
}

#[test]
fn the_process_namespace_of_another() {
    let folder = Folder::new(&[]);
    let within = |pid: u32| ExecuteOptions { target_process: Some(pid), ..ExecuteOptions::default() };
    let (kind, text) = failed(run(&folder, "exit 0", &within(u32::MAX)));
    assert_eq!(kind, "Other");
    assert_eq!(text, format!("File descriptor operation failed: Failed to open pidfd for PID {}", u32::MAX));
    let unshared =
        std::process::Command::new("unshare").args(["--pid", "--fork", "--kill-child", "sleep", "60"]).spawn();
    let Ok(mut outer) = unshared else {
        eprintln!("skipped: there is no unshare");
        return;
    };
    let children = format!("/proc/{0}/task/{0}/children", outer.id());
    let began = Instant::now();
    let inner: Option<u32> = loop {
        if let Some(pid) = fs::read_to_string(&children).unwrap_or_default().split_whitespace().next() {
            break pid.parse().ok();
        }
        if outer.try_wait().unwrap().is_some() || began.elapsed() > PATIENCE {
            break None;
        }
        std::thread::yield_now();
    };
    let Some(inner) = inner else {
        eprintln!("skipped: no namespace can be made here");
        return;
    };
    let done = run(&folder, "echo $$", &within(inner)).unwrap();
    let own = run(&folder, "echo $$", &ExecuteOptions::default()).unwrap();
    outer.kill().unwrap();
    outer.wait().unwrap();
    assert!(done.stdout.trim().parse::<u32>().unwrap() < 10, "{done:?}");
    assert!(own.stdout.trim().parse::<u32>().unwrap() > 10, "this thread stays where it is: {own:?}");
}
