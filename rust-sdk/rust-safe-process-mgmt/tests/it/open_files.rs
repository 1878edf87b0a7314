//! Open files: what a process uses, and who uses a file.

use crate::worker::{Worker, sleeper, wait};
use rex_test_utils::{Folder, gate};
use rust_safe_process_mgmt::{Access, FileUser, LsofOptions, OpenFile, Uses, file_users, open_files};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixListener;

const ALL: &str = "permit(principal, action, resource);";

fn of_pid(policy: &str, pid: u32) -> rust_safe_process_mgmt::Result<Uses<OpenFile>> {
    open_files(&gate(policy), &LsofOptions { pid: Some(pid), ..LsofOptions::default() })
}

fn of_path(policy: &str, path: &str, include_subdir: bool) -> rust_safe_process_mgmt::Result<Uses<OpenFile>> {
    let path = Some(path.to_owned());
    open_files(&gate(policy), &LsofOptions { path, include_subdir, ..LsofOptions::default() })
}

/// The uses of this very process.
fn own(uses: Uses<OpenFile>) -> Vec<OpenFile> {
    uses.found.into_iter().filter(|file| file.pid == std::process::id()).collect()
}

/// The users of a file among the processes of tests.
fn users(policy: &str, path: &str) -> Vec<FileUser> {
    file_users(&gate(policy), path).unwrap().found
}

fn fd(file: &impl AsRawFd) -> u32 {
    file.as_raw_fd().try_into().unwrap()
}

#[test]
fn descriptors_of_all_kinds_are_told() {
    let folder = Folder::new(&[("held", "12345"), ("gone", "1")]);
    let (held, gone) = (File::open(folder.at("held")).unwrap(), File::open(folder.at("gone")).unwrap());
    fs::remove_file(folder.at("gone")).unwrap();
    let (directory, null) = (File::open(folder.path()).unwrap(), File::open("/dev/null").unwrap());
    let listener = UnixListener::bind(folder.at("a b.sock")).unwrap();
    let (pipe, _other) = std::io::pipe().unwrap();
    let event = rustix::event::eventfd(0, rustix::event::EventfdFlags::CLOEXEC).unwrap();
    let memory = rustix::fs::memfd_create("rexmemory", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
    let found = of_pid(ALL, std::process::id()).unwrap().found;
    let told = |number: u32| {
        let file = found.iter().find(|file| file.descriptor == Some(number)).unwrap();
        assert_eq!(file.access, Access::Descriptor);
        (file.file_path.clone(), file.file_type, file.deleted, file.size)
    };
    assert_eq!(told(fd(&held)), (folder.at("held"), "REG", false, Some(5)));
    assert_eq!(told(fd(&gone)), (format!("{} (deleted)", folder.at("gone")), "REG", true, Some(1)));
    assert_eq!(told(fd(&directory)), (folder.path().to_owned(), "DIR", false, None));
    assert_eq!(told(fd(&null)), ("/dev/null".to_owned(), "CHR", false, None));
    assert_eq!(told(fd(&listener)), (folder.at("a b.sock"), "SOCK", false, None));
    let (path, file_type, ..) = told(fd(&pipe));
    assert!(path.starts_with("pipe:[") && file_type == "FIFO", "{path}");
    assert_eq!(told(fd(&event)), ("anon_inode:[eventfd]".to_owned(), "ANON_INODE", false, None));
    let (path, file_type, deleted, _) = told(fd(&memory));
    assert_eq!((path.as_str(), file_type, deleted), ("/memfd:rexmemory", "REG", false));
    let first: Vec<_> = found.iter().take(3).map(|file| (file.access, file.file_type)).collect();
    let order = [(Access::WorkingDirectory, "DIR"), (Access::RootDirectory, "DIR"), (Access::Executable, "REG")];
    assert_eq!(first, order);
    let mapped: Vec<_> = found.iter().filter(|file| file.access == Access::Mapped).collect();
    assert!(mapped.iter().any(|file| file.file_path.contains("libc")), "{mapped:?}");
    let program = fs::read_link("/proc/self/exe").unwrap();
    assert!(mapped.iter().all(|file| file.file_path != program.to_str().unwrap()), "the program is told once");
    assert!(mapped.len() < 60, "each file is told once");
}

#[test]
fn a_file_is_told_by_what_it_is_whatever_its_names() {
    let folder = Folder::new(&[("one", ""), ("other", ""), ("link -> one", "")]);
    fs::hard_link(folder.at("one"), folder.at("two")).unwrap();
    let _held = File::open(folder.at("one")).unwrap();
    for name in ["one", "two", "link"] {
        let found = users(ALL, &folder.at(name));
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!((found[0].pid, found[0].access.as_slice()), (std::process::id(), [Access::Descriptor].as_slice()));
        assert_eq!(own(of_path(ALL, &folder.at(name), false).unwrap()).len(), 1, "{name}");
    }
    assert!(users(ALL, &folder.at("other")).is_empty());
}

#[test]
fn a_program_a_library_and_a_directory_are_used_in_their_ways() {
    let folder = Folder::new(&[]);
    let worker = Worker::named(&folder, "rexuses");
    let by = |path: &str| users(ALL, path).into_iter().find(|user| user.pid == worker.pid()).map(|user| user.access);
    assert_eq!(by(&folder.at("rexuses")), Some(vec![Access::Mapped, Access::Executable]));
    assert_eq!(by(folder.path()), Some(vec![Access::WorkingDirectory]));
    assert_eq!(by("/"), Some(vec![Access::RootDirectory]));
    let maps = fs::read_to_string(format!("/proc/{}/maps", worker.pid())).unwrap();
    let library =
        maps.lines().find_map(|line| line.split(' ').next_back().filter(|path| path.contains("libc"))).unwrap();
    assert_eq!(by(library), Some(vec![Access::Mapped]));
}

#[test]
fn below_a_directory_what_was_removed_is_found_too() {
    let folder = Folder::new(&[("sub/deep/a", ""), ("subordinate", "")]);
    let _held = [File::open(folder.at("sub/deep/a")).unwrap(), File::open(folder.at("subordinate")).unwrap()];
    fs::remove_file(folder.at("sub/deep/a")).unwrap();
    let found = own(of_path(ALL, &folder.at("sub"), true).unwrap());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].deleted && found[0].file_path == format!("{} (deleted)", folder.at("sub/deep/a")));
    assert!(own(of_path(ALL, &folder.at("sub"), false).unwrap()).is_empty(), "the directory itself is not used");
    let gone = own(of_path(ALL, &folder.at("sub/deep/a"), false).unwrap());
    assert_eq!(gone.len(), 1, "by the path that it had");
}

