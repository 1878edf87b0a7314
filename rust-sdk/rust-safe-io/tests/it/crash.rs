//! A process that is killed at any moment leaves each file old or new, never a mixture and never missing.

use crate::allow::{all, redaction};
use rex_test_utils::Folder;
use rust_safe_io::{RenameOptions, ReplaceOptions, WriteMode, rename, replace, write};
use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The folder that the killed process works in.
const FOLDER: &str = "REX_TEST_CRASH_FOLDER";

/// How often the process is killed.
fn kills() -> u64 {
    std::env::var("REX_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// So long that writing it takes a while.
const LENGTH: usize = 200_000;

fn content(letter: u8) -> String {
    char::from(letter).to_string().repeat(LENGTH)
}

/// The letter of a whole content.
fn whole(folder: &Folder, name: &str) -> u8 {
    let bytes = folder.bytes(name);
    assert_eq!(bytes.len(), LENGTH, "{name} is cut");
    assert!(bytes.iter().all(|byte| *byte == bytes[0]), "{name} is a mixture");
    bytes[0]
}

/// Writes for ever, when it is told where: the other test runs it as a process of its own and kills it.
#[test]
fn writer() {
    let Ok(path) = std::env::var(FOLDER) else { return };
    let gate = rex_test_utils::gate(&format!("permit(principal, action, resource in file_system::Dir::\"{path}\");"));
    let hidden = rust_safe_io::Redaction::at("/none");
    let in_place = ReplaceOptions { in_place: true, all: true, regex: false };
    let at = |name: &str| format!("{path}/{name}");
    for letter in (b'a'..=b'y').cycle() {
        write(&gate, &at("written"), content(letter).as_bytes(), WriteMode::Replace).unwrap();
        let old = fs::read_to_string(at("replaced")).unwrap().chars().next().unwrap().to_string();
        replace(&gate, &hidden, &old, &char::from(letter).to_string(), &at("replaced"), in_place).unwrap();
        fs::write(at("ready"), content(letter)).unwrap();
        fs::rename(at("ready"), at("source")).unwrap();
        rename(&gate, &at("source"), &at("moved"), RenameOptions::default()).unwrap();
        if letter == b'b' {
            eprintln!("at work");
        }
    }
}

#[test]
fn killed_at_any_moment() {
    let old = content(b'z');
    let folder = Folder::in_memory(&[("written", &old), ("replaced", &old), ("moved", &old)]);
    let (mut left, mut between) = (0, 0);
    let mut letters = std::collections::BTreeSet::new();
    for number in 0..kills() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::writer", "--nocapture"])
            .env(FOLDER, folder.path())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stderr.as_mut().unwrap().read_exact(&mut [0; 7]).unwrap();
        std::thread::sleep(Duration::from_micros(number * 7919 % 9973));
        child.kill().unwrap();
        child.wait().unwrap();
        letters.insert((whole(&folder, "written"), whole(&folder, "replaced"), whole(&folder, "moved")));
        // A move over a file exchanges the two names before it removes the old file.
        if folder.has("source") {
            let (source, moved) = (whole(&folder, "source"), whole(&folder, "moved"));
            between += u32::from(source != if moved >= b'y' { b'a' } else { moved + 1 });
        }
        for name in folder.tree().names() {
            if name.starts_with(".rex-") {
                left += 1;
                fs::remove_file(folder.at(&name)).unwrap();
            }
        }
    }
    eprintln!(
        "{} kills: {left} private files left, {between} moves between exchange and removal, {} states",
        kills(),
        letters.len()
    );
    assert!(letters.len() > 10, "the kills hit one moment only: {letters:?}");
}

#[test]
fn nothing_private_is_left_by_what_ends_well_or_fails() {
    let folder = Folder::new(&[("a", "x")]);
    let gate = all(&folder);
    write(&gate, &folder.at("a"), b"y", WriteMode::Replace).unwrap();
    let in_place = ReplaceOptions { in_place: true, regex: true, all: true };
    assert!(replace(&gate, &redaction(&folder), "(", "", &folder.at("a"), in_place).is_err());
    replace(&gate, &redaction(&folder), "y", "z", &folder.at("a"), in_place).unwrap();
    rename(&gate, &folder.at("a"), &folder.at("b"), RenameOptions::default()).unwrap();
    assert_eq!(folder.tree().names(), ["b"]);
}
