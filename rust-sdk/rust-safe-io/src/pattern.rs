//! Patterns that a script gives.

use crate::{Error, Result};

/// A compiled pattern may take so many bytes: a few characters can ask for gigabytes.
pub(crate) const SIZE_LIMIT: usize = 10 << 20;

/// The error of a pattern that does not compile.
pub(crate) fn invalid(pattern: &str, detail: &dyn std::fmt::Display) -> Error {
    Error::ValidationError(format!("Invalid regex pattern: '{pattern}' - {detail}"))
}

/// Compiles a pattern for text.
///
/// # Errors
/// `ValidationError` that shows the pattern.
pub(crate) fn regex(pattern: &str) -> Result<regex::Regex> {
    regex::RegexBuilder::new(pattern)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| invalid(pattern, &error))
}
