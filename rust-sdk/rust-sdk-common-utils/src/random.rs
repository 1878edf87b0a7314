//! Random text from the system's random numbers.

use crate::{Error, Result};

/// In characters.
const MAX_LENGTH: usize = 1 << 20;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A text of `length` characters, each any of A-Z, a-z and 0-9 with the same chance, fit for secrets (getrandom(2)).
///
/// # Errors
/// `length` is negative or exceeds 1048576, or the system gives no random numbers.
pub fn random_alphanumeric(length: i64) -> Result<String> {
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= MAX_LENGTH)
        .ok_or_else(|| Error::invalid_arguments(format!("length must be 0 to {MAX_LENGTH}, not {length}")))?;
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 256];
    while text.len() < length {
        getrandom::fill(&mut bytes).map_err(|error| Error::Other(format!("no random numbers: {error}")))?;
        // Six bits of a byte; the two values beyond the alphabet are drawn again, so that no character is likelier than another.
        let drawn = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 63)));
        text.extend(drawn.take(length - text.len()).map(|character| char::from(*character)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, random_alphanumeric};
    use std::collections::BTreeMap;

    #[test]
    fn a_text_has_the_length_asked_for_and_the_next_is_another() {
        for length in [0, 1, 255, 256, 257, 1000] {
            assert_eq!(random_alphanumeric(length).unwrap().len(), usize::try_from(length).unwrap());
        }
        assert_ne!(random_alphanumeric(40), random_alphanumeric(40));
    }

    #[test]
    fn every_character_is_as_likely_as_any_other() {
        let text = random_alphanumeric(1 << 20).unwrap();
        let mut counts = BTreeMap::<u8, u32>::new();
        for byte in text.bytes() {
            *counts.entry(byte).or_default() += 1;
        }
        let mut alphabet = ALPHABET.to_vec();
        alphabet.sort_unstable();
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), alphabet);
        // 16912 are expected of each; ten standard deviations are 1290, a remainder instead of drawing again would add 4000.
        for (byte, count) in counts {
            assert!((15_600..18_200).contains(&count), "{}: {count}", char::from(byte));
        }
    }

    #[test]
    fn a_length_that_makes_no_sense_is_refused() {
        for length in [-1, (1 << 20) + 1, i64::MIN, i64::MAX] {
            let error = random_alphanumeric(length).unwrap_err();
            assert_eq!(error.kind(), "InvalidArguments");
            assert_eq!(error.to_string(), format!("Invalid arguments: length must be 0 to 1048576, not {length}"));
        }
    }
}
