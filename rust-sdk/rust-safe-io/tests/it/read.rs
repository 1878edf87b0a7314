//! Reading: whole files, redacted files, fields, counts.

use crate::allow::{OPEN, OPEN_DIR, READ, REDACTED_READ};
use crate::allow::{all, all_but, allow, denied, failed, forbid, redaction};
use rex_test_utils::{Folder, gate, policy_from_needs};
use rust_safe_io::{
    Result, WordCount, count, count_unique, field, filter, filter_field, filter_range, read, split, sum,
};

fn whole(content: impl AsRef<[u8]>) -> Result<String> {
    let folder = Folder::new(&[]);
    folder.put("a", content);
    let text = read(&all(&folder), &redaction(&folder), &folder.at("a"))?;
    assert!(!text.redacted);
    Ok(text.content)
}

#[test]
fn content_comes_as_it_is() {
    let long = "0123456789abcdef".repeat(300_000);
    for content in ["", "a", "a\n", "a\r\n\r\nb", "\u{feff}\u{4e16}\u{754c}\0\n", &long] {
        assert_eq!(whole(content).unwrap(), content);
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    for bytes in [&b"\xff"[..], b"ok\n\xc3", b"\x7fELF\x02\x01\x01\x00\x80", b"\xed\xa0\x80"] {
        assert_eq!(failed(whole(bytes)), ("Utf8Error", "stream did not contain valid UTF-8".to_owned()));
    }
}

#[test]
fn files_of_proc_say_they_are_empty_and_are_not() {
    let gate = gate("permit(principal, action, resource);");
    let folder = Folder::new(&[]);
    assert!(read(&gate, &redaction(&folder), "/proc/version").unwrap().content.starts_with("Linux version "));
    assert!(count(&gate, "/proc/version", false).unwrap().bytes > 20);
}

const LOG: &str = "user=alice\npassword=hunter2\nuser=bob\n";

fn log() -> Folder {
    Folder::new(&[("log", LOG), ("rex_redaction.config", "# known\nuser=%s\n")])
}

#[test]
fn redacted_reading_shows_what_the_dictionary_knows() {
    let folder = log();
    let gate = all_but(&folder, &forbid("read", &folder.at("log")));
    let text = read(&gate, &redaction(&folder), &folder.at("log")).unwrap();
    assert_eq!((text.content.as_str(), text.redacted), ("user=alice\n[REDACTED]\nuser=bob", true));
    assert_eq!(filter(&gate, &redaction(&folder), "hunter", &folder.at("log")).unwrap(), Vec::<String>::new());
    assert_eq!(field(&gate, &redaction(&folder), 2, "=", &folder.at("log")).unwrap(), ["alice", "bob"]);
    assert_eq!(denied(count(&gate, &folder.at("log"), true)), ("read", folder.at("log")));
}

#[test]
fn without_both_the_denial_names_read() {
    let folder = log();
    let gate = allow(&folder, &[OPEN_DIR, OPEN]);
    assert_eq!(denied(read(&gate, &redaction(&folder), &folder.at("log"))), ("read", folder.at("log")));
}

#[test]
fn the_dictionary_is_judged_and_must_be_there() {
    let folder = log();
    let only_redacted = allow(&folder, &[OPEN_DIR, OPEN, REDACTED_READ]);
    let dictionary = folder.at("rex_redaction.config");
    assert_eq!(denied(read(&only_redacted, &redaction(&folder), &folder.at("log"))), ("read", dictionary.clone()));
    let gate = all_but(&folder, &forbid("read", &dictionary));
    let message =
        "Unsupported Operation error: Trying to redacted_read the redaction dictionary is not supported/allowed";
    assert_eq!(
        failed(read(&gate, &redaction(&folder), &dictionary)),
        ("UnsupportedOperationError", message.to_owned())
    );
    let bare = Folder::new(&[("log", LOG)]);
    let gate = all_but(&bare, &forbid("read", &bare.at("log")));
    let message = format!("File error: Failed to open redaction dictionary file: {}", bare.at("rex_redaction.config"));
    assert_eq!(failed(read(&gate, &redaction(&bare), &bare.at("log"))), ("FileError", message));
}

#[test]
fn a_hard_link_of_another_name_is_judged_by_that_name() {
    let folder = Folder::new(&[("open/", ""), ("closed/a", "x")]);
    std::fs::hard_link(folder.at("closed/a"), folder.at("open/b")).unwrap();
    let gate = gate(&policy_from_needs(&[OPEN_DIR, OPEN, READ], &folder.at("open"), ""));
    assert_eq!(read(&gate, &redaction(&folder), &folder.at("open/b")).unwrap().content, "x");
    assert_eq!(denied(read(&gate, &redaction(&folder), &folder.at("closed/a"))), ("open", folder.at("closed")));
}

const TABLE: &str = "web,12,ok\ndb,7,ok\nweb, 3 ,failed\nshort\n\nweb,x,ok\n";

#[test]
fn fields() {
    let folder = Folder::new(&[("t", TABLE), ("empty", ""), ("blanks", "a  b\n")]);
    let (gate, hidden) = (all(&folder), redaction(&folder));
    let path = folder.at("t");
    assert_eq!(field(&gate, &hidden, 1, ",", &path).unwrap(), ["web", "db", "web", "short", "", "web"]);
    assert_eq!(field(&gate, &hidden, 3, ",", &path).unwrap(), ["ok", "ok", "failed", "ok"]);
    assert_eq!(field(&gate, &hidden, 9, ",", &path).unwrap(), Vec::<String>::new());
    assert_eq!(field(&gate, &hidden, 2, " ", &folder.at("blanks")).unwrap(), [""]);
    assert_eq!(filter(&gate, &hidden, "ok", &path).unwrap(), ["web,12,ok", "db,7,ok", "web,x,ok"]);
    assert_eq!(filter(&gate, &hidden, ".", &path).unwrap(), Vec::<String>::new());
    assert_eq!(
        filter_field(&gate, &hidden, 1, ",", "b", &path).unwrap(),
        ["web,12,ok", "db,7,ok", "web, 3 ,failed", "web,x,ok"]
    );
    assert!((sum(&gate, &hidden, 2, ",", &path).unwrap() - 22.0).abs() < 1e-9);
    assert!(sum(&gate, &hidden, 2, ",", &folder.at("empty")).unwrap().abs() < 1e-9);
    let counted = count_unique(&gate, &hidden, 1, ",", &path).unwrap();
    assert_eq!(
        counted.into_iter().collect::<Vec<_>>(),
        [("", 1), ("db", 1), ("short", 1), ("web", 3)].map(|(k, n)| (k.to_owned(), n))
    );
    assert_eq!(filter_range(&gate, &hidden, 2, 3, &path).unwrap(), ["db,7,ok", "web, 3 ,failed"]);
    assert_eq!(filter_range(&gate, &hidden, 6, i64::MAX, &path).unwrap(), ["web,x,ok"]);
    assert_eq!(filter_range(&gate, &hidden, 99, 100, &path).unwrap(), Vec::<String>::new());
}

#[test]
fn numbers_of_fields_and_lines_are_looked_at_before_the_file() {
    let folder = Folder::new(&[]);
    let (gate, hidden) = (all(&folder), redaction(&folder));
    for (start, end) in [(0, 1), (-1, 1), (3, 2)] {
        let message = format!("Invalid arguments: awk: invalid range {start}..{end}");
        assert_eq!(failed(filter_range(&gate, &hidden, start, end, "/missing")), ("InvalidArguments", message));
    }
    for number in [0, -1, i64::MIN] {
        let message = "Invalid arguments: awk: field number must be >= 1".to_owned();
        assert_eq!(failed(field(&gate, &hidden, number, ",", "/missing")), ("InvalidArguments", message.clone()));
        assert_eq!(failed(sum(&gate, &hidden, number, ",", "/missing")), ("InvalidArguments", message));
    }
}

#[test]
fn splitting() {
    assert_eq!(split("a,b,,c", ",").collect::<Vec<_>>(), ["a", "b", "", "c"]);
    assert_eq!(split("", ",").collect::<Vec<_>>(), [""]);
    assert_eq!(split("ab", "").collect::<Vec<_>>(), ["", "a", "b", ""]);
    assert_eq!(split("a.b", ".").collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn counting() {
    let counted = |bytes: &[u8]| {
        let folder = Folder::new(&[]);
        folder.put("a", bytes);
        count(&all(&folder), &folder.at("a"), true).unwrap()
    };
    assert_eq!(counted(b""), WordCount { lines: 0, words: 0, bytes: 0 });
    assert_eq!(counted(b"one two\nthree"), WordCount { lines: 1, words: 3, bytes: 13 });
    assert_eq!(counted(b" \t\n\r\x0b\x0c "), WordCount { lines: 1, words: 0, bytes: 7 });
    assert_eq!(counted(b"a\x0bb \xff\x00c\n"), WordCount { lines: 1, words: 3, bytes: 8 });
    let long = b"word ".repeat(200_001);
    assert_eq!(counted(&long), WordCount { lines: 0, words: 200_001, bytes: 1_000_005 });
    let folder = Folder::new(&[("a", "a b\n")]);
    assert_eq!(count(&all(&folder), &folder.at("a"), false).unwrap(), WordCount { lines: 1, words: 0, bytes: 4 });
}

#[test]
fn large_files_are_counted_whole() {
    let folder = Folder::new(&[]);
    let mut content: Vec<u8> = (0..3_000_000_u32).flat_map(|number| format!("{number}\n").into_bytes()).collect();
    content.extend(b"no end");
    assert!(content.len() > 20 << 20);
    folder.put("a", &content);
    let expected = WordCount { lines: 3_000_000, words: 0, bytes: content.len() as u64 };
    assert_eq!(count(&all(&folder), &folder.at("a"), false).unwrap(), expected);
    let with_words = count(&all(&folder), &folder.at("a"), true).unwrap();
    assert_eq!(with_words, WordCount { words: 3_000_002, ..expected });
    let policies = rex_cedar_auth::Policies::load("all", "permit(principal, action, resource);").unwrap();
    // At the first look: how many there are is chance, as a second thread counts, too.
    let gate =
        rex_cedar_auth::Gate::new(policies, "tester").with_stop(|| Some(rex_cedar_auth::Stopped("enough".into())));
    assert!(matches!(count(&gate, &folder.at("a"), false), Err(rust_safe_io::Error::Stopped(_))));
}
