//! Tests of what a host lays down for all runs. The host's configuration is at one place that no flag and no variable moves, so that each
//! run gets a mount namespace of its own with other files there.

use crate::signed::missing;
use crate::{Case, Done, runner};
use std::process::Command;

const ALLOW: &str = "permit(principal, action, resource);";

/// A host, and a case that is run on it.
struct Host {
    case: Case,
    /// What is done to the host's files, as a shell does it.
    then: String,
    /// Who runs it.
    account: &'static str,
}

#[expect(clippy::disallowed_methods, reason = "sets the stage, and enters it")]
impl Host {
    /// A host with this configuration, where alice may sign, and her signed script and policy.
    fn new(config: &str) -> Self {
        let case = Case::new("6 * 7", ALLOW);
        case.key("alice");
        std::fs::create_dir(case.path("etc")).unwrap();
        case.write("etc/runner.toml", config);
        case.write("etc/allowed_signers", &format!("alice {}", case.text("alice.pub")));
        case.write("etc/host.cedar", ALLOW);
        case.sign("alice", &["script.rhai", "policy.cedar", "etc/host.cedar"]);
        // Whatever account runs it has to reach it.
        for path in ["", "etc"] {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(case.path(path), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { case, then: String::new(), account: "root" }
    }

    fn then(mut self, commands: &str) -> Self {
        commands.clone_into(&mut self.then);
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let stage = format!(
            "set -e; umask 022; mount -t tmpfs -o mode=0755 none /etc/opt; mount -t tmpfs -o mode=0755 none /var/opt\n\
             mkdir /etc/opt/rex; cp -r {}/. /etc/opt/rex; chown -R 0:0 /etc/opt/rex\n{}\n\
             if [ {} = root ]; then exec \"$@\"; else exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"; fi",
            self.case.path("etc").display(),
            self.then,
            self.account
        );
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", &stage, "sh"]).arg(runner().get_program()).args(arguments);
        command.current_dir(self.case.folder.path()).env("SYSLOG_ENABLE", "0");
        command
    }

    fn run(&self, arguments: &[&str]) -> Done {
        Done::new(self.command(arguments).output().unwrap())
    }

    /// Why nothing ran.
    fn refused(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        let record = done.failed(5, "VALIDATION_EXCEPTION");
        record["error"]["message"].as_str().unwrap().strip_prefix("Signature validation failed: ").unwrap().to_owned()
    }
}

/// Whether no other files can be put in place of the host's.
#[expect(clippy::disallowed_methods, reason = "asks whether the test is possible")]
fn impossible() -> bool {
    if missing() {
        return true;
    }
    let stage = "mount -t tmpfs none /etc/opt && mount -t tmpfs none /var/opt && setpriv --version";
    let done = Command::new("unshare").args(["-m", "sh", "-c", stage]).output();
    let possible = done.is_ok_and(|done| done.status.success());
    if !possible {
        eprintln!("skipped: this needs root, unshare, setpriv and the right to mount");
    }
    !possible
}

const RUN: &[&str] = &["-s", "script.rhai", "-p", "policy.cedar"];
const BOTH: &str = "require-signature = [\"script\", \"policy\"]\n";
const FIXED: &str = "require-signature = [\"script\"]\npolicy-file = \"/etc/opt/rex/host.cedar\"\n";

#[test]
fn what_the_host_demands_nobody_turns_off() {
    if impossible() {
        return;
    }
    let mut host = Host::new(BOTH);
    for account in ["root", "nobody"] {
        host.account = account;
        let record = host.run(RUN).record();
        assert_eq!((&record["output"], &record["signature"]["script"]["signer"]), (&"42".into(), &"alice".into()));
        let with = |more: &[&str]| host.refused(&[RUN, more].concat());
        for (flags, flag) in [
            (&["--allowed-signers", "signers"][..], "--allowed-signers"),
            (&["--revoked-keys", "none"], "--revoked-keys"),
            (&["--observe"], "--observe"),
            (&["--redaction-file", "mine"], "--redaction-file"),
            (&["--allowed-signers", "/etc/opt/rex/allowed_signers"], "--allowed-signers"),
        ] {
            assert_eq!(with(flags), format!("the host's configuration decides this, not `{flag}`"), "{account}");
        }
        // To demand more is for everyone.
        assert!(with(&["--signer", "bob"]).contains("is not that of `bob`"));
        assert!(with(&["--require-user-verification"]).contains("PIN or finger"));
        assert!(with(&["--require-signature", "bundle"]).contains("only signed bundles run here"));
        assert!(host.refused(&["--bundle", "x", "--bundle-state", "mine"]).contains("`--bundle-state`"));
        let unsigned = host.refused(&["-s", "/etc/hostname", "-p", "policy.cedar"]);
        assert!(unsigned.contains("is not signed"), "{unsigned}");
        let mut command = host.command(&["-s", "/etc/hostname", "-p", "policy.cedar"]);
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "REX_CONFIG", "TZ", "REX_REQUIRE_SIGNATURE"] {
            command.env(name, host.case.path(""));
        }
        let done = Done::new(command.output().unwrap());
        assert!(done.failed(5, "VALIDATION_EXCEPTION")["error"]["message"].as_str().unwrap().contains("is not signed"));
    }
}

#[test]
fn a_fixed_policy_leaves_the_caller_the_script_alone() {
    if impossible() {
        return;
    }
    let mut host = Host::new(FIXED);
    for account in ["root", "nobody"] {
        host.account = account;
        let record = host.run(&["-s", "script.rhai"]).record();
        assert_eq!((&record["output"], record["signature"].get("policy")), (&"42".into(), None), "{record:#}");
        assert_eq!(host.run(&["-s", "script.rhai", "-p", "/etc/opt/rex/host.cedar"]).record()["output"], "42");
        for (arguments, flag) in [
            (&["-s", "script.rhai", "-p", "policy.cedar"][..], "--policy-file"),
            (&["-s", "script.rhai", "-p", "/etc/opt/rex/../rex/host.cedar"], "--policy-file"),
            (&["-s", "script.rhai", "--observe"], "--observe"),
            (&["-s", "script.rhai", "--redaction-file", "mine"], "--redaction-file"),
            (&["--bundle", "x"], "--bundle"),
        ] {
            assert_eq!(host.refused(arguments), format!("the host's configuration decides this, not `{flag}`"));
        }
    }
    let host = Host::new(&(FIXED.to_owned() + BOTH).replacen("require-signature = [\"script\"]\n", "", 1)).then("");
    let record = host.run(&["-s", "script.rhai"]).record();
    assert_eq!(record["signature"]["policy"]["signer"], "alice", "{record:#}");
    for (then, part) in [
        ("chown 65534 /etc/opt/rex/host.cedar", "belongs to the user 65534"),
        ("chmod 666 /etc/opt/rex/host.cedar", "others may write to it"),
        ("rm /etc/opt/rex/host.cedar", "no such file"),
        ("ln -sf /tmp/x /etc/opt/rex/host.cedar", "/tmp"),
        ("echo >> /etc/opt/rex/host.cedar", "does not match the content"),
        ("rm /etc/opt/rex/host.cedar.sig", "is not signed"),
    ] {
        let host = Host::new(&("policy-file = \"/etc/opt/rex/host.cedar\"\n".to_owned() + BOTH)).then(then);
        let told = host.refused(&["-s", "script.rhai"]);
        assert!(told.contains(part), "{then}: {told}");
    }
}

#[test]
fn nothing_runs_under_a_configuration_that_is_not_right() {
    if impossible() {
        return;
    }
    for (config, then, part) in [
        ("require-signature = script", "", "runner.toml: TOML parse error"),
        ("require-signature = [\"scripts\"]", "", "unknown variant `scripts`"),
        ("require_signature = []", "", "unknown field"),
        ("policy-file = \"p.cedar\"", "", "no absolute path"),
        ("", "printf '\\377' > /etc/opt/rex/runner.toml", "it is not UTF-8"),
        ("", "chown 65534 /etc/opt/rex/runner.toml", "runner.toml: it belongs to the user 65534"),
        ("", "chmod 664 /etc/opt/rex/runner.toml", "runner.toml: others may write to it (mode 0664)"),
        ("", "chmod 777 /etc/opt/rex", "/etc/opt/rex: others may write to it (mode 0777)"),
        ("", "chmod 1777 /etc/opt/rex", "/etc/opt/rex: others may write to it (mode 1777)"),
        ("", "chown 65534 /etc/opt/rex", "/etc/opt/rex: it belongs to the user 65534"),
        ("", "chmod 775 /etc/opt", "/etc/opt: others may write to it"),
        ("", "rm /etc/opt/rex/runner.toml; mkdir /etc/opt/rex/runner.toml", "it is no regular file"),
        ("", "rm /etc/opt/rex/runner.toml; mkfifo /etc/opt/rex/runner.toml", "it is no regular file"),
        ("", "rm /etc/opt/rex/runner.toml; ln -s gone /etc/opt/rex/runner.toml", "No such file"),
        ("", "rm /etc/opt/rex/runner.toml; ln -s runner.toml /etc/opt/rex/runner.toml", "behind more than 40 links"),
        (
            "",
            "cd /etc/opt/rex; mv runner.toml x; ln -s x runner.toml; chown -h 65534 runner.toml",
            "belongs to the user 65534",
        ),
        ("", "head -c 70000 /dev/zero > /etc/opt/rex/runner.toml", "it is larger than 64 KiB"),
    ] {
        let told = Host::new(config).then(then).refused(RUN);
        assert!(told.starts_with("nothing runs here until the host's configuration is right: "), "{told}");
        assert!(told.contains(part), "{config} {then}: {told}");
    }
    let mut host = Host::new("").then("chmod 600 /etc/opt/rex/runner.toml");
    assert_eq!(host.run(RUN).record()["output"], "42");
    host.account = "nobody";
    assert!(host.refused(RUN).contains("Permission denied"));
    // A link of root's own is as good as the file.
    let host = Host::new(BOTH).then("(cd /etc/opt/rex; mkdir d; mv runner.toml d; ln -s d/runner.toml runner.toml)");
    assert_eq!(host.run(RUN).record()["signature"]["script"]["signer"], "alice");
}

#[test]
fn what_a_host_trusts_has_to_be_out_of_reach() {
    if impossible() {
        return;
    }
    for (then, part) in [
        ("chown 65534 /etc/opt/rex/allowed_signers", "belongs to the user 65534"),
        ("chmod 666 /etc/opt/rex/allowed_signers", "others may write to it"),
        ("rm /etc/opt/rex/allowed_signers", "nobody is trusted: say `--allowed-signers PATH`, or write /etc/opt/rex/"),
        ("echo x > /etc/opt/rex/allowed_signers", "line 1 of the allowed signers"),
        ("cp alice.pub /etc/opt/rex/revoked_keys", "is revoked"),
        ("echo x > /etc/opt/rex/revoked_keys", "revoked keys is not understood"),
        ("touch /etc/opt/rex/revoked_keys; chmod 666 /etc/opt/rex/revoked_keys", "others may write to it"),
        ("ln -s gone /etc/opt/rex/revoked_keys", "the revoked keys: "),
    ] {
        let told = Host::new(BOTH).then(then).refused(RUN);
        assert!(told.contains(part), "{then}: {told}");
    }
    let moved = "require-signature = [\"script\", \"policy\"]\nallowed-signers = \"/etc/opt/rex/who\"\nrevoked-keys = \"/etc/opt/rex/not\"\n";
    let told = Host::new(moved).refused(RUN);
    assert!(told.contains("/etc/opt/rex/who: no such file"), "{told}");
    let told = Host::new(moved).then("mv /etc/opt/rex/allowed_signers /etc/opt/rex/who").refused(RUN);
    assert!(told.contains("/etc/opt/rex/not: no such file"), "{told}");
    let host = Host::new(moved).then("mv /etc/opt/rex/allowed_signers /etc/opt/rex/who; touch /etc/opt/rex/not");
    assert_eq!(host.run(RUN).record()["output"], "42");
}

#[test]
fn a_policy_is_named_by_the_caller_or_by_the_host() {
    if impossible() {
        return;
    }
    let done = Host::new("").run(&["-s", "script.rhai"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("--policy-file <PATH>"), "{}", done.stderr);
}

#[test]
fn what_the_host_records_nobody_turns_off() {
    if impossible() {
        return;
    }
    let host = Host::new("");
    let log = host.case.path("audit.log");
    let log = log.to_str().unwrap();
    let host = host.then(&format!("echo 'audit-log = \"{log}\"' >> /etc/opt/rex/runner.toml"));
    let record = host.run(RUN).record();
    assert!(record["audit_head"].as_str().unwrap().starts_with("2:"), "{record}");
    assert_eq!(host.run(&[RUN, &["--audit-log", log]].concat()).code, 0);
    let record = host.run(&[RUN, &["--audit-log", "stderr"]].concat()).failed(5, "COMMUNICATION_EXCEPTION");
    assert_eq!(record["error"]["message"], "the host's configuration decides this, not `--audit-log`");
    assert_eq!(host.case.text("audit.log").lines().count(), 4);
    // Where it cannot be written, nothing runs.
    let host = host.then("echo 'audit-log = \"/nonexistent/audit.log\"' > /etc/opt/rex/runner.toml");
    let record = host.run(RUN).failed(5, "COMMUNICATION_EXCEPTION");
    assert!(record["error"]["message"].as_str().unwrap().contains("cannot be opened"), "{record}");
}
