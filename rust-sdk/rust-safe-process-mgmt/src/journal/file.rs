//! A file of the systemd journal, read from its newest entry backwards (<https://systemd.io/JOURNAL_FILE_FORMAT>).
//!
//! Every number in the file is doubted: nothing outside it is read, chains only lead forwards, and what makes no sense is left out. A file
//! that is being written is read as far as it has come.

use super::payload::{self, Packing};
use std::collections::HashMap;
use std::io;
use std::rc::Rc;

/// What bytes can be read from at any place, without a position of its own.
pub(crate) trait ReadAt {
    /// Fills `buffer` from `offset` on, as far as there is something, and says how far.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

const SIGNATURE: [u8; 8] = *b"LPKSHHRH";
const HEADER: usize = 208;
/// Flags of features that a reader has to know: packing by xz, lz4 and zstd, keyed hashes, and the compact form.
const KNOWN: u32 = 0b1_1111;
const COMPACT: u32 = 0b1_0000;

const DATA: u8 = 1;
const ENTRY: u8 = 3;
const ENTRY_ARRAY: u8 = 6;
const OBJECT_HEADER: u64 = 16;
const ENTRY_HEADER: usize = 64;
const ARRAY_HEADER: usize = 24;

/// Arrays double in size; more make no file.
const MOST_ARRAYS: usize = 4096;
/// An entry has no more fields: journald takes no more.
const MOST_FIELDS: u64 = 1024;
/// So many places of entries are read at once.
const CHUNK: u64 = 1024;
/// So much of a field is read at first: enough for most.
const FIRST: usize = 320;
/// So many fields are remembered.
const REMEMBERED: usize = 8192;
/// The longest text of a message that is given; the rest is cut off.
const LONGEST_MESSAGE: usize = 64 * 1024;
/// The longest other value.
const LONGEST_VALUE: usize = 1024;

/// What is read of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Message,
    Priority,
    /// The unit of the process that wrote it; journald itself finds that out.
    Unit,
    /// The unit that the service manager writes about.
    About,
    Pid,
    Uid,
    Identifier,
    Command,
}

impl Field {
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"MESSAGE" => Self::Message,
            b"PRIORITY" => Self::Priority,
            b"_SYSTEMD_UNIT" => Self::Unit,
            b"UNIT" => Self::About,
            b"_PID" => Self::Pid,
            b"_UID" => Self::Uid,
            b"SYSLOG_IDENTIFIER" => Self::Identifier,
            b"_COMM" => Self::Command,
            _ => return None,
        })
    }

    fn longest(self) -> usize {
        if self == Self::Message { LONGEST_MESSAGE } else { LONGEST_VALUE }
    }
}

/// A field as it stands in the file.
#[derive(Debug, Clone)]
enum Datum {
    Value(Field, Rc<str>),
    /// A field that is of no use here.
    Other,
    /// It could be any.
    Unreadable,
}

/// An entry as it stands in the file.
#[derive(Debug, Default)]
pub(super) struct Raw {
    /// When it was received, in microseconds since 1970.
    pub(super) time: u64,
    pub(super) values: Vec<(Field, Rc<str>)>,
    /// Whether some field could not be read.
    pub(super) unreadable: bool,
}

impl Raw {
    /// The value of a field, where it has just one.
    pub(super) fn value(&self, field: Field) -> Option<&Rc<str>> {
        let mut values = self.values.iter().filter(|(of, _)| *of == field).map(|(_, value)| value);
        values.next().filter(|_| values.next().is_none())
    }

    /// Whether the field stands there at all.
    pub(super) fn has(&self, field: Field) -> bool {
        self.values.iter().any(|(of, _)| *of == field)
    }
}

/// A journal file.
#[derive(Debug)]
pub(super) struct File<R> {
    from: R,
    length: u64,
    compact: bool,
    entries: u64,
    first_array: u64,
    /// When its newest entry was received, in microseconds since 1970.
    pub(super) newest: u64,
    known: HashMap<u64, Datum>,
}

impl<R: ReadAt> File<R> {
    /// The file that is read from `from`, which is `length` bytes long; nothing if it is no journal, or one of a form to come.
    pub(super) fn new(from: R, length: u64) -> Option<Self> {
        let mut header = [0; HEADER];
        if from.read_at(&mut header, 0).ok()? < HEADER || header.get(..8)? != SIGNATURE {
            return None;
        }
        let flags = u32_at(&header, 12)?;
        if flags & !KNOWN != 0 {
            return None;
        }
        Some(Self {
            from,
            length,
            compact: flags & COMPACT != 0,
            entries: u64_at(&header, 152)?,
            first_array: u64_at(&header, 176)?,
            newest: u64_at(&header, 192)?,
            known: HashMap::new(),
        })
    }

    /// Where its entries are, newest first.
    pub(super) fn backwards(&self) -> Backwards {
        let mut arrays = Vec::new();
        let (mut offset, mut before, mut left) = (self.first_array, 0, self.entries);
        // INVARIANT: each array lies behind the one before it, so that no chain goes in circles.
        while offset > before && left > 0 && arrays.len() < MOST_ARRAYS {
            let mut header = [0; ARRAY_HEADER];
            let Some(size) = self.object(offset, ENTRY_ARRAY, &mut header) else { break };
            let Some(next) = u64_at(&header, 16) else { break };
            let count = (size.saturating_sub(ARRAY_HEADER as u64) / self.place()).min(left);
            arrays.push((offset.saturating_add(ARRAY_HEADER as u64), count));
            left -= count;
            (before, offset) = (offset, next);
        }
        Backwards { arrays, chunk: Vec::new() }
    }

