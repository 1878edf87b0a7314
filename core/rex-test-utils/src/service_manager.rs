//! A real systemd for tests: the first process of namespaces of its own, with the units of the test.

use crate::Folder;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Output, Stdio};

/// Starts systemd and takes it down again when its standard input ends.
const SCRIPT: &str = include_str!("service_manager.sh");

/// Says that a test runs where systemd is the first process.
const INSIDE: &str = "REX_TEST_BESIDE_SYSTEMD";

/// A running systemd. It ends with the process that started it at the latest.
#[derive(Debug)]
pub struct ServiceManager {
    first: String,
    script: Child,
    input: Option<ChildStdin>,
    _folder: Folder,
}

impl ServiceManager {
    /// Starts systemd with these units, by name and text, beside few of its own; or says why that cannot be done here.
    ///
    /// # Errors
    /// Why not: systemd is not installed, the test does not run as root, or it may not make namespaces or control groups.
    pub fn start(units: &[(&str, &str)]) -> Result<Self, String> {
        let folder = Folder::new(&[("units/", ""), ("run", SCRIPT)]);
        for (name, text) in units {
            match text.strip_prefix("-> ") {
                Some(target) => folder.link(&format!("units/{name}"), target),
                None => folder.put(&format!("units/{name}"), text),
            }
        }
        let mut script = Command::new("sh")
            .args([folder.at("run"), folder.at("units")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let input = script.stdin.take().expect("its standard input");
        let mut line = String::new();
        let mut output = BufReader::new(script.stdout.take().expect("its standard output"));
        output.read_line(&mut line).map_err(|error| error.to_string())?;
        match line.trim_end().split_once(' ') {
            Some(("ready", first)) => Ok(Self { first: first.to_owned(), script, input: Some(input), _folder: folder }),
            Some((_, why)) => Err(why.to_owned()),
            None => Err("the script that starts systemd ended".to_owned()),
        }
    }

    /// A program that is to run beside systemd, as root: it sees the processes, mounts and buses that systemd sees.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.first, "-m", "-p", "--"]).arg(program.into());
        command.env(INSIDE, "1");
        command
    }

    /// Runs a program and waits for it.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Output {
        self.command(program).args(arguments).output().expect("nsenter")
    }

    /// Runs `body` beside systemd: the test `name` of this test program is run again there. Within it, `body` runs.
    ///
    /// # Panics
    /// It failed there.
    pub fn beside(start: impl FnOnce() -> Option<&'static Self>, name: &str, body: impl FnOnce()) {
        if std::env::var_os(INSIDE).is_some() {
            return body();
        }
        let Some(manager) = start() else { return };
        let program = std::env::current_exe().expect("this program");
        let output = manager.command(program).args(["--exact", name, "--nocapture"]).output().expect("nsenter");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name} beside systemd:\n{out}{err}");
        assert!(out.contains("1 passed"), "{name} did not run beside systemd:\n{out}{err}");
    }
}

impl Drop for ServiceManager {
    fn drop(&mut self) {
        // The script takes everything down when its input ends, as it also does when this process ends.
        drop(self.input.take());
        let _ = self.script.wait();
    }
}
