//! Files of kernel parameters: lines `key = value` (sysctl.conf(5), sysctl.d(5)).

use super::key::Key;
use regex::{Regex, RegexBuilder};

/// A line that says something.
#[derive(Debug, Clone)]
pub(super) enum Line {
    /// Sets what matches.
    Set {
        /// Which parameters.
        what: Which,
        /// What they are to be.
        value: String,
        /// Whether it does not matter when it fails.
        may_fail: bool,
    },
    /// `-key`: patterns of earlier and later lines do not hold for what matches.
    Spare(Which),
}

/// Which parameters a line is about.
#[derive(Debug, Clone)]
pub(super) enum Which {
    /// One.
    One(Key),
    /// All whose parts match: `net.ipv4.conf.*.rp_filter`.
    All(Vec<Part>),
}

/// A part of a pattern.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// This name.
    Name(String),
    /// Names that match.
    Like(Regex),
}

impl Which {
    fn parse(text: &str) -> Option<Self> {
        let key = Key::parse(text).ok()?;
        if !text.contains(['*', '?', '[']) {
            return Some(Self::One(key));
        }
        key.parts().iter().map(|part| Part::of(part)).collect::<Option<_>>().map(Self::All)
    }

    /// Whether the parameter is among them.
    pub(super) fn holds(&self, key: &Key) -> bool {
        match self {
            Self::One(one) => one == key,
            Self::All(parts) => {
                parts.len() == key.parts().len() && parts.iter().zip(key.parts()).all(|(part, name)| part.holds(name))
            }
        }
    }
}

impl Part {
    fn of(text: &str) -> Option<Self> {
        if !text.contains(['*', '?', '[']) {
            return Some(Self::Name(text.to_owned()));
        }
        let (mut pattern, mut letters) = ("^".to_owned(), text.chars());
        while let Some(letter) = letters.next() {
            match letter {
                '*' => pattern.push_str(".*"),
                '?' => pattern.push('.'),
                '[' => {
                    let (set, rest) = letters.as_str().split_once(']')?;
                    let (not, set) = set.strip_prefix(['!', '^']).map_or(("", set), |set| ("^", set));
                    // A range keeps its dash; all else stands for itself.
                    let set: String = set.split('-').map(regex::escape).collect::<Vec<_>>().join("-");
                    pattern.extend(["[", not, &set, "]"]);
                    letters = rest.chars();
                }
                letter => pattern.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
            }
        }
        RegexBuilder::new(&(pattern + "$")).size_limit(1 << 18).build().ok().map(Self::Like)
    }

    /// Whether a name matches.
    pub(super) fn holds(&self, name: &str) -> bool {
        match self {
            Self::Name(one) => one == name,
            Self::Like(pattern) => pattern.is_match(name),
        }
    }
}

/// The lines of a file, and the numbers of those that say nothing that can be understood.
pub(super) fn parse(text: &str) -> (Vec<Line>, Vec<usize>) {
    let (mut lines, mut odd) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (may_fail, rest) = line.strip_prefix('-').map_or((false, line), |rest| (true, rest.trim_start()));
        let parsed = match rest.split_once('=') {
            Some((key, value)) => {
                Which::parse(key.trim()).map(|what| Line::Set { what, value: value.trim().to_owned(), may_fail })
            }
            None if may_fail => Which::parse(rest).map(Line::Spare),
            None => None,
        };
        match parsed {
            Some(line) => lines.push(line),
            None => odd.push(number + 1),
        }
    }
    (lines, odd)
}

#[cfg(test)]
mod tests {
    use super::{Line, parse};
    use crate::sysctl::key::Key;
    use proptest::prelude::*;

    #[test]
    fn lines_set_spare_and_comment() {
        let text = "# a\n ; b\n\nkernel.domainname = example.com = x\n-net/ipv4/conf/eth0.1/rp_filter=2\n-net.ipv4.conf.lo\nnonsense\n= 1\nkernel..x = 1\n";
        let (lines, odd) = parse(text);
        assert_eq!(odd, [7, 8, 9]);
        let set = |line: &Line| match line {
            Line::Set { value, may_fail, .. } => (value.clone(), *may_fail),
            Line::Spare(_) => ("spare".to_owned(), false),
        };
        let found: Vec<_> = lines.iter().map(set).collect();
        assert_eq!(found, [("example.com = x".to_owned(), false), ("2".to_owned(), true), ("spare".to_owned(), false)]);
    }

    #[test]
    fn patterns_match_part_by_part() {
        let holds = |pattern: &str, key: &str| match &parse(&format!("{pattern} = 1")).0[..] {
            [Line::Set { what, .. }] => what.holds(&Key::parse(key).unwrap()),
            _ => panic!("{pattern}"),
        };
        for (pattern, key) in [
            ("net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0/1.rp_filter"),
            ("net.ipv4.conf.eth?.x", "net.ipv4.conf.eth0.x"),
            ("net.ipv4.conf.[a-e]*.x", "net.ipv4.conf.eth0.x"),
            ("net.[!x]*.a", "net.ipv4.a"),
            ("a.b+*", "a.b+c"),
        ] {
            assert!(holds(pattern, key), "{pattern} {key}");
        }
        for (pattern, key) in [("net.*.x", "net.a.b.x"), ("net.eth?", "net.eth"), ("a.[b]*", "a.c"), ("a.b*", "a.xb")] {
            assert!(!holds(pattern, key), "{pattern} {key}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "(-? ?[a*?.!/\\[\\]^\\\\-]{0,12} ?=?.{0,5}\n){0,5}") {
            parse(&text);
        }
    }
}
