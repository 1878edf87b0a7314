//! Tests of the whole program, as a process.
#![cfg(test)]

mod attacks;
mod audit;
mod budgets;
mod confinement;
mod derived;
mod errors;
mod flags;
mod floor_examples;
mod fuzz;
mod holes;
mod host;
mod human;
mod hung;
mod limits;
mod record;
mod signed;
#[cfg(feature = "opentelemetry")]
mod telemetry;

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const ALLOW: &str = "permit(principal, action, resource);";

/// A folder with a script and a policy, and the command that runs them.
struct Case {
    folder: TempDir,
    flags: Vec<String>,
    environment: Vec<(&'static str, &'static str)>,
}

impl Case {
    fn new(script: &str, policy: &str) -> Self {
        let case = Self { folder: TempDir::new().unwrap(), flags: Vec::new(), environment: Vec::new() };
        case.write("script.rhai", script);
        case.write("policy.cedar", policy);
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "sets the stage for the program")]
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Adds an argument file.
    fn arguments(mut self, json: &str) -> Self {
        self.write("args.json", json);
        let path = self.path("args.json");
        self.flags.extend(["-a".to_owned(), path.display().to_string()]);
        self
    }

    fn flags(mut self, flags: &[&str]) -> Self {
        self.flags.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    fn environment(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    fn command(&self) -> Command {
        let mut command = runner();
        command.arg("-s").arg(self.path("script.rhai")).arg("-p").arg(self.path("policy.cedar")).args(&self.flags);
        command.envs(self.environment.iter().copied());
        command
    }

    fn run(&self) -> Done {
        Done::new(self.command().output().unwrap())
    }

    fn start(&self) -> Child {
        self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

fn runner() -> Command {
    #[expect(clippy::disallowed_methods, reason = "the program under test")]
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_rex-runner")));
    command.stdin(Stdio::null()).env("SYSLOG_ENABLE", "0").env_remove("LOG_LEVEL");
    command
}

/// Runs the program with `input` as standard input.
fn with_input(command: &mut Command, input: &str) -> Done {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Done::new(child.wait_with_output().unwrap())
}

/// What a run left.
struct Done {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Done {
    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        // A process that was ended by a signal has no code.
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The record on standard output.
    fn record(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }

    /// The record of a failure, after a look at its exit code.
    fn failed(&self, code: i32, error_type: &str) -> Value {
        let record = self.record();
        assert_eq!(record["error"]["error_type"], error_type, "{record:#}");
        assert_eq!(
            (self.code, &record["status"], &record["output"]),
            (code, &"ERROR".into(), &"".into()),
            "{record:#}"
        );
        record
    }
}

/// The message of a failure.
fn message(record: &Value) -> &str {
    record["error"]["message"].as_str().unwrap()
}

fn names<'r>(record: &'r Value, list: &str, field: &str) -> Vec<&'r str> {
    record[list].as_array().map(|all| all.iter().map(|one| one[field].as_str().unwrap()).collect()).unwrap_or_default()
}
