//! What the headers of real programs and core dumps say.

use crate::allow::{OPEN, OPEN_DIR, all, allow, denied, failed};
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_io::{DirHandle, DirOptions, ElfInfo, FileHandle, FileOptions, Result};
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

fn open(gate: &Gate, path: &str, options: FileOptions) -> FileHandle {
    let (dir, name) = path.rsplit_once('/').unwrap();
    let dir = DirHandle::open(gate, dir, DirOptions { follow: true, ..DirOptions::default() }).unwrap();
    dir.open_file(gate, name, options).unwrap()
}

const READ_IT: FileOptions = FileOptions { read: true, write: false, create: false, permissions: None, follow: true };

fn info(path: &str) -> Result<ElfInfo> {
    let gate = gate("permit(principal, action, resource);");
    open(&gate, path, READ_IT).elf_info(&gate)
}

/// A core dump of a process that runs `program` and is ended by a signal; nothing where the system writes none.
pub(crate) fn dump(folder: &Folder, program: &mut Command) -> Option<String> {
    // SAFETY: only a system call between fork and exec.
    #[expect(unsafe_code, reason = "the limit must be the child's alone")]
    unsafe {
        program.pre_exec(|| {
            let none = rustix::process::Rlimit { current: None, maximum: None };
            Ok(rustix::process::setrlimit(rustix::process::Resource::Core, none)?)
        });
    }
    let status = program.current_dir(folder.path()).status().unwrap();
    assert!(std::os::unix::process::ExitStatusExt::signal(&status).is_some(), "{status:?}");
    let written = folder.tree().names().into_iter().find(|name| name.starts_with("core"));
    if written.is_none() {
        eprintln!("skipped: the system writes no core dump into the working directory (kernel.core_pattern)");
    }
    written.map(|name| folder.at(&name))
}

#[test]
fn programs() {
    let shell = info("/bin/sh").unwrap();
    assert!(shell.is_64bit && shell.interpreter.is_some_and(|path| path.contains("/ld-")), "{:?}", info("/bin/sh"));
    assert_eq!((shell.execfn, shell.platform), (None, None));
}

#[test]
fn a_core_dump_tells_what_ran() {
    let folder = Folder::new(&[]);
    let Some(core) = dump(&folder, Command::new("/bin/sh").args(["-c", "kill -SEGV $$"])) else { return };
    let info = info(&core).unwrap();
    assert_eq!(info.execfn.as_deref(), Some("/bin/sh"));
    assert_eq!(info.platform.as_deref(), Some(std::env::consts::ARCH));
    assert_eq!((info.interpreter, info.is_64bit), (None, true));
}

#[test]
fn it_needs_the_right_and_the_handle_to_read() {
    let folder = Folder::new(&[("text", "no program\n")]);
    let writer = FileOptions { read: false, write: true, ..READ_IT };
    let gate = allow(&folder, &[OPEN_DIR, OPEN]);
    for options in [READ_IT, writer] {
        assert_eq!(denied(open(&gate, &folder.at("text"), options).elf_info(&gate)), ("read", folder.at("text")));
    }
    let gate = all(&folder);
    assert_eq!(failed(open(&gate, &folder.at("text"), writer).elf_info(&gate)).0, "InvalidFileMode");
    let (kind, text) = failed(open(&gate, &folder.at("text"), READ_IT).elf_info(&gate));
    assert_eq!(kind, "ValidationError");
    assert!(text.starts_with("Validation error: Failed to parse ELF file: "), "{text}");
}

fn lengthen(path: &str) {
    let file = rustix::fs::open(path, rustix::fs::OFlags::WRONLY, rustix::fs::Mode::empty()).unwrap();
    rustix::fs::ftruncate(file, 1 << 40).unwrap();
}

/// A core dump may be larger than memory: of this one only the headers are read.
#[test]
fn a_huge_file_is_not_read() {
    let folder = Folder::new(&[]);
    fs::copy("/bin/sh", folder.at("huge")).unwrap();
    lengthen(&folder.at("huge"));
    assert!(info(&folder.at("huge")).unwrap().interpreter.is_some());
    let mut head = fs::read("/bin/sh").unwrap();
    // A type of the first program header that says notes, which are as long as the file.
    head[64..68].copy_from_slice(&4_u32.to_le_bytes());
    head[96..104].copy_from_slice(&(1_u64 << 39).to_le_bytes());
    folder.put("notes", head);
    lengthen(&folder.at("notes"));
    let (_, text) = failed(info(&folder.at("notes")));
    assert_eq!(text, "Validation error: Failed to parse note: Invalid ELF note offset or size");
}
