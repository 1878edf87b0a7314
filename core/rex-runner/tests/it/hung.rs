//! Tests of calls that never return: the result comes all the same.

use crate::limits::LIMIT;
use crate::{ALLOW, Case, message};
use rex_test_utils::{Folder, Silent};
use std::io::Read as _;
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs `test` in a folder whose mounts nobody else sees; on a machine that does not let us, says so.
fn apart(test: impl Fn(&Folder) + Send + Sync) {
    let folder = Folder::new(&[]);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: descriptors stay shared; only the thread's view of mounts becomes its own.
            #[expect(unsafe_code, reason = "the call is unsafe for another flag than this")]
            let own = unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) };
            #[expect(clippy::disallowed_methods, reason = "sets the stage for the program")]
            let private = own.is_ok()
                && Command::new("mount").args(["--make-rprivate", "/"]).status().is_ok_and(|status| status.success());
            if private { test(&folder) } else { eprintln!("skipped, no mount namespace can be made") }
        });
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn a_file_system_that_does_not_answer_holds_up_no_result() {
    for call in ["ls(dir);", "cat(dir + \"/file\");", "write([], dir + \"/file\", \"x\");", "find_files(\"*\", dir);"] {
        apart(|folder| {
            let Some(silent) = Silent::mount(folder, "silent") else { return };
            let script = format!("info(\"begun\");\n{call}");
            let dir = format!("dir={}", folder.at("silent"));
            let case = Case::new(&script, ALLOW).flags(&["--arg", &dir, "--max-time", "1s"]);
            let start = Instant::now();
            let mut child = case.start();
            let mut stdout = String::new();
            // Although the process cannot end before the file system does, its output has an end.
            child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
            assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
            drop(silent);
            assert_eq!(child.wait().unwrap().code(), Some(4));
            let record: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(record["error"]["error_type"], LIMIT, "{record:#}");
            assert!(message(&record).contains("the time limit of 1s was reached"), "{record:#}");
            assert_eq!(
                (&record["error"]["line"], &record["logs"][0]["attributes"]["message"]),
                (&2.into(), &"begun".into())
            );
        });
    }
}
