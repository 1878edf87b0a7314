//! Counting lines, words and bytes.

use crate::open::open_file;
use crate::path::Role;
use crate::sys::{self, Follow, Reader};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Read;
use std::io::Read as _;

/// Read at once: fits the processor's second-level cache.
const CHUNK: usize = 256 * 1024;

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WordCount {
    /// Newlines.
    pub lines: u64,
    /// Runs of bytes that are no ASCII white space; 0 when words were not asked for.
    pub words: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Counts what the file at `path` holds, text or not. Words cost more than the rest and are counted only `with_words`.
///
/// # Policy
/// Asks `open` on the directory and the file, `read` on the file.
///
/// # Errors
/// As for reading.
pub fn count(gate: &Gate, path: &str, with_words: bool) -> Result<WordCount> {
    let object = open_file(gate, path, Role::File, Follow::Links)?;
    of_file(gate, sys::read(gate.authorize::<Read, _>(&object)?)?, with_words)
}

/// Counts what `reader` gives from now on.
pub(crate) fn of_file(gate: &Gate, mut reader: Reader, with_words: bool) -> Result<WordCount> {
    let mut buffer = vec![0_u8; CHUNK];
    let (mut counted, mut in_word) = (WordCount::default(), false);
    loop {
        let length = reader.read(&mut buffer).map_err(Error::FileReadError)?;
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { return Ok(counted) };
        counted.bytes += bytes.len() as u64;
        counted.lines += bytecount::count(bytes, b'\n') as u64;
        if with_words {
            for byte in bytes {
                // The spec counts the vertical tab as white space, which Rust's ASCII test does not.
                let space = byte.is_ascii_whitespace() || *byte == 0x0b;
                counted.words += u64::from(!space && !in_word);
                in_word = !space;
            }
        }
        gate.proceed()?;
    }
}
