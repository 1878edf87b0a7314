//! Attacks by archives.

use super::End::{Denied, Fails, Gives};
use super::{ALL, Attack, NOT_SEC, PUB};
use rex_test_utils::Folder;

/// One block of a header and the content behind it, as `tar(5)` has them.
fn member(name: &[u8], kind: u8, link: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    sized(name, kind, link, mode, content.len() as u64, content)
}

fn sized(name: &[u8], kind: u8, link: &str, mode: u32, size: u64, content: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name[..name.len().min(100)]);
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000\x000000000\0");
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000\0        ");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut bytes = block.to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn file(name: &str, content: &str) -> Vec<u8> {
    member(name.as_bytes(), b'0', "", 0o644, content.as_bytes())
}

/// A header of the pax format, for what comes next.
fn pax(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len() + 1;
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    member(b"PaxHeader", b'x', "", 0o644, format!("{length}{rest}").as_bytes())
}

fn put(folder: &Folder, members: &[Vec<u8>]) {
    let mut all = members.concat();
    all.extend([0; 1024]);
    folder.put("pub/a.tar", all);
    let mut honest = file("good", "good");
    honest.extend([0; 1024]);
    folder.put("pub/good.tar", honest);
    folder.put("pub/to/", "");
}

/// Unpacks `NAME` and tells whether the good member is there.
const EXTRACT: &str = r#"
    let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
    let to = DirConfig().path(dir + "/pub/to").build().open(OpenDirOptions().build());
    try { h.open_file("a.tar", OpenFileOptions().read(true).build()).extract_archive(to, ExtractArchiveOptions().preserve_permissions(true).preserve_ownership(true).build()); } catch { }
    "over""#;
const HONEST: &str = r#"
    let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
    let to = DirConfig().path(dir + "/pub/to").build().open(OpenDirOptions().build());
    h.open_file("good.tar", OpenFileOptions().read(true).build()).extract_archive(to, ExtractArchiveOptions().build());
    cat(dir + "/pub/to/good")"#;

/// Unpacking these members changes nothing but `changes`.
const HOSTILE: Attack = Attack {
    policy: ALL,
    script: EXTRACT,
    ends: Gives("over"),
    twin_script: HONEST,
    twin_ends: Gives("good"),
    ..Attack::BASE
};

#[test]
fn a_link_and_then_a_file_through_it() {
    Attack {
        prepare: |folder| {
            put(
                folder,
                &[
                    member(b"a", b'2', "../../sec", 0o777, b""),
                    file("a/secret", "overwritten"),
                    file("a/new", "new"),
                    member(b"b", b'2', "/", 0o777, b""),
                    file("b/tmp/rex-attack-through-a-link", "new"),
                ],
            );
        },
        changes: &[
            "pub/to/a",
            "pub/to/a/secret",
            "pub/to/a/new",
            "pub/to/b",
            "pub/to/b/tmp",
            "pub/to/b/tmp/rex-attack-through-a-link",
        ],
        ..HOSTILE
    }
    .check();
    assert!(!std::path::Path::new("/tmp/rex-attack-through-a-link").exists());
}

#[test]
fn a_hard_link_to_a_file_outside_and_then_its_content() {
    Attack {
        prepare: |folder| {
            put(
                folder,
                &[
                    member(b"h", b'1', "../../sec/secret", 0o644, b""),
                    file("h", "overwritten"),
                    member(b"i", b'1', "../ok", 0o644, b""),
                ],
            );
        },
        changes: &["pub/to/h"],
        ..HOSTILE
    }
    .check();
}

#[test]
fn the_true_name_in_a_header_before() {
    fn called(folder: &Folder, name: &str) {
        put(folder, &[pax("path", name), file("harmless", "evil")]);
    }
    let preparations: [fn(&Folder); 6] = [
        |folder| called(folder, "../../sec/new"),
        |folder| called(folder, "/tmp/rex-attack-pax"),
        |folder| called(folder, "a/../../../sec/new"),
        |folder| called(folder, ".."),
        |folder| called(folder, "../ok"),
        |folder| called(folder, "x/../../ok"),
    ];
    for prepare in preparations {
        Attack { prepare, ..HOSTILE }.check();
    }
    assert!(!std::path::Path::new("/tmp/rex-attack-pax").exists());
}

#[test]
fn the_true_name_in_a_long_name_of_gnu() {
    Attack {
        prepare: |folder| {
            put(folder, &[member(b"././@LongLink", b'L', "", 0o644, b"../../sec/new\0"), file("harmless", "evil")]);
        },
        ..HOSTILE
    }
    .check();
}

