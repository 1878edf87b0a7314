//! Unpacking gzip data as it is read (RFC 1952): all members of a file as one stream, and nothing that is no member.

use flate2::bufread::GzDecoder;
use rex_cedar_auth::Gate;
use std::cell::Cell;
use std::io::{self, BufRead as _, BufReader, Read};
use std::rc::Rc;

/// Read at once.
const CHUNK: usize = 256 * 1024;

/// How gzip data begins.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A reader of what gzip data holds. Zeros after the last member are padding; anything else there, damage and a missing end are errors,
/// so that the end of this reader is the end of the whole.
pub(crate) struct Inflate<'g, R> {
    gate: &'g Gate,
    stage: Stage<R>,
    members: u64,
    given: u64,
    taken: Rc<Cell<u64>>,
}

enum Stage<R> {
    Member(Box<GzDecoder<BufReader<Counted<R>>>>),
    End,
    Failed,
}

impl<'g, R: Read> Inflate<'g, R> {
    pub(crate) fn new(gate: &'g Gate, reader: R) -> Self {
        let taken = Rc::new(Cell::new(0));
        let counted = Counted { reader, count: Rc::clone(&taken) };
        let first = GzDecoder::new(BufReader::with_capacity(CHUNK, counted));
        Self { gate, stage: Stage::Member(Box::new(first)), members: 0, given: 0, taken }
    }

    /// How many bytes were unpacked so far.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    /// How many packed bytes were read so far.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.get()
    }

    /// The words for what the decoder found wrong.
    fn explain(&self, decoder: &GzDecoder<BufReader<Counted<R>>>, error: io::Error) -> io::Error {
        if error.raw_os_error().is_some() {
            return error;
        }
        let text = match (decoder.header(), self.members) {
            (None, 0) => "this is no gzip data".to_owned(),
            (None, _) => "what follows the gzip data is neither gzip data nor padding".to_owned(),
            (Some(_), _) if error.kind() == io::ErrorKind::UnexpectedEof => {
                "the gzip data ends before its end".to_owned()
            }
            (Some(_), _) => format!("the gzip data is damaged: {error}"),
        };
        io::Error::new(io::ErrorKind::InvalidData, text)
    }
}

impl<R: Read> Read for Inflate<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The decoder says the same at the end of a member.
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.gate.proceed().is_err() {
                self.stage = Stage::Failed;
            }
            // A failure stays one: whoever asks again must not take it for the end.
            let mut decoder = match std::mem::replace(&mut self.stage, Stage::Failed) {
                Stage::Member(decoder) => decoder,
                Stage::End => {
                    self.stage = Stage::End;
                    return Ok(0);
                }
                Stage::Failed => return Err(io::Error::other("unpacking was given up")),
            };
            let length = decoder.read(buffer).map_err(|error| self.explain(&decoder, error))?;
            if length > 0 {
                self.given += length as u64;
                self.stage = Stage::Member(decoder);
                return Ok(length);
            }
            self.members += 1;
            let mut rest = decoder.into_inner();
            self.stage = match rest.fill_buf()?.first() {
                None => Stage::End,
                Some(0) => {
                    only_zeros(self.gate, &mut rest)?;
                    Stage::End
                }
                Some(_) => Stage::Member(Box::new(GzDecoder::new(rest))),
            };
        }
    }
}

/// Reads to the end, past zeros alone.
fn only_zeros(gate: &Gate, rest: &mut impl io::BufRead) -> io::Result<()> {
    loop {
        let bytes = rest.fill_buf()?;
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.iter().any(|byte| *byte != 0) {
            let text = "what follows the gzip data is neither gzip data nor padding";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        let length = bytes.len();
        rest.consume(length);
        if gate.proceed().is_err() {
            return Err(io::Error::other("unpacking was given up"));
        }
    }
}

/// Counts what is read through it.
struct Counted<R> {
    reader: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.count.set(self.count.get() + length as u64);
        Ok(length)
    }
}