    /// The place of the next older entry.
    pub(super) fn next(&self, backwards: &mut Backwards) -> Option<u64> {
        loop {
            if let Some(offset) = backwards.chunk.pop() {
                return Some(offset);
            }
            let (start, count) = backwards.arrays.pop()?;
            let now = count.min(CHUNK);
            let rest = count - now;
            if rest > 0 {
                backwards.arrays.push((start, rest));
            }
            let place = self.place();
            let at = start.saturating_add(rest.saturating_mul(place));
            let mut bytes = vec![0; usize::try_from(now.saturating_mul(place)).unwrap_or(0)];
            let got = self.from.read_at(&mut bytes, at).unwrap_or(0);
            bytes.truncate(got);
            backwards.chunk.extend(self.places(&bytes, usize::try_from(place).unwrap_or(8)));
        }
    }

    /// When the entry at `offset` was received, in microseconds since 1970; nothing where there is none.
    pub(super) fn time(&self, offset: u64) -> Option<u64> {
        let mut header = [0; ENTRY_HEADER];
        self.object(offset, ENTRY, &mut header)?;
        u64_at(&header, 24)
    }

    /// The entry at `offset`.
    pub(super) fn entry(&mut self, offset: u64) -> Option<Raw> {
        let mut header = [0; ENTRY_HEADER];
        let size = self.object(offset, ENTRY, &mut header)?;
        let step = if self.compact { 4 } else { 16 };
        let count = (size.saturating_sub(ENTRY_HEADER as u64) / step).min(MOST_FIELDS);
        let mut items = vec![0; usize::try_from(count.saturating_mul(step)).ok()?];
        let got = self.from.read_at(&mut items, offset.checked_add(ENTRY_HEADER as u64)?).ok()?;
        items.truncate(got);
        let mut raw = Raw { time: u64_at(&header, 24)?, ..Raw::default() };
        let places: Vec<u64> = self.places(&items, usize::try_from(step).ok()?).collect();
        for place in places {
            match self.datum(place) {
                Datum::Value(field, value) => raw.values.push((field, value)),
                Datum::Other => {}
                Datum::Unreadable => raw.unreadable = true,
            }
        }
        Some(raw)
    }

    /// The bytes that a place takes in an array.
    fn place(&self) -> u64 {
        if self.compact { 4 } else { 8 }
    }

    /// The places at the start of each `step` bytes; those that lead nowhere are left out.
    fn places<'b>(&self, bytes: &'b [u8], step: usize) -> impl Iterator<Item = u64> + use<'b, R> {
        let compact = self.compact;
        let place = move |item: &[u8]| if compact { u32_at(item, 0).map(u64::from) } else { u64_at(item, 0) };
        bytes.chunks_exact(step.max(1)).filter_map(place).filter(|place| *place != 0)
    }

    /// Reads the start of the object of this type at `offset`, and gives its size.
    fn object(&self, offset: u64, kind: u8, start: &mut [u8]) -> Option<u64> {
        if self.from.read_at(start, offset).ok()? < start.len() {
            return None;
        }
        self.size(offset, kind, start)
    }

    /// The size of the object of this type at `offset`, which begins with `start`; nothing where that cannot be one.
    fn size(&self, offset: u64, kind: u8, start: &[u8]) -> Option<u64> {
        let size = u64_at(start, 8)?;
        let placed = offset >= HEADER as u64 && offset.is_multiple_of(8);
        let fits = size >= OBJECT_HEADER && offset.checked_add(size)? <= self.length;
        (placed && fits && start.first() == Some(&kind)).then_some(size)
    }

    fn datum(&mut self, offset: u64) -> Datum {
        if let Some(datum) = self.known.get(&offset) {
            return datum.clone();
        }
        let datum = self.read_datum(offset).unwrap_or(Datum::Unreadable);
        let short = !matches!(&datum, Datum::Value(Field::Message, _));
        if short {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            self.known.insert(offset, datum.clone());
        }
        datum
    }

    fn read_datum(&self, offset: u64) -> Option<Datum> {
        let header = if self.compact { 72 } else { 64 };
        let mut start = [0; FIRST];
        let got = self.from.read_at(&mut start, offset).ok()?;
        let start = start.get(..got)?;
        let size = self.size(offset, DATA, start)?;
        let length = usize::try_from(size.checked_sub(header as u64)?).ok()?;
        let packing = Packing::of(*start.get(1)?)?;
        let seen = start.get(header..)?;
        let seen = seen.get(..length.min(seen.len()))?;
        if packing == Packing::None {
            // Most fields are of no use, which their names tell.
            let name = seen.iter().position(|byte| *byte == b'=');
            if let Some(name) = name
                && Field::named(seen.get(..name)?).is_none()
            {
                return Some(Datum::Other);
            }
        }
        let most = payload::most(packing, LONGEST_MESSAGE);
        let mut bytes = seen.to_vec();
        if length > bytes.len() {
            bytes = vec![0; length.min(most)];
            let got = self.from.read_at(&mut bytes, offset.checked_add(header as u64)?).ok()?;
            bytes.truncate(got);
        }
        let bytes = payload::unpacked(packing, bytes, LONGEST_MESSAGE)?;
        let name = bytes.iter().position(|byte| *byte == b'=')?;
        let Some(field) = Field::named(bytes.get(..name)?) else { return Some(Datum::Other) };
        let value = bytes.get(name + 1..)?;
        if field != Field::Message && value.len() > field.longest() {
            return None;
        }
        let value = value.get(..value.len().min(field.longest()))?;
        Some(Datum::Value(field, String::from_utf8_lossy(value).into()))
    }
}

/// A way through the entries of a file, from the newest to the oldest.
#[derive(Debug)]
pub(super) struct Backwards {
    /// The arrays that are still to be read, and how many places are left in each.
    arrays: Vec<(u64, u64)>,
    chunk: Vec<u64>,
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests;
