//! Making archives, listing and searching them.

use crate::allow::{OPEN, OPEN_DIR, READ, READ_DIR, STAT, STAT_DIR, WRITE, all, all_but, allow, denied, failed};
use crate::archive::{archive, dir, extract, file, folder, member, mode};
use crate::gzip::{FOR_READING, FOR_WRITING, open, packed};
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_io::{DirHandle, DirOptions, FileHandle, Result, Skipped, create_archive, list_archive, search_archive};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn members_are_listed_as_the_archive_tells_them() {
    let bytes = archive(&[
        dir("sub/", 0o755),
        member("sub/a", b'0', "text", 0o4755),
        member("../out", b'2', "", 0o777),
        member("/dev/null", b'3', "", 0o666),
    ]);
    for bytes in [bytes.clone(), packed(bytes)] {
        let folder = folder(&bytes, &[]);
        let gate = allow(&folder, &[READ]);
        let listed = list_archive(&gate, &open(&folder, "a.tar", FOR_READING)).unwrap();
        let shown: Vec<_> = listed
            .iter()
            .map(|member| format!("{} {} {} {:o}", member.name, member.member_type, member.size, member.mode))
            .collect();
        assert_eq!(
            shown,
            ["sub/ Dir 0 755", "sub/a File 4 4755", "../out Symlink 0 777", "/dev/null CharDevice 0 666"]
        );
        assert!(listed.iter().all(|member| member.modified == 1_546_398_245));
    }
    let folder = folder(&archive(&[]), &[]);
    assert_eq!(list_archive(&all(&folder), &open(&folder, "a.tar", FOR_READING)).unwrap(), []);
}

#[test]
fn files_in_archives_are_searched() {
    let bytes = archive(&[
        dir("hit", 0o755),
        file("hit/a", "one hit\r\ntwo\nhit three"),
        member("link", b'2', "", 0o777),
        member("b", b'0', b"\xff hit\n", 0o644),
        file("c", "nothing\n"),
    ]);
    for bytes in [bytes.clone(), packed(bytes)] {
        let folder = folder(&bytes, &[]);
        let gate = allow(&folder, &[READ]);
        let found = search_archive(&gate, &open(&folder, "a.tar", FOR_READING), "hit").unwrap();
        let shown: Vec<_> = found.iter().map(|hit| format!("{}:{}:{}", hit.name, hit.line_number, hit.line)).collect();
        assert_eq!(shown, ["hit/a:1:one hit", "hit/a:3:hit three", "b:1:\u{fffd} hit"]);
        assert_eq!(failed(search_archive(&gate, &open(&folder, "a.tar", FOR_READING), "(")).0, "ValidationError");
    }
    let long = packed(archive(&[member("a", b'0', vec![b'a'; 65 << 20], 0o644)]));
    let folder = folder(&long, &[]);
    let error = failed(search_archive(&all(&folder), &open(&folder, "a.tar", FOR_READING), "b"));
    assert_eq!(error.0, "FileContentTooLargeError");
}

/// Packs `names` of the folder `in` into `a.tar`.
fn make(folder: &Folder, gate: &Gate, names: &[&str]) -> (Result<FileHandle>, Vec<Skipped>) {
    let dir =
        DirHandle::open(&self::gate("permit(principal, action, resource);"), &folder.at("in"), DirOptions::default());
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut skipped = Vec::new();
    let target = open(folder, "a.tar", FOR_WRITING);
    (create_archive(gate, &dir.unwrap(), &names, &target, &mut skipped), skipped)
}

/// A tree to pack, and what stands at the archive's place before.
fn source() -> Folder {
    let long = format!("in/sub/{}", "long-".repeat(40));
    let files =
        [("in/a", "one\n"), ("in/sub/b", "two\n"), ("in/sub/empty/", ""), (long.as_str(), "three"), ("to/", "")];
    let folder = Folder::new(&files);
    folder.put("in/other", "not packed");
    folder.put("a.tar", "old");
    folder.link("in/sub/link", "b");
    let fifo = std::process::Command::new("mkfifo").arg(folder.at("in/sub/fifo")).status();
    assert!(fifo.unwrap().success());
    fs::set_permissions(folder.at("in/a"), fs::Permissions::from_mode(0o640)).unwrap();
    folder
}

