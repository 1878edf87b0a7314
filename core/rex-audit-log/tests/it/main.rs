//! Tests of the audit log with real files and real processes.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the tests make files and start themselves as other processes")]

mod bytes;
mod damage;
mod file;
mod fuzz;
mod kill;
mod shared;
mod signed;
mod stream;
mod written;

use rex_audit_log::{
    Destination, Effect, End, Extent, Facts, Judgement, Log, Redaction, Report, Run, Sign, Source, Start, Usage,
    Verifier, verify,
};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Tells this program, started again, what to play.
const ROLE: &str = "REX_TEST_AUDIT";

/// A log in a folder of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit.log")
    }

    fn read(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }

    fn report(&self) -> Report {
        look(&self.read())
    }
}

fn look(bytes: &[u8]) -> Report {
    verify(bytes, Verifier::new(None)).unwrap()
}

fn facts(run: &str) -> Facts {
    Facts {
        run: run.to_owned(),
        host: "host1".to_owned(),
        principal: "alice".to_owned(),
        uid: 7,
        pid: std::process::id(),
        version: "1.2.3",
        signer: None,
        script: Source::new("report.rhai", b"cat(\"/etc/hostname\")"),
        policy: Source::new("report.cedar", b"permit(principal, action, resource);"),
    }
}

fn open(path: &Path) -> Result<Log, rex_audit_log::Error> {
    Log::open(&Destination::File(path.to_owned()), None)
}

fn start(path: &Path, run: &str, sign: Option<Sign>) -> Run {
    let log = Log::open(&Destination::File(path.to_owned()), sign).unwrap();
    Run::start(log, facts(run), Redaction::default(), &Start::default()).unwrap()
}

fn judgement(id: &str) -> Judgement<'_> {
    Judgement {
        namespace: "file_system",
        action: "open",
        kind: "file_system::File",
        id,
        denied: None,
        policies: &["policy0 (line 1)"],
        extent: Extent::One,
        function: Some("cat"),
        line: 3,
    }
}

fn effect() -> Effect<'static> {
    let usage = Usage { read: 5, ..Usage::default() };
    Effect { function: "cat", line: 3, error: None, took: Duration::from_millis(2), usage }
}

fn end() -> End<'static> {
    End { took: Duration::from_millis(9), allowed: 1, ..End::default() }
}

/// A run with `count` judgements.
fn whole_run(path: &Path, run: &str, count: usize, sign: Option<Sign>) {
    let mut writer = start(path, run, sign);
    for number in 0..count {
        writer.judged(&judgement(&format!("/srv/file{number}"))).unwrap();
    }
    writer.ended(&effect()).unwrap();
    writer.end(&end()).unwrap();
}

/// Lines with their ends.
fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Starts this program again, for its test `name` to play `role`.
fn play(name: &str, role: &str) -> std::process::Child {
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", name, "--nocapture"]).env(ROLE, role).stdout(std::process::Stdio::null()).spawn().unwrap()
}
