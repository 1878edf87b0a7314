//! Processes that a test starts under a name of its own, and ends.

use rex_test_utils::Folder;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process of a test; it ends with it.
pub(crate) struct Worker(pub(crate) Child);

impl Worker {
    /// Starts a command and waits until its program has taken the place of this one.
    pub(crate) fn start(command: &mut Command) -> Self {
        let own = fs::read_link("/proc/self/exe").unwrap();
        let worker = Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
        wait(|| fs::read_link(format!("/proc/{}/exe", worker.pid())).is_ok_and(|exe| exe != own));
        worker
    }

    /// A copy of `sleep` under another name, which waits for a day.
    pub(crate) fn named(folder: &Folder, name: &str) -> Self {
        Self::start(&mut sleeper(folder, name))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// The letter of its state; `Z` where it has ended.
    pub(crate) fn state(&self) -> char {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
    }

    pub(crate) fn lives(&self) -> bool {
        self.state() != 'Z'
    }

    /// Waits until it has ended.
    pub(crate) fn ended(&self) {
        wait(|| !self.lives());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The command that starts a copy of `sleep` under another name.
pub(crate) fn sleeper(folder: &Folder, name: &str) -> Command {
    let path = folder.at(name);
    if !folder.has(name) {
        // Written by another process: a program that is open for writing somewhere cannot be started.
        let copied = Command::new("cp").arg("/bin/sleep").arg(&path).status().unwrap();
        assert!(copied.success());
    }
    let mut command = Command::new(path);
    command.arg("86399").current_dir(folder.path());
    command
}

/// Waits until something holds.
pub(crate) fn wait(holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it never came to be");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The account that a thread of root's becomes.
const NOBODY: u32 = 65_534;

/// Runs `test` as an ordinary user: a thread of root's gives its rights away.
pub(crate) fn as_user(test: impl FnOnce() + Send) {
    if !rustix::process::geteuid().is_root() {
        return test();
    }
    std::thread::scope(|scope| {
        let user = scope.spawn(|| {
            let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
            set_thread_groups(&[]).unwrap();
            set_thread_res_gid(gid, gid, gid).unwrap();
            set_thread_res_uid(uid, uid, uid).unwrap();
            test();
        });
        if let Err(panic) = user.join() {
            std::panic::resume_unwind(panic);
        }
    });
}
