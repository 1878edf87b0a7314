//! The file: who may write it, what is refused, and what happens where it is tampered with while a run writes.

use crate::{Place, end, judgement, lines, look, open, start, whole_run};
use rex_audit_log::{Error, Run};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

#[expect(clippy::disallowed_types, reason = "stands for someone else who writes the log")]
fn for_appending(place: &Place) -> File {
    std::fs::OpenOptions::new().append(true).open(place.path()).unwrap()
}

fn refused(place: &Place) -> String {
    match open(&place.path()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn a_new_log_is_for_its_owner_alone() {
    let place = Place::new();
    whole_run(&place.path(), "r", 1, None);
    let meta = fs::metadata(place.path()).unwrap();
    assert_eq!((meta.mode() & 0o7777, meta.uid()), (0o600, rustix::process::geteuid().as_raw()));
}

#[test]
fn what_is_no_file_of_ours_is_refused_and_left_alone() {
    let place = Place::new();
    let target = place.folder.path().join("target");
    fs::write(&target, "").unwrap();
    symlink(&target, place.path()).unwrap();
    assert!(refused(&place).ends_with("it is a symbolic link; name the file itself"));
    assert_eq!(fs::read(&target).unwrap(), b"");
    fs::remove_file(place.path()).unwrap();
    fs::create_dir(place.path()).unwrap();
    assert!(refused(&place).contains("cannot be opened: Is a directory"), "{}", refused(&place));
    fs::remove_dir(place.path()).unwrap();
    mknodat(CWD, place.path(), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert!(refused(&place).ends_with("it is no regular file"));
    fs::remove_file(place.path()).unwrap();
    fs::write(place.path(), "").unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o620)).unwrap();
    assert!(refused(&place).ends_with("others may write it (chmod 600)"));
    fs::set_permissions(place.path(), Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(place.path(), place.folder.path().join("second")).unwrap();
    assert!(refused(&place).contains("it has a second name"));
    fs::remove_file(place.folder.path().join("second")).unwrap();
    assert!(open(&place.path()).is_ok());
    fs::set_permissions(place.folder.path(), Permissions::from_mode(0o777)).unwrap();
    assert!(refused(&place).contains("others may write its directory"));
    fs::set_permissions(place.folder.path(), Permissions::from_mode(0o1777)).unwrap();
    assert!(open(&place.path()).is_ok());
    fs::set_permissions(place.folder.path(), Permissions::from_mode(0o700)).unwrap();
    if rustix::process::geteuid().is_root() {
        chown(place.path(), Some(65534), None).unwrap();
        assert!(refused(&place).contains("it belongs to user 65534, not to user 0"), "{}", refused(&place));
    } else {
        println!("skipped: only root can give a file to another user");
    }
}

#[test]
fn what_is_no_log_is_refused_and_not_written_to() {
    for text in ["hello\n", "{}\n", "\n", "hello\nworld\n"] {
        let place = Place::new();
        fs::write(place.path(), text).unwrap();
        fs::set_permissions(place.path(), Permissions::from_mode(0o600)).unwrap();
        assert!(refused(&place).contains("does not end in a whole record (from byte "), "{}", refused(&place));
        assert_eq!(place.read(), text.as_bytes());
    }
}

#[test]
fn a_log_goes_on_where_it_ended() {
    let place = Place::new();
    for run in ["a", "b", "c"] {
        whole_run(&place.path(), run, 2, None);
    }
    let report = place.report();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.records, report.runs, report.head.sequence), (15, 3, 15));
}

#[test]
fn an_unfinished_line_is_closed_and_stays_in_sight() {
    let place = Place::new();
    whole_run(&place.path(), "a", 2, None);
    let before = place.read();
    let line = lines(&before)[1].clone();
    for length in [1, 10, 300, line.len() - 2] {
        fs::write(place.path(), &before).unwrap();
        let mut file = for_appending(&place);
        file.write_all(&line[..length]).unwrap();
        whole_run(&place.path(), "b", 2, None);
        let report = place.report();
        assert!(report.holds() && !report.is_complete() && report.torn == 1, "{report}");
        assert_eq!((report.records, report.runs, report.ended), (11, 2, 2));
        let words =
            format!("note: line 6 (byte {}): a writer died here; its {length} bytes are no record", before.len());
        assert!(report.to_string().contains(&words), "{report}");
        // The record of it speaks of these bytes, not of others.
        let mut changed = place.read();
        changed[before.len()] ^= 1;
        assert!(!look(&changed).holds());
    }
    // A whole record that does not belong there is no unfinished line.
    fs::write(place.path(), [&before[..], &line[..line.len() - 1]].concat()).unwrap();
    assert!(refused(&place).contains("does not end in a whole record"));
    // At the very beginning, too.
    fs::write(place.path(), &line[..7]).unwrap();
    whole_run(&place.path(), "b", 2, None);
    assert!(place.report().holds() && place.report().torn == 1, "{}", place.report());
}

