//! Records of the kernel log: `<priority>,<number>,<microseconds>,<flags>;<text>`, then lines ` NAME=value`.

use super::LogEntry;
use crate::figures::number;

/// A record; nothing for one without text, or with a head that is not a record's. Its time as text is told elsewhere.
pub(super) fn parse(record: &[u8]) -> Option<LogEntry> {
    let mut lines = record.split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let end = first.iter().position(|byte| *byte == b';')?;
    let (head, text) = first.split_at_checked(end)?;
    let head = std::str::from_utf8(head).ok()?;
    let mut fields = head.split(',');
    let mut next = || fields.next().and_then(number);
    let (priority, sequence, microseconds) = (next()?, next()?, next()?);
    let message = shown(text.get(1..)?);
    if message.is_empty() {
        return None;
    }
    let detail = |line: &[u8]| {
        let line = shown(line.strip_prefix(b" ")?);
        line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let details = lines.filter_map(detail).collect();
    let level = u8::try_from(priority & 7).unwrap_or(7);
    Some(LogEntry { time: String::new(), message, microseconds, level, facility: priority >> 3, sequence, details })
}

/// The text of which the kernel wrote bytes beyond ASCII as `\xe2`. What no terminal should see, and what is not UTF-8, stays written so.
fn shown(escaped: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\t' => text.push(letter),
                _ if letter.is_control() => {
                    letter.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape(&mut text, byte));
                }
                _ => text.push(letter),
            }
        }
        chunk.invalid().iter().for_each(|byte| escape(&mut text, *byte));
    }
    text
}

fn digit(letter: u8) -> u8 {
    match letter {
        b'0'..=b'9' => letter - b'0',
        _ => (letter | 0x20).wrapping_sub(b'a').wrapping_add(10) & 15,
    }
}

fn escape(text: &mut String, byte: u8) {
    text.push_str("\\x");
    text.extend([byte >> 4, byte & 15].into_iter().filter_map(|half| char::from_digit(half.into(), 16)));
}

#[cfg(test)]
mod tests {
    use super::parse;
    use proptest::prelude::*;

    #[test]
    fn head_text_and_details() {
        let entry =
            parse(b"30,339,5140900,c,more=1;NET: a;b=c\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\nodd\n").unwrap();
        assert_eq!((entry.level, entry.facility, entry.sequence, entry.microseconds), (6, 3, 339, 5_140_900));
        assert_eq!(entry.message, "NET: a;b=c");
        let details = [("SUBSYSTEM", "acpi"), ("DEVICE", "+acpi:PNP0A03:00")];
        assert_eq!(entry.details, details.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_no_record_is_left_out() {
        for record in
            [&b""[..], b"6,1,2,-;\n", b" SUBSYSTEM=x\n", b"6,1;text\n", b"6,1,-,-;text", b"6,1,2,- text", b"\xff,1,2;a"]
        {
            assert_eq!(parse(record), None, "{record:?}");
        }
    }

    #[test]
    fn letters_are_shown_and_terminals_spared() {
        let text = |record: &[u8]| parse(record).unwrap().message;
        assert_eq!(text(br"6,1,2,-;caf\xc3\xa9 \x5cx1b"), r"café \x1b");
        assert_eq!(text(br"6,1,2,-;\x1b[2J\x0a\xff \x9z \x"), r"\x1b[2J\x0a\xff \x9z \x");
        assert_eq!(text(b"6,1,2,-;a\tb\x1b\xc2\x85"), r"a	b\x1b\xc2\x85");
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(head in "[0-9]{0,30},[0-9]{0,30},[0-9]{0,30},.{0,3};?", text in prop::collection::vec(any::<u8>(), 0..99)) {
            let mut record = head.into_bytes();
            record.extend(text);
            let message = parse(&record).map(|entry| entry.message).unwrap_or_default();
            prop_assert!(!message.chars().any(|letter| letter.is_control() && letter != '\t'));
        }
    }
}
