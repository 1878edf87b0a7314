//! Searching.

use crate::allow::{all, all_but, failed, forbid, redaction};
use rex_test_utils::Folder;
use rust_safe_io::{Result, Search, search};

const NUMBERED: Search = Search { ignore_case: false, invert: false, max_count: None, count_only: false };

fn found(content: impl AsRef<[u8]>, pattern: &str, options: Search) -> Result<Vec<(u64, String)>> {
    let folder = Folder::new(&[]);
    folder.put("a", content);
    let hits = search(&all(&folder), &redaction(&folder), pattern, &folder.at("a"), options)?;
    if !options.count_only {
        assert_eq!(hits.count, hits.lines.len() as u64);
    }
    Ok(hits.lines.into_iter().map(|hit| (hit.line_number, hit.line)).collect())
}

fn count(content: &str, pattern: &str, options: Search) -> u64 {
    let folder = Folder::new(&[("a", content)]);
    search(&all(&folder), &redaction(&folder), pattern, &folder.at("a"), options).unwrap().count
}

fn lines(content: &str, pattern: &str, options: Search) -> Vec<u64> {
    found(content, pattern, options).unwrap().into_iter().map(|(number, _)| number).collect()
}

const TEXT: &str = "alpha\nBeta\n\ngamma 42\nalphabet\n";

#[test]
fn lines_and_their_numbers() {
    assert_eq!(found(TEXT, "alpha", NUMBERED).unwrap(), [(1, "alpha".to_owned()), (5, "alphabet".to_owned())]);
    assert_eq!(lines(TEXT, "^$", NUMBERED), [3]);
    assert_eq!(lines(TEXT, "a$", NUMBERED), [1, 2]);
    assert_eq!(lines(TEXT, "", NUMBERED), [1, 2, 3, 4, 5]);
    assert_eq!(lines(TEXT, "\\d+", NUMBERED), [4]);
    assert_eq!(lines(TEXT, "nothing", NUMBERED), [0_u64; 0]);
    assert_eq!(lines("", "", NUMBERED), [0_u64; 0]);
    assert_eq!(lines("no end", "end", NUMBERED), [1]);
    assert_eq!(lines("a\nb", "a\\nb|a\nb", NUMBERED), [0_u64; 0]);
}

#[test]
fn options() {
    assert_eq!(lines(TEXT, "BETA", Search { ignore_case: true, ..NUMBERED }), [2]);
    assert_eq!(lines(TEXT, "alpha", Search { invert: true, ..NUMBERED }), [2, 3, 4]);
    assert_eq!(lines(TEXT, "a", Search { max_count: Some(2), ..NUMBERED }), [1, 2]);
    assert_eq!(lines(TEXT, "a", Search { max_count: Some(0), ..NUMBERED }), [0_u64; 0]);
    assert_eq!(lines(TEXT, "alpha", Search { invert: true, max_count: Some(1), ..NUMBERED }), [2]);
    let counting = Search { count_only: true, ..NUMBERED };
    assert_eq!(count(TEXT, "a", counting), 4);
    assert_eq!(count(TEXT, "a", Search { max_count: Some(3), ..counting }), 3);
    assert_eq!(count(TEXT, "a", Search { invert: true, ..counting }), 1);
    assert_eq!(found(TEXT, "a", counting).unwrap(), []);
}

#[test]
fn carriage_returns_before_a_newline_are_no_text() {
    let text = "a\r\n\r\nb\rc\r\nlast\r\n";
    assert_eq!(found(text, "a$", NUMBERED).unwrap(), [(1, "a".to_owned())]);
    assert_eq!(lines(text, "^$", NUMBERED), [2]);
    assert_eq!(lines(text, ".", NUMBERED), [1, 3, 4]);
    assert_eq!(lines(text, "\\s", NUMBERED), [3]);
    assert_eq!(lines(text, "b.c", NUMBERED), [3]);
    assert_eq!(lines(text, ".", Search { invert: true, ..NUMBERED }), [2]);
    let early = "x\n".repeat(300_000) + "a\r\n";
    assert_eq!(lines(&early, "a$", NUMBERED), [300_001]);
}

#[test]
fn only_found_lines_must_be_text() {
    let binary = b"ok\n\xff\x00\nok\n";
    assert_eq!(found(binary, "ok", NUMBERED).unwrap().len(), 2);
    assert_eq!(failed(found(binary, "", NUMBERED)).0, "Utf8Error");
    assert_eq!(failed(found(binary, "ok", Search { invert: true, ..NUMBERED })).0, "Utf8Error");
}

#[test]
fn bad_patterns() {
    for pattern in ["(", "[", "a{2,1}", "\\1", "(?<=a)b", "((((a{100}){100}){100}){100})"] {
        let (kind, text) = failed(found(TEXT, pattern, NUMBERED));
        assert_eq!(kind, "ValidationError");
        assert!(text.starts_with(&format!("Validation error: Invalid regex pattern: '{pattern}' - ")), "{text}");
    }
}

#[test]
fn a_huge_line() {
    let long = "x".repeat(8 << 20);
    let content = format!("first\n{long}y\nlast\n");
    assert_eq!(lines(&content, "xy$", NUMBERED), [2]);
    assert_eq!(lines(&content, "last", NUMBERED), [3]);
    assert_eq!(lines(&content, "\\Axx", NUMBERED), [2]);
}

#[test]
fn a_line_beyond_all_measure_is_an_error() {
    let folder = Folder::new(&[("a", "")]);
    let file = std::fs::File::options().write(true).open(folder.at("a")).unwrap();
    file.set_len(80 << 20).unwrap();
    for pattern in ["x", "\\Ax"] {
        let result = search(&all(&folder), &redaction(&folder), pattern, &folder.at("a"), NUMBERED);
        assert!(matches!(failed(result).0, "FileReadError" | "FileContentTooLargeError"));
    }
}

#[test]
fn hidden_lines_cannot_be_probed() {
    let content = "user=alice\npassword=hunter2\nuser=bob\n";
    let folder = Folder::new(&[("a", content), ("rex_redaction.config", "user=%s\n")]);
    let gate = all_but(&folder, &forbid("read", &folder.at("a")));
    let found = |pattern, invert| {
        let hits = search(&gate, &redaction(&folder), pattern, &folder.at("a"), Search { invert, ..NUMBERED }).unwrap();
        hits.lines.into_iter().map(|hit| (hit.line_number, hit.line)).collect::<Vec<_>>()
    };
    for probe in ["hunter", "password", "^.{16}$"] {
        assert_eq!(found(probe, false), []);
    }
    assert_eq!(found("bob", false), [(3, "user=bob".to_owned())]);
    assert_eq!(found("user", true), [(2, "[REDACTED]".to_owned())]);
}

#[test]
fn a_carriage_return_at_the_very_end_is_text() {
    assert_eq!(found("a\nb\r", "b", NUMBERED).unwrap(), [(2, "b\r".to_owned())]);
    assert_eq!(found("a\nb\r", "b$", NUMBERED).unwrap(), []);
}
