//! Attacks on processes, and by the programs that a script may start.

use super::End::{Fails, Gives};
use super::{ALL, Attack, SECRET};
use rex_test_utils::Folder;
use std::process::{Child, Command, Stdio};

/// A process that waits, under a name of its own; it ends with the test.
struct Victim(Child);

impl Victim {
    fn new(folder: &Folder, name: &str) -> Self {
        std::fs::copy("/bin/sleep", folder.at(name)).unwrap();
        let child = Command::new(folder.at(name)).arg("1000").stdin(Stdio::null()).spawn().unwrap();
        Self(child)
    }

    fn is_there(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs `script` with the number of a waiting process as `victim`. Gives its output, and whether the process is still there.
fn against(script: &str, policy: &str, name: &str) -> (serde_json::Value, bool) {
    let folder = Folder::new(&[("keep", "")]);
    let mut victim = Victim::new(&folder, name);
    let id = victim.0.id();
    let script: &'static str = Box::leak(script.to_owned().into_boxed_str());
    let policy: &'static str = Box::leak(policy.replace("VICTIM", &id.to_string()).into_boxed_str());
    let flags: &'static [&'static str] =
        Box::leak(Box::new(["--arg", Box::leak(format!("victim:int={id}").into_boxed_str())]));
    let attack = Attack { policy, script, flags, ..Attack::BASE };
    let record = attack.run(&attack.stage()).record();
    std::thread::sleep(std::time::Duration::from_millis(200));
    (record, victim.is_there())
}

#[test]
fn no_number_stands_for_many_processes_or_for_another() {
    let (record, there) = against(
        "
        let n = 0;
        for pid in [0, -1, -victim, victim + 4294967296, victim - 4294967296, 9223372036854775807, -9223372036854775808, victim * 65536 * 65536] {
            try { kill(pid); n += 1; } catch { }
            try { kill([kill::SIGKILL], pid); n += 1; } catch { }
            try { ProcessManager().kill(KillOptions().pid(pid).signal(Signal::SIGKILL).build()); n += 1; } catch { }
        }
        for text in [victim.to_string(), victim.to_float()] { try { kill(text); n += 1; } catch { } }
        n",
        ALL,
        "waits",
    );
    assert_eq!((record["output"].as_str().unwrap(), there), ("0", true), "{record:#}");
    let (record, there) = against("kill([kill::SIGKILL], victim); \"killed\"", ALL, "waits");
    assert_eq!((record["output"].as_str().unwrap(), there), ("killed", false), "{record:#}");
}

#[test]
fn a_process_that_must_stay_stays_whatever_signal_and_way() {
    let script = r#"
        let n = 0;
        for flag in [kill::SIGKILL, kill::SIGTERM, kill::SIGSTOP, kill::SIGHUP, kill::SIGINT, kill::SIGQUIT, kill::SIGUSR1, kill::SIGUSR2, kill::signal(9), kill::signal(15), kill::signal(64), kill::signal(19)] {
            try { kill([flag], victim); n += 1; } catch { }
        }
        for signal in [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGHUP] {
            try { ProcessManager().kill(KillOptions().process_name("protected").signal(signal).build()); n += 1; } catch { }
            try { ProcessManager().kill(KillOptions().command("1000").exact_match(false).signal(signal).build()); n += 1; } catch { }
            try { ProcessManager().kill(KillOptions().pid(victim).signal(signal).build()); n += 1; } catch { }
        }
        n"#;
    // Everything on that process alone is forbidden; and nothing is permitted on any other.
    let policy = r#"permit(principal, action in process_system::Action::"ProcessAction", resource) when { resource has name && resource.name == "protected" };
        forbid(principal, action in [process_system::Action::"kill", process_system::Action::"interrupt"], resource == process_system::Process::"VICTIM");"#;
    let (record, there) = against(script, policy, "protected");
    assert!(there, "{record:#}");
    let permitted = r#"permit(principal, action in process_system::Action::"ProcessAction", resource == process_system::Process::"VICTIM");"#;
    let (record, there) = against("kill([kill::SIGTERM], victim); 1", permitted, "protected");
    assert!(!there, "{record:#}");
}

#[test]
fn a_name_that_looks_like_the_end_of_a_status_line_spoofs_nothing() {
    let look = "
        let found = ProcessManager().processes().filter(|p| p.pid == victim);
        let me = found[0];
        `${found.len()} ${me.ppid > 1} ${me.state} ${me.name}`";
    let (record, _) = against(look, ALL, ") Z 1 1 (x");
    assert_eq!(record["output"].as_str().unwrap().split(' ').take(2).collect::<Vec<_>>(), ["1", "true"], "{record:#}");
    assert!(record["output"].as_str().unwrap().ends_with(") Z 1 1 (x"), "{record:#}");
    let (record, _) = against(look, ALL, "plain");
    assert!(record["output"].as_str().unwrap().ends_with(" plain"), "{record:#}");
}

/// Starts the program `tool` with these options.
macro_rules! start {
    ($options:literal) => {
        concat!(
            r#"let f = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build()).open_file("tool", OpenFileOptions().read(true).build()); "#,
            "let done = f.execute(ExecuteOptions()",
            $options,
            ".build());"
        )
    };
}

#[test]
fn words_that_are_two_words_or_none() {
    const TOOL: &[(&str, &str)] = &[("pub/tool", "#!/bin/sh\nfor word in \"$@\"; do echo \"[$word]\"; done\n")];
    for script in [
        start!(r#".args(["a\x00b"])"#),
        start!(r#".args([["--key\x00x", "v"]])"#),
        start!(r#".args([["--key", ""]])"#),
        start!(r#".env(#{"A=B": "c"})"#),
        start!(r#".env(#{"A\x00B": "c"})"#),
        start!(r#".env(#{"A": "b\x00C=d"})"#),
        start!(r#".env(#{"": "c"})"#),
    ] {
        Attack {
            files: TOOL,
            policy: ALL,
            script,
            ends: Fails(1, "Validation error"),
            twin_script: concat!(start!(r#".args(["a b", "$(id)", "; rm -rf x", "*"])"#), " done.stdout"),
            twin_ends: Gives("[a b]\n[$(id)]\n[; rm -rf x]\n[*]\n"),
            ..Attack::BASE
        }
        .check();
    }
}

#[test]
fn a_program_inherits_no_descriptor_and_no_variable() {
    Attack {
        files: &[("pub/tool", "#!/bin/sh\nfor fd in /proc/self/fd/*; do readlink \"$fd\"; done\nenv\ncat /proc/self/fd/[3-9]* 2>/dev/null\n")],
        policy: ALL,
        script: concat!(
            r#"let held = DirConfig().path(dir + "/sec").build().open(OpenDirOptions().build()).open_file("secret", OpenFileOptions().read(true).build()); "#,
            start!(""),
            " let text = done.stdout + done.stderr; `${text.contains(\"/sec\")} ${text.contains(\"PRIVATE\")} ${text.contains(\"script.rhai\")} ${text.contains(\"policy.cedar\")}`"
        ),
        environment: &[("PRIVATE", "PRIVATE-VALUE")],
        ends: Gives("false false false false"),
        hides: &["PRIVATE-VALUE"],
        twin_script: concat!(start!(r#".env(#{"MINE": "here"})"#), r#" `${done.stdout.contains("MINE=here")}`"#),
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_program_that_leaves_a_child_behind_does_not_hold_the_run() {
    Attack {
        files: &[("pub/tool", "#!/bin/sh\nsleep 600 &\necho $!\n")],
        policy: ALL,
        script: concat!(
            start!(""),
            r#" let child = parse_int(done.stdout.split("\n")[0]); let left = true;
            for i in 0..100 { left = ps().filter(|p| p.pid == child && p.state != "Zombie").len() > 0; if !left { break; } sleep(0.05); }
            left"#
        ),
        ends: Gives("false"),
        twin_script: concat!(start!(""), " parse_int(done.stdout.split(\"\\n\")[0]) > 0"),
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_program_that_writes_without_end_is_ended() {
    Attack {
        files: &[("pub/tool", "#!/bin/sh\n[ \"$1\" = little ] && { echo little; exit; }\nwhile :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done\n")],
        policy: ALL,
        script: start!(".max_output(65536)"),
        ends: Fails(1, "wrote more than 65536 bytes"),
        twin_script: concat!(start!(".args([\"little\"]).max_output(65536)"), " done.stdout"),
        twin_ends: Gives("little\n"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn what_may_be_started_is_the_file_and_no_other_of_its_name() {
    Attack {
        files: &[("pub/tool", "#!/bin/sh\necho tool\n"), ("pub/other/tool", "#!/bin/sh\ncat \"${0%/pub*}/sec/secret\" /proc/self/cwd\n"), ("pub/link -> other/tool", "")],
        policy: r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"read"], resource in file_system::Dir::"{dir}/pub");
            permit(principal, action == file_system::Action::"execute", resource == file_system::File::"{dir}/pub/tool");"#,
        script: r#"
            let n = 0;
            let d = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            let o = DirConfig().path(dir + "/pub/other").build().open(OpenDirOptions().build());
            for act in [|| o.open_file("tool", OpenFileOptions().read(true).build()), || d.open_file("link", OpenFileOptions().read(true).follow_symlinks(true).build())] {
                try { act.call().execute(ExecuteOptions().build()); n += 1; } catch { }
            }
            n"#,
        ends: Gives("0"),
        hides: &[SECRET],
        twin_script: concat!(start!(""), " done.stdout"),
        twin_ends: Gives("tool\n"),
        ..Attack::BASE
    }
    .check();
}
