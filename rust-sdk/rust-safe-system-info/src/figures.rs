//! Reading what the kernel prints for people: lines of names and numbers.

use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rust_safe_io::KernelFile;

/// The text of a file of the kernel, invalid UTF-8 replaced.
///
/// # Policy
/// Asks `read` on the file.
pub(crate) fn text(gate: &Gate, file: KernelFile) -> Result<String> {
    let content = file.read(gate)?;
    Ok(match String::from_utf8(content) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// The error for a file that is not as the kernel writes it.
pub(crate) fn malformed(path: &str, why: &str) -> Error {
    Error::ProcFsError(format!("{path} is not as expected: {why}"))
}

/// A number, or nothing where the text is none. What is too large for it is the largest.
pub(crate) fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

/// A number with decimals, never negative, infinite or none.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::{decimal, number};

    #[test]
    fn only_numbers_are_numbers() {
        assert_eq!(number("012"), Some(12));
        assert_eq!(number("18446744073709551616"), Some(u64::MAX));
        for text in ["", "-1", "+1", "1.0", "0x1", " 1", "½"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(decimal("0.25"), Some(0.25));
        for text in ["", "nan", "inf", "-0.5", "1,5"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
