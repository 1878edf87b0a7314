//! Stacks and callbacks in other namespaces, as scripts see them.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests start processes by themselves, and a failing unwrap is a failing test"
)]

use rex_runner_registrar_utils::Registrar;
use rex_test_utils::{Folder, denial, eval};
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const ALL: &str = "permit(principal, action, resource);";

/// A process of a test, which ends with it.
struct Started(Child);

impl Started {
    /// Starts a program and waits for its first output.
    fn new(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        Self(child)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn register(registrar: &mut Registrar, dictionary: &Path) {
    rhai_safe_io::register(registrar, dictionary);
    rhai_safe_process_mgmt::register_processes(registrar);
}

/// What a script gives as text, with the number of the process put in for `PID`.
fn text(policy: &str, folder: &Folder, process: &Started, script: &str) -> String {
    let script = script.replace("PID", &process.0.id().to_string());
    eval(register, policy, folder.path(), &script).unwrap().to_string()
}

/// A process with mount and network namespaces of its own, and a file there; nothing where this is not root.
fn elsewhere(folder: &Folder) -> Option<Started> {
    if !is_root() {
        eprintln!("skipped: it takes root");
        return None;
    }
    let script = "mkdir m; mount -t tmpfs none m; printf inside > m/file; echo ready; exec sleep 60";
    Some(Started::new(Command::new("unshare").args(["-m", "-n", "sh", "-ec", script]).current_dir(folder.path())))
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").unwrap().contains("\nUid:\t0\t0\t")
}

const BEGIN: &str = "let pm = ProcessManager(); let there = NamespaceOptions().pid(PID).mount(true).net(true).build(); let path = dir + \"/m/file\"; ";

#[test]
fn the_callback_is_inside_and_what_follows_is_not() {
    let folder = Folder::new(&[]);
    let Some(process) = elsewhere(&folder) else { return };
    let script = format!(
        r#"{BEGIN} let seen = pm.nsenter(there, || cat(path)); let outside = "absent"; try {{ outside = cat(path); }} catch {{ }} `${{seen}} ${{outside}}`"#
    );
    assert_eq!(text(ALL, &folder, &process, &script), "inside absent");
}

#[test]
fn errors_inside_keep_what_they_were() {
    let folder = Folder::new(&[]);
    let Some(process) = elsewhere(&folder) else { return };
    let caught = |callback: &str, shown: &str| {
        let script = format!(
            "{BEGIN} let told = \"\"; try {{ pm.nsenter(there, || {{ {callback} }}); }} catch (e) {{ told = {shown}; }} told"
        );
        text(ALL, &folder, &process, &script)
    };
    let outer = "`${e.kind} ${e.source} ${e.message.starts_with(\"Callback execution failed: \")}`";
    for callback in [r#"throw "boom";"#, r#"cat(path + "x");"#, "1 / 0", "no_such_function(1)", "throw 7;"] {
        assert_eq!(caught(callback, outer), "CallbackExecutionError ProcessErrorKind true", "{callback}");
    }
    assert_eq!(caught(r#"throw "boom";"#, "e.cause"), "boom");
    assert!(caught(r#"throw "boom";"#, "e.message").contains("boom"));
    assert_eq!(caught("throw #{ code: 7 };", "e.cause.code"), "7");
    assert_eq!(caught(r#"cat(path + "x");"#, "e.cause.kind == IoErrorKind::NotFound"), "true");
    assert_eq!(
        caught(r#"cat(path + "x");"#, "e.message"),
        "Callback execution failed: No such file or directory (os error 2)"
    );
    // Of one within another, too.
    let nested = r#"ProcessManager().nsenter(there, || { throw "deep"; });"#;
    assert_eq!(caught(nested, "`${e.cause.kind} ${e.cause.cause}`"), "CallbackExecutionError deep");
}

#[test]
fn a_denial_inside_is_a_denial() {
    let folder = Folder::new(&[]);
    let Some(process) = elsewhere(&folder) else { return };
    let policy = format!(
        r#"{ALL} forbid(principal, action in [file_system::Action::"read", file_system::Action::"redacted_read"], resource);"#
    );
    let script = format!("{BEGIN} pm.nsenter(there, || cat(path))").replace("PID", &process.0.id().to_string());
    let error = eval(register, &policy, folder.path(), &script).unwrap_err();
    let denied = denial(&error).expect("it is a denial");
    assert_eq!((denied.action().name, denied.id()), ("read", folder.at("m/file").as_str()));
    // Judged by the path as it reads inside, whatever is at it outside.
    let script = script.replace("cat(path)", "cat(\"/etc/hostname\")");
    let error = eval(register, &policy, folder.path(), &script).unwrap_err();
    assert_eq!(denial(&error).expect("it is a denial").id(), "/etc/hostname");
}

#[test]
fn the_order_of_what_is_wrong_with_options() {
    let folder = Folder::new(&[]);
    let refused = |options: &str| {
        let script = format!(
            "let told = \"\"; try {{ ProcessManager().nsenter(NamespaceOptions(){options}.build(), || 1); }} catch (e) {{ told = `${{e.kind}} ${{e.message}}`; }} told"
        );
        eval(register, "", folder.path(), &script).unwrap().to_string()
    };
    for (options, why) in [
        ("", "At least one namespace must be enabled. Must specify pid or namespace filename"),
        (".mount(true)", "At least one namespace must be enabled. Must specify pid or namespace filename"),
        (".pid(1)", "At least one namespace type (mount or net) must be enabled"),
        (
            ".pid(1).net(true).net_ns_name(\"a\")",
            "Cannot set both name and pid, and entering a mount namespace by filename is not supported",
        ),
        (
            ".mount(true).net_ns_name(\"a\")",
            "Cannot set both name and pid, and entering a mount namespace by filename is not supported",
        ),
    ] {
        assert_eq!(refused(options), format!("ValidationError Validation error: {why}"));
    }
    let script = "let told = \"\"; try { NamespaceOptions().pid(-1); } catch (e) { told = e; } told";
    let told = eval(register, "", folder.path(), script).unwrap().to_string();
    assert_eq!(told, "Parameter conversion failed for pid: out of range integral type conversion attempted");
}

#[test]
fn a_stack_as_scripts_see_it() {
    let folder = Folder::new(&[]);
    let process = Started::new(Command::new("sh").args(["-c", "echo ready; while :; do :; done"]));
    let policy = r#"permit(principal, action == process_system::Action::"trace", resource);"#;
    let script = "let p = ProcessManager().trace(PID); let t = p.threads[0];
        `${p.pid == PID} ${p.threads.len()} ${t.tid == PID} ${t.frames.len() > 0} ${type_of(p)} ${p.to_map().threads[0].frames[0].frame_number} ${t.frames[0].instruction_ptr.starts_with(\"0x\")}`";
    assert_eq!(text(policy, &folder, &process, script), "true 1 true true TracedProcess 0 true");
    for (call, told) in [
        ("trace(-1)", "Parameter 'pid' conversion failed: out of range integral type conversion attempted"),
        ("trace(1, TraceOptions().build())", "Field not initialized: ns_pid"),
    ] {
        let script = format!("let told = \"\"; try {{ ProcessManager().{call}; }} catch (e) {{ told = e; }} told");
        assert_eq!(text(policy, &folder, &process, &script), told);
    }
    let denied = "let told = \"\"; try { ProcessManager().trace(PID); } catch (e) { told = `${e.kind == ProcessErrorKind::PermissionDenied} ${e.message}`; } told";
    let told = text("", &folder, &process, denied);
    let expected = format!(
        "true Permission denied: tester unauthorized to perform process_system::Action::\"trace\" for process_system::Process::{}",
        process.0.id()
    );
    assert_eq!(told, expected);
}
