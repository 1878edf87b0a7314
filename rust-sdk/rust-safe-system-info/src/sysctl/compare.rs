//! Whether the kernel took a value as it was given.

/// How what was written and what is there now agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    /// They mean the same.
    Same,
    /// They are written otherwise; perhaps they mean the same.
    Perhaps,
    /// A number was changed, or a text was cut.
    Different,
}

/// Compares. The kernel shows numbers in its own way and lists with all their numbers, also those that were not given.
pub(super) fn compare(written: &str, now: &str) -> Agreement {
    let blank = |letter: char| letter.is_whitespace() || letter == '\0';
    let (written, now) = (written.trim_matches(blank), now.trim_matches(blank));
    if written == now {
        return Agreement::Same;
    }
    let words = |text: &str| text.split_ascii_whitespace().map(number).collect::<Option<Vec<_>>>();
    match (words(written), words(now)) {
        _ if written.is_empty() => Agreement::Perhaps,
        (Some(written), Some(now)) if now.starts_with(&written) => Agreement::Same,
        (Some(_), Some(_)) => Agreement::Different,
        _ if now.len() < written.len() && written.starts_with(now) => Agreement::Different,
        _ => Agreement::Perhaps,
    }
}

/// A number as the kernel reads it: with `0x` of base 16, with `0` of base 8.
fn number(word: &str) -> Option<i128> {
    let (sign, digits) = word.strip_prefix('-').map_or((1, word), |digits| (-1, digits));
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (16, digits),
        None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
        None => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    i128::from_str_radix(digits, radix).ok().map(|number| sign * number)
}

#[cfg(test)]
mod tests {
    use super::{Agreement, compare};
    use proptest::prelude::*;

    #[test]
    fn numbers_lists_and_texts() {
        for (written, now) in [
            ("1", "1\n"),
            ("0x10", "16"),
            ("010", "8"),
            ("4", "4\t4\t1\t7"),
            (" a  b ", "a  b"),
            ("-1", "-1"),
            ("", ""),
        ] {
            assert_eq!(compare(written, now), Agreement::Same, "{written} {now}");
        }
        for (written, now) in [("1000", "980"), ("4 5", "4"), ("1", "-1"), ("a long text", "a long"), ("text", "")] {
            assert_eq!(compare(written, now), Agreement::Different, "{written} {now}");
        }
        for (written, now) in [("80-81,82", "80-82"), ("f", "0f"), ("", "4"), ("0x", "1")] {
            assert_eq!(compare(written, now), Agreement::Perhaps, "{written} {now}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(written in "-?(0x)?[0-9a-f]{0,50}.{0,5}", now in "-?[0-9]{0,50}.{0,5}") {
            compare(&written, &now);
            prop_assert_eq!(compare(&now, &now), Agreement::Same);
        }
    }
}
