//! Counting lines, words and bytes.

use crate::open::spot_file;
use crate::sys::{self, Reader};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Read;
use std::cell::Cell;
use std::io::{self, Read as _};
use std::sync::atomic::{AtomicU64, Ordering};

/// Read at once: fits the processor's second-level cache.
const CHUNK: usize = 256 * 1024;

/// From this size on, in bytes, a second thread is worth its beginning.
const LARGE: u64 = 16 << 20;

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
    let file = spot_file(gate, path)?;
    of_file(gate, sys::read(gate.authorize::<Read, _>(&file)?)?, with_words)
}

/// Counts what `reader` gives from now on.
pub(crate) fn of_file(gate: &Gate, mut reader: Reader, with_words: bool) -> Result<WordCount> {
    let (mut counted, mut in_word) = (WordCount::default(), false);
    let position = reader.position().map_err(Error::FileReadError)?;
    let ahead = reader.size_hint().saturating_sub(position);
    if !with_words && ahead >= LARGE {
        counted = by_two(gate, &reader, position, position + ahead)?;
        // What was added meanwhile.
        reader.seek(position + counted.bytes).map_err(Error::FileReadError)?;
    }
    let mut buffer = vec![0_u8; CHUNK];
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

/// Counts newlines and bytes from `begin` to `end`, or to where the file ends by now, by two threads: what takes time is the copying of
/// the content, which each does for itself.
fn by_two(gate: &Gate, reader: &Reader, begin: u64, end: u64) -> Result<WordCount> {
    let next = AtomicU64::new(begin);
    let stopped = Cell::new(None);
    let (own, others) = std::thread::scope(|scope| {
        let other = scope.spawn(|| chunks(reader, &next, end, &|| true));
        let own = chunks(reader, &next, end, &|| match gate.proceed() {
            Ok(()) => true,
            Err(end) => {
                stopped.set(Some(end));
                false
            }
        });
        // The other one finds nothing left.
        next.store(end, Ordering::Relaxed);
        (own, other.join())
    });
    if let Some(stopped) = stopped.take() {
        return Err(stopped.into());
    }
    let others = others.map_err(|_| Error::other("a thread that counts ended".to_owned()))?;
    let (own, others) = (own.map_err(Error::FileReadError)?, others.map_err(Error::FileReadError)?);
    Ok(WordCount { lines: own.lines + others.lines, words: 0, bytes: own.bytes + others.bytes })
}

/// Counts chunks that no other thread has taken, while `go_on` says so.
fn chunks(reader: &Reader, next: &AtomicU64, end: u64, go_on: &dyn Fn() -> bool) -> io::Result<WordCount> {
    let mut counted = WordCount::default();
    let mut buffer = vec![0_u8; CHUNK];
    while go_on() {
        let mut at = next.fetch_add(CHUNK as u64, Ordering::Relaxed);
        let chunk_end = end.min(at.saturating_add(CHUNK as u64));
        if at >= end {
            break;
        }
        while at < chunk_end {
            let wanted = usize::try_from(chunk_end - at).unwrap_or(CHUNK);
            let length = reader.read_at(buffer.get_mut(..wanted).unwrap_or_default(), at)?;
            let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { return Ok(counted) };
            counted.bytes += bytes.len() as u64;
            counted.lines += bytecount::count(bytes, b'\n') as u64;
            at += bytes.len() as u64;
        }
    }
    Ok(counted)
}
