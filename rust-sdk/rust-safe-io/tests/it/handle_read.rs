//! Reading what is held open.

use crate::allow::{OPEN, OPEN_DIR, all, allow, denied, failed, redaction};
use rex_cedar_auth::Gate;
use rex_test_utils::Folder;
use rust_safe_io::{DirHandle, DirOptions, FileHandle, FileOptions, LineSelection};

const READ: FileOptions = FileOptions { read: true, write: false, create: false, permissions: None, follow: false };
const WRITE: FileOptions = FileOptions { read: false, write: true, ..READ };

fn open(gate: &Gate, folder: &Folder, options: FileOptions) -> FileHandle {
    DirHandle::open(gate, folder.path(), DirOptions::default()).unwrap().open_file(gate, "f", options).unwrap()
}

#[test]
fn pages_go_on_and_reading_goes_back() {
    let folder = Folder::new(&[("f", "one\r\ntwo\n\nfour")]);
    let gate = all(&folder);
    let file = open(&gate, &folder, READ);
    let copy = file.clone();
    assert_eq!(file.read_page(&gate, 2).unwrap(), ["one", "two"]);
    assert_eq!(copy.read_page(&gate, 1).unwrap(), [""]);
    assert_eq!(file.search(&gate, &redaction(&folder), "o").unwrap().lines[0].line_number, 1);
    assert_eq!(file.read_page(&gate, 100).unwrap().len(), 4);
    assert_eq!(file.read_page(&gate, 100).unwrap(), Vec::<String>::new());
    assert_eq!(file.read(&gate, &redaction(&folder)).unwrap().content, "");
    assert_eq!(file.read(&gate, &redaction(&folder)).unwrap().content, "one\r\ntwo\n\nfour");
    file.read_page(&gate, 1).unwrap();
    assert_eq!(file.counts(&gate).unwrap().bytes, 9);
    file.read_page(&gate, 1).unwrap();
    // Lines are numbered from the beginning of the file.
    assert_eq!(file.read_lines(&gate, LineSelection::new(Some(2), Some(1)).unwrap()).unwrap(), ["two"]);
}

#[test]
fn a_page_that_fails_can_be_asked_for_again() {
    let folder = Folder::new(&[("f", "")]);
    folder.put("f", b"good\n\xff\xfe\n");
    let gate = all(&folder);
    let file = open(&gate, &folder, READ);
    assert_eq!(file.read_page(&gate, 1).unwrap(), ["good"]);
    for _ in 0..2 {
        assert_eq!(failed(file.read_page(&gate, 1)).0, "Utf8Error");
    }
    assert_eq!(file.read_bytes(&gate, 5, 100).unwrap(), b"\xff\xfe\n");
}

#[test]
fn bytes_from_anywhere() {
    let folder = Folder::new(&[("f", "0123456789")]);
    let gate = all(&folder);
    let file = open(&gate, &folder, READ);
    let bytes = |offset, length| file.read_bytes(&gate, offset, length).unwrap();
    assert_eq!(
        (bytes(0, 3), bytes(8, 100), bytes(10, 1), bytes(1 << 40, 1)),
        (b"012".to_vec(), b"89".to_vec(), vec![], vec![])
    );
    assert_eq!(bytes(3, 0), b"");
}

#[test]
fn texts_in_bytes() {
    let folder = Folder::new(&[("f", "")]);
    let mut content = b"\x01abc\x02abcd\x03with space\tand tab\0xyz\xfflast".to_vec();
    let gate = all(&folder);
    folder.put("f", &content);
    assert_eq!(open(&gate, &folder, READ).strings(&gate).unwrap(), ["abcd", "with space\tand tab", "last"]);
    // A text that two reads share is one text.
    content = vec![0; 256 * 1024 - 3];
    content.extend(b"together\0");
    folder.put("f", &content);
    assert_eq!(open(&gate, &folder, READ).strings(&gate).unwrap(), ["together"]);
}

#[test]
fn handles_read_only_what_they_were_opened_for() {
    let folder = Folder::new(&[("f", "text")]);
    let gate = all(&folder);
    let file = open(&gate, &folder, WRITE);
    let selection = LineSelection::new(None, Some(1)).unwrap();
    let text = format!(
        "Invalid file mode: Attempted to read a file without opening it with the read option.: {}",
        folder.at("f")
    );
    let expected = ("InvalidFileMode", text);
    assert_eq!(failed(file.read(&gate, &redaction(&folder))), expected);
    assert_eq!(failed(file.read_lines(&gate, selection)), expected);
    assert_eq!(failed(file.read_page(&gate, 1)), expected);
    assert_eq!(failed(file.read_bytes(&gate, 0, 1)), expected);
    assert_eq!(failed(file.search(&gate, &redaction(&folder), "t")), expected);
    assert_eq!(failed(file.counts(&gate)), expected);
    assert_eq!(failed(file.strings(&gate)), expected);
}

#[test]
fn each_reading_is_judged_again() {
    let folder = Folder::new(&[("f", "text")]);
    let file = open(&all(&folder), &folder, READ);
    let gate = allow(&folder, &[OPEN_DIR, OPEN]);
    let expected = ("read", folder.at("f"));
    assert_eq!(denied(file.read(&gate, &redaction(&folder))), expected);
    assert_eq!(denied(file.read_page(&gate, 1)), expected);
    assert_eq!(denied(file.read_bytes(&gate, 0, 1)), expected);
    assert_eq!(denied(file.search(&gate, &redaction(&folder), "t")), expected);
    assert_eq!(denied(file.counts(&gate)), expected);
    assert_eq!(denied(file.strings(&gate)), expected);
    assert_eq!(denied(file.metadata(&gate)), ("stat", folder.at("f")));
}

#[test]
fn what_redaction_hides_no_reader_tells() {
    let folder = Folder::new(&[("f", "user=alice\npassword=hunter2\n"), ("rex_redaction.config", "user=%s\n")]);
    let policy = format!(
        "permit(principal, action in [file_system::Action::\"open\", file_system::Action::\"redacted_read\"], resource in file_system::Dir::\"{dir}\");
         permit(principal, action == file_system::Action::\"read\", resource == file_system::File::\"{dir}/rex_redaction.config\");",
        dir = folder.path()
    );
    let gate = rex_test_utils::gate(&policy);
    let file = open(&gate, &folder, READ);
    let hidden = redaction(&folder);
    assert_eq!(file.read(&gate, &hidden).unwrap().content, "user=alice\n[REDACTED]");
    let found = |pattern: &str| {
        file.search(&gate, &hidden, pattern).unwrap().lines.into_iter().map(|hit| hit.line).collect::<Vec<_>>()
    };
    assert_eq!(found("hunter2"), Vec::<String>::new());
    assert_eq!(found("^password=hunter2$"), found("^password=wrong$"));
    assert_eq!(found("."), ["user=alice", "[REDACTED]"]);
    for denied in [denied(file.read_page(&gate, 1)), denied(file.read_bytes(&gate, 0, 1)), denied(file.counts(&gate))] {
        assert_eq!(denied.0, "read");
    }
}
