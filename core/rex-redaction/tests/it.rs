//! What a dictionary shows and what it hides.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rex_redaction::{Dictionary, Error, MAX_BYTES, Unsupported};

const DICTIONARY: &str = "# what operators may see\nstarted worker %d\n\nuser=%s logged in\n  took %u ms in total  \n\
    load %5.2d percent of %ld\ncode %x rejected\n%m heartbeat %m\nrelease v1.2 ready\n";

#[test]
fn known_lines_come_through_and_all_others_are_hidden() {
    let dictionary = Dictionary::parse(DICTIONARY).unwrap();
    let log = "started worker 7\npassword=hunter2\nuser=alice logged in\n\n10:00 heartbeat ok\ntook 150 ms in total\n\
        took -150 ms in total\ncode ff rejected\n";
    assert_eq!(
        dictionary.redact(log),
        "started worker 7\n[REDACTED]\nuser=alice logged in\n[REDACTED]\n10:00 heartbeat ok\ntook 150 ms in total\n\
            [REDACTED]\n[REDACTED]"
    );
    assert_eq!(dictionary.len(), 6);
    assert_eq!(
        dictionary.unsupported(),
        [Unsupported { line: 7, text: "code %x rejected".into(), specifier: "%x".into() }]
    );
}

#[test]
fn a_pattern_is_the_whole_line_and_its_signs_stand_for_themselves() {
    let dictionary = Dictionary::parse("release v1.2 ready\nstarted worker %d\na|b\n^x$\nload 50%%").unwrap();
    for line in ["release v1.2 ready", "started worker -3", "a|b", "^x$", "load 50%"] {
        assert!(dictionary.allows(line), "{line}");
    }
    for line in [
        "release v1x2 ready",
        "release v1.2 ready password=hunter2",
        "password=hunter2 started worker 3",
        " started worker 3",
        "started worker 3 ",
        "started worker 3\n",
        "started worker 3\npassword=hunter2",
        "started worker ٣",
        "Started worker 3",
        "a",
        "b",
        "x",
        "load 50%%",
        "",
    ] {
        assert!(!dictionary.allows(line), "{line}");
    }
}

#[test]
fn a_number_padded_as_printf_pads_it_is_known() {
    let dictionary = Dictionary::parse("pid %5d!\nname %-6s!\nsum %+d!").unwrap();
    for line in ["pid    42!", "pid -1234567!", "name ab    !", "sum +4!", "sum -4!"] {
        assert!(dictionary.allows(line), "{line}");
    }
    assert!(!dictionary.allows("pid 42   !"));
    assert!(!dictionary.allows("name     ab!"));
}

#[test]
fn anything_may_be_nothing_but_never_another_line() {
    let dictionary = Dictionary::parse("failed: %m").unwrap();
    assert!(dictionary.allows("failed: "));
    assert!(dictionary.allows("failed: No such file or directory"));
    assert!(!dictionary.allows("failed:"));
    assert!(!dictionary.allows("failed: a\nb"));
}

#[test]
fn an_empty_dictionary_hides_everything() {
    for text in ["", "\n \n# only a comment\n", "%x"] {
        let dictionary = Dictionary::parse(text).unwrap();
        assert!(dictionary.is_empty());
        assert_eq!(dictionary.redact("a\n\nb\n"), "[REDACTED]\n[REDACTED]\n[REDACTED]");
        assert_eq!(dictionary.redact(""), "");
    }
}

#[test]
fn line_endings_of_dictionary_and_text_do_not_count() {
    let dictionary = Dictionary::parse("one %d\r\n\ttwo\r\n").unwrap();
    assert_eq!(dictionary.redact("one 1\r\ntwo\r\nthree\r\n"), "one 1\ntwo\n[REDACTED]");
    assert_eq!(dictionary.redact_line("two"), "two");
    assert_eq!(dictionary.redact_line("three"), "[REDACTED]");
}

#[test]
fn bytes_that_are_not_text_are_hidden() {
    let dictionary = Dictionary::parse("a %s b").unwrap();
    assert!(dictionary.allows(b"a \xc3\xa9 b"));
    assert!(!dictionary.allows(b"a \xff b"));
}

#[test]
fn a_dictionary_that_is_too_large_is_an_error() {
    let long = "x".repeat(MAX_BYTES + 1);
    assert_eq!(Dictionary::parse(&long).unwrap_err(), Error::TooLong(MAX_BYTES + 1));
    let complex = "%s ".repeat(MAX_BYTES / 3);
    assert_eq!(Dictionary::parse(&complex).unwrap_err(), Error::TooLarge(1));
}

