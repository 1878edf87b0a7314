//! Searching the lines of a file.

mod required;

use crate::open::spot_file;
use crate::pattern::{SIZE_LIMIT, invalid};
use crate::read::{ReadAs, failure};
use crate::sys::{self, Readable};
use crate::{Error, Redaction, Result};
use grep_searcher::{BinaryDetection, MmapChoice, Searcher, SearcherBuilder, Sink, SinkMatch};
use required::Skipping;
use rex_cedar_auth::{Gate, Stopped};
use std::io::{self, BufRead, BufReader, Read};

/// A line longer than this is an error: it would have to be held whole.
pub(crate) const LONGEST_LINE: usize = 64 << 20;

/// A result holds no more bytes than this: a few kilobytes of packed data can make gigabytes.
pub(crate) const MOST_HELD: usize = 1 << 30;

/// Read at once.
const CHUNK: usize = 256 * 1024;

/// What to look for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Search {
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// The lines that do not match.
    pub invert: bool,
    /// No more than so many.
    pub max_count: Option<u64>,
    /// Only their number is wanted.
    pub count_only: bool,
}

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its number, from 1.
    pub line_number: u64,
    /// Its text, without its end.
    pub line: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Hits {
    /// The lines, unless only their number was wanted.
    pub lines: Vec<Hit>,
    /// How many lines.
    pub count: u64,
}

/// The lines of the file at `path` in which `pattern` (syntax of the `regex` crate) matches somewhere. Who may only read the file
/// redacted searches what redaction leaves of it: hidden lines cannot be told apart.
///
/// # Policy
/// As [`crate::read()`].
///
/// # Errors
/// `ValidationError` for a pattern that does not compile, `Utf8Error` when a line that was found is not UTF-8, as for reading.
pub fn search(gate: &Gate, redaction: &Redaction, pattern: &str, path: &str, options: Search) -> Result<Hits> {
    let file = spot_file(gate, path)?;
    search_from(gate, redaction, pattern, ReadAs::ask(gate, &file)?, 0, options)
}

/// As [`search`], in what comes after `position` bytes of a file that may be read; lines are numbered from there.
pub(crate) fn search_from(
    gate: &Gate,
    redaction: &Redaction,
    pattern: &str,
    access: ReadAs<'_, impl Readable>,
    position: u64,
    options: Search,
) -> Result<Hits> {
    let mut collected = Collect::new(options);
    match access {
        ReadAs::Plain(proof) => {
            let mut reader = crate::read::from(sys::read(proof)?, position)?;
            let done = works_on_blocks(pattern) && by_blocks(gate, pattern, &mut reader, &mut collected)?;
            if !done {
                collected = Collect::new(options);
                reader.seek(position).map_err(Error::FileReadError)?;
                by_lines(gate, pattern, BufReader::with_capacity(CHUNK, reader), &mut collected)?;
            }
        }
        redacted @ ReadAs::Redacted(_) => {
            let text = redacted.text_from(gate, redaction, position)?;
            by_lines(gate, pattern, text.content.as_bytes(), &mut collected)?;
        }
    }
    Ok(collected.hits)
}

/// Which of the lines that match are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sieve {
    /// Those in which this matches are not.
    pub(crate) exclude: Option<regex::bytes::Regex>,
    /// Of the others only so many, the last ones.
    pub(crate) last: Option<usize>,
}

/// The lines of a text in which `pattern` matches and which `sieve` lets through. `open` gives a reader of the text, the same whenever it is
/// called.
///
/// # Errors
/// As [`search`]; `FileContentTooLargeError` for a line or a result that is too long.
pub(crate) fn search_stream<R: Read>(
    gate: &Gate,
    pattern: &str,
    options: Search,
    sieve: &Sieve,
    mut open: impl FnMut() -> Result<R>,
) -> Result<Hits> {
    let mut collected = Collect { sieve: sieve.clone(), ..Collect::new(options) };
    if works_on_blocks(pattern) && by_blocks(gate, pattern, open()?, &mut collected)? {
        return Ok(collected.finish());
    }
    let mut collected = Collect { sieve: sieve.clone(), ..Collect::new(options) };
    by_lines(gate, pattern, BufReader::with_capacity(CHUNK, open()?), &mut collected)?;
    Ok(collected.finish())
}

/// Takes lines that matched.
pub(crate) struct Collect {
    hits: Hits,
    options: Search,
    sieve: Sieve,
    held: usize,
    failed: Option<Error>,
}

impl Collect {
    pub(crate) fn new(options: Search) -> Self {
        Self { hits: Hits::default(), options, sieve: Sieve::default(), held: 0, failed: None }
    }