#[test]
fn a_path_where_nothing_is_and_was_is_an_error() {
    let folder = Folder::new(&[]);
    let path = folder.at("nothing");
    let text = format!("Validation error: Failed to canonicalize path {path}: No such file or directory (os error 2)");
    let found = file_users(&gate(ALL), &path).unwrap_err();
    assert_eq!((found.kind(), found.to_string()), ("ValidationError", text.clone()));
    assert_eq!(of_path(ALL, &path, true).unwrap_err().to_string(), text);
}

/// Without `stat` on it, a path is only a text: whether something is there does not show.
#[test]
fn a_path_that_may_not_be_looked_at_is_not_touched() {
    let folder = Folder::new(&[("one", ""), ("link -> one", "")]);
    fs::hard_link(folder.at("one"), folder.at("two")).unwrap();
    let _held = File::open(folder.at("one")).unwrap();
    let blind = format!("{ALL} forbid(principal, action == file_system::Action::\"stat\", resource);");
    assert_eq!(users(&blind, &folder.at("one")).len(), 1);
    for name in ["two", "link", "nothing"] {
        let found = file_users(&gate(&blind), &folder.at(name)).unwrap();
        assert!(found.found.is_empty(), "{name}");
        assert_eq!(found.path_alone, Some(folder.at(name)));
        assert!(of_path(&blind, &folder.at(name), true).unwrap().found.is_empty(), "{name}");
    }
    // Where a link leads is judged by itself.
    let link = format!(
        "{ALL} forbid(principal, action == file_system::Action::\"stat\", resource == file_system::File::\"{}\");",
        folder.at("one")
    );
    assert!(users(&link, &folder.at("link")).is_empty());
}

#[test]
fn the_policy_judges_each_process_and_the_process_table() {
    let folder = Folder::new(&[("held", "")]);
    let _held = File::open(folder.at("held")).unwrap();
    let id = std::process::id();
    for action in ["open", "read"] {
        let forbid = format!(
            "{ALL} forbid(principal, action == file_system::Action::\"{action}\", resource == file_system::Dir::\"/proc\");"
        );
        assert_eq!(file_users(&gate(&forbid), &folder.at("held")).unwrap_err().kind(), "PermissionDenied");
        assert_eq!(of_pid(&forbid, id).unwrap_err().kind(), "PermissionDenied");
    }
    let forbid = format!(
        "{ALL} forbid(principal, action == process_system::Action::\"list_fds\", resource == process_system::Process::\"{id}\");"
    );
    let uses = file_users(&gate(&forbid), &folder.at("held")).unwrap();
    assert!(uses.found.is_empty() && uses.denied == 1);
    assert_eq!(of_pid(&forbid, id).unwrap_err().kind(), "PermissionDenied");
}

#[test]
fn a_process_that_is_not_there_is_an_error() {
    let folder = Folder::new(&[]);
    let mut worker = Worker::named(&folder, "rexnofiles");
    let pid = worker.pid();
    worker.0.kill().unwrap();
    worker.0.wait().unwrap();
    let text = format!("Process not found: Process with PID {pid} does not exist: PID {pid}");
    let error = of_pid(ALL, pid).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), ("ProcessNotFound", text));
    assert_eq!(of_pid("", pid).unwrap_err().kind(), "PermissionDenied");
}

#[test]
fn an_ordinary_user_learns_what_could_not_be_read() {
    let folder = Folder::new(&[]);
    let worker = Worker::start(&mut sleeper(&folder, "rexsecret"));
    let pid = worker.pid();
    wait(|| worker.state() == 'S');
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: it needs a process of another user");
        return;
    }
    crate::worker::as_user(move || {
        let error = of_pid(ALL, pid).unwrap_err();
        let text = format!("File descriptor operation failed: process {pid}: Permission denied (os error 13)");
        assert_eq!((error.kind(), error.to_string()), ("Other", text));
        let uses = of_path(ALL, "/nowhere/rex", true);
        assert_eq!(uses.unwrap_err().kind(), "ValidationError");
        assert!(file_users(&gate(ALL), "/").unwrap().unreadable > 0);
    });
}
