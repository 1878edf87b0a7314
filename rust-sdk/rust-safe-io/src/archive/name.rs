//! Names of members: which of them may become paths, and how they are shown.

/// Longer names are refused: LINUX: no path may be longer.
const LONGEST: usize = 4095;

/// LINUX: no name of a directory entry may be longer.
const LONGEST_PART: usize = 255;

/// Deeper names are refused: each level holds a descriptor.
const DEEPEST: usize = 128;

/// The parts of a member's name, none of which leads up. None at all means the directory that is unpacked into.
///
/// # Errors
/// Why nothing may be made of this name.
pub(super) fn parts(name: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    if name.contains(&0) {
        return Err("its name holds NUL");
    }
    if name.starts_with(b"/") {
        return Err("its name is absolute");
    }
    if name.len() > LONGEST {
        return Err("its name is too long");
    }
    let parts: Vec<&[u8]> = name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
    if parts.contains(&&b".."[..]) {
        return Err("its name leads out of the directory");
    }
    if parts.iter().any(|part| part.len() > LONGEST_PART) {
        return Err("a part of its name is too long");
    }
    if parts.len() > DEEPEST {
        return Err("its name nests too deeply");
    }
    Ok(parts)
}

/// A name as messages show it: one line, and no longer than messages are.
pub(super) fn shown(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name.get(..400).unwrap_or(name)).escape_debug().take(200).collect::<String>();
    if name.is_empty() { "(no name)".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{parts, shown};

    #[test]
    fn what_stays_below() {
        let joined = |name: &str| parts(name.as_bytes()).map(|parts| parts.join(&b'|'));
        for (name, expected) in [
            ("a", "a"),
            ("./a//b/.", "a|b"),
            ("a/", "a"),
            ("./", ""),
            ("", ""),
            ("...", "..."),
            ("a..b/..c", "a..b|..c"),
        ] {
            assert_eq!(joined(name).unwrap(), expected.as_bytes(), "{name}");
        }
    }

    #[test]
    fn what_does_not() {
        let long = "x".repeat(256);
        let deep = "x/".repeat(129);
        let longer = "xx/".repeat(1400);
        for name in ["/a", "//a", "..", "../a", "a/..", "a/../../b", "a\0b", &long, &deep, &longer, "/../a", "./.."] {
            assert!(parts(name.as_bytes()).is_err(), "{name}");
        }
    }

    #[test]
    fn names_in_messages_are_one_short_line() {
        assert_eq!(shown(b"a\n\x1b[31m\xff\xc3\xa9"), "a\\n\\u{1b}[31m\u{fffd}\u{e9}");
        assert_eq!(shown(&[b'\n'; 5000]).len(), 200);
    }
}
