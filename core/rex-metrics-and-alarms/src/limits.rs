//! How much a run may report.

use crate::Error;

/// Longest name, type, dimension key, dimension value and alarm details, in bytes.
pub const MAX_TEXT: usize = 4096;

/// Most dimensions of one metric.
pub const MAX_DIMENSIONS: usize = 30;

/// Most metrics of one run.
pub const MAX_METRICS: usize = 10_000;

/// Most alarms of one run.
pub const MAX_ALARMS: usize = 10_000;

/// Most text in all metrics of one run, and again in all its alarms, in bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// What ends details that were cut.
const ELLIPSIS: &str = "...";

/// # Errors
/// [`Error::TooLong`] when `text`, the value of `field`, exceeds [`MAX_TEXT`].
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<(), Error> {
    if text.len() > MAX_TEXT { Err(Error::TooLong { field, bytes: text.len() }) } else { Ok(()) }
}

/// Shortens `text` to at most [`MAX_TEXT`] bytes, never inside a character.
pub(crate) fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let mut end = MAX_TEXT - ELLIPSIS.len();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(ELLIPSIS);
        text.shrink_to_fit();
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{MAX_TEXT, cut};

    proptest! {
        #[test]
        fn a_cut_text_is_a_start_of_it(lead in "[a-z]{0,5}", body in "[é€😀]{1000,2000}") {
            let text = lead + &body;
            let kept = cut(text.clone());
            if text.len() <= MAX_TEXT {
                prop_assert_eq!(kept, text);
            } else {
                prop_assert!(kept.len() <= MAX_TEXT && kept.len() > MAX_TEXT - 4);
                prop_assert!(text.starts_with(kept.strip_suffix("...").unwrap()));
            }
        }
    }
}
