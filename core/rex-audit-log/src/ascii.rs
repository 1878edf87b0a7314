//! JSON in which every character that could pretend to be something else is escaped.

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io::{self, Write};

/// Writes compact JSON, in which also what JSON would let stand is escaped where a terminal or a program that splits lines could be misled by
/// it: DEL, the control characters above ASCII, separators of lines and paragraphs, and what turns the direction of writing.
struct Plain;

/// Whether a character has to be escaped though JSON does not ask for it.
pub(crate) fn misleads(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

impl Formatter for Plain {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut buffer = [0; 4];
        let mut units = [0; 2];
        for letter in fragment.chars() {
            if misleads(letter) {
                for unit in letter.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                writer.write_all(letter.encode_utf8(&mut buffer).as_bytes())?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        CompactFormatter.begin_array(writer)
    }
}

/// `value` as one line of JSON, without the end of the line.
pub(crate) fn line(value: &impl Serialize) -> Result<Vec<u8>, String> {
    let mut line = Vec::with_capacity(1536);
    value.serialize(&mut Serializer::with_formatter(&mut line, Plain)).map_err(|error| error.to_string())?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::line;
    use proptest::prelude::{any, proptest};

    #[test]
    fn nothing_in_a_text_misleads() {
        let hostile = "a\n{\"x\":1}\r\u{1b}[2K\u{7f}\u{85}\u{9b}1A\u{2028}\u{2029}\u{202e}\u{200b}\u{e0041}\"\\é";
        let line = String::from_utf8(line(&hostile).unwrap()).unwrap();
        assert_eq!(line, r#""a\n{\"x\":1}\r\u001b[2K\u007f\u0085\u009b1A\u2028\u2029\u202e\u200b\udb40\udc41\"\\é""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), hostile);
    }

    proptest! {
        #[test]
        fn every_text_is_one_line_and_comes_back(text in any::<String>()) {
            let line = line(&text).unwrap();
            let shown = std::str::from_utf8(&line).unwrap();
            assert!(!shown.chars().any(super::misleads), "{shown}");
            assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), text);
        }
    }
}
