//! A process that is killed at any moment while it changes what it holds open leaves each file and each tree old or new, never a mixture and
//! never missing.

use crate::allow::all;
use crate::held::{BOTH, dir, file};
use rex_test_utils::Folder;
use rust_safe_io::{DirHandle, DirOptions, RenameOptions, WriteOptions};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The folders that the killed process works in, the second in another file system.
const FOLDER: &str = "REX_TEST_HANDLE_CRASH_FOLDER";
const OTHER: &str = "REX_TEST_HANDLE_CRASH_OTHER";

/// How often each process is killed.
fn kills() -> u64 {
    std::env::var("REX_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

/// So long that writing it takes a while.
const LENGTH: usize = 200_000;
/// So many files are in a tree.
const FILES: usize = 12;

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

/// Kills the test `worker`, run as a process of its own, at different moments, and looks each time with `look` at what it left.
fn kill(worker: &str, folder: &Folder, other: &Folder, mut look: impl FnMut()) {
    for number in 0..kills() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", worker, "--nocapture"])
            .env(FOLDER, folder.path())
            .env(OTHER, other.path())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stderr.as_mut().unwrap().read_exact(&mut [0; 7]).unwrap();
        std::thread::sleep(Duration::from_micros(number * 7919 % 9973));
        child.kill().unwrap();
        child.wait().unwrap();
        look();
    }
}

/// Removes what bears a private name and says how much that was.
fn clear_private(folder: &Folder) -> u32 {
    let private: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(".rex-"))
        .collect();
    for path in &private {
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    u32::try_from(private.len()).unwrap()
}

/// The gate of a killed process, and its two folders.
fn place() -> Option<(rex_cedar_auth::Gate, DirHandle, DirHandle)> {
    let (Ok(path), Ok(other)) = (std::env::var(FOLDER), std::env::var(OTHER)) else { return None };
    let gate = rex_test_utils::gate("permit(principal, action, resource);");
    let open = |path: &str| DirHandle::open(&gate, path, DirOptions::default()).unwrap();
    let (folder, other) = (open(&path), open(&other));
    Some((gate, folder, other))
}

/// Writes for ever, when it is told where.
#[test]
fn writer() {
    let Some((gate, folder, _)) = place() else { return };
    let mut file = folder.open_file(&gate, "written", BOTH).unwrap();
    for letter in (b'a'..=b'y').cycle() {
        file = file.write(&gate, content(letter).as_bytes(), WriteOptions::default()).unwrap();
        folder.create_symlink(&gate, &char::from(letter).to_string(), "link", true).unwrap();
        if letter == b'b' {
            eprintln!("at work");
        }
    }
}

/// Moves a file and a tree to another file system and back for ever, when it is told where.
#[test]
fn mover() {
    let Some((gate, folder, other)) = place() else { return };
    let (from, to) = (folder.path().to_owned(), other.path().to_owned());
    let open = |path: String| DirHandle::open(&gate, &path, DirOptions::default());
    // What the last process left half done goes on from where it is whole.
    for round in 0_u32.. {
        for (here, there, here_path) in [(&folder, &other, &from), (&other, &folder, &to)] {
            if let Ok(file) = here.open_file(&gate, "file", BOTH) {
                file.relocate(&gate, there, "file", RenameOptions::default()).unwrap();
            }
            if let Ok(tree) = open(format!("{here_path}/tree")) {
                here.relocate(&gate, &tree, there, "tree").unwrap();
            }
        }
        if round == 1 {
            eprintln!("at work");
        }
    }
}

#[test]
fn killed_while_writing() {
    let folder = Folder::in_memory(&[("written", &content(b'z')), ("link -> z", "")]);
    let (mut left, mut letters) = (0, std::collections::BTreeSet::new());
    kill("handle_crash::writer", &folder, &folder, || {
        let link = fs::read_link(folder.at("link")).unwrap();
        letters.insert((whole(&folder, "written"), link));
        left += clear_private(&folder);
        assert_eq!(folder.tree().names(), ["link", "written"]);
    });
    eprintln!("{} kills: {left} private files left, {} states", kills(), letters.len());
    assert!(letters.len() > 5, "the kills hit one moment only: {letters:?}");
}

/// Whether the tree is there, and then which of its files, each of them whole.
fn tree_there(folder: &Folder) -> Option<usize> {
    folder.has("tree").then(|| {
        let names: Vec<_> = fs::read_dir(folder.at("tree/sub")).map_or(Vec::new(), |entries| {
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        });
        for name in &names {
            assert_eq!(whole(folder, &format!("tree/sub/{name}")), b't', "{name}");
        }
        names.len()
    })
}

#[test]
fn killed_while_moving_to_another_file_system() {
    let (folder, other) = (Folder::in_memory(&[]), Folder::new(&[]));
    let device = |folder: &Folder| fs::metadata(folder.path()).unwrap().dev();
    if device(&folder) == device(&other) {
        eprintln!("skipped: there is no second file system");
        return;
    }
    folder.put("file", content(b'f'));
    for number in 0..FILES {
        folder.put(&format!("tree/sub/{number}"), content(b't'));
    }
    let (mut left, mut both) = (0, 0);
    let mut places = std::collections::BTreeSet::new();
    kill("handle_crash::mover", &folder, &other, || {
        let files = [&folder, &other].map(|folder| folder.has("file").then(|| whole(folder, "file")));
        assert!(files.iter().any(Option::is_some), "the file is lost");
        let trees = [tree_there(&folder), tree_there(&other)];
        assert!(trees.contains(&Some(FILES)), "no whole tree is left: {trees:?}");
        left += clear_private(&folder) + clear_private(&other);
        places.insert((files.map(|file| file.is_some()), trees.map(|tree| tree.is_some())));
        // A process that was killed between copy and removal leaves both; the next one begins with one.
        if files.iter().all(Option::is_some) {
            both += 1;
            fs::remove_file(other.at("file")).unwrap();
        }
        if let [Some(here), Some(_)] = trees {
            both += 1;
            let half = if here == FILES { &other } else { &folder };
            fs::remove_dir_all(half.at("tree")).unwrap();
        }
    });
    eprintln!("{} kills: {left} private copies left, {both} times source and copy, {} states", kills(), places.len());
    assert!(places.len() > 1, "the kills hit one moment only: {places:?}");
}

#[test]
fn nothing_private_is_left_by_what_ends_well_or_fails() {
    let (folder, other) = (Folder::in_memory(&[("a", "x"), ("t/b", "y")]), Folder::new(&[("file", "")]));
    let gate = rex_test_utils::gate("permit(principal, action, resource);");
    let handle = file(&folder, "a", BOTH).write(&gate, b"y", WriteOptions::default()).unwrap();
    dir(&folder, "").create_symlink(&gate, "a", "l", true).unwrap();
    dir(&folder, "").create_symlink(&gate, "b", "l", true).unwrap();
    let moved = dir(&folder, "").relocate(&gate, &dir(&folder, "t"), &dir(&other, ""), "t").unwrap();
    assert!(dir(&other, "").relocate(&gate, &moved, &dir(&other, ""), "file").is_err());
    handle.relocate(&gate, &dir(&other, ""), "a", RenameOptions::default()).unwrap();
    assert_eq!(
        (folder.tree().names().len(), other.tree().names()),
        (1, ["a", "file", "t", "t/b"].map(str::to_owned).to_vec())
    );
    moved.delete(&all(&other), rust_safe_io::RemoveOptions { recursive: true, force: false }).unwrap();
    assert_eq!(other.tree().names(), ["a", "file"]);
}
