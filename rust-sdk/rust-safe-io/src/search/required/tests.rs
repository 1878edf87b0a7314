//! Tests of skipping by a part.

use super::{PAUSE, SAMPLE, Skipping, compile, count};
use crate::search::Lines;
use grep_searcher::{BinaryDetection, SearcherBuilder, sinks};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const LETTERS: [&str; 15] =
    ["a", "A", "b", "k", "K", "\u{212a}", "s", "S", "\u{17f}", "\u{e9}", "\u{c9}", "\u{df}", " ", ".", "0"];

/// Few letters are frequent, so that patterns match.
fn letter() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => Just("a"), 2 => Just("b"), 1 => select(LETTERS.as_slice())]
}

/// Patterns in which parts are required and not, with letters that have cases in other blocks of Unicode.
fn patterns(letter: impl Strategy<Value = &'static str> + 'static) -> impl Strategy<Value = String> {
    const OTHERS: [&str; 12] =
        ["[ab]", "[^a]", "[a-z]", "[ks]", "[k-m\u{e9}]", ".", "\\w", "\\b", "^", "$", "", "[a&&b]"];
    let leaf = prop_oneof![4 => letter.prop_map(regex::escape), 2 => select(OTHERS.as_slice()).prop_map(str::to_owned)];
    let part = leaf.prop_recursive(3, 8, 3, |inner| {
        const REPETITIONS: [&str; 11] = ["?", "*", "+", "{0}", "{1}", "{2}", "{0,2}", "{1,2}", "{2,}", "+?", "*?"];
        prop_oneof![
            2 => vec(inner.clone(), 2..4).prop_map(|parts| parts.concat()),
            2 => vec(inner.clone(), 2..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            1 => inner.clone().prop_map(|part| format!("({part})")),
            1 => inner.clone().prop_map(|part| format!("(?i:{part})")),
            3 => (inner, select(REPETITIONS.as_slice())).prop_map(|(part, times)| format!("(?:{part}){times}")),
        ]
    });
    vec(part, 1..6).prop_map(|parts| parts.concat())
}

/// Lines of such letters, of broken ones, too.
fn lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = select(b"\xe2\xc3\xa9\xaa\xbf".as_slice()).prop_map(|byte| vec![byte]);
    let letter = prop_oneof![9 => letter().prop_map(|letter| letter.as_bytes().to_vec()), 1 => byte];
    vec(vec(letter, 0..14).prop_map(|letters| letters.concat()), 1..30)
}

/// The numbers of the lines that match, as the searcher finds them.
fn found(skipping: &Skipping, text: &[u8], invert: bool) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut builder = SearcherBuilder::new();
    let mut searcher =
        builder.binary_detection(BinaryDetection::none()).bom_sniffing(false).invert_match(invert).build();
    let take = |number, _: &[u8]| {
        numbers.push(number);
        Ok(true)
    };
    searcher.search_reader(skipping, text, sinks::Bytes(take)).unwrap();
    numbers
}

/// The same, of each line by itself.
fn expected(pattern: &str, ignore_case: bool, text: &[u8], invert: bool) -> Vec<u64> {
    let Lines(regex) = Lines::matching(pattern, ignore_case).unwrap();
    let lines = text.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line));
    (1..).zip(lines).filter(|(_, line)| regex.is_match(line) != invert).map(|(number, _)| number).collect()
}

/// Makes `part` the one that is searched for, whatever it is worth.
fn force(skipping: &Skipping, part: regex::bytes::Regex) {
    skipping.part.set(Some(part));
    skipping.price.set(0);
    skipping.wait.set(usize::MAX);
}

