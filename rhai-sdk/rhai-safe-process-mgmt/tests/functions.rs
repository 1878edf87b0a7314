//! Every function of this crate is what it says: doc, needs, examples.
#![cfg(test)]

use rex_test_utils::Folder;
use std::process::{Child, Command, Stdio};

/// The process that the examples look at and send signals to: it heeds none that it can refuse.
struct Worker(Child);

impl Worker {
    #[expect(clippy::disallowed_methods, reason = "the test starts a process for the examples to look at")]
    fn start(folder: &Folder) -> Self {
        let script = "cp /bin/sleep rex-worker && trap '' HUP INT QUIT USR1 USR2 TERM && exec ./rex-worker 86399";
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let worker = Self(command.spawn().unwrap());
        let name = format!("/proc/{}/comm", worker.0.id());
        for _ in 0..2000 {
            if std::fs::read_to_string(&name).unwrap().trim_end() == "rex-worker" {
                return worker;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("the worker did not start");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_function_holds_to_its_needs_and_examples() {
    let folder = Folder::new(&[]);
    let _worker = Worker::start(&folder);
    rex_test_utils::check_functions(|registrar, _| rhai_safe_process_mgmt::register_processes(registrar));
}
