//! Programs compiled and started for a test, and ended with it.

use rex_test_utils::Folder;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The account that a thread of root's becomes.
pub(crate) const NOBODY: u32 = 65_534;

/// A process of a test. It is killed with it.
pub(crate) struct Victim(pub(crate) Child);

impl Victim {
    /// Starts a program and waits until it writes a line.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut victim = Self(command.stdout(Stdio::piped()).spawn().unwrap());
        victim.line();
        victim
    }

    /// Its next line.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let mut one = BufReader::with_capacity(1, self.0.stdout.as_mut().unwrap());
        one.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// A field of its status.
    pub(crate) fn status(&self, name: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let field = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        field.trim().to_owned()
    }

    /// Waits for a state: the first letter of the word in its status.
    pub(crate) fn wait_for(&self, state: char) {
        let begun = Instant::now();
        while !self.status("State:").starts_with(state) {
            assert!(begun.elapsed() < Duration::from_secs(5), "it is {}", self.status("State:"));
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// No thread of it is traced or stopped by a tracer.
    pub(crate) fn is_free(&self) {
        for thread in fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap() {
            let Ok(status) = fs::read_to_string(thread.unwrap().path().join("status")) else { continue };
            assert!(status.contains("TracerPid:\t0\n") && !status.contains("State:\tt"), "{status}");
        }
    }

    /// Ticks of processor time that it used.
    pub(crate) fn busy(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        stat.rsplit_once(')').unwrap().1.split(' ').nth(12).unwrap().parse().unwrap()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Compiles a program; nothing where there is no compiler.
pub(crate) fn compiled(folder: &Folder, name: &str, program: &str, flags: &[&str]) -> Option<String> {
    let source = format!("{name}.c");
    folder.put(&source, program);
    let compiled =
        Command::new("cc").args(flags).args(["-o", name, &source, "-lpthread"]).current_dir(folder.path()).output();
    let Ok(done) = compiled else {
        eprintln!("skipped: there is no C compiler");
        return None;
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(folder.at(name))
}

/// Whether this is root; else says that the test is skipped.
pub(crate) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: it takes root");
    }
    root
}

/// Runs `test` in a thread that gave root's rights away.
pub(crate) fn as_nobody<R: Send>(test: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let user = scope.spawn(|| {
            let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
            set_thread_groups(&[]).unwrap();
            set_thread_res_gid(gid, gid, gid).unwrap();
            set_thread_res_uid(uid, uid, uid).unwrap();
            test()
        });
        user.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
