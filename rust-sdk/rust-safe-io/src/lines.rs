//! Reading some lines of a file.

use crate::open::spot_file;
use crate::read::failure;
use crate::search::{LONGEST_LINE, MOST_HELD};
use crate::sys::{self, Reader};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Read;
use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read as _};

/// Read at once.
const CHUNK: usize = 256 * 1024;

/// Which lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSelection {
    start: Option<u64>,
    count: Option<i64>,
}

impl LineSelection {
    /// `start` is a line number from 1. `count` lines from it, or the first ones without it; a negative `count` means the
    /// last lines, those that end at `start` where it is given. Without `count`, all from `start` on.
    ///
    /// # Errors
    /// `InvalidArguments` when neither is given or `start` is below 1.
    pub fn new(start: Option<i64>, count: Option<i64>) -> Result<Self> {
        let start = match start {
            None => None,
            Some(line) => Some(u64::try_from(line).ok().filter(|line| *line > 0).ok_or_else(|| {
                let rule = "Invalid line to start reading from: must be a positive integer greater than 1 (>= 1)";
                Error::invalid_arguments(format!("{rule}: {line}"))
            })?),
        };
        match (start, count) {
            (None, None) => Err(Error::invalid_arguments("No read line mode specified")),
            (start, count) => Ok(Self { start, count }),
        }
    }
}

/// The selected lines of the file at `path`, without their ends.
///
/// # Policy
/// Asks `open` on the directory and the file, `read` on the file.
///
/// # Errors
/// As for reading; `Utf8Error` when a selected line is not UTF-8.
pub fn lines(gate: &Gate, path: &str, selection: LineSelection) -> Result<Vec<String>> {
    let file = spot_file(gate, path)?;
    of_file(gate, sys::read(gate.authorize::<Read, _>(&file)?)?, selection)
}

/// The selected lines of a file.
pub(crate) fn of_file(gate: &Gate, mut reader: Reader, selection: LineSelection) -> Result<Vec<String>> {
    match selection {
        LineSelection { start: None, count: Some(count) } if count < 0 => last(gate, &mut reader, count.unsigned_abs()),
        selection => select(gate, reader, selection, Bounds::NONE),
    }
}

/// How much of a stream may be held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Bytes in one line.
    line: usize,
    /// Bytes in all lines of the result.
    all: usize,
}

impl Bounds {
    /// A file on the disk: the run's memory is bound enough.
    const NONE: Self = Self { line: usize::MAX, all: usize::MAX };
    /// What is unpacked while it is read.
    pub(crate) const UNPACKED: Self = Self { line: LONGEST_LINE, all: MOST_HELD };
}

/// The selected lines of what `reader` gives from now on, read in one pass.
///
/// # Errors
/// `FileContentTooLargeError` beyond `bounds`; `Utf8Error` when a selected line is not UTF-8.
pub(crate) fn select(
    gate: &Gate,
    reader: impl io::Read,
    selection: LineSelection,
    bounds: Bounds,
) -> Result<Vec<String>> {
    match selection {
        LineSelection { count: Some(0), .. } => Ok(Vec::new()),
        LineSelection { start, count: Some(count) } if count < 0 => {
            ending_at(gate, reader, start.unwrap_or(u64::MAX), count.unsigned_abs(), bounds)
        }
        LineSelection { start, count } => from(gate, reader, start.unwrap_or(1), count.map(i64::unsigned_abs), bounds),
    }
}

/// One line without its end.
pub(crate) fn line_of(mut bytes: Vec<u8>) -> Result<String> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::Utf8Error)
}

/// Goes through the lines with their numbers until `take` has enough.
fn each(
    gate: &Gate,
    reader: impl io::Read,
    longest: usize,
    mut take: impl FnMut(u64, Vec<u8>) -> Result<bool>,
) -> Result<()> {
    let mut buffered = BufReader::with_capacity(CHUNK, reader);
    let mut number = 0_u64;
    loop {
        if number.is_multiple_of(4096) {
            gate.proceed()?;
        }
        number += 1;
        let mut line = Vec::new();
        // A line is bounded by the run's memory, looked at every few megabytes.
        while buffered.by_ref().take(16 << 20).read_until(b'\n', &mut line).map_err(|error| failure(gate, error))?
            == 16 << 20
            && line.last() != Some(&b'\n')
            && line.len() <= longest
        {
            gate.proceed()?;
        }
        if line.len() > longest {
            return Err(Error::FileContentTooLargeError(format!("line {number} is longer than {longest} bytes")));
        }
        if line.is_empty() || !take(number, line)? {
            return Ok(());
        }
    }
}

fn from(gate: &Gate, reader: impl io::Read, start: u64, count: Option<u64>, bounds: Bounds) -> Result<Vec<String>> {
    let end = count.map_or(u64::MAX, |count| start.saturating_add(count - 1));
    let (mut lines, mut held) = (Vec::new(), 0);
    each(gate, reader, bounds.line, |number, line| {
        if number >= start {
            held += line.len();
            within(held, bounds)?;
            lines.push(line_of(line)?);
        }
        Ok(number < end)
    })?;
    Ok(lines)
}

fn ending_at(gate: &Gate, reader: impl io::Read, end: u64, count: u64, bounds: Bounds) -> Result<Vec<String>> {
    let (mut kept, mut held) = (VecDeque::new(), 0);
    each(gate, reader, bounds.line, |number, line| {
        held += line.len();
        kept.push_back(line);
        if u64::try_from(kept.len()).unwrap_or(u64::MAX) > count {
            held -= kept.pop_front().map_or(0, |line| line.len());
        }
        within(held, bounds)?;
        Ok(number < end)
    })?;
    kept.into_iter().map(line_of).collect()
}

fn within(held: usize, bounds: Bounds) -> Result<()> {
    if held > bounds.all {
        let most = bounds.all;
        return Err(Error::FileContentTooLargeError(format!("the selected lines hold more than {most} bytes")));
    }
    Ok(())
}

/// Reads from the end backwards, so that the size of the file does not matter.
fn last(gate: &Gate, reader: &mut Reader, count: u64) -> Result<Vec<String>> {
    // The size is that of the opened descriptor: the file may have grown since it was found. Files of /proc say 0.
    let size = reader.as_file().metadata().map_err(Error::FileReadError)?.len();
    if size == 0 {
        let text = crate::read::content(gate, reader)?;
        return tail_of(&text, count);
    }
    let chunk = u64::try_from(CHUNK).unwrap_or(u64::MAX);
    let (mut position, mut tail, mut newlines) = (size, Vec::new(), 0);
    // The newline at the very end ends the last line and begins none, so one more is needed.
    while position > 0 && newlines <= count {
        gate.proceed()?;
        let begin = position.saturating_sub(chunk);
        reader.seek(begin).map_err(Error::FileReadError)?;
        let mut block = Vec::new();
        reader.by_ref().take(position - begin).read_to_end(&mut block).map_err(Error::FileReadError)?;
        newlines += u64::try_from(bytecount::count(&block, b'\n')).unwrap_or(u64::MAX);
        tail.push(block);
        position = begin;
    }
    let text: Vec<u8> = tail.into_iter().rev().flatten().collect();
    tail_of(&text, count)
}

fn tail_of(text: &[u8], count: u64) -> Result<Vec<String>> {
    let body = text.strip_suffix(b"\n").unwrap_or(text);
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let begin = memchr::memrchr_iter(b'\n', body).nth(wanted - 1).map_or(0, |at| at + 1);
    text.get(begin..)
        .unwrap_or_default()
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| line_of(line.to_vec()))
        .collect()
}
