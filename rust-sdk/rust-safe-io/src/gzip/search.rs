//! Searching the lines of what a gzip file holds.

use super::{Inflate, open_packed};
use crate::pattern::{SIZE_LIMIT, invalid};
use crate::search::{Sieve, search_stream};
use crate::{FileHandle, Hit, Hits, Result, Search};
use rex_cedar_auth::Gate;

/// What to look for in a gzip file.
#[derive(Debug, Clone, Default)]
pub struct GzipSearch {
    /// Lines in which this matches too are left out; upper and lower case always differ in it.
    pub exclude_pattern: Option<String>,
    /// Upper and lower case are the same in the pattern.
    pub ignore_case: bool,
    /// So many of the first lines, of a negative number the last ones; 0 means all.
    pub max_results: i64,
}

/// The lines of what a gzip file holds in which `pattern` (syntax of the `regex` crate) matches somewhere.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// `InvalidFileMode` when the handle was not opened for reading; `ValidationError` for a pattern that does not compile; `FileReadError` for what
/// is no gzip data, is damaged or incomplete, as far as it was looked at; `FileContentTooLargeError` for a line of more than 64 MiB or a
/// result of more than 1 GiB; `Utf8Error` when a line that was found is not UTF-8.
pub fn search_gzip(gate: &Gate, file: &FileHandle, pattern: &str, options: &GzipSearch) -> Result<Vec<Hit>> {
    let wanted = options.max_results.unsigned_abs();
    let first = (options.max_results > 0).then_some(wanted);
    let last = (options.max_results < 0).then(|| usize::try_from(wanted).unwrap_or(usize::MAX));
    let search = Search { ignore_case: options.ignore_case, max_count: first, ..Search::default() };
    Ok(find(gate, file, pattern, options, search, last)?.lines)
}

/// Whether `pattern` matches in some line of what a gzip file holds; see [`search_gzip`]. It is read only as far as needed.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// As [`search_gzip`].
pub fn search_gzip_exists(gate: &Gate, file: &FileHandle, pattern: &str, options: &GzipSearch) -> Result<bool> {
    let ignore_case = options.ignore_case;
    let search = Search { ignore_case, max_count: Some(1), count_only: true, ..Search::default() };
    Ok(find(gate, file, pattern, options, search, None)?.count > 0)
}

fn find(
    gate: &Gate,
    file: &FileHandle,
    pattern: &str,
    options: &GzipSearch,
    search: Search,
    last: Option<usize>,
) -> Result<Hits> {
    // Judged before the patterns are looked at.
    let mut opened = Some(open_packed(gate, file)?);
    let exclude = options.exclude_pattern.as_deref().map(excluded).transpose()?;
    search_stream(gate, pattern, search, &Sieve { exclude, last }, || {
        let reader = opened.take().map_or_else(|| open_packed(gate, file), Ok)?;
        Ok(Inflate::new(gate, reader))
    })
}

fn excluded(pattern: &str) -> Result<regex::bytes::Regex> {
    regex::bytes::RegexBuilder::new(pattern)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| invalid(pattern, &error))
}
