//! Attacks, each beside its honest twin: the one must fail in the expected way and change nothing, the other must work, so that no attack fails
//! for a reason that has nothing to do with it.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "sets the stage for the program and looks at it from outside"
)]

mod archives;
mod arguments;
mod journal;
mod language;
mod network;
mod oracle;
mod output;
mod paths;
mod policies;
mod processes;
mod races;

use crate::{Done, runner};
use rex_test_utils::{Folder, Tree};
use serde_json::Value;
use std::process::{Command, Stdio};

/// What `sec/secret` holds. It is in no output of an attack.
pub(crate) const SECRET: &str = "TOP-SECRET-7731";

/// Everything is permitted.
pub(crate) const ALL: &str = "permit(principal, action, resource);";
/// Everything in `pub`, and nothing else.
pub(crate) const PUB: &str = r#"permit(principal, action, resource in file_system::Dir::"{dir}/pub");"#;
/// Everything but `sec` and what is in it.
pub(crate) const NOT_SEC: &str = r#"permit(principal, action, resource);
forbid(principal, action, resource) when { resource in file_system::Dir::"{dir}/sec" };"#;

/// How a run ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// Denied; the details of the error hold this.
    Denied(&'static str),
    /// With this exit code, and a message that holds this.
    Fails(i32, &'static str),
    /// With this as its value.
    Gives(&'static str),
    /// With a value that holds this.
    Holds(&'static str),
}

/// One attack. `{dir}` stands for the path of the folder, in the policy, the script, the arguments and the flags; scripts have it in `dir`, too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attack {
    /// Files beside `pub/ok`, which holds `public` and a line break, and `sec/secret`.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// What else is prepared in the folder.
    pub(crate) prepare: fn(&Folder),
    pub(crate) policy: &'static str,
    pub(crate) script: &'static str,
    /// The text of an argument file.
    pub(crate) arguments: &'static str,
    pub(crate) flags: &'static [&'static str],
    pub(crate) environment: &'static [(&'static str, &'static str)],
    pub(crate) ends: End,
    /// What the record, or what is shown, holds beside.
    pub(crate) shows: &'static [&'static str],
    /// What no output holds, beside the secret.
    pub(crate) hides: &'static [&'static str],
    /// What may differ in the folder afterwards.
    pub(crate) changes: &'static [&'static str],
    /// What the twin has in place of it; empty where it has the same.
    pub(crate) twin_policy: &'static str,
    pub(crate) twin_script: &'static str,
    pub(crate) twin_arguments: &'static str,
    pub(crate) twin_flags: &'static [&'static str],
    pub(crate) twin_ends: End,
}

impl Attack {
    pub(crate) const BASE: Self = Self {
        files: &[],
        prepare: |_| {},
        policy: PUB,
        script: "",
        arguments: "",
        flags: &[],
        environment: &[],
        ends: End::Gives(""),
        shows: &[],
        hides: &[],
        changes: &[],
        twin_policy: "",
        twin_script: "",
        twin_arguments: "",
        twin_flags: &[],
        twin_ends: End::Gives(""),
    };

    /// Runs both.
    #[track_caller]
    pub(crate) fn check(&self) {
        let folder = self.stage();
        let before = folder.tree();
        let done = self.run(&folder);
        self.hold(&done, &before, &folder.tree());
        self.check_twin();
    }

    /// Runs the twin alone.
    #[track_caller]
    pub(crate) fn check_twin(&self) {
        let or = |twin: &'static str, own| if twin.is_empty() { own } else { twin };
        let twin = Self {
            policy: or(self.twin_policy, self.policy),
            script: or(self.twin_script, self.script),
            arguments: or(self.twin_arguments, self.arguments),
            flags: if self.twin_flags.is_empty() { self.flags } else { self.twin_flags },
            ends: self.twin_ends,
            ..*self
        };
        let same = (twin.policy, twin.script, twin.arguments, twin.flags)
            == (self.policy, self.script, self.arguments, self.flags);
        assert!(!same, "the twin is the attack");
        let folder = twin.stage();
        twin.ended(&twin.run(&folder), "the honest twin");
    }

    /// The folder, with all that the attack finds there.
    pub(crate) fn stage(&self) -> Folder {
        let folder = Folder::new(&[("pub/ok", "public\n"), ("sec/secret", SECRET)]);
        for (name, content) in self.files {
            match name.split_once(" -> ") {
                Some((link, target)) => folder.link(link, target),
                None => folder.put(name, content),
            }
        }
        (self.prepare)(&folder);
        folder
    }

    /// Runs it.
    pub(crate) fn run(&self, folder: &Folder) -> Done {
        let inputs = Folder::new(&[]);
        Done::new(self.command(folder, &inputs).output().unwrap())
    }

    /// The command that runs it. Its inputs lie outside the folder, in `inputs`.
    fn command(&self, folder: &Folder, inputs: &Folder) -> Command {
        let filled = |text: &str| text.replace("{dir}", folder.path());
        inputs.put("script.rhai", filled(self.script));
        inputs.put("policy.cedar", filled(self.policy));
        let mut command = runner();
        command.args(["-s", &inputs.at("script.rhai"), "-p", &inputs.at("policy.cedar")]);
        if !self.flags.contains(&"--max-time") {
            command.args(["--max-time", "60s"]);
        }
        command.args(["--arg", &format!("dir:string={}", folder.path())]);
        if !self.arguments.is_empty() {
            inputs.put("args.json", filled(self.arguments));
            command.args(["-a", &inputs.at("args.json")]);
        }
        command.args(self.flags.iter().map(|flag| filled(flag))).envs(self.environment.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Holds what the attack did to what was expected.
    #[track_caller]
    pub(crate) fn hold(&self, done: &Done, before: &Tree, after: &Tree) {
        self.ended(done, "the attack");
        let shown = format!("{}{}", done.stdout, done.stderr);
        for hidden in self.hides.iter().chain(&[SECRET]) {
            assert!(!shown.contains(hidden), "`{hidden}` came out: {shown}");
        }
        for part in self.shows {
            assert!(shown.contains(part), "`{part}` is missing: {shown}");
        }
        let changed = before.changed(after);
        let surprising: Vec<_> = changed.iter().filter(|path| !self.changes.contains(&path.as_str())).collect();
        assert!(surprising.is_empty(), "changed: {surprising:?}\n{}", before.changes(after));
    }

    #[track_caller]
    fn ended(&self, done: &Done, who: &str) {
        let shown = || format!("{who}: exit code {}\n{}\n{}", done.code, done.stdout, done.stderr);
        let human = self.flags.contains(&"human");
        let record = if human { Value::Null } else { done.record() };
        let output = if human { done.stdout.trim_end_matches('\n') } else { record["output"].as_str().unwrap() };
        let error = if human { done.stderr.clone() } else { record["error"].to_string() };
        match self.ends {
            End::Denied(part) => {
                assert_eq!(done.code, 3, "{}", shown());
                assert!(error.replace("\\\"", "\"").contains(part), "{}", shown());
                assert!(human || record["alarms"][0]["alarm_type"] == "RexRunnerPrivilegeEscalation", "{}", shown());
            }
            End::Fails(code, part) => {
                assert_eq!(done.code, code, "{}", shown());
                assert!(error.contains(part), "{}", shown());
            }
            End::Gives(value) => {
                assert_eq!(done.code, 0, "{}", shown());
                assert_eq!(output, value, "{}", shown());
            }
            End::Holds(part) => {
                assert_eq!(done.code, 0, "{}", shown());
                assert!(output.contains(part), "{}", shown());
            }
        }
    }
}