    /// Takes one line; says whether more are wanted.
    fn take(&mut self, line_number: u64, line: &[u8]) -> Result<bool> {
        if self.is_full() {
            return Ok(false);
        }
        let line = without_end(line);
        if self.sieve.exclude.as_ref().is_some_and(|exclude| exclude.is_match(line)) {
            return Ok(true);
        }
        if !self.options.count_only {
            let line = std::str::from_utf8(line).map_err(|_| Error::Utf8Error)?.to_owned();
            self.held += line.len();
            self.hits.lines.push(Hit { line_number, line });
            // Half of it goes at a time, so that each line is moved but once.
            if self.sieve.last.is_some_and(|last| self.hits.lines.len() >= last.saturating_mul(2)) {
                self.keep_last();
            }
            if self.held > MOST_HELD {
                return Err(Error::FileContentTooLargeError(format!(
                    "what was found holds more than {MOST_HELD} bytes"
                )));
            }
        }
        self.hits.count += 1;
        Ok(!self.is_full())
    }

    fn keep_last(&mut self) {
        let Some(last) = self.sieve.last else { return };
        let surplus = self.hits.lines.len().saturating_sub(last);
        self.held -= self.hits.lines.drain(..surplus).map(|hit| hit.line.len()).sum::<usize>();
    }

    pub(crate) fn finish(mut self) -> Hits {
        self.keep_last();
        self.hits
    }

    fn is_full(&self) -> bool {
        self.options.max_count.is_some_and(|most| self.hits.count >= most)
    }
}

/// Whether a search over many lines at once finds the same lines as one over each line alone: not where the pattern speaks of the
/// ends of the text or of line ends themselves.
fn works_on_blocks(pattern: &str) -> bool {
    let speaks_of_ends =
        ["\\A", "\\z", "\\n", "\\r", "\\x", "\\u", "\\U", "\n", "\r", "\\R"].iter().any(|part| pattern.contains(part));
    let sets_flags = pattern.split("(?").skip(1).any(|rest| {
        let flags = rest.split([')', ':']).next().unwrap_or_default();
        flags.chars().all(|flag| "imsxURu-".contains(flag)) && flags.chars().any(|flag| "msxURu-".contains(flag))
    });
    !speaks_of_ends && !sets_flags
}

/// Searches many lines at once. Says whether it could: a carriage return may be a part of a line's end or not, which only the search of
/// each line alone tells apart.
fn by_blocks(gate: &Gate, pattern: &str, reader: impl Read, collected: &mut Collect) -> Result<bool> {
    let matcher = Skipping::matching(pattern, collected.options.ignore_case)?;
    let mut searcher = SearcherBuilder::new()
        .memory_map(MmapChoice::never())
        .binary_detection(BinaryDetection::none())
        .bom_sniffing(false)
        .invert_match(collected.options.invert)
        .line_number(!collected.options.count_only)
        .heap_limit(Some(LONGEST_LINE))
        .build();
    let mut heedful = Heedful { gate, reader, left: None };
    let outcome = searcher.search_reader(&matcher, &mut heedful, &mut *collected);
    match heedful.left {
        Some(Left::Stopped(stopped)) => return Err(stopped.into()),
        Some(Left::CarriageReturn) => return Ok(false),
        Some(Left::Failed(error)) => return Err(failure(gate, error)),
        None => {}
    }
    if let Some(failed) = collected.failed.take() {
        return Err(failed);
    }
    // The reader did not fail, so it was the searcher: it has no room for a line.
    outcome.map_err(|_| Error::FileContentTooLargeError(format!("a line is longer than {LONGEST_LINE} bytes")))?;
    Ok(true)
}

/// Why a search was left before its end.
enum Left {
    Stopped(Stopped),
    CarriageReturn,
    Failed(io::Error),
}

/// A reader that stops when the run has to end, and at a carriage return.
struct Heedful<'g, R> {
    gate: &'g Gate,
    reader: R,
    left: Option<Left>,
}

impl<R: Read> Read for Heedful<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Err(stopped) = self.gate.proceed() {
            self.left = Some(Left::Stopped(stopped));
            return Err(io::ErrorKind::Other.into());
        }
        let length = match self.reader.read(buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.left = Some(Left::Failed(error));
                return Err(io::ErrorKind::Other.into());
            }
        };
        if memchr::memchr(b'\r', buffer.get(..length).unwrap_or_default()).is_some() {
            self.left = Some(Left::CarriageReturn);
            return Err(io::ErrorKind::Other.into());
        }
        Ok(length)
    }
}