#[test]
fn a_large_dictionary_reads_a_large_log_in_time() {
    let text: Vec<_> = (0..1000).map(|i| format!("module{i}: user %s did %d things in %lu ms: %m")).collect();
    let lines: Vec<_> = (0..20_000)
        .map(|i| format!("module{}: user u{i} {} {i} things in 5 ms: ok", i % 1000, ["did", "hid"][i % 2]))
        .collect();
    let (text, log) = (text.join("\n"), lines.join("\n"));
    let start = Instant::now();
    let shown = Dictionary::parse(&text).unwrap().redact(&log);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(shown.matches("[REDACTED]").count(), 10_000);
}

/// A part of a pattern and a text that it prints.
#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    Conversion(String, String),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        r"[a-zA-Z.()\[\]{}+?|*^$\\#&~-]{1,6}".prop_map(Part::Literal),
        r"[é€😀 ]{1,3}x".prop_map(Part::Literal),
        Just(Part::Literal("%".into())),
        ("l{0,2}", r"[^\s%]{1,8}").prop_map(|(l, text)| Part::Conversion(format!("%{l}s"), text)),
        (any::<i64>(), 1_usize..30).prop_map(|(n, w)| Part::Conversion(format!("%{w}ld"), format!("{n:w$}"))),
        (any::<i64>(), 1_usize..30).prop_map(|(n, w)| Part::Conversion(format!("%-{w}ld"), format!("{n:<w$}"))),
        (any::<i64>(), 1_usize..30).prop_map(|(n, w)| Part::Conversion(format!("%0{w}ld"), format!("{n:0w$}"))),
        any::<i64>().prop_map(|n| Part::Conversion("%+ld".into(), format!("{n:+}"))),
        any::<usize>().prop_map(|n| Part::Conversion("%zu".into(), n.to_string())),
    ]
}

fn pattern(parts: &[Part]) -> String {
    let texts = parts.iter().map(|part| match part {
        Part::Literal(text) => text.replace('%', "%%"),
        Part::Conversion(specifier, _) => specifier.clone(),
    });
    // The letters keep blanks off the ends and `#` off the start.
    format!("a{}z", texts.collect::<String>())
}

fn filled(parts: &[Part]) -> String {
    let texts = parts.iter().map(|part| match part {
        Part::Literal(text) | Part::Conversion(_, text) => text.as_str(),
    });
    format!("a{}z", texts.collect::<String>())
}

proptest! {
    // Next to an integration test there is no place for found failures.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_pattern_prints_is_known(parts in prop::collection::vec(part(), 0..8)) {
        let dictionary = Dictionary::parse(&pattern(&parts)).unwrap();
        prop_assert!(dictionary.unsupported().is_empty());
        prop_assert!(dictionary.allows(filled(&parts)));
    }

    #[test]
    fn a_literal_is_only_itself(
        literal in r"[a-z0-9.()\[\]{}+?|*^$\\é-]{1,12}",
        other in r"[a-z0-9.()\[\]{}+?|*^$\\é-]{0,12}",
        number in any::<u32>(),
    ) {
        let dictionary = Dictionary::parse(&format!("{literal}=%u")).unwrap();
        let line = format!("{literal}={number}");
        prop_assert!(dictionary.allows(&line));
        if literal != other {
            let changed = format!("{other}={number}");
            prop_assert!(!dictionary.allows(changed));
        }
    }

    #[test]
    fn a_line_with_one_literal_character_changed_or_added_is_hidden(
        words in prop::collection::vec(r"[a-z.*+()\[\]|]{1,5}", 1..5),
        number in any::<i32>(),
        place in any::<prop::sample::Index>(),
        added in any::<bool>(),
    ) {
        let literal = words.join(" ");
        let dictionary = Dictionary::parse(&format!("{literal} %d end")).unwrap();
        let mut changed: Vec<char> = literal.chars().collect();
        let place = place.index(changed.len());
        if added { changed.insert(place, 'Q') } else { changed[place] = 'Q' }
        let changed: String = changed.into_iter().collect();
        let (good, bad) = (format!("{literal} {number} end"), format!("{changed} {number} end"));
        prop_assert!(dictionary.allows(good));
        prop_assert!(!dictionary.allows(bad));
    }

    #[test]
    fn as_many_lines_come_out_as_went_in_each_whole_or_hidden(
        text in "(%m|%s|%-3d|%x|%|a|1| |\n){0,20}",
        lines in "[a1% é\r\n]{0,30}",
    ) {
        let dictionary = Dictionary::parse(&text).unwrap();
        let shown = dictionary.redact(&lines);
        let pairs: Vec<_> = lines.lines().zip(shown.split('\n')).collect();
        prop_assert_eq!(pairs.len(), lines.lines().count());
        for (line, shown) in pairs {
            prop_assert!(shown == "[REDACTED]" || shown == line);
        }
    }
}
