//! The seal: how each record is bound to the one before.
//!
//! A line ends in `,"hash":"<64 digits>"}}`. The digits are the SHA-256 of all bytes of the line before these, and among those bytes is the
//! hash of the line before. Where a record is signed, its signature stands before the hash and is over the bytes before `,"signature":`.

use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// What stands between the content of a record and its hash, and after that.
const BEFORE: &[u8] = b",\"hash\":\"";
const AFTER: &[u8] = b"\"}}";
/// The same for its signature.
const SIGNATURE: &[u8] = b",\"signature\":\"";
/// What closes a record that is not sealed yet.
const OPEN_END: &[u8] = b"}}";
/// The length of a hash in hexadecimal digits.
const DIGITS: usize = 64;

/// The hash that stands before the first record.
pub(crate) const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The last record of a log: its number and its hash. As text `SEQUENCE:HASH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the record, counted from 1; 0 where there is none.
    pub sequence: u64,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
}

impl Head {
    /// What a log begins with.
    pub(crate) fn none() -> Self {
        Self { sequence: 0, hash: NONE.to_owned() }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

impl FromStr for Head {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not of the form SEQUENCE:HASH, a number and 64 lower-case hexadecimal digits");
        let (sequence, hash) = text.split_once(':').ok_or_else(wrong)?;
        let sequence = sequence.parse().map_err(|_| wrong())?;
        if is_hash(hash.as_bytes()) { Ok(Self { sequence, hash: hash.to_owned() }) } else { Err(wrong()) }
    }
}

/// The SHA-256 of `bytes`, in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' - 10 + half });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn is_hash(text: &[u8]) -> bool {
    text.len() == DIGITS && text.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// Puts `signature` at the end of the record `line`, which is not sealed yet.
pub(crate) fn put_signature(line: &mut Vec<u8>, signature: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_.:".contains(&byte);
    if signature.is_empty() || !signature.bytes().all(plain) {
        return Err("a signature has to be of letters and digits".to_owned());
    }
    open_up(line)?;
    for part in [SIGNATURE, signature.as_bytes(), b"\"", OPEN_END] {
        line.extend_from_slice(part);
    }
    Ok(())
}

/// What a signature of the record `line`, which is not sealed yet, is over.
pub(crate) fn to_be_signed(line: &[u8]) -> Result<&[u8], String> {
    line.strip_suffix(OPEN_END).ok_or_else(|| "it does not end in its own fields".to_owned())
}

/// Seals the record `line`, adds the end of the line, and gives its hash.
pub(crate) fn close(line: &mut Vec<u8>) -> Result<String, String> {
    open_up(line)?;
    let hash = digest(line);
    for part in [BEFORE, hash.as_bytes(), AFTER, b"\n"] {
        line.extend_from_slice(part);
    }
    Ok(hash)
}

fn open_up(line: &mut Vec<u8>) -> Result<(), String> {
    let content = to_be_signed(line)?.len();
    line.truncate(content);
    Ok(())
}

/// A line, given without its end, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed<'l> {
    /// All before the hash.
    content: &'l [u8],
    /// The hash that it claims.
    pub(crate) hash: &'l str,
}

impl<'l> Sealed<'l> {
    /// Nothing where the line does not have the form of a sealed record.
    pub(crate) fn new(line: &'l [u8]) -> Option<Self> {
        let rest = line.strip_suffix(AFTER)?;
        let (content, hash) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
        let content = content.strip_suffix(BEFORE)?;
        if is_hash(hash) { Some(Self { content, hash: std::str::from_utf8(hash).ok()? }) } else { None }
    }

    /// Whether the hash is that of the content.
    pub(crate) fn holds(&self) -> bool {
        digest(self.content) == self.hash
    }

    /// What `signature`, which the record says is its own, is over. Nothing where it does not stand in its place.
    pub(crate) fn signed(&self, signature: &str) -> Option<&'l [u8]> {
        self.content.strip_suffix(b"\"")?.strip_suffix(signature.as_bytes())?.strip_suffix(SIGNATURE)
    }
}

#[cfg(test)]
mod tests {
    use super::{Head, Sealed, close, put_signature, to_be_signed};

    fn sealed() -> Vec<u8> {
        let mut line = br#"{"a":1,"unmapped":{"prev":"x"}}"#.to_vec();
        put_signature(&mut line, "c2ln").unwrap();
        close(&mut line).unwrap();
        assert_eq!(line.pop(), Some(b'\n'));
        line
    }

    #[test]
    fn a_sealed_line_is_taken_apart_again() {
        let line = sealed();
        assert!(serde_json::from_slice::<serde_json::Value>(&line).is_ok());
        let sealed = Sealed::new(&line).unwrap();
        assert!(sealed.holds());
        assert_eq!(sealed.signed("c2ln").unwrap(), br#"{"a":1,"unmapped":{"prev":"x""#);
        assert_eq!(sealed.signed("c2lo"), None);
        assert_eq!(to_be_signed(br#"{"a":1,"unmapped":{"prev":"x"}}"#).unwrap(), br#"{"a":1,"unmapped":{"prev":"x""#);
    }

    #[test]
    fn the_hash_is_what_sha256sum_says() {
        // printf '{"a":{"b":1' | sha256sum
        let mut line = br#"{"a":{"b":1}}"#.to_vec();
        let hash = close(&mut line).unwrap();
        assert_eq!(hash, "792746c25bdf1d2fb33d469836e8089627de45c4375b3e88209c4563985c3af9");
    }

    #[test]
    fn any_other_byte_breaks_the_seal() {
        let line = sealed();
        for place in 0..line.len() {
            for bit in 0..8 {
                let mut changed = line.clone();
                changed[place] ^= 1 << bit;
                assert!(!Sealed::new(&changed).is_some_and(|sealed| sealed.holds()), "{place} {bit}");
            }
        }
    }

    #[test]
    fn a_signature_cannot_leave_its_field() {
        let mut line = br#"{"a":{}}"#.to_vec();
        for bad in ["", "a\"", "a\\", "a b", "a\n"] {
            assert!(put_signature(&mut line, bad).is_err(), "{bad:?}");
        }
        assert_eq!(line, br#"{"a":{}}"#);
    }

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head { sequence: 7, hash: "ab".repeat(32) };
        assert_eq!(head.to_string().parse(), Ok(head));
        for bad in ["", "7", "7:", "x:00", &format!("7:{}", "AB".repeat(32)), &format!("-7:{}", "ab".repeat(32))] {
            assert!(bad.parse::<Head>().is_err(), "{bad}");
        }
    }
}