/// Every part finds what the search of each line finds.
fn check(pattern: &str, ignore_case: bool, text: &[u8], invert: bool) -> Result<(), TestCaseError> {
    let skipping = Skipping::matching(pattern, ignore_case).unwrap();
    let expected = expected(pattern, ignore_case, text, invert);
    prop_assert_eq!(found(&skipping, text, invert), &expected[..], "by the regex");
    for part in skipping.parts() {
        let part = compile(part).unwrap();
        force(&skipping, part.clone());
        prop_assert_eq!(found(&skipping, text, invert), &expected[..], "by `{}`", part);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn by_any_part_the_same_lines_are_found(pattern in patterns(letter()), ignore_case: bool, lines in lines(), invert: bool) {
        check(&pattern, ignore_case, &lines.join(&b'\n'), invert)?;
    }

    #[test]
    fn by_any_part_the_same_of_all_short_lines_are_found(pattern in patterns(select(["a", "b"].as_slice())), invert: bool) {
        let line = |number: u32| format!("{number:b}").split_off(1).replace('0', "a").replace('1', "b");
        let lines: Vec<_> = (1..256).map(line).collect();
        check(&pattern, false, lines.join("\n").as_bytes(), invert)?;
    }

    #[test]
    fn parts_of_single_bytes_are_counted_exactly(words in vec("[ab]{1,8}", 1..8), text in "[ab]{8,200}") {
        let skipping = Skipping::matching(&words.join(".*"), false).unwrap();
        let parts = skipping.parts();
        let counted = count(&parts, text.as_bytes());
        for (part, counted) in parts.iter().zip(counted) {
            let part: Vec<u8> = part.iter().flat_map(|place| &place.ends).copied().collect();
            // Of the last bytes no window begins.
            let windows = text.as_bytes().windows(8).filter(|window| window.starts_with(&part));
            prop_assert_eq!(windows.count(), counted);
        }
    }
}

/// A log in which one line in `every` says how long something took.
fn log(every: usize, length: usize) -> Vec<u8> {
    let lines = (0_usize..).map(|number| {
        let end =
            if number % every == 0 { "connection reset by peer, done in 123.45s" } else { "connection accepted, 7s" };
        format!("2026-01-02 12:00:{:02} INFO host{} retry: {end}\n", number % 60, number % 100)
    });
    let mut text = Vec::new();
    for line in lines.take(length / 40) {
        text.extend_from_slice(line.as_bytes());
    }
    text
}

const PATTERNS: [&str; 6] = [
    "[0-9]{3}\\.[0-9]{2}s",
    "(?i)connection RESET",
    "accepted, [0-9]s$",
    "[a-z]+: [a-z]+",
    "(?i:peer), |nothing",
    "\\.45s",
];

#[test]
fn the_part_that_is_rarest_in_the_data_is_chosen() {
    let sample = log(100, SAMPLE);
    for (pattern, part) in
        [("[0-9]{3}\\.[0-9]{2}s", "\\."), ("host[0-9]+ .*: .*, done", ", done"), ("a{3}(?:b|cc)", "a")]
    {
        let skipping = Skipping::matching(pattern, false).unwrap();
        let (_, rarest) = skipping.rarest(&sample).unwrap();
        assert_eq!(compile(rarest).unwrap().as_str(), compile_text(part), "{pattern}");
    }
    let skipping = Skipping::matching("connection RESET", true).unwrap();
    let part = compile(skipping.rarest(&sample).unwrap().1).unwrap();
    assert!(part.is_match(b"RESET") && !part.is_match(b"connection accepted"), "{part}");
    assert!(Skipping::matching("(?:ab|cd)*", false).unwrap().rarest(&sample).is_none());
}

/// How a part is written of which `pattern` is the whole.
fn compile_text(pattern: &str) -> String {
    regex_syntax::parse(pattern).unwrap().to_string()
}

#[test]
fn large_texts_in_which_what_is_rare_changes() {
    let sparse = log(1000, 2 * PAUSE);
    let dense = log(2, 2 * PAUSE);
    let text = [&sparse[..], &dense, &sparse, &sparse, &dense].concat();
    for pattern in PATTERNS {
        for invert in [false, true] {
            let skipping = Skipping::matching(pattern, false).unwrap();
            assert_eq!(found(&skipping, &text, invert), expected(pattern, false, &text, invert), "{pattern}");
        }
    }
}

#[test]
fn a_part_is_searched_for_where_it_is_rare() {
    let text = log(1000, 2 * PAUSE);
    // The choice goes by time, which others on the machine may disturb.
    let chosen = (0..50).any(|_| {
        let skipping = Skipping::matching(PATTERNS[0], false).unwrap();
        found(&skipping, &text, false);
        skipping.part.take().is_some()
    });
    assert!(chosen);
}

#[test]
fn a_part_that_turns_out_to_be_frequent_is_left() {
    let text = log(1, PAUSE);
    let skipping = Skipping::matching(PATTERNS[0], false).unwrap();
    force(&skipping, compile(skipping.parts()[0]).unwrap());
    skipping.price.set(256);
    assert_eq!(found(&skipping, &text, false), expected(PATTERNS[0], false, &text, false));
    assert!(skipping.part.take().is_none());

    // The same when it is chosen anew.
    force(&skipping, compile(skipping.parts()[0]).unwrap());
    skipping.wait.set(0);
    assert_eq!(found(&skipping, &text, false), expected(PATTERNS[0], false, &text, false));
    assert!(skipping.part.take().is_none());
}

#[test]
fn of_a_long_pattern_only_the_beginning_is_looked_at() {
    let long = "ab".repeat(5_000);
    for pattern in [long.clone(), long.replace('b', "."), format!("{}{}", "(".repeat(100), "a)".repeat(100))] {
        let skipping = Skipping::matching(&pattern, false).unwrap();
        assert!(skipping.places.len() < 200 && skipping.parts().len() <= 64);
        count(&skipping.parts(), &log(2, SAMPLE));
    }
}
