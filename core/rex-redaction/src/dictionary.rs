//! The lines that may be shown.

use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::pattern::expression;

/// Where the dictionary stands unless told otherwise.
pub const PATH: &str = "/etc/opt/rex/rex_redaction.config";

/// What stands in place of a hidden line.
pub const REDACTED: &str = "[REDACTED]";

/// Longest dictionary, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Largest compiled form of a dictionary, in bytes.
const MAX_COMPILED: usize = 64 << 20;

/// Memory for what the matcher remembers while it searches, in bytes.
const MATCHER_CACHE: usize = 16 << 20;

/// Why a dictionary cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its text is longer than [`MAX_BYTES`].
    #[error("the redaction dictionary has {0} bytes, at most {MAX_BYTES} are allowed")]
    TooLong(usize),
    /// Its patterns take too much memory together; holds how many there are.
    #[error("the {0} patterns of the redaction dictionary are too large together: use fewer or shorter ones")]
    TooLarge(usize),
    /// The matcher refused it for another reason.
    #[error("the redaction dictionary cannot be compiled: {0}")]
    Compile(String),
}

/// A line of the dictionary that shows nothing, because a conversion in it is not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The number of the line, counted from one.
    pub line: usize,
    /// The line, without blanks around it.
    pub text: String,
    /// The first conversion that is not supported, such as `%.2f`; a lone `%` at the end is one too.
    pub specifier: String,
}

/// The lines that may be shown, as printf texts.
#[derive(Debug, Clone)]
pub struct Dictionary {
    known: RegexSet,
    unsupported: Vec<Unsupported>,
}

impl Dictionary {
    /// Reads one printf text per line. Blanks around it do not count; blank lines and those that start with `#` say nothing.
    ///
    /// `%s` stands for anything but blanks, `%d` for a whole number, `%u` for one without sign, `%m` for anything or nothing, `%%` for
    /// a percent sign; flags, width, precision and the modifiers `l` and `z` are understood. All else stands for itself. A line with another
    /// conversion shows nothing and is told by [`unsupported`](Self::unsupported).
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::TooLarge`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::TooLong(text.len()));
        }
        let mut expressions = Vec::new();
        let mut unsupported = Vec::new();
        for (line, pattern) in (1..).zip(text.lines().map(str::trim)) {
            if pattern.is_empty() || pattern.starts_with('#') {
                continue;
            }
            match expression(pattern) {
                Ok(expression) => expressions.push(expression),
                Err(specifier) => unsupported.push(Unsupported { line, text: pattern.to_owned(), specifier }),
            }
        }
        let known =
            RegexSetBuilder::new(&expressions).size_limit(MAX_COMPILED).dfa_size_limit(MATCHER_CACHE).build().map_err(
                |error| match error {
                    regex::Error::CompiledTooBig(_) => Error::TooLarge(expressions.len()),
                    other => Error::Compile(other.to_string()),
                },
            )?;
        Ok(Self { known, unsupported })
    }

    /// Whether `line`, given without its line ending, is known as a whole. A line that is not UTF-8 where a `%s` or `%m` would stand is not.
    pub fn allows(&self, line: impl AsRef<[u8]>) -> bool {
        self.known.is_match(line.as_ref())
    }

    /// `line`, given without its line ending, if it is known, else [`REDACTED`].
    pub fn redact_line<'l>(&self, line: &'l str) -> &'l str {
        if self.allows(line) { line } else { REDACTED }
    }

    /// `text` with each unknown line, also an empty one, replaced by [`REDACTED`]. Lines are joined by `\n`: `\r\n` becomes `\n`, and the ending of the last line is dropped.
    pub fn redact(&self, text: &str) -> String {
        let mut shown = String::new();
        for (number, line) in text.lines().enumerate() {
            if number > 0 {
                shown.push('\n');
            }
            shown.push_str(self.redact_line(line));
        }
        shown
    }

    /// The lines that show nothing, because they hold an unsupported conversion.
    pub fn unsupported(&self) -> &[Unsupported] {
        &self.unsupported
    }

    /// How many patterns are in use.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether every line is hidden.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}
