//! Writing what is held open.

use crate::allow::{READ as READ_FILE, WRITE, all, all_but, allow, denied, failed, forbid};
use crate::held::{BOTH, FOLLOWED, READ, dir, file, needs};
use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::Folder;
use rust_safe_io::{
    CopyOptions, DirHandle, DirOptions, FileOptions, RenameOptions, ReplaceOptions, SizeUnit, WriteOptions,
    replace_text,
};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

const PLAIN: WriteOptions = WriteOptions { preserve_ownership: true };
const OTHER: u32 = 65_534;

fn metadata(folder: &Folder, name: &str) -> fs::Metadata {
    fs::symlink_metadata(folder.at(name)).unwrap()
}

#[test]
fn a_new_file_takes_the_place_of_the_old() {
    let (folder, new) =
        needs(&[("a", "old")], &[WRITE], |gate, folder| file(folder, "a", BOTH).write(gate, b"new", PLAIN));
    assert_eq!((folder.text("a").as_str(), new.path()), ("new", folder.at("a").as_str()));
    assert_eq!(folder.tree().names(), ["a"]);
    let old = file(&folder, "a", BOTH);
    let gate = all(&folder);
    let inode = metadata(&folder, "a").ino();
    let newer = old.write(&gate, b"newer", PLAIN).unwrap();
    assert_ne!(metadata(&folder, "a").ino(), inode);
    assert_eq!((newer.metadata(&gate).unwrap().size(), old.metadata(&gate).unwrap().size()), (5, 3));
}

#[test]
fn what_was_written_by_a_handle_it_can_write_move_and_remove() {
    let folder = Folder::new(&[("a", "old")]);
    let gate = all(&folder);
    let handle = file(&folder, "a", BOTH);
    let first = handle.write(&gate, b"1", PLAIN).unwrap();
    handle.write(&gate, b"2", PLAIN).unwrap();
    first.write(&gate, b"3", PLAIN).unwrap();
    assert_eq!((folder.text("a"), folder.tree().names().len()), ("3".to_owned(), 1));
    let moved = first.relocate(&gate, &dir(&folder, ""), "b", RenameOptions::default()).unwrap();
    assert_eq!(failed(handle.delete(&gate, false)).0, "NotFound");
    moved.write(&gate, b"4", PLAIN).unwrap();
    assert_eq!(folder.text("b"), "4");
    moved.delete(&gate, false).unwrap();
    assert!(folder.tree().names().is_empty());
}

#[test]
fn a_file_that_someone_else_put_there_stays() {
    let folder = Folder::new(&[("a", "old")]);
    let gate = all(&folder);
    let handle = file(&folder, "a", BOTH);
    folder.put("b", "theirs");
    fs::rename(folder.at("b"), folder.at("a")).unwrap();
    let before = folder.tree();
    assert_eq!(failed(handle.write(&gate, b"new", PLAIN)).0, "FileError");
    assert_eq!(failed(handle.delete(&gate, true)).0, "FileError");
    assert_eq!(failed(handle.relocate(&gate, &dir(&folder, ""), "c", RenameOptions::default())).0, "FileError");
    assert_eq!(before.changes(&folder.tree()), "");
    handle.write_in_place(&gate, b"into the old file").unwrap();
    assert_eq!(before.changes(&folder.tree()), "", "what the handle holds has no name any more");
}

#[test]
fn of_a_link_the_file_behind_it_is_written() {
    let folder = Folder::new(&[("d/a", "old"), ("link -> d/a", "")]);
    let handle = file(&folder, "link", FOLLOWED);
    let before = folder.tree();
    let refused = all_but(&folder, &forbid("write", &folder.at("d/a")));
    assert_eq!(denied(handle.write(&refused, b"new", PLAIN)), ("write", folder.at("d/a")));
    assert_eq!(before.changes(&folder.tree()), "");
    let gate = all_but(&folder, &forbid("write", &folder.at("link")));
    let new = handle.write(&gate, b"new", PLAIN).unwrap();
    new.append(&gate, b"er").unwrap();
    assert_eq!((folder.text("d/a").as_str(), metadata(&folder, "link").is_symlink()), ("newer", true));
    new.delete(&gate, false).unwrap();
    assert_eq!(folder.tree().names(), ["d", "d/a"]);
}