#[test]
fn what_was_packed_can_be_unpacked_here_and_by_another_program() {
    let folder = source();
    let gate = all(&folder);
    let (made, skipped) = make(&folder, &gate, &["a", "sub"]);
    let listed = list_archive(&gate, &made.unwrap()).unwrap();
    let long = "long-".repeat(40);
    let names = ["a", "sub", "sub/b", "sub/empty", &format!("sub/{long}")].map(str::to_owned);
    assert_eq!(listed.iter().map(|member| member.name.clone()).collect::<Vec<_>>(), names);
    let told: Vec<_> = skipped.iter().map(|skipped| (skipped.path.clone(), skipped.reason.as_str())).collect();
    let expected = [("in/sub/fifo", "it is a FIFO"), ("in/sub/link", "it is a symbolic link")];
    assert_eq!(told, expected.map(|(name, reason)| (folder.at(name), reason)));
    extract(&folder).unwrap();
    for name in ["a", "sub/b", &format!("sub/{long}")] {
        assert_eq!(folder.text(&format!("to/{name}")), folder.text(&format!("in/{name}")));
    }
    assert_eq!(mode(&folder, "to/a"), 0o640);
    let shown = std::process::Command::new("tar").args(["-tzf", &folder.at("a.tar")]).output().unwrap();
    let shown: Vec<_> =
        std::str::from_utf8(&shown.stdout).unwrap().lines().map(|line| line.trim_end_matches('/')).collect();
    assert_eq!(shown, names);
}

#[test]
fn packing_asks_all_that_it_reads_and_a_denial_leaves_the_old_archive() {
    let folder = source();
    let before = folder.tree();
    let needs = [WRITE, OPEN, STAT, READ, OPEN_DIR, STAT_DIR, READ_DIR];
    for left_out in needs {
        let granted: Vec<_> = needs.into_iter().filter(|need| *need != left_out).collect();
        let (made, _) = make(&folder, &allow(&folder, &granted), &["sub"]);
        assert_eq!(denied(made).0, left_out.action.name);
        assert_eq!(before.changes(&folder.tree()), "", "{left_out}");
    }
    for (action, kind, name) in [
        ("read", "File", "in/sub/b"),
        ("stat", "File", "in/sub/b"),
        ("open", "File", "in/sub/b"),
        ("read", "Dir", "in/sub/empty"),
        ("stat", "Dir", "in/sub/empty"),
        ("open", "Dir", "in/sub/empty"),
        ("write", "File", "a.tar"),
    ] {
        let path = folder.at(name);
        let but = format!(
            "forbid(principal, action == file_system::Action::\"{action}\", resource == file_system::{kind}::\"{path}\");"
        );
        assert_eq!(denied(make(&folder, &all_but(&folder, &but), &["a", "sub"]).0), (action, path));
        assert_eq!(before.changes(&folder.tree()), "", "{action} {name}");
    }
    make(&folder, &allow(&folder, &needs), &["sub"]).0.unwrap();
}

#[test]
fn a_directory_can_be_packed_by_who_may_open_directories_alone() {
    let folder = Folder::new(&[("in/sub/", ""), ("in/a", "")]);
    let gate = allow(&folder, &[WRITE, OPEN_DIR, STAT_DIR, READ_DIR]);
    make(&folder, &gate, &["sub"]).0.unwrap();
    // What is no directory cannot be told from what is not there.
    for name in ["a", "missing"] {
        assert_eq!(denied(make(&folder, &gate, &[name]).0), ("open", folder.at(&format!("in/{name}"))));
    }
}

#[test]
fn what_cannot_be_packed_leaves_the_old_archive() {
    let folder = source();
    let before = folder.tree();
    let cases: [(&[&str], &str); 7] = [
        (&[], "InvalidArguments"),
        (&["missing"], "NotFound"),
        (&["a", "missing"], "NotFound"),
        (&["sub/b"], "InvalidPath"),
        (&[".."], "Other"),
        (&["a\0"], "Other"),
        (&[""], "IoError"),
    ];
    for (names, kind) in cases {
        assert_eq!(failed(make(&folder, &all(&folder), names).0).0, kind, "{names:?}");
        assert_eq!(before.changes(&folder.tree()), "");
    }
    let dir = DirHandle::open(&all(&folder), &folder.at("in"), DirOptions::default()).unwrap();
    let target = open(&folder, "a.tar", FOR_READING);
    let made = create_archive(&all(&folder), &dir, &["a".to_owned()], &target, &mut Vec::new());
    assert_eq!(failed(made).0, "InvalidFileMode");
    assert_eq!(before.changes(&folder.tree()), "");
}

