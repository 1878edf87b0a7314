//! What reaches a syslog daemon, played by a socket of the test.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::logger::Logger;
use crate::syslog::Sink;
use crate::{Level, Syslog};

fn daemon(path: &Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket
}

fn received(daemon: &UnixDatagram) -> String {
    let mut buffer = [0; 16384];
    let length = daemon.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    (dir, path)
}

fn logger(path: &Path) -> Logger {
    Logger::with_sink(Level::Info, Some(Sink::at(path)))
}

#[test]
fn function_and_internal_messages_arrive_and_script_messages_do_not() {
    let (_dir, path) = place();
    let daemon = daemon(&path);
    let logger = logger(&path);
    logger.script(Level::Error, "script", 1);
    logger.internal(Level::Debug, "too quiet");
    logger.internal(Level::Warn, "internal");
    let _call = logger.enter("cat", 5);
    logger.function(Level::Error, "function\n<8>forged");
    let pid = std::process::id();
    assert_eq!(received(&daemon), format!("<28>rex_runner[{pid}]: WARN internal"));
    assert_eq!(received(&daemon), format!(r"<27>rex_runner[{pid}]: ERROR cat:5 function\n<8>forged"));
    assert_eq!(logger.unsent(), 0);
}

#[test]
fn a_long_message_arrives_cut() {
    let (_dir, path) = place();
    let daemon = daemon(&path);
    logger(&path).internal(Level::Info, &"é".repeat(100_000));
    let line = received(&daemon);
    assert!(line.len() < 4200 && line.ends_with("é...[truncate]"), "{}", line.len());
}

#[test]
fn a_full_queue_and_an_absent_daemon_cost_messages_but_no_time() {
    let (_dir, path) = place();
    let absent = logger(&path);
    let start = Instant::now();
    for _ in 0..10_000 {
        absent.internal(Level::Info, "nobody listens");
    }
    assert_eq!(absent.unsent(), 10_000);

    let _daemon = daemon(&path);
    let full = logger(&path);
    for _ in 0..10_000 {
        full.internal(Level::Info, "nobody reads");
    }
    assert!(full.unsent() > 5_000 && full.unsent() < 10_000, "{}", full.unsent());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a daemon that restarts removes its old socket")]
fn a_restarted_daemon_is_found_again() {
    let (_dir, path) = place();
    let first = daemon(&path);
    let logger = logger(&path);
    logger.internal(Level::Info, "one");
    assert!(received(&first).ends_with("INFO one"));
    drop(first);
    std::fs::remove_file(&path).unwrap();
    let second = daemon(&path);
    logger.internal(Level::Info, "two");
    assert!(received(&second).ends_with("INFO two"));
    assert_eq!(logger.unsent(), 0);
}

#[test]
fn nothing_is_opened_before_the_first_message() {
    let (_dir, path) = place();
    let logger = logger(&path);
    let daemon = daemon(&path);
    logger.internal(Level::Info, "late");
    assert!(received(&daemon).ends_with("INFO late"));
    assert_eq!(Logger::new(Level::Info, Syslog::Off).unsent(), 0);
}
