//! A mount namespace of the test's own thread, which only root can make; gates; what they refuse.

use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_disk_info::{Absolute, Error, FilesystemOptions, Result};
use rustix::thread::UnshareFlags;
use std::fmt::Debug;
use std::process::Command;

/// Runs `test` in a folder whose mounts nobody else sees; on a machine that does not let us, says so.
pub(crate) fn apart(test: fn(&Folder)) {
    let folder = Folder::new(&[]);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: descriptors stay shared; only the thread's view of mounts becomes its own.
            #[expect(unsafe_code, reason = "the call is unsafe for another flag than this")]
            let own = unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) };
            if let Err(errno) = own {
                eprintln!("skipped, no mount namespace can be made: {errno}");
                return;
            }
            run("mount", &["--make-rprivate", "/"]);
            test(&folder);
        });
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Runs a program that must succeed, and gives what it says.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Mounts a tmpfs with the name `source` on `name` in the folder.
pub(crate) fn tmpfs(folder: &Folder, source: &str, name: &str, options: &str) {
    std::fs::create_dir_all(folder.at(name)).unwrap();
    run("mount", &["-t", "tmpfs", "-o", options, source, &folder.at(name)]);
}

/// Whether something is mounted on `name` in the folder, as the system tells.
pub(crate) fn is_mounted(folder: &Folder, name: &str) -> bool {
    let table = std::fs::read_to_string("/proc/thread-self/mounts").unwrap();
    table.lines().any(|line| line.split(' ').nth(1) == Some(&folder.at(name)))
}

/// A gate that permits everything but what the Cedar text `but` forbids.
pub(crate) fn all_but(but: &str) -> Gate {
    gate(&format!("permit(principal, action, resource);\n{but}"))
}

/// The Cedar text that forbids `action` on one resource.
pub(crate) fn forbid(action: &str, kind: &str, path: &str) -> String {
    format!(
        "forbid(principal, action == file_system::Action::\"{action}\", resource == file_system::{kind}::\"{path}\");"
    )
}

/// Options for what is at or below a path.
pub(crate) fn at(path: &str) -> FilesystemOptions {
    FilesystemOptions { targets: vec![Absolute::parse(path).unwrap()], ..FilesystemOptions::default() }
}

/// Action and resource of a denial.
pub(crate) fn denied<T: Debug>(result: Result<T>) -> (&'static str, String) {
    match result {
        Err(Error::PermissionDenied(denied)) => (denied.action().name, denied.id().to_owned()),
        other => panic!("not denied: {other:?}"),
    }
}

/// Kind and text of an error.
pub(crate) fn failed<T: Debug>(result: Result<T>) -> (&'static str, String) {
    let error = result.expect_err("an error");
    (error.kind(), error.to_string())
}
