//! Tests of signed runs: what is refused, with which words, and before anything of it is looked at.

use crate::{Case, Done, runner};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// Neither is valid: whoever looked at one of them would say so.
const BROKEN_SCRIPT: &str = "let let let (";
const BROKEN_POLICY: &str = "permit(((";
const ALLOW: &str = "permit(principal, action, resource);";

/// What is done to a case that would run.
type Spoil = fn(&Case);

/// Whether there is no ssh-keygen(1) to make keys.
pub(crate) fn missing() -> bool {
    #[expect(clippy::disallowed_methods, reason = "asks whether the program is there")]
    let found = Command::new("ssh-keygen").arg("-?").output().is_ok();
    if !found {
        eprintln!("skipped: ssh-keygen is not installed");
    }
    !found
}

#[expect(clippy::disallowed_methods, reason = "sets the stage for the program")]
impl Case {
    pub(crate) fn keygen(&self, arguments: &[&str]) {
        let done = Command::new("ssh-keygen").args(arguments).current_dir(self.folder.path()).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    pub(crate) fn key(&self, name: &str) {
        self.keygen(&["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name]);
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn leaves(&self, name: &str) -> bool {
        std::fs::symlink_metadata(self.path(name)).is_ok()
    }

    fn mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    pub(crate) fn sign(&self, key: &str, arguments: &[&str]) {
        let mut command = runner();
        let done =
            command.current_dir(self.folder.path()).args(["sign", "--force", "--key", key]).args(arguments).output();
        let done = Done::new(done.unwrap());
        assert_eq!(done.code, 0, "{}", done.stderr);
    }

    /// A script and a policy that alice signed, and the file that lets her.
    pub(crate) fn signed(script: &str, policy: &str) -> Self {
        let case = Self::new(script, policy);
        case.key("alice");
        case.key("eve");
        case.write("signers", &format!("alice {}", case.text("alice.pub")));
        case.sign("alice", &["script.rhai", "policy.cedar"]);
        let signers = case.path("signers").display().to_string();
        case.flags(&["--require-signature", "script,policy", "--allowed-signers", &signers])
    }
}

fn refused(done: &Done) -> String {
    let record = done.failed(5, "VALIDATION_EXCEPTION");
    assert!(record.get("script_digest").is_none() && record.get("signature").is_none(), "{record:#}");
    let told = record["error"]["message"].as_str().unwrap();
    told.strip_prefix("Signature validation failed: ").unwrap_or_else(|| panic!("{told}")).to_owned()
}

#[test]
fn a_signed_run_tells_who_signed_it() {
    if missing() {
        return;
    }
    let case = Case::signed("6 * 7", ALLOW);
    let record = case.run().record();
    assert_eq!(record["output"], "42", "{record:#}");
    for part in ["script", "policy"] {
        let signature = &record["signature"][part];
        assert_eq!((&signature["signer"], &signature["algorithm"]), (&"alice".into(), &"ssh-ed25519".into()));
        assert!(signature["key"].as_str().unwrap().starts_with("SHA256:"));
    }
    // Of `6 * 7`, as sha256sum(1) prints it.
    assert_eq!(record["script_digest"], "4add15946ce36199897a10bc4fe5749d28306b291959adbde54f6a36e4a149d0");
    assert_eq!(record["policy_digest"].as_str().unwrap().len(), 64);
    // Without the demand nothing is verified, and nobody is named.
    let plain = Case::new("6 * 7", ALLOW).run().record();
    assert_eq!((plain.get("signature"), &plain["script_digest"]), (None, &record["script_digest"]));
}

#[test]
fn policies_can_ask_for_the_signer_and_the_digests() {
    if missing() {
        return;
    }
    let script = "cat(file)";
    let digest = Case::new(script, ALLOW).run().record()["script_digest"].as_str().unwrap().to_owned();
    for (condition, allowed) in [
        ("context has signer && context.signer == \"alice\"".to_owned(), true),
        ("context has signer && context.signer like \"al*\"".to_owned(), true),
        ("context has signer && context.signer == \"eve\"".to_owned(), false),
        (format!("context has script_digest && context.script_digest == \"{digest}\""), true),
        (format!("context has policy_digest && context.policy_digest == \"{digest}\""), false),
    ] {
        let case = Case::signed(script, &format!("permit(principal, action, resource) when {{ {condition} }};"));
        case.write("file", "the content");
        let argument = format!("file:string={}", case.path("file").display());
        let done = case.flags(&["--arg", &argument]).run();
        assert_eq!(done.code, if allowed { 0 } else { 3 }, "{condition}: {}", done.stdout);
    }
    // Who did not sign has no name.
    let case = Case::new(script, "permit(principal, action, resource) when { context has signer };");
    case.write("file", "the content");
    let argument = format!("file:string={}", case.path("file").display());
    assert_eq!(case.flags(&["--arg", &argument]).run().code, 3);
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn the_table_of_what_does_not_run() {
    if missing() {
        return;
    }
    let cases: &[(&str, Spoil, &[&str], &str)] = &[
        ("script unsigned", |c| c.remove("script.rhai.sig"), &[], "script.rhai is not signed"),
        ("policy unsigned", |c| c.remove("policy.cedar.sig"), &[], "policy.cedar is not signed"),
        (
            "script altered",
            |c| c.write("script.rhai", "let let let ( "),
            &[],
            "script.rhai: the signature does not match the content",
        ),
        (
            "policy altered",
            |c| c.write("policy.cedar", "permit((( "),
            &[],
            "policy.cedar: the signature does not match the content",
        ),
        ("script empty", |c| c.write("script.rhai", ""), &[], "does not match the content"),
        (
            "script signed as a policy",
            |c| c.sign("alice", &["--as", "policy", "script.rhai"]),
            &[],
            "made for `policy@rex`, and a script needs",
        ),
        (
            "policy signed as a script",
            |c| c.sign("alice", &["--as", "script", "policy.cedar"]),
            &[],
            "made for `script@rex`, and a policy needs",
        ),
        (
            "script signed as a bundle",
            |c| c.sign("alice", &["--as", "bundle", "script.rhai"]),
            &[],
            "made for `bundle@rex`",
        ),
        (
            "signed as any file",
            |c| c.keygen(&["-q", "-Y", "sign", "-f", "eve", "-n", "file", "signers"]),
            &["--script-signature", "DIR/signers.sig"],
            "made for `file`",
        ),
        ("the policy's signature", |_| {}, &["--script-signature", "DIR/policy.cedar.sig"], "made for `policy@rex`"),
        ("script by a stranger", |c| c.sign("eve", &["script.rhai"]), &[], "nobody with the key SHA256:"),
        (
            "policy by a stranger",
            |c| c.sign("eve", &["policy.cedar"]),
            &[],
            "policy.cedar: nobody with the key SHA256:",
        ),
        ("by someone else than wanted", |_| {}, &["--signer", "bob"], "is not that of `bob`"),
        ("without a security key", |_| {}, &["--require-user-verification"], "PIN or finger"),
        (
            "signer for policies only",
            |c| c.write("signers", &c.text("signers").replace("alice ", "alice namespaces=\"policy@rex\" ")),
            &[],
            "does not let the key sign for `script@rex`",
        ),
        (
            "signer for scripts only",
            |c| c.write("signers", &c.text("signers").replace("alice ", "alice namespaces=\"script@rex\" ")),
            &[],
            "does not let the key sign for `policy@rex`",
        ),
        (
            "signer expired",
            |c| c.write("signers", &c.text("signers").replace("alice ", "alice valid-before=\"20200101Z\" ")),
            &[],
            "it has expired",
        ),
        (
            "signer not yet",
            |c| c.write("signers", &c.text("signers").replace("alice ", "alice valid-after=\"20990101Z\" ")),
            &[],
            "trusts the key only from 2099",
        ),
        (
            "signer excluded",
            |c| c.write("signers", &c.text("signers").replace("alice ", "alice,!alice ")),
            &[],
            "tells by patterns alone",
        ),
        ("nobody trusted", |c| c.write("signers", "# nobody\n"), &[], "nobody with the key"),
        (
            "signers not understood",
            |c| c.write("signers", &(c.text("signers") + "nonsense\n")),
            &[],
            "line 2 of the allowed signers: it has no key",
        ),
        ("signers of others", |c| c.mode("signers", 0o666), &[], "others may write to it (mode 0666)"),
        ("signers in a folder of others", |c| c.mode("", 0o777), &[], "others may write to it (mode 0777)"),
        ("signers missing", |c| c.remove("signers"), &[], "signers: no such file"),
        (
            "key revoked",
            |c| c.write("revoked", &c.text("alice.pub")),
            &["--revoked-keys", "DIR/revoked"],
            "is revoked: it is on the list",
        ),
        (
            "key on a list",
            |c| c.keygen(&["-q", "-k", "-f", "revoked", "alice.pub"]),
            &["--revoked-keys", "DIR/revoked"],
            "is revoked: it is on the list",
        ),
        (
            "list not understood",
            |c| c.write("revoked", "serial: 1\n"),
            &["--revoked-keys", "DIR/revoked"],
            "revoked keys is not understood: line 1",
        ),
        ("list missing", |_| {}, &["--revoked-keys", "DIR/revoked"], "the revoked keys: "),
        (
            "list of others",
            |c| {
                c.write("revoked", "");
                c.mode("revoked", 0o622);
            },
            &["--revoked-keys", "DIR/revoked"],
            "others may write to it",
        ),
        ("signature is none", |c| c.write("script.rhai.sig", "signed, alice"), &[], "it is no SSH signature"),
        ("signature too long", |c| c.write("script.rhai.sig", &" ".repeat(70_000)), &[], "it is larger than"),
        ("script from standard input", |_| {}, &["-s", "-"], "is signed by what `--script-signature` names"),
        ("bundle demanded", |_| {}, &["--require-signature", "bundle"], "only signed bundles run here"),
    ];
    for (name, spoil, flags, part) in cases {
        let case = Case::signed(BROKEN_SCRIPT, BROKEN_POLICY);
        spoil(&case);
        let place = case.folder.path().display().to_string();
        let flags: Vec<String> = flags.iter().map(|flag| flag.replace("DIR", &place)).collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let mut command = case.command();
        // A flag that is given twice is wrong usage.
        if flags.first() == Some(&"-s") {
            command = runner();
            command.args(["-p", case.path("policy.cedar").to_str().unwrap()]).args(&case.flags);
        }
        let done = Done::new(command.args(&flags).output().unwrap());
        case.mode("", 0o700);
        let told = refused(&done);
        assert!(told.contains(part), "{name}: {told}");
    }
    // The stage itself holds: with nothing spoilt, it is the policy that is refused.
    let record = Case::signed(BROKEN_SCRIPT, BROKEN_POLICY).run().failed(5, "INTERNAL_EXCEPTION");
    assert_eq!(record["signature"]["script"]["signer"], "alice");
}

/// A bundle, version 5, that alice signed, and the flags to run it.
fn bundled(script: &str) -> Case {
    let case = Case::new(script, ALLOW);
    case.key("alice");
    case.write("signers", &format!("alice {}", case.text("alice.pub")));
    make(&case, "5");
    let at = |name: &str| case.path(name).display().to_string();
    let (signers, state) = (at("signers"), at("state"));
    case.flags(&["--allowed-signers", &signers, "--bundle-state", &state])
}

fn make(case: &Case, version: &str) {
    let mut command = runner();
    command.current_dir(case.folder.path()).args(["bundle", "--force", "--name", "web", "--bundle-version", version]);
    command.args(["-s", "script.rhai", "-p", "policy.cedar", "--argument", "host", "--argument", "days", "web.bundle"]);
    let done = Done::new(command.output().unwrap());
    assert_eq!(done.code, 0, "{}", done.stderr);
    case.sign("alice", &["web.bundle"]);
}

fn run_bundle(case: &Case, more: &[&str]) -> Done {
    let mut command = runner();
    Done::new(command.arg("--bundle").arg(case.path("web.bundle")).args(&case.flags).args(more).output().unwrap())
}

#[test]
fn a_bundle_binds_script_policy_and_arguments() {
    if missing() {
        return;
    }
    let case = bundled("host + `!`");
    let record = run_bundle(&case, &["--arg", "host=db1"]).record();
    assert_eq!(record["output"], "db1!", "{record:#}");
    let bundle = &record["signature"]["bundle"];
    assert_eq!((&bundle["name"], &bundle["version"], &bundle["signer"]), (&"web".into(), &5.into(), &"alice".into()));
    let told = refused(&run_bundle(&case, &["--arg", "host=db1", "--arg", "evil=1"]));
    assert_eq!(told, "the bundle knows no argument `evil`");
    case.write("args.json", r#"{"other":{"longValue":1}}"#);
    let arguments = case.path("args.json");
    let told = refused(&run_bundle(&case, &["-a", arguments.to_str().unwrap()]));
    assert_eq!(told, "the bundle knows no argument `other`");
}

#[test]
fn the_version_of_a_bundle_does_not_go_back() {
    if missing() {
        return;
    }
    let case = bundled("1");
    assert_eq!(run_bundle(&case, &[]).code, 0);
    assert_eq!(run_bundle(&case, &[]).code, 0);
    case.write("script.rhai", "2");
    make(&case, "5");
    let told = refused(&run_bundle(&case, &[]));
    assert!(told.contains("its version 5 has run here with another content"), "{told}");
    make(&case, "6");
    assert_eq!(run_bundle(&case, &[]).record()["output"], "2");
    case.write("script.rhai", "1");
    make(&case, "5");
    let told = refused(&run_bundle(&case, &[]));
    assert!(told.contains("its version 5 is older than version 6, which has run here"), "{told}");
    case.mode("state", 0o777);
    make(&case, "7");
    let told = refused(&run_bundle(&case, &[]));
    assert!(told.contains("which versions have run here cannot be kept"), "{told}");
}

#[test]
fn a_bundle_that_is_not_signed_as_one_does_not_run() {
    if missing() {
        return;
    }
    let cases: &[(&str, Spoil, &str)] = &[
        ("unsigned", |c| c.remove("web.bundle.sig"), "web.bundle is not signed"),
        (
            "altered",
            |c| c.write("web.bundle", &c.text("web.bundle").replace("\"version\": 5", "\"version\": 9")),
            "does not match the content",
        ),
        (
            "another script",
            |c| c.write("web.bundle", &c.text("web.bundle").replace(BROKEN_SCRIPT, "1")),
            "does not match the content",
        ),
        (
            "signed as a script",
            |c| c.sign("alice", &["--as", "script", "web.bundle"]),
            "made for `script@rex`, and a bundle needs",
        ),
        (
            "no bundle",
            |c| {
                c.write("web.bundle", "{}");
                c.sign("alice", &["web.bundle"]);
            },
            "it is no bundle: missing field",
        ),
        (
            "another form",
            |c| {
                c.write("web.bundle", &c.text("web.bundle").replace("\"rex_bundle\": 1", "\"rex_bundle\": 2"));
                c.sign("alice", &["web.bundle"]);
            },
            "its form is 2",
        ),
        (
            "signers for scripts",
            |c| c.write("signers", &c.text("signers").replace("alice ", "alice namespaces=\"script@rex,policy@rex\" ")),
            "does not let the key sign for `bundle@rex`",
        ),
    ];
    for (name, spoil, part) in cases {
        let case = bundled(BROKEN_SCRIPT);
        spoil(&case);
        let told = refused(&run_bundle(&case, &[]));
        assert!(told.contains(part), "{name}: {told}");
        // What was refused leaves no trace of having run.
        assert!(!case.leaves("state/web.seen"), "{name}");
    }
}

#[test]
fn sign_and_verify_tell_what_they_did() {
    if missing() {
        return;
    }
    let case = Case::new("1", ALLOW);
    case.key("alice");
    case.write("signers", &format!("alice {}", case.text("alice.pub")));
    let run = |arguments: &[&str]| {
        let mut command = runner();
        Done::new(command.current_dir(case.folder.path()).args(arguments).output().unwrap())
    };
    let done = run(&["sign", "--key", "alice", "script.rhai", "policy.cedar"]);
    assert_eq!((done.code, done.stdout.lines().count()), (0, 2), "{}", done.stderr);
    assert!(done.stdout.starts_with("script.rhai.sig: script signature for script.rhai\n"), "{}", done.stdout);
    let done = run(&["sign", "--key", "alice", "script.rhai"]);
    assert_eq!(done.code, 5);
    assert!(done.stderr.contains("it is there already: `--force` replaces it"), "{}", done.stderr);
    let done = run(&["sign", "--key", "alice", "signers"]);
    assert!(done.code == 5 && done.stderr.contains("`--as script`"), "{}", done.stderr);
    let done = run(&["verify", "--allowed-signers", "signers", "script.rhai", "policy.cedar"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stdout.starts_with("script.rhai: good script signature by alice with ED25519 key SHA256:"),
        "{}",
        done.stdout
    );
    let done = run(&["verify", "--check-only", "script.rhai"]);
    assert!(done.code == 0 && done.stdout.contains("whose it is, was not asked"), "{}", done.stdout);
    case.write("script.rhai", "2");
    let done = run(&["verify", "--allowed-signers", "signers", "script.rhai", "policy.cedar"]);
    assert_eq!((done.code, done.stdout.lines().count()), (5, 1));
    assert!(done.stderr.starts_with("error: script.rhai: the signature does not match"), "{}", done.stderr);
    let done = run(&["sign", "script.rhai"]);
    assert!(done.code == 2 && done.stderr.contains("--key"), "{}", done.stderr);
    assert_eq!(run(&["verify", "--help"]).code, 0);
    // Flags of a run are none of these.
    assert_eq!(run(&["-s", "script.rhai", "-p", "policy.cedar", "verify", "x"]).code, 2);
    let done = run(&["-s", "script.rhai", "-p", "policy.cedar"]);
    assert_eq!(done.record()["value"], Value::from(2));
}
