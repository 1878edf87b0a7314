//! Lists of patterns as OpenSSH has them (PATTERNS in `ssh_config(5)`).

/// Whether a list of patterns, separated by commas, holds for `text`: one of them matches, and none that begins with `!` does.
pub(crate) fn list_matches(list: &str, text: &str) -> bool {
    let mut matched = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(negated) if matches(negated, text) => return false,
            Some(_) => {}
            None => matched |= matches(pattern, text),
        }
    }
    matched
}

/// Whether the text could be a pattern rather than a name.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.starts_with('!') || text.contains(['*', '?'])
}

/// `*` stands for any characters, `?` for one. Takes time in proportion to the product of the lengths at most.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // Where the last star stands, and up to where it has eaten.
    let mut star = None;
    while let Some(byte) = text.get(seen) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(want) if *want == b'?' || want == byte => (at, seen) = (at + 1, seen + 1),
            _ => match &mut star {
                Some((place, eaten)) => {
                    *eaten += 1;
                    (at, seen) = (*place + 1, *eaten);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::{list_matches, matches};

    #[test]
    fn patterns_match_as_those_of_openssh() {
        for (pattern, text, does) in [
            ("a", "a", true),
            ("a", "A", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("?", "", false),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("*@example.com", "al@example.com", true),
            ("*@example.com", "al@example.com.evil", false),
            ("a?c*", "abc", true),
            ("**a**b**", "xaxxbx", true),
        ] {
            assert_eq!(matches(pattern, text), does, "{pattern} {text}");
        }
    }

    #[test]
    fn a_negated_pattern_wins_wherever_it_stands() {
        assert!(list_matches("*@a,!eve@a", "al@a"));
        assert!(!list_matches("*@a,!eve@a", "eve@a"));
        assert!(!list_matches("!eve@a,*@a", "eve@a"));
        assert!(!list_matches("!eve@a", "al@a"));
        assert!(!list_matches("", "al@a"));
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let (pattern, text) = ("a*".repeat(5000) + "b", "a".repeat(20_000));
        assert!(!matches(&pattern, &text));
    }
}
