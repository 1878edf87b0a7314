//! Texts in records: bounded, without the secrets that urls carry, and harmless when shown.

use crate::ascii::misleads;
use crate::seal::digest;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The longest text in a record, in bytes: a path of the kernel fits.
pub(crate) const LONGEST: usize = 4096;

/// What stands for a part of a url that is left out.
const HIDDEN: &str = "[REDACTED]";

/// `text`, or where it is longer than 4096 bytes its beginning, with the length and the hash of the whole: two long texts stay distinct.
pub fn bounded(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST {
        return Cow::Borrowed(text);
    }
    let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let kept = text.get(..end).unwrap_or_default();
    Cow::Owned(format!("{kept}...[{} bytes, sha256 {}]", text.len(), digest(text.as_bytes())))
}

/// A url without user, query and fragment, which may hold secrets.
pub(crate) fn bare_url(url: &str) -> Cow<'_, str> {
    let (url_before, cut) = match url.find(['?', '#']) {
        Some(at) => (url.get(..at).unwrap_or_default(), true),
        None => (url, false),
    };
    let authority = url_before.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url_before.split_at(authority);
    let end = rest.find('/').unwrap_or(rest.len());
    let user = rest.get(..end).and_then(|authority| authority.rfind('@'));
    if !cut && user.is_none() {
        return Cow::Borrowed(url);
    }
    let (hidden, shown) = match user {
        Some(at) => (format!("{HIDDEN}@"), rest.get(at + 1..).unwrap_or_default()),
        None => (String::new(), rest),
    };
    let query = if cut { format!("?{HIDDEN}") } else { String::new() };
    Cow::Owned(format!("{scheme}{hidden}{shown}{query}"))
}

/// `text` with every character that a terminal would obey, or that could mislead who reads it, escaped. A backslash stays what it is.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(misleads) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            letter if misleads(letter) => {
                // Writing to a `String` does not fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => shown.push(letter),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, bare_url, bounded, escape};

    #[test]
    fn urls_lose_what_may_be_secret() {
        for (url, bare) in [
            ("https://host/path", "https://host/path"),
            ("https://host/a?token=x&b=@", "https://host/a?[REDACTED]"),
            ("https://host?token=x", "https://host?[REDACTED]"),
            ("https://host/a#secret", "https://host/a?[REDACTED]"),
            ("https://user:pass@host/a@b", "https://[REDACTED]@host/a@b"),
            ("https://u:p@w@host:8/a?x", "https://[REDACTED]@host:8/a?[REDACTED]"),
            ("tcp://[::1]:80", "tcp://[::1]:80"),
            ("host:80", "host:80"),
            ("", ""),
            ("://@", "://[REDACTED]@"),
        ] {
            assert_eq!(bare_url(url), bare, "{url}");
        }
    }

    #[test]
    fn long_texts_are_cut_and_stay_distinct() {
        let fits = "é".repeat(LONGEST / 2);
        assert_eq!(bounded(&fits), fits);
        let (one, other) = (format!("{fits}a"), format!("{fits}b"));
        assert!(bounded(&one).starts_with(&format!("{fits}...[4097 bytes, sha256 ")));
        assert_ne!(bounded(&one), bounded(&other));
        assert!(bounded(&"é".repeat(LONGEST)).len() < LONGEST + 120);
    }

    #[test]
    fn shown_texts_do_nothing_to_a_terminal() {
        assert_eq!(escape("plain é"), "plain é");
        assert_eq!(escape("a\x1b[31m\n\u{202e}b\u{9b}"), "a\\u{1b}[31m\\n\\u{202e}b\\u{9b}");
    }
}