#[test]
fn owner_permissions_and_attributes_stay() {
    let folder = Folder::new(&[("a", "old")]);
    fs::set_permissions(folder.at("a"), fs::Permissions::from_mode(0o640)).unwrap();
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    chown(folder.at("a"), Some(OTHER), Some(OTHER)).unwrap();
    let gate = all(&folder);
    let new = file(&folder, "a", BOTH).write(&gate, b"new", PLAIN).unwrap();
    let now = metadata(&folder, "a");
    assert_eq!((now.uid(), now.gid(), now.mode() & 0o7777), (OTHER, OTHER, 0o640));
    new.write(&gate, b"newer", WriteOptions { preserve_ownership: false }).unwrap();
    let now = metadata(&folder, "a");
    assert_eq!((now.uid(), now.gid(), now.mode() & 0o7777), (0, 0, 0o640));
}

#[test]
fn what_was_changed_since_it_was_opened_stays_changed() {
    let folder = Folder::new(&[("a", "old")]);
    let gate = all(&folder);
    let handle = file(&folder, "a", BOTH);
    handle.chmod(&gate, 0o600).unwrap();
    let new = handle.write(&gate, b"new", PLAIN).unwrap();
    assert_eq!(metadata(&folder, "a").mode() & 0o7777, 0o600);
    new.chmod(&gate, 0o640).unwrap();
    let copy = file(&folder, "b", for_making());
    new.copy(&gate, &copy, CopyOptions { force: false, preserve: true }).unwrap();
    assert_eq!(metadata(&folder, "b").mode() & 0o7777, 0o640);
    fs::hard_link(folder.at("a"), folder.at("other")).unwrap();
    new.write(&gate, b"newer", PLAIN).unwrap();
    assert_eq!((folder.text("a").as_str(), folder.text("other").as_str()), ("newer", "new"));
}

#[test]
fn in_place_the_file_stays_the_same() {
    let (folder, ()) = needs(&[("a", "a long old content")], &[WRITE], |gate, folder| {
        file(folder, "a", BOTH).write_in_place(gate, b"new")
    });
    assert_eq!(folder.text("a"), "new");
    let handle = file(&folder, "a", BOTH);
    let inode = metadata(&folder, "a").ino();
    let gate = all(&folder);
    for content in ["", "longer than before", "x"] {
        handle.write_in_place(&gate, content.as_bytes()).unwrap();
        assert_eq!((folder.text("a").as_str(), metadata(&folder, "a").ino()), (content, inode));
    }
    fs::hard_link(folder.at("a"), folder.at("other")).unwrap();
    assert_eq!(failed(handle.write_in_place(&gate, b"new")).0, "FileError");
    assert_eq!(folder.text("other"), "x");
}

#[test]
fn a_handle_for_reading_writes_nothing() {
    let folder = Folder::new(&[("a", "old"), ("b", "")]);
    let (handle, other) = (file(&folder, "a", READ), file(&folder, "b", BOTH));
    let before = folder.tree();
    let gate = all(&folder);
    let text = format!(
        "Invalid file mode: Attempted to write a file without opening it with the write option.: {}",
        folder.at("a")
    );
    let force = CopyOptions { force: true, preserve: true };
    let refused = [
        handle.write(&gate, b"x", PLAIN).map(drop),
        handle.write_in_place(&gate, b"x"),
        handle.append(&gate, b"x"),
        handle.allocate(&gate, 10, SizeUnit::Bytes),
        other.copy(&gate, &handle, force),
    ];
    for refused in refused {
        assert_eq!(failed(refused), ("InvalidFileMode", text.clone()));
    }
    let text = "Invalid argument (os error 22)".to_owned();
    assert_eq!(failed(handle.truncate(&gate, 0, SizeUnit::Bytes)), ("RustixError", text));
    assert_eq!(before.changes(&folder.tree()), "");
    // A denial comes first, whatever else is wrong.
    let none = allow(&folder, &[]);
    assert_eq!(denied(handle.write(&none, b"x", PLAIN)).0, "write");
    assert_eq!(denied(handle.truncate(&none, -1, SizeUnit::Bytes)).0, "write");
    assert_eq!(denied(handle.allocate(&none, -1, SizeUnit::Bytes)).0, "write");
}

