//! Random paths and redaction dictionaries.

use crate::allow::{failed, redaction};
use crate::fuzz::fuzz;
use rex_test_utils::{Folder, gate};
use rust_safe_io::{DirHandle, DirOptions, Error, FileOptions, list, make_dirs, read, write};

fn kind<T>(result: Result<T, Error>, value: impl FnOnce(T) -> String) -> String {
    result.map_or_else(|error| error.kind().to_owned(), value)
}

/// Puts the permitted directory there.
fn fill(folder: &Folder) {
    folder.put("open/a", "public");
    folder.put("open/sub/b", "public");
    folder.link("open/out", "../closed");
    folder.link("open/up", "..");
}

/// A path is refused, denied or leads into the one directory that is permitted, however it is spelt.
#[test]
fn paths() {
    let folder = Folder::in_memory(&[("closed", "SECRET")]);
    fill(&folder);
    let top = folder.path().to_owned();
    let open = format!("{top}/open");
    let gate = gate(&format!("permit(principal, action, resource in file_system::Dir::\"{open}\");"));
    let hidden = redaction(&folder);
    let spelt = [
        format!("{open}/a"),
        format!("{open}//sub/./b"),
        format!("{open}/sub/../a"),
        format!("{open}/out"),
        format!("{open}/up/closed"),
        format!("{top}/open/../closed"),
        format!("{top}/closed"),
        "/proc/self/root".to_owned() + &top + "/closed",
        "/proc/self/fd/0".to_owned(),
        "relative".to_owned(),
        "\0\u{202e}\u{e9}".to_owned(),
    ];
    let seeds: Vec<Vec<u8>> = spelt.iter().map(|path| path.as_bytes().to_vec()).collect();
    fuzz("paths", &seeds, |input| {
        let path = String::from_utf8_lossy(input).into_owned();
        let text = kind(read(&gate, &hidden, &path), |text| {
            assert_ne!(text.content, "SECRET", "{path:?}");
            "read".to_owned()
        });
        let listed = kind(list(&gate, &path, false), |listing| {
            assert!(listing.path.starts_with(&open), "{path:?} lists {}", listing.path);
            "listed".to_owned()
        });
        let held = kind(DirHandle::open(&gate, &path, DirOptions { follow: true, ..DirOptions::default() }), |dir| {
            assert!(dir.path() == open || dir.path().starts_with(&format!("{open}/")), "{path:?} is {}", dir.path());
            "held".to_owned()
        });
        let name = path.rsplit('/').next().unwrap_or_default();
        let top = DirHandle::open(&gate, &open, DirOptions::default()).unwrap();
        let options = FileOptions { read: true, follow: true, ..FileOptions::default() };
        let file = kind(top.open_file(&gate, name, options), |file| {
            assert!(file.path().starts_with(&format!("{open}/")), "{name:?} is {}", file.path());
            "open".to_owned()
        });
        let deep = kind(make_dirs(&gate, &path), |()| "made".to_owned());
        let written = kind(write(&gate, &path, b"public", rust_safe_io::WriteMode::Replace), |()| "written".to_owned());
        assert_eq!(folder.text("closed"), "SECRET", "{path:?}");
        let beside: Vec<String> = folder.tree().names().into_iter().filter(|name| !name.starts_with("open")).collect();
        assert_eq!(beside, ["closed"], "{path:?}");
        format!("{text} {listed} {held} {file} {deep} {written}")
    });
}

/// Whatever the dictionary says, a redacted reader gets lines of the file as they are, or nothing of them.
#[test]
fn dictionaries() {
    let content = "user=alice\npassword=hunter2\ntook 150 ms\n\n100 % of x\nlast";
    let folder = Folder::in_memory(&[("f", content), ("rex_redaction.config", "")]);
    let policy = format!(
        "permit(principal, action in [file_system::Action::\"open\", file_system::Action::\"redacted_read\"], resource in file_system::Dir::\"{dir}\");
         permit(principal, action == file_system::Action::\"read\", resource == file_system::File::\"{dir}/rex_redaction.config\");",
        dir = folder.path()
    );
    let gate = gate(&policy);
    let seeds: Vec<Vec<u8>> =
        ["user=%s\n", "# only\n\ntook %u ms\n", "%d %% of %c\n%m", "a(b[c*\\\n%5.2ld|%-08zu", "%", "\u{e9}%s"]
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect();
    let lines: Vec<&str> = content.lines().collect();
    fuzz("dictionaries", &seeds, |input| {
        folder.put("rex_redaction.config", input);
        match read(&gate, &redaction(&folder), &folder.at("f")) {
            Ok(text) => {
                let shown: Vec<&str> = text.content.lines().collect();
                assert_eq!(shown.len(), lines.len());
                let mut outcome = String::new();
                for (shown, line) in shown.iter().zip(&lines) {
                    assert!(*shown == *line || *shown == "[REDACTED]", "{shown:?} of {line:?}");
                    outcome.push(if shown == line { 'S' } else { 'h' });
                }
                outcome
            }
            error => failed(error).0.to_owned(),
        }
    });
}
