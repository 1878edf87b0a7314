//! The members of an archive, one after the other, each with its content. Everything in an archive is hostile.

use super::header::{BLOCK, Kind, Member, Notes, is_sound, kind};
use crate::gzip::{Inflate, MAGIC};
use crate::read::{TooLarge, failure};
use crate::sys::Reader;
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use std::io::{self, BufReader, Read};
use tar::Header;

/// Read at once.
const CHUNK: usize = 256 * 1024;

/// More headers are refused.
const MOST_HEADERS: u64 = 1_000_000;

/// The content of a header on the next member may be so long.
const LONGEST_NOTES: u64 = 1 << 20;

/// Beyond so many unpacked bytes, they may be no more than [`LARGEST_RATIO`] times the packed ones.
const RATIO_FROM: u64 = 64 << 20;
const LARGEST_RATIO: u64 = 1000;

/// Goes through an archive.
pub(super) struct Members<'g> {
    gate: &'g Gate,
    source: Source<'g>,
    headers: u64,
    /// How much of the member's content was not read yet, and of what fills it up.
    content: u64,
    padding: u64,
}

enum Source<'g> {
    Plain(BufReader<Reader>),
    Packed(Inflate<'g, Reader>),
}

impl<'g> Members<'g> {
    /// Begins with what `reader` holds, which begins with what gzip data begins with or is a plain archive.
    pub(super) fn of(gate: &'g Gate, mut reader: Reader) -> Result<Self> {
        let mut begin = Vec::new();
        reader.by_ref().take(2).read_to_end(&mut begin).map_err(Error::FileReadError)?;
        reader.rewind().map_err(Error::FileReadError)?;
        let source = if begin == MAGIC {
            Source::Packed(Inflate::new(gate, reader))
        } else {
            Source::Plain(BufReader::with_capacity(CHUNK, reader))
        };
        Ok(Self { gate, source, headers: 0, content: 0, padding: 0 })
    }

    /// The next member; the content of the one before is passed over. Nothing after the last.
    ///
    /// # Errors
    /// `FileReadError` for what is no archive, is damaged or incomplete; `FileContentTooLargeError` beyond the bounds.
    pub(super) fn next(&mut self) -> Result<Option<Member>> {
        self.advance().map_err(|error| failure(self.gate, error))
    }

    fn advance(&mut self) -> io::Result<Option<Member>> {
        let mut notes = Notes::default();
        loop {
            if self.gate.proceed().is_err() {
                return Err(io::Error::other("reading was given up"));
            }
            self.pass_over()?;
            let Some(header) = self.header()? else {
                if !notes.is_empty() {
                    return Err(damaged("it ends with a header on a member that is missing"));
                }
                return Ok(None);
            };
            if let Kind::Member = kind(&header) {
                let sparse = header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
                if header.entry_type().is_gnu_sparse() && sparse {
                    self.pass_over_map()?;
                }
                let member = notes.member(&header).ok_or_else(|| damaged("a header tells what cannot be"))?;
                self.begin(member.size)?;
                return Ok(Some(member));
            }
            let size = header.entry_size().ok().filter(|size| *size <= LONGEST_NOTES);
            let size = size.ok_or_else(|| damaged("a header on the next member is too long"))?;
            self.begin(size)?;
            let mut content = Vec::new();
            self.by_ref().read_to_end(&mut content)?;
            let understood = match kind(&header) {
                Kind::LongName => {
                    notes.take_name(&content);
                    true
                }
                Kind::Records => notes.take_records(&content).is_some(),
                Kind::GlobalRecords => Notes::is_harmless(&content),
                Kind::LongLink | Kind::Member => true,
            };
            if !understood {
                return Err(damaged("a header on members is not understood"));
            }
        }
    }

    /// The next header; nothing at the end mark.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut header = Header::new_old();
        match self.fill(header.as_mut_bytes())? {
            BLOCK => {}
            0 if self.headers == 0 => return Err(io::Error::new(io::ErrorKind::InvalidData, "this is no tar archive")),
            0 => return Err(damaged("it ends without its end mark")),
            _ => return Err(damaged("it ends within a header")),
        }
        if header.as_bytes().iter().all(|byte| *byte == 0) {
            // Only the end of packed data shows that it is whole.
            if let Source::Packed(_) = self.source {
                let mut rest = vec![0; CHUNK];
                while self.source_read(&mut rest)? > 0 {}
            }
            return Ok(None);
        }
        if !is_sound(&header) {
            return Err(match self.headers {
                0 => io::Error::new(io::ErrorKind::InvalidData, "this is no tar archive"),
                _ => damaged("the checksum of a header is wrong"),
            });
        }
        self.headers += 1;
        if self.headers > MOST_HEADERS {
            return Err(TooLarge::error(format!("the archive has more than {MOST_HEADERS} members")));
        }
        Ok(Some(header))
    }

    fn begin(&mut self, size: u64) -> io::Result<()> {
        self.content = size;
        let block = BLOCK as u64;
        self.padding = (block - size % block) % block;
        // What is longer than any file is not gone through to its missing end.
        if i64::try_from(size).is_err() {
            return Err(damaged("a member is longer than a file can be"));
        }
        Ok(())
    }

    /// Passes over what is left of a member's content.
    fn pass_over(&mut self) -> io::Result<()> {
        if self.content > 0 {
            let mut buffer = vec![0; CHUNK];
            while self.read(&mut buffer)? > 0 {}
        }
        let mut padding = [0; BLOCK];
        let length = usize::try_from(self.padding).unwrap_or_default();
        let padding = padding.get_mut(..length).unwrap_or_default();
        if self.fill(padding)? < length {
            return Err(damaged("it ends within a member"));
        }
        self.padding = 0;
        Ok(())
    }

    /// Passes over the blocks that tell where the holes of a file are.
    fn pass_over_map(&mut self) -> io::Result<()> {
        let mut block = [0; BLOCK];
        loop {
            if self.gate.proceed().is_err() || self.fill(&mut block)? < BLOCK {
                return Err(damaged("it ends within a header"));
            }
            // tar(5): the byte after 21 descriptions of 24 bytes says whether another block follows.
            if block.get(504) != Some(&1) {
                return Ok(());
            }
        }
    }

    /// Fills `buffer` as far as there is something.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.source_read(rest)? {
                0 => break,
                length => filled += length,
            }
        }
        Ok(filled)
    }

    fn source_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.gate.proceed().is_err() {
            return Err(io::Error::other("reading was given up"));
        }
        match &mut self.source {
            Source::Plain(reader) => reader.read(buffer),
            Source::Packed(reader) => {
                let length = reader.read(buffer)?;
                if reader.given() > RATIO_FROM && reader.given() / LARGEST_RATIO > reader.taken() {
                    let text = format!("the archive unpacks to more than {LARGEST_RATIO} times its size");
                    return Err(TooLarge::error(text));
                }
                Ok(length)
            }
        }
    }
}

/// The content of the member that was given last.
impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.content).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let length = self.source_read(buffer)?;
        if length == 0 {
            return Err(damaged("it ends within a member"));
        }
        self.content -= length as u64;
        Ok(length)
    }
}

fn damaged(how: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the archive is damaged: {how}"))
}
