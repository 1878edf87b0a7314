//! The end of a log: its last whole record, and what was begun after it.

use crate::Error;
use crate::parse::Placed;
use crate::record::Torn;
use crate::seal::{Head, Sealed, digest};
use crate::verify::LONGEST_LINE;
use rustix::fd::AsFd;
use rustix::io::{Errno, pread};

/// How much is read at first; most records are much shorter.
const FIRST: u64 = 8 * 1024;

/// The end of a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) head: Head,
    /// Whether only the end of its line is missing.
    pub(crate) open: bool,
    /// A line that was begun after it.
    pub(crate) torn: Option<Torn>,
}

/// Reads the end of `file`, which has `size` bytes.
pub(crate) fn tail(file: &impl AsFd, size: u64) -> Result<Tail, Error> {
    let mut length = FIRST;
    loop {
        let start = size.saturating_sub(length);
        let bytes = read(file, start, size)?;
        match find(&bytes, start) {
            Some(tail) => return tail,
            None if start == 0 || length > 3 * LONGEST_LINE as u64 => return Err(Error::Broken(start)),
            None => length *= 4,
        }
    }
}

/// The tail in `bytes`, which are the last of a file from `start` on; nothing where they do not hold a whole line.
fn find(bytes: &[u8], start: u64) -> Option<Result<Tail, Error>> {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (whole, rest) = bytes.split_at_checked(end)?;
    let Some(lines) = whole.strip_suffix(b"\n") else {
        // Only the beginning of the first record was written.
        return (start == 0).then(|| after(Head::none(), rest, start));
    };
    let begin = match lines.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => at + 1,
        None if start == 0 => 0,
        None => return None,
    };
    let line = lines.get(begin..)?;
    let Some((head, _)) = record(line) else { return Some(Err(Error::Broken(start + begin as u64))) };
    Some(after(head, rest, start + end as u64))
}

/// The tail of a log whose last whole line makes `head`, with `rest` after it from byte `at` on.
fn after(head: Head, rest: &[u8], at: u64) -> Result<Tail, Error> {
    if rest.is_empty() {
        return Ok(Tail { head, open: false, torn: None });
    }
    match record(rest) {
        // The writer died between the last brace and the end of the line.
        Some((next, prev)) if head.sequence.checked_add(1) == Some(next.sequence) && prev == head.hash => {
            Ok(Tail { head: next, open: true, torn: None })
        }
        // No writer leaves another one's record here.
        Some(_) => Err(Error::Broken(at)),
        None => Ok(Tail { head, open: false, torn: Some(Torn { bytes: rest.len() as u64, sha256: digest(rest) }) }),
    }
}

/// The head that `line` makes, if it is a record, and the hash of the one before it.
fn record(line: &[u8]) -> Option<(Head, String)> {
    let sealed = Sealed::new(line).filter(Sealed::holds)?;
    let placed: Placed = serde_json::from_slice(line).ok()?;
    Some((Head { sequence: placed.metadata.sequence, hash: sealed.hash.to_owned() }, placed.unmapped.prev))
}

fn read(file: &impl AsFd, from: u64, to: u64) -> Result<Vec<u8>, Error> {
    let length = usize::try_from(to.saturating_sub(from)).map_err(|_| Errno::OVERFLOW)?;
    let mut bytes = vec![0; length];
    let mut done = 0;
    while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match pread(file, rest, from + done as u64) {
            Ok(0) => return Err(Error::Disturbed("truncated")),
            Ok(read) => done += read,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(bytes)
}
