//! Unpacking archives.

use crate::allow::{CREATE, CREATE_DIR, OPEN_DIR, READ, WRITE, all, all_but, allow, denied, failed, forbid};
use crate::gzip::{FOR_READING, open, packed};
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_io::{
    DirHandle, DirOptions, ExtractOptions, FileOptions, Result, Skipped, extract_archive, list_archive, search_archive,
};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

/// The header of a member, with whatever bytes as its name.
pub(crate) fn header(name: &[u8], kind: u8, size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(1_546_398_245);
    header.set_uid(u64::from(rustix::process::getuid().as_raw()));
    header.set_gid(u64::from(rustix::process::getgid().as_raw()));
    header.set_cksum();
    header
}

/// A member with its content.
pub(crate) fn member(name: &str, kind: u8, content: impl AsRef<[u8]>, mode: u32) -> Vec<u8> {
    let content = content.as_ref();
    let mut bytes = header(name.as_bytes(), kind, content.len() as u64, mode).as_bytes().to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub(crate) fn file(name: &str, content: &str) -> Vec<u8> {
    member(name, b'0', content, 0o644)
}

pub(crate) fn dir(name: &str, mode: u32) -> Vec<u8> {
    member(name, b'5', "", mode)
}

/// A header with these records for the member after it.
pub(crate) fn records(records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let rest = key.len() + value.len() + 3;
        let length = (rest + 1..rest + 9).find(|length| rest + length.to_string().len() == *length).unwrap();
        format!("{length} {key}={value}\n")
    };
    member("records", b'x', records.iter().map(record).collect::<String>(), 0o644)
}

/// The members and the end mark.
pub(crate) fn archive(members: &[Vec<u8>]) -> Vec<u8> {
    [members.concat(), vec![0; 1024]].concat()
}

/// A folder with the archive `a.tar` and the directory `to`.
pub(crate) fn folder(bytes: &[u8], files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(&[("to/", "")]);
    folder.put("a.tar", bytes);
    for (name, content) in files {
        match name.split_once(" -> ") {
            Some((link, target)) => folder.link(link, target),
            None => folder.put(name, content),
        }
    }
    folder
}

pub(crate) fn target(folder: &Folder) -> DirHandle {
    DirHandle::open(&gate("permit(principal, action, resource);"), &folder.at("to"), DirOptions::default()).unwrap()
}

pub(crate) fn extract_with(folder: &Folder, gate: &Gate, options: ExtractOptions) -> (Result<()>, Vec<Skipped>) {
    let mut skipped = Vec::new();
    let archive = open(folder, "a.tar", FOR_READING);
    let result = extract_archive(gate, &archive, &target(folder), options, &mut skipped);
    (result, skipped)
}

pub(crate) fn extract(folder: &Folder) -> Result<()> {
    extract_with(folder, &all(folder), ExtractOptions::default()).0
}

/// What was left out, by name, and why.
pub(crate) fn reasons(skipped: &[Skipped]) -> Vec<(&str, &str)> {
    skipped.iter().map(|skipped| (skipped.path.as_str(), skipped.reason.as_str())).collect()
}

pub(crate) fn mode(folder: &Folder, name: &str) -> u32 {
    fs::symlink_metadata(folder.at(name)).unwrap().mode() & 0o7777
}

