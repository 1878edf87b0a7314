//! Paths and what they lead to: every operation with every kind of bad input.

use crate::allow::{all, all_but, denied, failed, forbid, redaction};
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_io::{
    CopyOptions, LineSelection, RemoveOptions, RenameOptions, ReplaceOptions, Result, Search, WriteMode, copy, count,
    field, find, lines, list, make_dir, make_dirs, read, remove, rename, replace, search, touch, usage, write,
};
use rustix::fs::{CWD, FileType, mknodat};

type Operation = fn(&Gate, &Folder, &str) -> Result<()>;

/// Operations on a file that is there.
const ON_FILES: &[(&str, Operation)] = &[
    ("read", |gate, folder, path| read(gate, &redaction(folder), path).map(drop)),
    ("search", |gate, folder, path| search(gate, &redaction(folder), "x", path, Search::default()).map(drop)),
    ("lines", |gate, _, path| lines(gate, path, LineSelection::new(None, Some(-1))?).map(drop)),
    ("count", |gate, _, path| count(gate, path, true).map(drop)),
    ("field", |gate, folder, path| field(gate, &redaction(folder), 1, " ", path).map(drop)),
    ("replace", |gate, folder, path| {
        replace(gate, &redaction(folder), "x", "y", path, ReplaceOptions::default()).map(drop)
    }),
    ("replace in place", |gate, folder, path| {
        let options = ReplaceOptions { in_place: true, ..ReplaceOptions::default() };
        replace(gate, &redaction(folder), "x", "y", path, options).map(drop)
    }),
    ("copy from", |gate, folder, path| copy(gate, path, &folder.at("new"), CopyOptions::default())),
    ("rename", |gate, folder, path| rename(gate, path, &folder.at("new"), RenameOptions::default()).map(drop)),
];

/// Operations on a file that may be missing.
const ON_PLACES: &[(&str, Operation)] = &[
    ("append", |gate, _, path| write(gate, path, b"x", WriteMode::Append)),
    ("write", |gate, _, path| write(gate, path, b"x", WriteMode::Replace)),
    ("copy to", |gate, folder, path| copy(gate, &folder.at("a"), path, CopyOptions { force: true, preserve: true })),
    ("touch", |gate, _, path| touch(gate, path)),
];

/// Operations on directories, and those on whatever is there.
const ON_DIRECTORIES: &[(&str, Operation)] = &[
    ("list", |gate, _, path| list(gate, path, true).map(drop)),
    ("find", |gate, _, path| find(gate, "*", path, true).map(drop)),
    ("usage", |gate, _, path| usage(gate, path, rust_safe_io::UsageOptions::default()).map(drop)),
    ("make_dir", |gate, _, path| make_dir(gate, path)),
    ("make_dirs", |gate, _, path| make_dirs(gate, path)),
];

const REMOVE: (&str, Operation) =
    ("remove", |gate, _, path| remove(gate, path, RemoveOptions { recursive: true, force: true }));
const RENAME_TO: (&str, Operation) =
    ("rename to", |gate, folder, path| rename(gate, &folder.at("a"), path, RenameOptions::default()).map(drop));

fn everything() -> impl Iterator<Item = (&'static str, Operation)> {
    [ON_FILES, ON_PLACES, ON_DIRECTORIES].into_iter().flatten().copied().chain([REMOVE, RENAME_TO])
}

/// One of each kind of object that is no regular file.
fn zoo() -> Folder {
    let folder = Folder::new(&[("a", "content x"), ("dir/inside", "x")]);
    folder.link("link", "a");
    folder.link("dangling", "nowhere");
    folder.link("loop", "loop");
    mknodat(CWD, folder.at("fifo"), FileType::Fifo, 0o600.into(), 0).unwrap();
    drop(std::os::unix::net::UnixListener::bind(folder.at("socket")).unwrap());
    folder
}

