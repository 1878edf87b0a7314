//! Keeps messages short and, for syslog, on one line.

use std::fmt::Write as _;

/// Longest message kept, in bytes, [`SUFFIX`] included.
pub const MAX_MESSAGE: usize = 2048;

/// Ends a message that was cut.
pub const SUFFIX: &str = "...[truncate]";

/// The longest start of `text` of at most `bytes` bytes that ends at a character.
fn start(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Puts `message`, cut to [`MAX_MESSAGE`] bytes where it is longer, into `into`, whose old text is dropped and whose memory is used again.
pub(crate) fn cut(message: &str, into: &mut String) {
    into.clear();
    if message.len() <= MAX_MESSAGE {
        into.push_str(message);
    } else {
        into.push_str(start(message, MAX_MESSAGE - SUFFIX.len()));
        into.push_str(SUFFIX);
    }
}

/// Appends `message` to `line` such that it cannot begin another line or move a terminal's cursor: control characters and
/// the two line separators of Unicode become escapes such as `\n` and `\u{1b}`. The result ends before `line` exceeds `max` bytes.
pub(crate) fn escape(message: &str, line: &mut String, max: usize) {
    for c in message.chars() {
        let before = line.len();
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            // Writing to a `String` does not fail.
            let _ = write!(line, "{}", c.escape_default());
        } else {
            line.push(c);
        }
        if line.len() > max {
            line.truncate(before);
            line.push_str(SUFFIX);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::{MAX_MESSAGE, SUFFIX, cut, escape};

    fn cut_of(message: &str) -> String {
        let mut kept = String::from("old");
        cut(message, &mut kept);
        kept
    }

    #[test]
    fn a_message_of_the_limit_stays_whole_and_one_byte_more_is_cut() {
        let fits = "x".repeat(MAX_MESSAGE);
        assert_eq!(cut_of(&fits), fits);
        let cut = cut_of(&"x".repeat(MAX_MESSAGE + 1));
        assert_eq!(cut, "x".repeat(2035) + "...[truncate]");
        assert_eq!(cut.len(), 2048);
    }

    #[test]
    fn the_cut_never_falls_inside_a_character() {
        for lead in 0..8 {
            let kept = cut_of(&("a".repeat(lead) + &"😀".repeat(700)));
            assert!(kept.len() <= MAX_MESSAGE && kept.len() > MAX_MESSAGE - 4, "{}", kept.len());
            let body = kept.strip_suffix(SUFFIX).unwrap();
            assert!(body.trim_start_matches('a').chars().all(|c| c == '😀'));
        }
    }

    #[test]
    fn what_ends_a_line_or_drives_a_terminal_is_escaped() {
        let mut line = String::from("<30>rex: ");
        escape("a\n<0>kernel: b\r\0\u{1b}[2J\u{85}\u{2028}é\\", &mut line, 1000);
        assert_eq!(line, r"<30>rex: a\n<0>kernel: b\r\u{0}\u{1b}[2J\u{85}\u{2028}é\");
    }

    proptest! {
        #[test]
        fn no_message_makes_a_second_line_or_a_long_one(message in any::<String>(), max in 0_usize..100) {
            let mut line = String::new();
            escape(&message, &mut line, max);
            let ends_line = |c: char| c.is_control() || "\u{2028}\u{2029}".contains(c);
            prop_assert!(!line.contains(ends_line));
            prop_assert!(line.len() <= max + SUFFIX.len());
        }
    }
}