#[test]
fn files_and_directories_are_made_with_permissions_and_times() {
    let bytes = archive(&[
        dir("./", 0o700),
        dir("./sub/", 0o2750),
        member("./sub/b", b'0', "two\n", 0o600),
        member("a", b'0', "one\n", 0o640),
        member("new/deep/c", b'\0', "", 0o444),
        member("old/", b'0', "", 0o711),
        dir("closed", 0o500),
        file("closed/x", "x"),
        member("g", b'7', "seven", 0o1644),
    ]);
    for bytes in [bytes.clone(), packed(bytes)] {
        let folder = folder(&bytes, &[]);
        let before = fs::metadata(folder.at("to")).unwrap().mode();
        let (result, skipped) = extract_with(&folder, &all(&folder), ExtractOptions::default());
        result.unwrap();
        let names = ["a", "closed", "closed/x", "g", "new", "new/deep", "new/deep/c", "old", "sub", "sub/b"];
        let made: Vec<_> = folder.tree().names().into_iter().filter(|name| name.starts_with("to/")).collect();
        assert_eq!(made, names.map(|name| format!("to/{name}")));
        assert_eq!([folder.text("to/a"), folder.text("to/sub/b"), folder.text("to/g")], ["one\n", "two\n", "seven"]);
        let modes = [("a", 0o640), ("sub", 0o750), ("sub/b", 0o600), ("new/deep/c", 0o444), ("closed", 0o500)];
        for (name, expected) in modes.into_iter().chain([("old", 0o711), ("g", 0o644)]) {
            assert_eq!(mode(&folder, &format!("to/{name}")), expected, "{name}");
        }
        for name in ["a", "sub", "sub/b", "closed", "g"] {
            assert_eq!(fs::metadata(folder.at(&format!("to/{name}"))).unwrap().mtime(), 1_546_398_245, "{name}");
        }
        assert!(fs::metadata(folder.at("to/old")).unwrap().is_dir(), "a slash at the end once meant a directory");
        assert_eq!(fs::metadata(folder.at("to")).unwrap().mode(), before, "the directory itself stays as it is");
        let bits = "its set-user-id, set-group-id or sticky bit";
        assert_eq!(reasons(&skipped), [(&*folder.at("to/g"), bits), (&*folder.at("to/sub"), bits)]);
        fs::set_permissions(folder.at("to/closed"), fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn without_preserving_they_are_as_any_new_file() {
    let folder = folder(&archive(&[member("a", b'0', "", 0o600), dir("sub", 0o700)]), &[]);
    let plain = ExtractOptions { permissions: false, ownership: false, timestamps: false };
    let least = allow(&folder, &[READ, CREATE, WRITE, CREATE_DIR, OPEN_DIR]);
    let (result, skipped) = extract_with(&folder, &least, plain);
    result.unwrap();
    assert_eq!(skipped, []);
    folder.put("to/b", "");
    fs::create_dir(folder.at("to/other")).unwrap();
    assert_eq!((mode(&folder, "to/a"), mode(&folder, "to/sub")), (mode(&folder, "to/b"), mode(&folder, "to/other")));
    assert!(fs::metadata(folder.at("to/a")).unwrap().mtime() > 1_600_000_000);
}

#[test]
fn what_may_not_be_set_stays_and_is_told() {
    let folder = folder(&archive(&[member("a", b'0', "text", 0o600), dir("sub", 0o711)]), &[]);
    let least = allow(&folder, &[READ, CREATE, WRITE, CREATE_DIR, OPEN_DIR]);
    let options = ExtractOptions { ownership: true, ..ExtractOptions::default() };
    let (result, skipped) = extract_with(&folder, &least, options);
    result.unwrap();
    folder.put("to/b", "");
    assert_eq!(mode(&folder, "to/a"), mode(&folder, "to/b"));
    assert_eq!(folder.text("to/a"), "text");
    let told: Vec<_> = reasons(&skipped)
        .into_iter()
        .map(|(path, reason)| (path.to_owned(), reason.split("Permission denied: ").next().unwrap().to_owned()))
        .collect();
    let expected =
        [("a", "its permissions: "), ("a", "its owner: "), ("sub", "its owner: "), ("sub", "its permissions: ")];
    assert_eq!(told, expected.map(|(name, what)| (folder.at(&format!("to/{name}")), what.to_owned())));
}

#[test]
fn owners_are_found_by_name_and_else_by_number() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let owned = |name: &str, user: &str, uid: u64| {
        let mut header = header(name.as_bytes(), b'0', 0, 0o644);
        header.set_username(user).unwrap();
        header.set_groupname(user).unwrap();
        header.set_uid(uid);
        header.set_gid(uid);
        header.set_cksum();
        header.as_bytes().to_vec()
    };
    let bytes = archive(&[owned("a", "daemon", 77), owned("b", "no-such-account", 77), owned("c", "", 78)]);
    let folder = folder(&bytes, &[]);
    let options = ExtractOptions { ownership: true, ..ExtractOptions::default() };
    assert!(matches!(extract_with(&folder, &all(&folder), options), (Ok(()), skipped) if skipped.is_empty()));
    let owner = |name: &str| {
        let metadata = fs::metadata(folder.at(&format!("to/{name}"))).unwrap();
        (metadata.uid(), metadata.gid())
    };
    assert_eq!([owner("a"), owner("b"), owner("c")], [(1, 1), (77, 77), (78, 78)]);
}

#[test]
fn links_and_devices_are_left_out() {
    let mut members = Vec::new();
    for (name, kind) in [("link", b'2'), ("hard", b'1'), ("char", b'3'), ("block", b'4'), ("fifo", b'6'), ("odd", b'Z')]
    {
        let mut header = header(name.as_bytes(), kind, 0, 0o666);
        header.set_link_name_literal("../outside").unwrap();
        header.set_cksum();
        members.push(header.as_bytes().to_vec());
    }
    members.push(file("good", "good"));
    let folder = folder(&archive(&members), &[("outside", "outside")]);
    let (result, skipped) = extract_with(&folder, &all(&folder), ExtractOptions::default());
    result.unwrap();
    let expected = [
        ("link", "it is a symbolic link"),
        ("hard", "it is another name of a member"),
        ("char", "it is a device"),
        ("block", "it is a device"),
        ("fifo", "it is a FIFO"),
        ("odd", "its type is unknown"),
    ];
    assert_eq!(reasons(&skipped), expected);
    assert_eq!(folder.tree().names(), ["a.tar", "outside", "to", "to/good"]);
}

#[test]
fn a_denial_of_any_member_changes_nothing() {
    let members = [file("first", "1"), dir("sub", 0o755), file("sub/deep/a", "2"), dir("sub/other/last", 0o755)];
    for bytes in [archive(&members), packed(archive(&members))] {
        let folder = folder(&bytes, &[("to/first", "old")]);
        let before = folder.tree();
        let deny = |action: &str, kind: &str, name: &str| {
            let path = folder.at(name);
            let forbid = format!(
                "forbid(principal, action == file_system::Action::\"{action}\", resource == file_system::{kind}::\"{path}\");"
            );
            let result = extract_with(&folder, &all_but(&folder, &forbid), ExtractOptions::default()).0;
            assert_eq!(denied(result), (action, path), "{action} {kind}");
            assert_eq!(before.changes(&folder.tree()), "");
        };
        for (action, kind, name) in [
            ("read", "File", "a.tar"),
            ("create", "File", "to/first"),
            ("write", "File", "to/first"),
            ("create", "File", "to/sub/deep/a"),
            ("write", "File", "to/sub/deep/a"),
            ("create", "Dir", "to/sub"),
            ("open", "Dir", "to/sub"),
            ("create", "Dir", "to/sub/deep"),
            ("create", "Dir", "to/sub/other"),
            ("create", "Dir", "to/sub/other/last"),
            ("open", "Dir", "to/sub/other/last"),
        ] {
            // Nothing below `to` hints at it before.
            deny_static(action, |action| deny(action, kind, name));
        }
        extract(&folder).unwrap();
        assert_eq!(folder.text("to/first"), "1");
    }
}

fn deny_static(action: &'static str, deny: impl FnOnce(&'static str)) {
    deny(action);
}

#[test]
fn the_archive_must_be_opened_for_reading() {
    let folder = folder(&archive(&[file("a", "")]), &[]);
    let writable = FileOptions { write: true, read: false, ..FOR_READING };
    let archive = open(&folder, "a.tar", writable);
    let gate = all(&folder);
    let options = ExtractOptions::default();
    let result = extract_archive(&gate, &archive, &target(&folder), options, &mut Vec::new());
    assert_eq!(failed(result).0, "InvalidFileMode");
    assert_eq!(failed(list_archive(&gate, &archive)).0, "InvalidFileMode");
    assert_eq!(failed(search_archive(&gate, &archive, "x")).0, "InvalidFileMode");
    let gate = all_but(&folder, &forbid("read", &folder.at("a.tar")));
    let archive = open(&folder, "a.tar", FOR_READING);
    assert_eq!(denied(list_archive(&gate, &archive)), ("read", folder.at("a.tar")));
    assert_eq!(denied(search_archive(&gate, &archive, "(")), ("read", folder.at("a.tar")));
    assert_eq!(folder.tree().names(), ["a.tar", "to"]);
}

#[test]
fn what_is_in_the_way_is_an_error_and_links_are_never_followed() {
    let exists = "Invalid path: Cannot create directory 'd': file exists";
    let cases = [
        (file("a", "evil"), ("to/a -> ../outside/x", ""), "FileError", "File error: a link is in its place: "),
        (file("a", "evil"), ("to/a -> ../outside/new", ""), "FileError", "File error: a link is in its place: "),
        (file("a", "evil"), ("to/a/", ""), "FileError", "File error: a directory is in its place: "),
        (file("d/x", "evil"), ("to/d -> ../outside", ""), "InvalidPath", exists),
        (dir("d", 0o777), ("to/d -> ../outside", ""), "InvalidPath", exists),
        (file("d/x", "evil"), ("to/d", "a file"), "InvalidPath", exists),
    ];
    for (member, there, kind, text) in cases {
        let folder = folder(&archive(&[member]), &[("outside/x", "outside"), there]);
        let before = folder.tree();
        let (found_kind, found_text) = failed(extract(&folder));
        assert_eq!((found_kind, found_text.starts_with(text)), (kind, true), "{there:?}: {found_text}");
        assert_eq!(before.changes(&folder.tree()), "");
    }
}

#[test]
fn a_file_that_is_there_gives_way_in_one_step() {
    let folder =
        folder(&archive(&[member("a", b'0', "new", 0o600), file("b", "1"), file("b", "2")]), &[("to/a", "old")]);
    fs::hard_link(folder.at("to/a"), folder.at("other")).unwrap();
    extract(&folder).unwrap();
    assert_eq!([folder.text("to/a"), folder.text("other"), folder.text("to/b")], ["new", "old", "2"]);
    assert_eq!(mode(&folder, "to/a"), 0o600);
    assert_eq!(folder.tree().names(), ["a.tar", "other", "to", "to/a", "to/b"], "nothing private is left");
}

#[test]
fn members_that_do_not_fit_together_change_nothing() {
    for members in [
        [file("a", ""), file("a/b", "")],
        [file("a/b", ""), file("a", "")],
        [file("a", ""), dir("a", 0o755)],
        [dir("a/", 0o755), file("./a", "")],
        [file("a", ""), dir("a/b/c", 0o755)],
    ] {
        let folder = folder(&archive(&members), &[]);
        let text = "Validation error: the archive holds a file and a directory of the same name: a";
        assert_eq!(failed(extract(&folder)), ("ValidationError", text.to_owned()));
        assert_eq!(folder.tree().names(), ["a.tar", "to"]);
    }
}

#[test]
fn long_names_of_every_form_are_understood() {
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
    let mut prefixed = header(b"name", b'0', 0, 0o644);
    prefixed.as_ustar_mut().unwrap().prefix[..4].copy_from_slice(b"some");
    prefixed.set_cksum();
    let exact = "e".repeat(100);
    let bytes = archive(&[
        [member("././@LongLink", b'L', format!("{long}1\0"), 0o644), file("cut", "1")].concat(),
        [records(&[("path", &format!("{long}2")), ("mtime", "-2.5"), ("size", "3")]), {
            let mut bytes = header(b"cut", b'0', 0, 0o644).as_bytes().to_vec();
            bytes.extend(b"two");
            bytes.resize(1024, 0);
            bytes
        }]
        .concat(),
        [records(&[("path", "new\nline"), ("comment", "a=b\n7 c=d\n")]), file("cut", "3")].concat(),
        prefixed.as_bytes().to_vec(),
        file(&exact, "4"),
    ]);
    let folder = folder(&bytes, &[]);
    extract(&folder).unwrap();
    let names = [format!("{long}1"), format!("{long}2"), "new\nline".to_owned(), "some/name".to_owned(), exact];
    let texts = names.map(|name| folder.text(&format!("to/{name}")));
    assert_eq!(texts, ["1", "two", "3", "", "4"]);
    assert_eq!(fs::metadata(folder.at(&format!("to/{long}2"))).unwrap().mtime(), -3);
}

#[test]
fn names_that_are_no_text_are_kept_byte_for_byte() {
    let folder = folder(&archive(&[header(b"caf\xe9", b'0', 0, 0o644).as_bytes().to_vec()]), &[]);
    extract(&folder).unwrap();
    let name = fs::read_dir(folder.at("to")).unwrap().next().unwrap().unwrap().file_name();
    assert_eq!(std::os::unix::ffi::OsStrExt::as_bytes(&*name), b"caf\xe9");
    let gate = all_but(&folder, &forbid("create", &folder.at("to/caf\u{fffd}")));
    assert_eq!(denied(extract_with(&folder, &gate, ExtractOptions::default()).0).0, "create");
}

#[test]
fn an_archive_made_by_another_program_is_understood() {
    let folder = Folder::new(&[("in/a", "one\n"), ("in/sub/b", "two\n"), ("in/link -> a", ""), ("to/", "")]);
    let long = "long-name-".repeat(20);
    folder.put(&format!("in/sub/{long}"), "three");
    for format in ["v7", "oldgnu", "gnu", "ustar", "posix"] {
        let mut tar = std::process::Command::new("tar");
        let args = ["-C", &folder.at("in"), "--format", format, "-cf", &folder.at("a.tar"), "a", "link", "sub"];
        // Old forms have no room for the long name.
        let done = tar.args(args).stderr(std::process::Stdio::null()).status().unwrap();
        fs::remove_dir_all(folder.at("to")).unwrap();
        fs::create_dir(folder.at("to")).unwrap();
        extract(&folder).unwrap_or_else(|error| panic!("{format}: {error}"));
        assert_eq!([folder.text("to/a"), folder.text("to/sub/b")], ["one\n", "two\n"], "{format}");
        assert_eq!(folder.has(&format!("to/sub/{long}")), done.success(), "{format}");
        assert!(!folder.has("to/link"));
    }
}
