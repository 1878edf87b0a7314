//! A file as the ELF library reads it: by pieces, which are kept, up to a limit.

use crate::sys::Reader;
use object::read::{ReadCache, ReadCacheOps, ReadRef};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::io::{Cursor, Read as _};
use std::ops::Range;
use std::rc::Rc;

/// A text in an ELF file is no longer than this.
const TEXT: u64 = 4096;

/// Pieces of a file. A map of the file would end the process when somebody cuts the file meanwhile.
pub(crate) struct Source {
    cache: ReadCache<Content>,
    /// How many bytes may still be read; files that belong together share it.
    left: Rc<Cell<u64>>,
    /// The pieces that are kept: they cost nothing more.
    seen: RefCell<HashSet<(u64, u64)>>,
}

enum Content {
    File(Reader),
    Bytes(Cursor<Vec<u8>>),
}

impl Source {
    /// Reads from `reader`, `most` bytes at most.
    pub(crate) fn new(reader: Reader, most: u64) -> Self {
        Self::sharing(Content::File(reader), &Rc::new(Cell::new(most)))
    }

    /// Reads from `reader` no more than the files that share `left` may still read.
    pub(crate) fn of_reader(reader: Reader, left: &Rc<Cell<u64>>) -> Self {
        Self::sharing(Content::File(reader), left)
    }

    /// The same, of what is in memory already.
    pub(crate) fn of_bytes(bytes: Vec<u8>, left: &Rc<Cell<u64>>) -> Self {
        Self::sharing(Content::Bytes(Cursor::new(bytes)), left)
    }

    fn sharing(content: Content, left: &Rc<Cell<u64>>) -> Self {
        Self { cache: ReadCache::new(content), left: Rc::clone(left), seen: RefCell::default() }
    }

    /// Takes so many bytes of what may be read, once for each piece.
    fn take(&self, piece: (u64, u64), size: u64) -> Result<(), ()> {
        let mut seen = self.seen.borrow_mut();
        if !seen.contains(&piece) {
            self.left.set(self.left.get().checked_sub(size).ok_or(())?);
            seen.insert(piece);
        }
        Ok(())
    }
}

impl<'s> ReadRef<'s> for &'s Source {
    fn len(self) -> Result<u64, ()> {
        (&self.cache).len()
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'s [u8], ()> {
        // Headers say what sizes they like: nothing beyond the end of the file is set aside for.
        if offset.checked_add(size).ok_or(())? > self.len()? {
            return Err(());
        }
        self.take((offset, size), size)?;
        (&self.cache).read_bytes_at(offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'s [u8], ()> {
        self.take((range.start, u64::MAX), TEXT)?;
        (&self.cache).read_bytes_at_until(range, delimiter)
    }
}

impl ReadCacheOps for Content {
    fn len(&mut self) -> Result<u64, ()> {
        match self {
            Self::File(reader) => Ok(reader.size_hint()),
            Self::Bytes(bytes) => Ok(bytes.get_ref().len() as u64),
        }
    }

    fn seek(&mut self, position: u64) -> Result<u64, ()> {
        match self {
            Self::File(reader) => reader.seek(position).map_err(drop)?,
            Self::Bytes(bytes) => bytes.set_position(position),
        }
        Ok(position)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ()> {
        match self {
            Self::File(reader) => reader.read(buffer).map_err(drop),
            Self::Bytes(bytes) => std::io::Read::read(bytes, buffer).map_err(drop),
        }
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), ()> {
        match self {
            Self::File(reader) => reader.read_exact(buffer).map_err(drop),
            Self::Bytes(bytes) => std::io::Read::read_exact(bytes, buffer).map_err(drop),
        }
    }
}
