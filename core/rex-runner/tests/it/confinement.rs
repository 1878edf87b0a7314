//! Tests of the kernel floor, as the whole program sets it.
#![expect(clippy::disallowed_methods, reason = "the tests set their stage and look at the program from outside")]

use crate::{ALLOW, Case, runner};
use serde_json::Value;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const READ_TMP: &str = r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"read"],
    resource in file_system::Dir::"/tmp");"#;

fn texts(list: &Value) -> String {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_record_tells_what_held() {
    let done = Case::new("40 + 2", READ_TMP).flags(&["--confine", "required"]).run();
    let record = done.record();
    assert_eq!(record["output"], "42");
    let enforced = texts(&record["confinement"]["enforced"]);
    for wall in ["files", "TCP ports", "signals", "system calls", "capabilities"] {
        assert!(enforced.contains(wall), "{wall}: {enforced}");
    }
    assert_eq!(record["confinement"]["mode"], "required");
    assert!(record["confinement"]["missing"].is_null());
    assert_eq!(Case::new("1", READ_TMP).run().record()["confinement"]["mode"], "auto");
    assert!(Case::new("1", READ_TMP).flags(&["--confine", "off"]).run().record()["confinement"].is_null());
}

#[test]
fn what_the_policy_leaves_open_is_told_and_no_failure() {
    let record = Case::new("1", ALLOW).flags(&["--confine", "required"]).run().record();
    assert_eq!(record["status"], "SUCCESS");
    assert!(!texts(&record["confinement"]["open"]).is_empty(), "{record}");
    let unmount = r#"permit(principal, action == file_system::Action::"unmount", resource);"#;
    let record = Case::new("1", unmount).run().record();
    assert!(texts(&record["confinement"]["open"]).contains("unmount"), "{record}");
    assert!(texts(&record["confinement"]["enforced"]).contains("signals"), "{record}");
}

#[test]
fn the_floor_is_explained_without_a_script() {
    let case = Case::new("", READ_TMP);
    let explain = |policy: &str| {
        case.write("policy.cedar", policy);
        let mut command = runner();
        command.arg("-p").arg(case.path("policy.cedar")).arg("--explain-confinement");
        crate::Done::new(command.output().unwrap())
    };
    let told = explain(READ_TMP);
    assert_eq!((told.code, told.stderr.as_str()), (0, ""));
    for part in ["Landlock", "seccomp", "read, list: /tmp\n", "Capabilities that remain"] {
        assert!(told.stdout.contains(part), "{part}: {}", told.stdout);
    }
    assert!(explain(ALLOW).stdout.contains("Left open by the policy"));
    let refused = explain("permit(principal, action, resource) when { nonsense };");
    assert_eq!(refused.code, 5);
    assert!(refused.stdout.is_empty() && !refused.stderr.is_empty());
}

/// The status of every thread of a process, `proc_pid_status(5)`.
fn threads(pid: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    tasks.map(|task| fs::read_to_string(task.unwrap().path().join("status")).unwrap()).collect()
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn no_thread_stays_outside_and_no_descriptor_is_left_open() {
    let case = Case::new("sleep(60)", READ_TMP);
    let mark = case.path("mark");
    fs::write(&mark, "").unwrap();
    // The shell leaves a descriptor open to whoever it starts.
    let mut command = Command::new("sh");
    command.arg("-c").arg("exec 9<\"$0\"; exec \"$@\"").arg(&mark).arg(env!("CARGO_BIN_EXE_rex-runner"));
    command.arg("-s").arg(case.path("script.rhai")).arg("-p").arg(case.path("policy.cedar"));
    command.args(["--confine", "required"]).stdout(Stdio::null());
    let child = Ended(command.spawn().unwrap());
    let pid = child.0.id();
    let confined = |status: &String| status.contains("Seccomp:\t2") && status.contains("NoNewPrivs:\t1");
    wait_for("it never was confined", || threads(pid).iter().filter(|status| confined(status)).count() >= 2);
    let threads = threads(pid);
    assert!(threads.iter().all(confined), "{threads:?}");
    for status in &threads {
        let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        let number = |name: &str| u64::from_str_radix(&line(name), 16).unwrap();
        // LINUX: 18 CAP_SYS_CHROOT, 16 CAP_SYS_MODULE, 21 CAP_SYS_ADMIN, which reading takes nothing of.
        assert_eq!(number("CapEff:") & (1 << 18 | 1 << 16 | 1 << 21), 0, "{status}");
        assert_eq!(number("CapInh:") | number("CapAmb:"), 0, "{status}");
    }
    let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open: Vec<_> = open.filter_map(|fd| fs::read_link(fd.unwrap().path()).ok()).collect();
    assert!(!open.contains(&mark), "{open:?}");
}

/// Lets the program believe that the kernel has no Landlock.
#[expect(unsafe_code, reason = "what runs between fork and exec is unsafe to state")]
fn without_landlock(command: &mut Command) {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
    use std::os::unix::process::CommandExt as _;

    // LINUX: the number is the same on every platform.
    const CREATE_RULESET: i64 = 444;
    const ENOSYS: u32 = 38;
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let rules = [(CREATE_RULESET, Vec::new())].into();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(ENOSYS), arch).unwrap();
    let filter: BpfProgram = filter.try_into().unwrap();
    // SAFETY: installing a filter that was made before is two system calls.
    unsafe {
        command.pre_exec(move || seccompiler::apply_filter(&filter).map_err(std::io::Error::other));
    }
}

#[test]
fn what_the_host_lacks_is_told_and_refused_where_all_is_required() {
    let case = Case::new("40 + 2", READ_TMP);
    let mut command = case.command();
    without_landlock(&mut command);
    let record = crate::Done::new(command.output().unwrap()).record();
    assert_eq!(record["output"], "42");
    assert!(texts(&record["confinement"]["missing"]).contains("Landlock"), "{record}");
    assert!(texts(&record["confinement"]["enforced"]).contains("seccomp"), "{record}");
    let case = Case::new("40 + 2", READ_TMP).flags(&["--confine", "required"]);
    let mut command = case.command();
    without_landlock(&mut command);
    let record = crate::Done::new(command.output().unwrap()).failed(5, "INTERNAL_EXCEPTION");
    let message = crate::message(&record);
    assert!(message.contains("required") && message.contains("Landlock") && message.contains("--confine auto"));
}

const EXECUTE: &str =
    r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"execute"], resource);"#;

