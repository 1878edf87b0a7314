//! The headers of an ELF file, of either word size and byte order.

use super::Source;
use object::elf::{EM_AARCH64, EM_X86_64, ET_CORE, FileHeader32, FileHeader64, PT_INTERP, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader, NoteIterator, ProgramHeader};
use object::{Endian as _, Endianness, ReadRef};

/// Read of memory at once.
const PAGE: u64 = 4096;

/// The parts of an ELF file by where they are in memory.
#[derive(Clone)]
pub(crate) struct Image<'s> {
    pub(crate) source: &'s Source,
    pub(crate) is_64bit: bool,
    pub(crate) is_core: bool,
    pub(crate) entry: u64,
    /// The number of the processor type.
    pub(crate) machine: u16,
    endian: Endianness,
    segments: Vec<Segment>,
}

/// What one program header says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) kind: u32,
    pub(crate) offset: u64,
    pub(crate) address: u64,
    pub(crate) in_file: u64,
    pub(crate) in_memory: u64,
    pub(crate) align: u64,
}

/// A note, as the kernel or a linker left it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Note<'s> {
    pub(crate) kind: u32,
    pub(crate) owner: &'s [u8],
    pub(crate) content: &'s [u8],
    /// Where the content is in memory.
    pub(crate) address: u64,
}

impl<'s> Image<'s> {
    /// Reads the headers.
    pub(crate) fn parse(source: &'s Source) -> Result<Self, String> {
        // The class, `EI_CLASS`.
        match source.read_bytes_at(0, 16).ok().and_then(|ident| ident.get(4)) {
            Some(1) => Self::of_header::<FileHeader32<Endianness>>(source, false),
            _ => Self::of_header::<FileHeader64<Endianness>>(source, true),
        }
    }

    fn of_header<H: FileHeader<Endian = Endianness>>(source: &'s Source, is_64bit: bool) -> Result<Self, String> {
        let header = H::parse(source).map_err(text)?;
        let endian = header.endian().map_err(text)?;
        let segments = header.program_headers(endian, source).map_err(text)?;
        let segments = segments.iter().map(|segment| Segment {
            kind: segment.p_type(endian).0,
            offset: segment.p_offset(endian).into(),
            address: segment.p_vaddr(endian).into(),
            in_file: segment.p_filesz(endian).into(),
            in_memory: segment.p_memsz(endian).into(),
            align: segment.p_align(endian).into(),
        });
        Ok(Self {
            source,
            is_64bit,
            is_core: header.e_type(endian) == ET_CORE,
            entry: header.e_entry(endian).into(),
            machine: header.e_machine(endian).0,
            endian,
            segments: segments.collect(),
        })
    }

    /// How many program headers there are.
    pub(crate) fn headers(&self) -> usize {
        self.segments.len()
    }

    /// The parts that are in memory.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|segment| segment.kind == PT_LOAD.0)
    }

    /// Whether it is of a processor whose registers are known here.
    pub(crate) fn is_known_machine(&self) -> bool {
        let little = self.endian == Endianness::Little;
        self.is_64bit && little && [EM_X86_64.0, EM_AARCH64.0].contains(&self.machine)
    }

    /// The program that loads it.
    pub(crate) fn interpreter(&self) -> Result<Option<String>, String> {
        let Some(segment) = self.segments.iter().find(|segment| segment.kind == PT_INTERP.0) else { return Ok(None) };
        let bytes = self.source.read_bytes_at(segment.offset, segment.in_file);
        let text = bytes.map_err(|()| "Invalid ELF interpreter offset or size")?;
        Ok(text.split(|byte| *byte == 0).next().and_then(|text| String::from_utf8(text.to_vec()).ok()))
    }

    /// Shows every note.
    pub(crate) fn notes(&self, show: &mut dyn FnMut(Note<'s>)) -> Result<(), String> {
        for segment in self.segments.iter().filter(|segment| segment.kind == PT_NOTE.0) {
            let bytes = self.source.read_bytes_at(segment.offset, segment.in_file);
            let bytes = bytes.map_err(|()| "Invalid ELF note offset or size")?;
            // Notes have the same form in files of either word size.
            let mut notes =
                NoteIterator::<FileHeader64<Endianness>>::new(self.endian, segment.align, bytes).map_err(text)?;
            while let Some(note) = notes.next().map_err(text)? {
                let content = note.desc();
                let within = content.as_ptr().addr().wrapping_sub(bytes.as_ptr().addr()) as u64;
                let address = segment.address.wrapping_add(within);
                show(Note { kind: note.n_type(self.endian).0, owner: note.name(), content, address });
            }
        }
        Ok(())
    }

    /// The words of the file's size and order in `bytes`.
    pub(crate) fn words<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = u64> + use<'b> {
        let (is_64bit, endian) = (self.is_64bit, self.endian);
        bytes.chunks_exact(if is_64bit { 8 } else { 4 }).map(move |word| match (word.try_into(), word.try_into()) {
            (Ok(word), _) => endian.read_u64(word),
            (_, Ok(word)) => endian.read_u32(word).into(),
            _ => 0,
        })
    }

    /// The same, two by two.
    pub(crate) fn pairs<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = (u64, u64)> + use<'b> {
        let mut words = self.words(bytes);
        std::iter::from_fn(move || words.next().zip(words.next()))
    }

    /// The 32-bit number at `offset` of `bytes`.
    pub(crate) fn number(&self, bytes: &[u8], offset: usize) -> Option<u32> {
        let bytes = bytes.get(offset..)?.first_chunk()?;
        Some(self.endian.read_u32(*bytes))
    }

    /// Where in the file the byte at `address` is, and how many follow in its part.
    fn place(&self, address: u64) -> Option<(u64, u64)> {
        self.loaded().find_map(|segment| {
            let within = address.checked_sub(segment.address).filter(|within| *within < segment.in_file)?;
            Some((segment.offset.checked_add(within)?, segment.in_file - within))
        })
    }

    /// The bytes at `address` of the memory that it describes; nothing where the file does not hold them all.
    pub(crate) fn bytes_at(&self, address: u64, buffer: &mut [u8]) -> Option<()> {
        let (mut address, mut rest) = (address, buffer);
        while !rest.is_empty() {
            let (offset, length) = self.place(address)?;
            // By whole pages, so that neighbours need not be read again.
            let page = offset & !(PAGE - 1);
            let size = PAGE.min(self.source.len().ok()?.checked_sub(page)?);
            let bytes = self.source.read_bytes_at(page, size).ok()?;
            let from = usize::try_from(offset - page).ok()?;
            let count =
                rest.len().min(usize::try_from(length).unwrap_or(usize::MAX)).min(bytes.len().checked_sub(from)?);
            if count == 0 {
                return None;
            }
            let (now, later) = rest.split_at_mut(count);
            now.copy_from_slice(bytes.get(from..from + count)?);
            (rest, address) = (later, address.checked_add(count as u64)?);
        }
        Some(())
    }

    /// The text at `address`, up to its NUL.
    pub(crate) fn text_at(&self, address: u64) -> Option<String> {
        let (offset, length) = self.place(address)?;
        let end = offset.checked_add(length)?.min(self.source.len().ok()?);
        let bytes = self.source.read_bytes_at_until(offset..end, 0).ok()?;
        String::from_utf8(bytes.to_vec()).ok()
    }
}

fn text(error: object::Error) -> String {
    error.to_string()
}