impl Sink for &mut Collect {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        for (number, line) in (found.line_number().unwrap_or(0)..).zip(found.lines()) {
            match self.take(number, line) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(error) => {
                    self.failed = Some(error);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

pub(crate) fn by_lines(gate: &Gate, pattern: &str, reader: impl BufRead, collected: &mut Collect) -> Result<()> {
    let Search { ignore_case, invert, .. } = collected.options;
    Lines::matching(pattern, ignore_case)?.each(gate, reader, invert, |number, line| collected.take(number, line))
}

/// The search of each line by itself.
pub(crate) struct Lines(regex::bytes::Regex);

impl Lines {
    /// Those in which `pattern` matches.
    ///
    /// # Errors
    /// `ValidationError` for a pattern that does not compile.
    pub(crate) fn matching(pattern: &str, ignore_case: bool) -> Result<Self> {
        let regex = regex::bytes::RegexBuilder::new(pattern)
            .case_insensitive(ignore_case)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build()
            .map_err(|error| invalid(pattern, &error))?;
        Ok(Self(regex))
    }

    /// Gives `take` the lines that match, or with `invert` the others, until it wants no more.
    ///
    /// # Errors
    /// `FileContentTooLargeError` for a line that is too long; what `take` fails with.
    pub(crate) fn each(
        &self,
        gate: &Gate,
        mut reader: impl BufRead,
        invert: bool,
        mut take: impl FnMut(u64, &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let limit = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
        let mut line = Vec::new();
        for number in 1_u64.. {
            if number % 1024 == 0 {
                gate.proceed()?;
            }
            line.clear();
            let length =
                reader.by_ref().take(limit).read_until(b'\n', &mut line).map_err(|error| failure(gate, error))?;
            if length == 0 {
                break;
            }
            if length >= LONGEST_LINE {
                let text = format!("line {number} is longer than {LONGEST_LINE} bytes");
                return Err(Error::FileContentTooLargeError(text));
            }
            let line = without_end(&line);
            if self.0.is_match(line) != invert && !take(number, line)? {
                break;
            }
        }
        Ok(())
    }
}

/// A line without the newline at its end and a carriage return before that.
fn without_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::{Collect, Search, by_blocks, by_lines, works_on_blocks};
    use rex_cedar_auth::{Gate, Policies};

    #[test]
    fn patterns_that_need_single_lines() {
        for pattern in ["\\Aa", "a\\z", "a\\nb", "(?s)a.b", "(?-m)a", "(?is:a)", "a\nb"] {
            assert!(!works_on_blocks(pattern), "{pattern}");
        }
        for pattern in ["a", "^a$", "(?i)a", "(?:a|b)", "(?P<name>a)", "(?<name>a)", "[^x]+", "(?i:a)"] {
            assert!(works_on_blocks(pattern), "{pattern}");
        }
    }

    #[test]
    fn both_ways_refuse_the_same_patterns() {
        let gate = Gate::new(Policies::load("none", "").unwrap(), "");
        for pattern in ["(", "a)(b", "a)|(b", "[", "a{2,1}", "*"] {
            let mut found = Collect::new(Search::default());
            let errors = [
                by_blocks(&gate, pattern, &b"ab"[..], &mut found).unwrap_err(),
                by_lines(&gate, pattern, &b"ab"[..], &mut found).unwrap_err(),
            ];
            assert_eq!(errors[0].to_string(), errors[1].to_string(), "{pattern}");
        }
    }

    #[test]
    fn both_ways_find_the_same_lines() {
        let gate = Gate::new(Policies::load("none", "").unwrap(), "");
        let texts = ["", "\n", "a\n\nb\n", "ab 12.5s\nab 12.5s x\n\n", "xa\nb", "\u{e9}a\nA\n", "no end"];
        let patterns = [
            "",
            "a",
            "a$",
            "^$",
            "^a",
            "[0-9]{2}\\.[0-9]s$",
            "[^x]",
            "\\s",
            "\\W$",
            "(?i)A",
            "a|b$",
            "\\bend\\b",
            "^(a|b)?$",
        ];
        for (text, pattern, invert) in combined(&texts, &patterns) {
            let mut found = [(); 2].map(|()| Collect::new(Search { invert, ..Search::default() }));
            assert!(by_blocks(&gate, pattern, text.as_bytes(), &mut found[0]).unwrap());
            by_lines(&gate, pattern, text.as_bytes(), &mut found[1]).unwrap();
            assert_eq!(found[0].hits.lines, found[1].hits.lines, "`{pattern}` in {text:?}, inverted: {invert}");
        }
    }

    fn combined<'t>(texts: &'t [&str], patterns: &'t [&str]) -> impl Iterator<Item = (&'t str, &'t str, bool)> {
        let pairs = texts.iter().flat_map(|text| patterns.iter().map(|pattern| (*text, *pattern)));
        pairs.flat_map(|(text, pattern)| [(text, pattern, false), (text, pattern, true)])
    }

    #[test]
    fn carriage_returns_are_left_to_the_search_of_single_lines() {
        let gate = Gate::new(Policies::load("none", "").unwrap(), "");
        for text in ["a\r\nb", "a\rb\n"] {
            assert!(!by_blocks(&gate, "a$", text.as_bytes(), &mut Collect::new(Search::default())).unwrap());
        }
        let mut found = Collect::new(Search::default());
        by_lines(&gate, "a$|^$", &b"a\r\na\rb\n\r\n"[..], &mut found).unwrap();
        assert_eq!(found.hits.lines.iter().map(|hit| hit.line_number).collect::<Vec<_>>(), [1, 3]);
    }
}