/// A script that runs `text` by a shell and gives what it wrote.
fn by_shell(text: &str) -> String {
    format!(
        r#"let f = DirConfig().path("/usr/bin").build().open(OpenDirOptions().follow_symlinks(true).build())
               .open_file("bash", OpenFileOptions().read(true).build());
           let r = f.execute(ExecuteOptions().args(["-c", {text:?}]).build());
           `${{r.stdout}}${{r.stderr}}`"#
    )
}

#[test]
fn a_policy_with_programs_keeps_its_floor_and_programs_have_their_own() {
    let text = "grep -E 'Seccomp:|NoNewPrivs:|CapBnd:' /proc/self/status; kill -0 $$ && echo signals";
    let record = Case::new(&by_shell(text), EXECUTE).flags(&["--confine", "required"]).run().record();
    let output = record["output"].as_str().unwrap_or_else(|| panic!("{record}")).to_owned();
    assert!(output.contains("Seccomp:\t2") && output.contains("NoNewPrivs:\t1"), "{record}");
    assert!(output.contains("signals"), "{record}");
    let bounding = output.lines().find_map(|line| line.strip_prefix("CapBnd:\t")).unwrap();
    if fs::read_to_string("/proc/self/status").unwrap().contains("CapEff:\t000001") {
        // LINUX: 16 CAP_SYS_MODULE, 17 CAP_SYS_RAWIO, 22 CAP_SYS_BOOT, 39 CAP_BPF.
        assert_eq!(u64::from_str_radix(bounding, 16).unwrap() & (1 << 16 | 1 << 17 | 1 << 22 | 1 << 39), 0, "{record}");
    }
    assert!(texts(&record["confinement"]["enforced"]).contains("files"), "{record}");
    assert!(texts(&record["confinement"]["open"]).contains("what programs do"), "{record}");
}

/// Whether a process runs whose command line is this.
fn is_there(command: &str) -> bool {
    let found = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let line = fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&line).replace('\0', " ").trim() == command)
    });
    found.into_iter().any(|same| same)
}

#[test]
fn what_a_program_leaves_in_another_session_ends_with_the_run() {
    for (number, mode) in ["required", "auto", "off"].into_iter().enumerate() {
        // A number of this test alone, so that no other process is meant.
        let sleep = format!("sleep 86{}.{}", std::process::id(), number);
        let text =
            format!("setsid {sleep} >/dev/null 2>&1 </dev/null & setsid bash -c '({sleep} &) ; {sleep} &' & sleep 0.3");
        let done = Case::new(&by_shell(&text), EXECUTE).flags(&["--confine", mode]).run();
        assert_eq!(done.code, 0, "{}", done.stdout);
        assert!(!is_there(&sleep), "under `{mode}` it outlived the run");
    }
}

#[test]
fn what_programs_left_ends_also_when_the_run_is_killed() {
    let sleep = format!("sleep 87{}.5", std::process::id());
    let case = Case::new(&(by_shell(&format!("setsid {sleep} & sleep 0.2")) + "; sleep(600)"), EXECUTE);
    let mut child = case.command().stdout(Stdio::null()).spawn().unwrap();
    wait_for("the program never started", || is_there(&sleep));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("it outlived the run", || !is_there(&sleep));
}