#[test]
fn neither_the_archive_nor_what_is_being_written_gets_into_it() {
    let folder = Folder::new(&[("in/sub/a", "text"), ("in/sub/.rex-0123456789abcdef01234567", "half")]);
    folder.put("in/sub/.rex-notes", "mine");
    let gate = all(&folder);
    let dir = DirHandle::open(&gate, &folder.at("in"), DirOptions::default()).unwrap();
    let inside = DirHandle::open(&gate, &folder.at("in/sub"), DirOptions::default()).unwrap();
    let mut target = inside.open_file(&gate, "packed.tar.gz", FOR_WRITING).unwrap();
    for _ in 0..2 {
        let mut skipped = Vec::new();
        target = create_archive(&gate, &dir, &["sub".to_owned()], &target, &mut skipped).unwrap();
        let names: Vec<_> = list_archive(&gate, &target).unwrap().into_iter().map(|member| member.name).collect();
        assert_eq!(names, ["sub", "sub/.rex-notes", "sub/a"]);
        assert!(skipped.iter().any(|skipped| skipped.reason == "it is the archive itself"), "{skipped:?}");
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_packed_is_an_error() {
    // LINUX: such a file says that it holds 4096 bytes, and gives fewer.
    let gate = gate("permit(principal, action, resource);");
    let folder = Folder::new(&[("a.tar", "old")]);
    let dir = DirHandle::open(&gate, "/sys/kernel/mm/transparent_hugepage", DirOptions::default());
    let Ok(dir) = dir else { return };
    let target = open(&folder, "a.tar", FOR_WRITING);
    let made = create_archive(&gate, &dir, &["enabled".to_owned()], &target, &mut Vec::new());
    let text = "File read failed: it became shorter while it was read".to_owned();
    assert_eq!(failed(made), ("FileReadError", text));
    assert_eq!(folder.text("a.tar"), "old");
}

/// The folder that the killed process works in.
const FOLDER: &str = "REX_TEST_ARCHIVE_FOLDER";

/// Packs for ever, when it is told where: the other test runs it as a process of its own and kills it.
#[test]
fn packer() {
    let Ok(path) = std::env::var(FOLDER) else { return };
    let gate = gate("permit(principal, action, resource);");
    let dir = DirHandle::open(&gate, &path, DirOptions::default()).unwrap();
    let mut target = dir.open_file(&gate, "a.tar", FOR_WRITING).unwrap();
    for letter in [b'a', b'b'].into_iter().cycle() {
        fs::write(format!("{path}/sub/text"), noise(letter)).unwrap();
        target = create_archive(&gate, &dir, &["sub".to_owned()], &target, &mut Vec::new()).unwrap();
        eprint!("packed ");
    }
}

#[test]
fn a_process_that_is_killed_leaves_the_old_archive_or_the_new_one() {
    let folder = Folder::in_memory(&[("sub/text", "z"), ("to/", "")]);
    folder.put("a.tar", packed(archive(&[dir("sub", 0o755), file("sub/text", &noise(b'z'))])));
    let mut states = std::collections::BTreeSet::new();
    let kills = std::env::var("REX_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40_u64);
    for number in 0..kills {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "archive_make::packer", "--nocapture"])
            .env(FOLDER, folder.path())
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::io::Read::read_exact(child.stderr.as_mut().unwrap(), &mut [0; 14]).unwrap();
        std::thread::sleep(std::time::Duration::from_micros(number * 7919 % 99_991));
        child.kill().unwrap();
        child.wait().unwrap();
        extract(&folder).unwrap();
        let text = folder.text("to/sub/text");
        let letter = text.bytes().next().unwrap();
        assert!(text == noise(letter), "a mixture");
        states.insert(letter);
    }
    assert_eq!(states.into_iter().collect::<Vec<_>>(), *b"ab", "the kills hit one moment only");
}

/// A text that begins with `letter` and packs badly, so that writing it takes a while.
fn noise(letter: u8) -> String {
    let mut random = u64::from(letter);
    let letters = std::iter::repeat_with(|| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + (random >> 58) as u8)
    });
    std::iter::once(char::from(letter)).chain(letters.take(400_000)).collect()
}