#[test]
fn a_log_that_is_cut_removed_or_emptied_meanwhile_ends_the_run() {
    let place = Place::new();
    let run = || {
        let mut run = start(&place.path(), "r", None);
        run.judged(&judgement("/a")).unwrap();
        run
    };
    let said = |mut run: Run| run.judged(&judgement("/b")).unwrap_err().to_string();
    let file = || for_appending(&place);
    let one = run();
    file().set_len(10).unwrap();
    assert!(said(one).contains("was truncated by someone else"));
    fs::remove_file(place.path()).unwrap();
    let one = run();
    fs::remove_file(place.path()).unwrap();
    assert!(said(one).contains("was removed by someone else"));
    // Emptied, and written to by another run so far that it is longer than before.
    let one = run();
    file().set_len(0).unwrap();
    let mut other = start(&place.path(), &"long ".repeat(500), None);
    assert!(fs::metadata(place.path()).unwrap().len() > 2 * 1024);
    assert!(said(one).contains("was truncated by someone else"));
    other.end(&end()).unwrap();
}

#[test]
fn what_a_script_writes_into_the_log_is_found() {
    let place = Place::new();
    let mut run = start(&place.path(), "r", None);
    run.judged(&judgement("/a")).unwrap();
    let mut file = for_appending(&place);
    file.write_all(b"{\"forged\":true}\n").unwrap();
    // It does not end in a record: nothing more is done.
    assert!(matches!(run.judged(&judgement("/b")), Err(Error::Broken(_))));
    assert!(!place.report().holds());
    // Without an end of line it looks as if a writer had died, and that is said.
    let place = Place::new();
    let mut run = start(&place.path(), "r", None);
    let mut file = for_appending(&place);
    file.write_all(b"{\"forged\":true}").unwrap();
    run.judged(&judgement("/b")).unwrap();
    run.end(&end()).unwrap();
    let report = place.report();
    assert!(report.holds() && report.torn == 1 && !report.is_complete(), "{report}");
}

#[test]
fn a_full_disk_is_an_error() {
    // A limit of size stands for the disk: no file may grow beyond it.
    let place = Place::new();
    if std::env::var(crate::ROLE).as_deref() == Ok("full") {
        let path = std::env::var("REX_TEST_LOG").unwrap();
        let limit = rustix::process::Rlimit { current: Some(4096), maximum: Some(4096) };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
        let mut run = start(path.as_ref(), "r", None);
        let failed = (0..100).find_map(|_| run.judged(&judgement("/a")).err()).unwrap();
        assert!(failed.to_string().contains("the audit log could not be written: File too large"), "{failed}");
        assert!(run.judged(&judgement("/a")).is_err());
        return;
    }
    // SIGXFSZ would end the process: the shell ignores it for its child.
    let script = "trap '' XFSZ; exec \"$0\" --exact file::a_full_disk_is_an_error --nocapture";
    let out = std::process::Command::new("sh")
        .args(["-c", script, std::env::current_exe().unwrap().to_str().unwrap()])
        .env(crate::ROLE, "full")
        .env("REX_TEST_LOG", place.path())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    let report = place.report();
    assert!(report.holds() && report.unfinished.is_some(), "{report}");
    assert_eq!(place.read().len(), 4096);
}

#[test]
fn a_new_file_names_the_head_of_the_one_before() {
    let place = Place::new();
    whole_run(&place.path(), "a", 2, None);
    let head = place.report().head;
    fs::rename(place.path(), place.folder.path().join("audit.log.1")).unwrap();
    whole_run(&place.path(), "b", 2, None);
    let report = place.report();
    assert!(report.is_complete() && report.records == 5, "{report}");
    assert_eq!(report.follows, Some(head.to_string()));
}

#[test]
fn a_run_goes_on_in_the_file_that_was_renamed() {
    let place = Place::new();
    let mut run = start(&place.path(), "a", None);
    let old = place.folder.path().join("audit.log.1");
    fs::rename(place.path(), &old).unwrap();
    run.judged(&judgement("/a")).unwrap();
    run.end(&end()).unwrap();
    assert!(look(&fs::read(old).unwrap()).is_complete());
    assert!(fs::metadata(place.path()).is_err());
}

#[test]
fn a_log_that_is_locked_for_too_long_is_an_error() {
    let place = Place::new();
    let mut run = start(&place.path(), "a", None);
    let other = File::open(place.path()).unwrap();
    rustix::fs::flock(&other, rustix::fs::FlockOperation::LockExclusive).unwrap();
    assert!(matches!(run.judged(&judgement("/a")), Err(Error::Locked(5))));
    drop(other);
    run.judged(&judgement("/a")).unwrap();
}

/// The test plays the user in another process.
#[test]
fn an_ordinary_user_writes_its_own_log_and_not_that_of_root() {
    use std::os::unix::process::CommandExt as _;
    let place = Place::new();
    if let Ok(path) = std::env::var("REX_TEST_USERS_LOG") {
        whole_run(path.as_ref(), "r", 2, None);
        assert!(open(std::env::var("REX_TEST_ROOTS_LOG").unwrap().as_ref()).is_err());
        return;
    }
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can become another user");
        return;
    }
    whole_run(&place.path(), "root's", 1, None);
    fs::set_permissions(place.folder.path(), Permissions::from_mode(0o1777)).unwrap();
    let program = place.folder.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let path = place.folder.path().join("users.log");
    let out = std::process::Command::new(&program)
        .args(["--exact", "file::an_ordinary_user_writes_its_own_log_and_not_that_of_root", "--nocapture"])
        .env("REX_TEST_USERS_LOG", &path)
        .env("REX_TEST_ROOTS_LOG", place.path())
        .uid(65534)
        .gid(65534)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    assert!(look(&fs::read(&path).unwrap()).is_complete());
    assert_eq!(fs::metadata(&path).unwrap().uid(), 65534);
}