#[test]
fn what_is_appended_comes_behind_what_others_append() {
    let (folder, ()) = needs(&[("a", "1\n")], &[WRITE], |gate, folder| file(folder, "a", BOTH).append(gate, b"2\n"));
    assert_eq!(folder.text("a"), "1\n2\n");
    let path = folder.path().to_owned();
    let lines = 300;
    let threads: Vec<_> = ["x", "y"]
        .map(|letter| {
            let path = path.clone();
            std::thread::spawn(move || {
                let gate = rex_test_utils::gate("permit(principal, action, resource);");
                let dir = DirHandle::open(&gate, &path, DirOptions::default()).unwrap();
                let handle = dir.open_file(&gate, "a", BOTH).unwrap();
                let line = letter.repeat(5000) + "\n";
                (0..lines).for_each(|_| handle.append(&gate, line.as_bytes()).unwrap());
            })
        })
        .into_iter()
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let text = folder.text("a");
    let whole = |letter: &str| text.lines().filter(|line| **line == letter.repeat(5000)).count();
    assert_eq!((whole("x"), whole("y"), text.lines().count()), (lines, lines, 2 * lines + 2));
}

#[test]
fn a_lock_of_someone_else_is_waited_for_no_longer_than_the_run() {
    let folder = Folder::new(&[("a", "x")]);
    let theirs = fs::File::open(folder.at("a")).unwrap();
    rustix::fs::flock(&theirs, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let policies = Policies::load("test", "permit(principal, action, resource);").unwrap();
    let gate = Gate::new(policies, "tester")
        .with_stop(move || (count.fetch_add(1, Ordering::SeqCst) >= 20).then(|| Stopped("over".into())));
    let handle = file(&folder, "a", BOTH);
    assert_eq!(failed(handle.append(&gate, b"y")).0, "Stopped");
    assert_eq!((folder.text("a").as_str(), asked.load(Ordering::SeqCst)), ("x", 21));
    drop(theirs);
    handle.append(&all(&folder), b"y").unwrap();
    assert_eq!(folder.text("a"), "xy");
}

#[test]
fn lengths() {
    let (folder, ()) =
        needs(&[("a", "abcdef")], &[WRITE], |gate, folder| file(folder, "a", BOTH).truncate(gate, 3, SizeUnit::Bytes));
    assert_eq!(folder.text("a"), "abc");
    let gate = all(&folder);
    let handle = file(&folder, "a", BOTH);
    handle.truncate(&gate, 1, SizeUnit::Kibibytes).unwrap();
    assert_eq!((folder.bytes("a").len(), &folder.bytes("a")[..4]), (1024, &b"abc\0"[..]));
    handle.allocate(&gate, 2, SizeUnit::Kilobytes).unwrap();
    assert_eq!((folder.bytes("a").len(), &folder.bytes("a")[..3]), (2000, &b"abc"[..]));
    handle.allocate(&gate, 1, SizeUnit::Bytes).unwrap();
    let before = folder.tree();
    for (size, unit) in [(-1, SizeUnit::Bytes), (i64::MIN, SizeUnit::Gibibytes), (i64::MAX, SizeUnit::Kilobytes)] {
        assert_eq!(failed(handle.truncate(&gate, size, unit)).0, "ValidationError", "{size}");
        assert_eq!(failed(handle.allocate(&gate, size, unit)).0, "ValidationError", "{size}");
    }
    assert_eq!(failed(handle.allocate(&gate, 0, SizeUnit::Bytes)).1, "Validation error: Length must be greater than 0");
    assert_eq!(failed(handle.allocate(&gate, i64::MAX, SizeUnit::Bytes)).0, "RustixError");
    assert_eq!(before.changes(&folder.tree()), "");
}

fn for_making() -> FileOptions {
    FileOptions { create: true, ..BOTH }
}

#[test]
fn copies() {
    let (folder, ()) = needs(&[("a", "content"), ("b", "")], &[READ_FILE, WRITE], |gate, folder| {
        file(folder, "a", READ).copy(gate, &file(folder, "b", BOTH), CopyOptions::default())
    });
    assert_eq!(folder.text("b"), "content");
    let gate = all(&folder);
    folder.put("long", "a longer content");
    let (source, long) = (file(&folder, "a", BOTH), file(&folder, "long", BOTH));
    let before = folder.tree();
    let (kind, text) = failed(source.copy(&gate, &long, CopyOptions::default()));
    let told = format!("Destination file not empty: File: {}, Size: 16 bytes", folder.at("long"));
    assert_eq!((kind, text), ("DestinationFileNotEmptyError", told));
    let force = CopyOptions { force: true, preserve: false };
    assert_eq!(failed(source.copy(&gate, &file(&folder, "a", BOTH), force)).0, "InvalidArguments");
    fs::hard_link(folder.at("a"), folder.at("same")).unwrap();
    assert_eq!(failed(source.copy(&gate, &file(&folder, "same", BOTH), force)).0, "InvalidArguments");
    fs::remove_file(folder.at("same")).unwrap();
    assert_eq!(before.changes(&folder.tree()), "");
    source.copy(&gate, &long, force).unwrap();
    assert_eq!(folder.text("long"), "content");
    long.append(&gate, b" stays the same file").unwrap();
    assert_eq!(folder.text("long"), "content stays the same file");
}

#[test]
fn a_copy_keeps_permissions_and_times_where_they_are_preserved() {
    let folder = Folder::new(&[("a", "content")]);
    fs::set_permissions(folder.at("a"), fs::Permissions::from_mode(0o4640)).unwrap();
    let (accessed, modified) = (1_700_000_000, 1_500_000_000);
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let times = fs::FileTimes::new().set_accessed(at(accessed)).set_modified(at(modified));
    fs::File::open(folder.at("a")).unwrap().set_times(times).unwrap();
    let copy = file(&folder, "b", for_making());
    let preserve = CopyOptions { force: false, preserve: true };
    file(&folder, "a", READ).copy(&all(&folder), &copy, preserve).unwrap();
    let now = metadata(&folder, "b");
    assert_eq!(
        (now.mtime(), now.atime(), now.mode() & 0o7777),
        (modified.cast_signed(), accessed.cast_signed(), 0o640)
    );
}

#[test]
fn files_of_proc_that_say_they_are_empty_are_copied_whole() {
    let folder = Folder::new(&[]);
    let gate = rex_test_utils::gate("permit(principal, action, resource);");
    let proc = DirHandle::open(&gate, "/proc", DirOptions::default()).unwrap();
    let source = proc.open_file(&gate, "version", READ).unwrap();
    source.copy(&gate, &file(&folder, "b", for_making()), CopyOptions::default()).unwrap();
    assert_eq!(folder.text("b"), fs::read_to_string("/proc/version").unwrap());
}

/// The source is emptied and filled while it is copied: that neither hangs nor fails.
#[test]
fn a_source_that_shrinks_is_copied_as_far_as_it_goes() {
    let folder = Folder::in_memory(&[("a", "x")]);
    let (from, to) = (file(&folder, "a", READ), file(&folder, "b", for_making()));
    let gate = all(&folder);
    let stop = Arc::new(AtomicU32::new(0));
    let (path, told) = (folder.at("a"), Arc::clone(&stop));
    let shrinks = std::thread::spawn(move || {
        let theirs = fs::File::options().write(true).open(path).unwrap();
        while told.load(Ordering::SeqCst) == 0 {
            theirs.set_len(8 << 20).unwrap();
            theirs.set_len(3).unwrap();
        }
    });
    let force = CopyOptions { force: true, preserve: false };
    let done = (0..200).filter(|_| from.copy(&gate, &to, force).is_ok()).count();
    stop.store(1, Ordering::SeqCst);
    shrinks.join().unwrap();
    assert_eq!(done, 200);
}

#[test]
fn texts_are_replaced() {
    let replaced = |old: &str, new: &str, regex: bool, all: bool| {
        replace_text("a.b a.b axb", old, new, ReplaceOptions { regex, all, in_place: false })
    };
    assert_eq!(replaced("a.b", "Q", false, false).unwrap(), "Q a.b axb");
    assert_eq!(replaced("a.b", "$0", false, true).unwrap(), "$0 $0 axb");
    assert_eq!(replaced("a(?<c>.)b", "<${c}>", true, true).unwrap(), "<.> <.> <x>");
    assert_eq!(replaced("a(.)b", "<$1>", true, false).unwrap(), "<.> a.b axb");
    assert_eq!(replaced("", "-", false, false).unwrap(), "-a.b a.b axb");
    assert_eq!(replaced("none", "-", true, true).unwrap(), "a.b a.b axb");
    let (kind, text) = failed(replaced("(", "-", true, true));
    assert_eq!(kind, "ValidationError");
    assert!(text.starts_with("Validation error: Invalid regex pattern: '(' - "), "{text}");
}

#[test]
fn a_followed_handle_stays_one_after_writing() {
    let folder = Folder::new(&[("a", "old"), ("link -> a", "")]);
    let gate = all(&folder);
    let new = file(&folder, "link", FOLLOWED).write(&gate, b"new", PLAIN).unwrap();
    assert_eq!((new.path(), new.name_path()), (folder.at("a").as_str(), folder.at("link")));
}