#[test]
fn what_is_no_regular_file_is_refused_at_once_and_left_alone() {
    let folder = zoo();
    let mut kinds = vec![("dir", "ValidationError"), ("fifo", "ValidationError"), ("socket", "ValidationError")];
    kinds.extend([("link", "FileError"), ("dangling", "FileError"), ("loop", "FileError")]);
    // The numbers of /dev/zero: reading would never end.
    match mknodat(CWD, folder.at("device"), FileType::CharacterDevice, 0o666.into(), rustix::fs::makedev(1, 5)) {
        Ok(()) => kinds.push(("device", "ValidationError")),
        Err(errno) => eprintln!("skipped, no device can be made here: {errno}"),
    }
    let before = folder.tree();
    for (operation, act) in ON_FILES.iter().chain(ON_PLACES) {
        for (name, kind) in &kinds {
            assert_eq!(failed(act(&all(&folder), &folder, &folder.at(name))).0, *kind, "{operation} {name}");
        }
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn what_is_missing_is_not_found_and_not_made() {
    let folder = zoo();
    let before = folder.tree();
    for (operation, act) in ON_FILES {
        for path in ["missing", "missing/a"] {
            assert_eq!(failed(act(&all(&folder), &folder, &folder.at(path))).0, "NotFound", "{operation}");
        }
    }
    for (operation, act) in ON_PLACES {
        assert_eq!(failed(act(&all(&folder), &folder, &folder.at("missing/a"))).0, "NotFound", "{operation}");
    }
    for (operation, act) in ON_FILES.iter().chain(ON_PLACES) {
        let (kind, text) = failed(act(&all(&folder), &folder, &folder.at("a/b")));
        assert_eq!((kind, text.as_str()), ("IoError", "Not a directory (os error 20)"), "{operation}");
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn texts_that_are_no_paths_are_refused_before_anything_is_asked() {
    let folder = zoo();
    let before = folder.tree();
    let none = gate("");
    for (operation, act) in everything() {
        for text in [
            "",
            "a",
            "./a",
            "../a",
            "a/b",
            &folder.at("dir/../a"),
            &folder.at("a\0b"),
            "/a\0/b",
            "/..",
            "/../etc",
            &folder.at(".."),
        ] {
            let (kind, message) = failed(act(&none, &folder, text));
            // Where the other path is judged first, its denial comes first.
            let other_first =
                matches!(operation, "copy from" | "copy to" | "rename" | "rename to") && kind == "PermissionDenied";
            assert!(
                matches!(kind, "Other" | "InvalidArguments") || other_first,
                "{operation} {text:?}: {kind} {message}"
            );
        }
    }
    assert_eq!(none.journal().allowed(), 0);
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn one_spelling_is_judged() {
    let folder = Folder::new(&[("dir/a", "secret x")]);
    let path = folder.at("dir/a");
    let rules: String =
        ["read", "write", "delete", "move", "redacted_read"].map(|action| forbid(action, &path)).concat();
    let before = folder.tree();
    for spelling in ["dir//a", "dir/./a", "./dir/a", "/dir/a", "dir/a/", "dir/a/.", "dir/a//", ".//.//dir///a/./"] {
        let spelled = folder.at(spelling);
        for (operation, act) in
            ON_FILES.iter().chain(ON_PLACES.iter().filter(|(name, _)| *name != "copy to")).chain([&REMOVE])
        {
            assert_eq!(denied(act(&all_but(&folder, &rules), &folder, &spelled)).1, path, "{operation} {spelling}");
        }
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

/// `in/link` leads to `real`, which has the file `a`.
fn linked() -> Folder {
    let folder = Folder::new(&[("a", "own x"), ("real/a", "secret x"), ("in/", ""), ("real/sub/b", "x")]);
    folder.link("in/link", "../real");
    folder
}

#[test]
fn behind_a_link_in_the_directory_part_the_real_path_is_judged_too() {
    let folder = linked();
    let before = folder.tree();
    let but = format!("forbid(principal, action, resource in file_system::Dir::\"{}\");", folder.at("real"));
    let no_follow = ["copy from", "copy to", "rename", "rename to", "touch"];
    for (operation, act) in everything() {
        let path = if ON_DIRECTORIES.iter().any(|(name, _)| *name == operation) { "in/link/sub" } else { "in/link/a" };
        let result = act(&all_but(&folder, &but), &folder, &folder.at(path));
        if no_follow.contains(&operation) {
            let message = format!(
                "Directory error: Not a directory, enable follow_symlinks to open the target directory: {}",
                folder.at("in/link")
            );
            assert_eq!(failed(result), ("DirectoryOpenError", message), "{operation}");
        } else if operation == "make_dirs" {
            // What may not be looked at counts as missing: it would be made, where the link stands.
            assert_eq!(failed(result).0, "InvalidPath");
        } else {
            assert!(denied(result).1.starts_with(&folder.at("real")), "{operation}");
        }
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn behind_a_link_the_file_is_judged_by_its_real_path() {
    let folder = linked();
    let rules = forbid("open", &folder.at("real/a"));
    for (operation, act) in ON_FILES
        .iter()
        .chain(ON_PLACES)
        .filter(|(name, _)| !matches!(*name, "copy from" | "copy to" | "rename" | "touch"))
    {
        let refused = denied(act(&all_but(&folder, &rules), &folder, &folder.at("in/link/a")));
        assert_eq!(refused, ("open", folder.at("real/a")), "{operation}");
    }
    assert_eq!(read(&all(&folder), &redaction(&folder), &folder.at("in/link/a")).unwrap().content, "secret x");
}

#[test]
fn nothing_is_asked_of_the_system_before_the_first_judgement() {
    let folder = zoo();
    let none = gate("");
    for (operation, act) in everything() {
        let answers: Vec<_> = ["a", "dir", "link", "fifo", "missing"]
            .into_iter()
            .map(|name| denied(act(&none, &folder, &folder.at(name))).0)
            .collect();
        assert_eq!(answers, ["open"; 5], "{operation}");
    }
}

#[test]
fn magic_links_lead_nowhere() {
    let folder = Folder::new(&[("a", "secret x")]);
    let held = std::fs::File::open(folder.at("a")).unwrap();
    let directory = std::fs::File::open(folder.path()).unwrap();
    let (file, dir) = (std::os::fd::AsRawFd::as_raw_fd(&held), std::os::fd::AsRawFd::as_raw_fd(&directory));
    let gate = gate("permit(principal, action, resource);");
    let before = folder.tree();
    let root = folder.path();
    let paths = [
        format!("/proc/self/root{root}/a"),
        format!("/proc/self/cwd/{root}/a"),
        format!("/proc/thread-self/root{root}/a"),
        format!("/proc/self/fd/{dir}/a"),
        format!("/dev/fd/{dir}/a"),
        format!("/proc/self/fd/{file}"),
        format!("/dev/fd/{file}"),
        format!("/proc/{}/fd/{file}", std::process::id()),
    ];
    for path in &paths {
        for (operation, act) in ON_FILES.iter().chain(ON_PLACES) {
            let (kind, message) = failed(act(&gate, &folder, path));
            assert!(
                matches!(kind, "IoError" | "FileError" | "DirectoryOpenError"),
                "{operation} {path}: {kind} {message}"
            );
        }
    }
    for (operation, act) in ON_DIRECTORIES {
        for path in [format!("/proc/self/root{root}"), format!("/proc/self/fd/{dir}/x"), format!("/dev/fd/{dir}/x")] {
            assert!(act(&gate, &folder, &path).is_err(), "{operation} {path}");
        }
    }
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn a_directory_that_was_removed_is_not_found_by_its_old_path() {
    let folder = Folder::new(&[("d/a", "x")]);
    let held = std::fs::File::open(folder.at("d")).unwrap();
    std::fs::remove_dir_all(folder.at("d")).unwrap();
    assert_eq!(failed(list(&all(&folder), &folder.at("d"), false)).0, "NotFound");
    drop(held);
}

#[test]
fn names_of_every_kind() {
    let folder = Folder::new(&[]);
    let gate = all(&folder);
    let long = "x".repeat(255);
    for name in [
        " ",
        "a b",
        "\n",
        "*",
        "<>|?\"",
        "\u{4e16}\u{754c}",
        "~",
        "-rf",
        ".hidden",
        "...",
        &long,
        "a\\b",
        "\u{7f}\u{1}",
    ] {
        write(&gate, &folder.at(name), b"x", WriteMode::Replace).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert_eq!(read(&gate, &redaction(&folder), &folder.at(name)).unwrap().content, "x");
        remove(&gate, &folder.at(name), RemoveOptions::default()).unwrap();
    }
    let too_long = "x".repeat(256);
    assert_eq!(failed(write(&gate, &folder.at(&too_long), b"x", WriteMode::Replace)).0, "IoError");
    assert_eq!(folder.tree().names(), Vec::<String>::new());
}