#[test]
fn names_with_bytes_that_end_or_drive() {
    Attack {
        prepare: |folder| {
            put(
                folder,
                &[
                    pax("path", "ok\0/../../../sec/new"),
                    file("harmless", "evil"),
                    member(b"..\\..\\sec\\new", b'0', "", 0o644, b"evil"),
                    member(b"\x1b[2J\nname", b'0', "", 0o644, b"x"),
                ],
            );
        },
        changes: &["pub/to/..\\..\\sec\\new", "pub/to/\u{1b}[2J\nname", "pub/to/ok"],
        ..HOSTILE
    }
    .check();
}

#[test]
fn the_same_name_again_and_again() {
    Attack {
        prepare: |folder| {
            let dir = |name: &[u8]| member(name, b'5', "", 0o755, b"");
            put(
                folder,
                &[
                    file("f", "one"),
                    file("f", "two"),
                    dir(b"f/"),
                    file("f/g", "three"),
                    member(b"f", b'2', "../../sec", 0o777, b""),
                    file("f/new", "four"),
                ],
            );
        },
        changes: &["pub/to/f", "pub/to/f/g", "pub/to/f/new"],
        ..HOSTILE
    }
    .check();
}

#[test]
fn a_member_that_stands_for_the_directory_itself() {
    Attack {
        prepare: |folder| {
            let dir = |name: &[u8]| member(name, b'5', "", 0o000, b"");
            put(folder, &[dir(b"./"), dir(b"."), dir(b""), dir(b"/"), dir(b"././"), file("good", "good")]);
        },
        changes: &["pub/to/good"],
        ..HOSTILE
    }
    .check();
}

#[test]
fn what_is_neither_file_nor_directory() {
    Attack {
        prepare: |folder| {
            let special = |name: &[u8], kind| member(name, kind, "", 0o666, b"");
            put(
                folder,
                &[
                    special(b"fifo", b'6'),
                    special(b"char", b'3'),
                    special(b"block", b'4'),
                    special(b"odd", b'Z'),
                    special(b"sparse", b'S'),
                    special(b"multi", b'M'),
                ],
            );
        },
        changes: &["pub/to/odd"],
        ..HOSTILE
    }
    .check();
}

#[test]
fn a_size_that_is_not_there() {
    let preparations: [fn(&Folder); 3] = [
        |folder| put(folder, &[file("first", "1"), sized(b"cut", b'0', "", 0o644, 4096, b"few")]),
        |folder| put(folder, &[file("first", "1"), sized(b"cut", b'0', "", 0o644, 0o77_777_777_777, b"few")]),
        |folder| put(folder, &[file("first", "1"), pax("size", "9223372036854775807"), file("cut", "few")]),
    ];
    for prepare in preparations {
        Attack {
            prepare,
            script: r#"
                let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
                let to = DirConfig().path(dir + "/pub/to").build().open(OpenDirOptions().build());
                h.open_file("a.tar", OpenFileOptions().read(true).build()).extract_archive(to, ExtractArchiveOptions().build());"#,
            ends: Fails(1, "IoErrorKind"),
            ..HOSTILE
        }
        .check();
    }
}

#[test]
fn a_member_that_must_not_be_is_found_before_the_first_is_written() {
    Attack {
        prepare: |folder| {
            put(folder, &[file("first", "1"), file("second", "2"), file("sub/keep", "evil")]);
            folder.put("pub/to/sub/keep", "kept");
        },
        policy: r#"permit(principal, action, resource in file_system::Dir::"{dir}/pub"); forbid(principal, action == file_system::Action::"write", resource == file_system::File::"{dir}/pub/to/sub/keep");
            forbid(principal, action == file_system::Action::"create", resource == file_system::File::"{dir}/pub/to/sub/keep");"#,
        script: r#"
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            let to = DirConfig().path(dir + "/pub/to").build().open(OpenDirOptions().build());
            h.open_file("a.tar", OpenFileOptions().read(true).build()).extract_archive(to, ExtractArchiveOptions().build()); cat(dir + "/pub/to/sub/keep")"#,
        ends: Denied("keep"),
        twin_policy: PUB,
        twin_script: "",
        twin_ends: Gives("evil"),
        ..HOSTILE
    }
    .check();
}

#[test]
fn an_archive_is_not_made_of_what_must_not_be_read() {
    const PACK: &str = r#"
        let h = DirConfig().path(dir).build().open(OpenDirOptions().build());
        let p = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
        let made = h.create_archive(["pub", "sec"], p.open_file("out.tgz", OpenFileOptions().create(true).write(true).read(true).build()));
        made.list_archive().len() > 2"#;
    Attack {
        policy: NOT_SEC,
        script: PACK,
        ends: Denied("/sec"),
        changes: &["pub/out.tgz"],
        twin_policy: ALL,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}
