//! Logs that are no files.

use crate::{ROLE, effect, end, facts, judgement, look};
use rex_audit_log::{Destination, Log, Redaction, Run, Start};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

fn run(log: Log) {
    let mut run = Run::start(log, facts("run-1"), Redaction::default(), &Start::default()).unwrap();
    run.judged(&judgement("/a\nPRIORITY=0")).unwrap();
    run.ended(&effect()).unwrap();
    run.end(&end()).unwrap();
}

#[test]
fn the_journal_gets_one_entry_for_each_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let journal = UnixDatagram::bind(&path).unwrap();
    run(Log::journal_at(&path, None).unwrap());
    let mut lines = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    for _ in 0..4 {
        let length = journal.recv(&mut buffer).unwrap();
        let entry = std::str::from_utf8(&buffer[..length]).unwrap();
        let fields: Vec<_> = entry.lines().map(|field| field.split_once('=').unwrap()).collect();
        assert_eq!(fields[..3], [("PRIORITY", "6"), ("SYSLOG_IDENTIFIER", "rex-audit"), ("REX_RUN_ID", "run-1")]);
        assert_eq!((fields.len(), fields[3].0), (4, "MESSAGE"), "a name with an end of line makes no field");
        lines.extend_from_slice(format!("{}\n", fields[3].1).as_bytes());
    }
    assert!(look(&lines).is_complete(), "{}", look(&lines));
}

#[test]
fn where_no_journal_listens_or_listens_no_more_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    assert!(Log::journal_at(&path, None).unwrap_err().to_string().contains("No such file or directory"));
    let journal = UnixDatagram::bind(&path).unwrap();
    let log = Log::journal_at(&path, None).unwrap();
    let mut run = Run::start(log, facts("r"), Redaction::default(), &Start::default()).unwrap();
    drop(journal);
    assert!(run.judged(&judgement("/a")).is_err());
    // journald was started anew.
    std::fs::remove_file(&path).unwrap();
    let _journal = UnixDatagram::bind(&path).unwrap();
    run.judged(&judgement("/a")).unwrap();
}

/// This test also plays the run, in a process whose standard error is looked at.
#[test]
fn standard_error_gets_a_line_for_each_record() {
    if std::env::var(ROLE).is_ok() {
        return run(Log::open(&"stderr".parse().unwrap(), None).unwrap());
    }
    let out = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stream::standard_error_gets_a_line_for_each_record", "--nocapture"])
        .env(ROLE, "run")
        .output()
        .unwrap();
    assert!(look(&out.stderr).is_complete(), "{}", look(&out.stderr));
    assert_eq!(look(&out.stderr).records, 4);
}

#[test]
fn destinations_are_words_or_paths() {
    let read = |text: &str| text.parse::<Destination>().unwrap();
    assert_eq!((read("journald"), read("stderr")), (Destination::Journald, Destination::Stderr));
    assert_eq!(read("./stderr"), Destination::File("./stderr".into()));
    assert_eq!(read("/var/log/rex/audit.log"), Destination::File(Path::new("/var/log/rex/audit.log").to_owned()));
}
