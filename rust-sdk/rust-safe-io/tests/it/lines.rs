//! Some lines of a file.

use crate::allow::{all, failed};
use rex_test_utils::Folder;
use rust_safe_io::{LineSelection, Result, lines};

fn take(folder: &Folder, count: Option<i64>, start: Option<i64>) -> Result<Vec<String>> {
    lines(&all(folder), &folder.at("a"), LineSelection::new(start, count)?)
}

fn numbers(range: std::ops::RangeInclusive<usize>) -> Vec<String> {
    range.map(|number| format!("line {number}")).collect()
}

#[test]
fn the_table_of_counts_and_starts_on_fifteen_lines() {
    for end in ["", "\n"] {
        let folder = Folder::new(&[("a", &(numbers(1..=15).join("\n") + end))]);
        let take = |count, start| take(&folder, count, start).unwrap();
        assert_eq!(take(Some(3), None), numbers(1..=3));
        assert_eq!(take(Some(15), None), numbers(1..=15));
        assert_eq!(take(Some(99), None), numbers(1..=15));
        assert_eq!(take(Some(i64::MAX), None), numbers(1..=15));
        for start in [None, Some(1), Some(5), Some(99)] {
            assert_eq!(take(Some(0), start), Vec::<String>::new());
        }
        assert_eq!(take(Some(-1), None), numbers(15..=15));
        assert_eq!(take(Some(-3), None), numbers(13..=15));
        assert_eq!(take(Some(-15), None), numbers(1..=15));
        assert_eq!(take(Some(-99), None), numbers(1..=15));
        assert_eq!(take(Some(i64::MIN), None), numbers(1..=15));
        assert_eq!(take(None, Some(1)), numbers(1..=15));
        assert_eq!(take(None, Some(13)), numbers(13..=15));
        assert_eq!(take(None, Some(15)), numbers(15..=15));
        assert_eq!(take(None, Some(16)), Vec::<String>::new());
        assert_eq!(take(None, Some(i64::MAX)), Vec::<String>::new());
        assert_eq!(take(Some(3), Some(5)), numbers(5..=7));
        assert_eq!(take(Some(3), Some(14)), numbers(14..=15));
        assert_eq!(take(Some(i64::MAX), Some(14)), numbers(14..=15));
        assert_eq!(take(Some(-3), Some(5)), numbers(3..=5));
        assert_eq!(take(Some(-3), Some(2)), numbers(1..=2));
        assert_eq!(take(Some(-3), Some(15)), numbers(13..=15));
        assert_eq!(take(Some(-3), Some(99)), numbers(13..=15));
        assert_eq!(take(Some(i64::MIN), Some(4)), numbers(1..=4));
    }
}

#[test]
fn neither_count_nor_start_and_starts_below_one_are_refused() {
    let folder = Folder::new(&[("a", "1\n")]);
    assert_eq!(
        failed(take(&folder, None, None)),
        ("InvalidArguments", "Invalid arguments: No read line mode specified".to_owned())
    );
    for start in [0, -1, i64::MIN] {
        let text =
            "Invalid arguments: Invalid line to start reading from: must be a positive integer greater than 1 (>= 1)";
        assert_eq!(failed(take(&folder, Some(1), Some(start))), ("InvalidArguments", format!("{text}: {start}")));
    }
}

/// All ways to take every line agree with each other.
fn every_line(content: &str) -> Vec<String> {
    let folder = Folder::new(&[("a", content)]);
    let first = take(&folder, None, Some(1)).unwrap();
    assert_eq!(take(&folder, Some(1000), None).unwrap(), first, "{content:?}");
    assert_eq!(take(&folder, Some(-1000), None).unwrap(), first, "{content:?}");
    assert_eq!(take(&folder, Some(-1000), Some(1000)).unwrap(), first, "{content:?}");
    first
}

#[test]
fn line_ends() {
    assert_eq!(every_line(""), Vec::<String>::new());
    assert_eq!(every_line("\n"), [""]);
    assert_eq!(every_line("a"), ["a"]);
    assert_eq!(every_line("a\n\n"), ["a", ""]);
    assert_eq!(every_line("\n\na"), ["", "", "a"]);
    assert_eq!(every_line("a\r\nb\r\n"), ["a", "b"]);
    assert_eq!(every_line("a\rb\n"), ["a\rb"]);
    assert_eq!(every_line("a\nb\r"), ["a", "b\r"]);
    assert_eq!(every_line("a\r\r\n"), ["a\r"]);
    assert_eq!(every_line("\u{e9}\u{4e16}\n"), ["\u{e9}\u{4e16}"]);
}

#[test]
fn the_end_of_a_file_of_many_blocks_is_found_from_behind() {
    let all: Vec<String> = numbers(1..=100_000);
    let folder = Folder::new(&[("a", &(all.join("\n") + "\n"))]);
    assert_eq!(take(&folder, Some(-40_000), None).unwrap(), all[60_000..]);
    assert_eq!(take(&folder, Some(-100_000), None).unwrap(), all);
    let long = "x".repeat(3 << 20);
    folder.put("a", format!("first\n{long}\nlast"));
    assert_eq!(take(&folder, Some(-2), None).unwrap(), [long.as_str(), "last"]);
    assert_eq!(take(&folder, Some(2), None).unwrap(), ["first", long.as_str()]);
}

#[test]
fn only_selected_lines_must_be_text() {
    let folder = Folder::new(&[]);
    folder.put("a", b"good\n\xff\xfe\nfine\n");
    assert_eq!(take(&folder, Some(1), None).unwrap(), ["good"]);
    assert_eq!(take(&folder, Some(-1), None).unwrap(), ["fine"]);
    assert_eq!(failed(take(&folder, Some(2), None)).0, "Utf8Error");
    assert_eq!(failed(take(&folder, Some(-2), None)).0, "Utf8Error");
}

#[test]
fn files_of_proc_say_they_are_empty_and_are_not() {
    let gate = rex_test_utils::gate("permit(principal, action, resource);");
    let take = |count, start| lines(&gate, "/proc/version", LineSelection::new(start, count).unwrap()).unwrap();
    assert!(take(Some(1), None)[0].starts_with("Linux version "));
    assert_eq!(take(Some(-1), None), take(Some(1), None));
}
