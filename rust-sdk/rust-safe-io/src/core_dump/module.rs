//! The program and the libraries in the memory of a process: how to unwind their functions, and what these are called.

use super::process::{Library, Process};
use crate::Result;
use crate::elf::{Image, Note, Source};
use addr2line::{Context, demangle_auto};
use gimli::{BaseAddresses, EhFrame, EhFrameHdr, EndianSlice, LittleEndian, ParsedEhFrameHdr};
use object::read::elf::ElfFile64;
use object::{Endianness, Object, ObjectSection, ObjectSymbol, ObjectSymbolTable, SymbolIndex, SymbolKind};
use rex_cedar_auth::Gate;
use std::borrow::Cow;
use std::cell::OnceCell;

/// Bytes of a file, as DWARF is read.
pub(super) type Slice<'s> = EndianSlice<'s, LittleEndian>;

type File<'s> = ElfFile64<'s, Endianness, &'s Source>;

/// The identity of a build, a note of the linker.
const NT_GNU_BUILD_ID: u32 = 3;

/// What is in memory.
pub(super) struct Modules<'s> {
    /// The program, where it was named; else it is among the others.
    program: Option<Module<'s>>,
    libraries: Vec<(&'s Library, OnceCell<Option<Module<'s>>>)>,
}

/// The place of an instruction.
pub(super) enum Place<'m, 's> {
    /// In a file that can be read.
    Module(&'m Module<'s>),
    /// In a file of this path, of which nothing else is known.
    File(&'m str),
    /// Nowhere that is known.
    Nowhere,
}

/// One file in memory.
pub(super) struct Module<'s> {
    pub(super) path: String,
    /// What is added to an address of the file.
    pub(super) bias: u64,
    pub(super) image: Image<'s>,
    /// Whether it is the program itself.
    pub(super) is_program: bool,
    file: Option<File<'s>>,
    rules: OnceCell<Option<Rules<'s>>>,
    symbols: OnceCell<Vec<Symbol>>,
    lines: OnceCell<Option<Context<Slice<'s>>>>,
}

struct Symbol {
    address: u64,
    size: u64,
    index: SymbolIndex,
    /// Of the two tables, whether it is in that for linking.
    dynamic: bool,
}

/// The rules for unwinding that a file holds.
pub(super) struct Rules<'s> {
    pub(super) section: EhFrame<Slice<'s>>,
    pub(super) index: Option<ParsedEhFrameHdr<Slice<'s>>>,
    pub(super) bases: BaseAddresses,
}

impl<'s> Modules<'s> {
    pub(super) fn new(process: &Process<'_>, program: &Image<'s>, path: &str, libraries: &'s [Library]) -> Self {
        // Both are the address of the same instruction.
        let bias = process.entry.map_or(0, |entry| entry.wrapping_sub(program.entry));
        let program = Module::new(path.to_owned(), bias, program.clone(), true);
        Self { program: Some(program), ..Self::of_libraries(libraries) }
    }

    /// Those of a process of which the program is one of the files in memory.
    pub(super) fn of_libraries(libraries: &'s [Library]) -> Self {
        Self { program: None, libraries: libraries.iter().map(|library| (library, OnceCell::new())).collect() }
    }

    /// Whether the program is of the build that was dumped, as far as both tell.
    pub(super) fn program_is_the_dumped_one(&self, process: &Process<'_>) -> bool {
        self.program.as_ref().is_none_or(|program| {
            let count = program.image.headers() as u64;
            // Programs are put at the beginning of a page.
            process.headers.is_none_or(|headers| headers == count)
                && program.bias.is_multiple_of(4096)
                && program.is_the_dumped_one(process)
        })
    }

    /// What is at `address`. A library is opened only now, once it was judged.
    pub(super) fn at(&self, gate: &Gate, process: &Process<'_>, address: u64) -> Result<Place<'_, 's>> {
        if let Some(program) = self.program.as_ref().filter(|program| program.covers(address)) {
            return Ok(Place::Module(program));
        }
        let Some((library, known)) = self.libraries.iter().find(|(library, _)| library.covers(address)) else {
            return Ok(Place::Nowhere);
        };
        if known.get().is_none() {
            let source = library.open(gate)?;
            let module = source.and_then(|source| {
                let image = Image::parse(source)
                    .ok()
                    .filter(|image| image.is_known_machine() && image.machine == process.machine && !image.is_core)?;
                let first = image.loaded().map(|segment| segment.address & !0xfff).min()?;
                let bias = library.start.wrapping_sub(first);
                let module = Module::new(library.path.clone(), bias, image, library.is_program);
                module.is_the_dumped_one(process).then_some(module)
            });
            let _ = known.set(module);
        }
        Ok(known.get().and_then(Option::as_ref).map_or(Place::File(&library.path), Place::Module))
    }

    /// Whether some file is at `address`.
    pub(super) fn covers(&self, address: u64) -> bool {
        self.program.as_ref().is_some_and(|program| program.covers(address))
            || self.libraries.iter().any(|(library, _)| library.covers(address))
    }

    /// The file at `address`, if it was opened already.
    pub(super) fn opened_at(&self, address: u64) -> Option<&Module<'s>> {
        let opened = self.libraries.iter().filter_map(|(_, known)| known.get()?.as_ref());
        self.program.iter().chain(opened).find(|module| module.covers(address))
    }
}

impl<'s> Module<'s> {
    fn new(path: String, bias: u64, image: Image<'s>, is_program: bool) -> Self {
        let file = File::parse(image.source).ok();
        Self {
            path,
            bias,
            image,
            is_program,
            file,
            rules: OnceCell::new(),
            symbols: OnceCell::new(),
            lines: OnceCell::new(),
        }
    }

    fn covers(&self, address: u64) -> bool {
        let address = address.wrapping_sub(self.bias);
        self.image
            .loaded()
            .any(|segment| address.checked_sub(segment.address).is_some_and(|within| within < segment.in_memory))
    }

    /// Whether memory holds the identity of the file's build, where both tell one.
    fn is_the_dumped_one(&self, process: &Process<'_>) -> bool {
        let mut same = true;
        let _ = self.image.notes(&mut |note: Note<'_>| {
            if note.kind == NT_GNU_BUILD_ID && note.owner == b"GNU" {
                let mut dumped = vec![0; note.content.len()];
                let address = note.address.wrapping_add(self.bias);
                if process.written.bytes_at(address, &mut dumped).is_some() {
                    same &= dumped == note.content;
                }
            }
        });
        same
    }

    fn section(&self, name: &str) -> Option<(u64, Slice<'s>)> {
        let section = self.file.as_ref()?.section_by_name(name)?;
        Some((section.address(), EndianSlice::new(section.data().ok()?, LittleEndian)))
    }

    /// The rules for unwinding its functions.
    pub(super) fn rules(&self) -> Option<&Rules<'s>> {
        self.rules.get_or_init(|| self.read_rules()).as_ref()
    }

    fn read_rules(&self) -> Option<Rules<'s>> {
        let (address, content) = self.section(".eh_frame")?;
        let mut bases = BaseAddresses::default().set_eh_frame(address);
        for (name, set) in [
            (".text", BaseAddresses::set_text as fn(BaseAddresses, u64) -> BaseAddresses),
            (".got", BaseAddresses::set_got),
            (".eh_frame_hdr", BaseAddresses::set_eh_frame_hdr),
        ] {
            if let Some((address, _)) = self.section(name) {
                bases = set(bases, address);
            }
        }
        let index =
            self.section(".eh_frame_hdr").and_then(|(_, content)| EhFrameHdr::from(content).parse(&bases, 8).ok());
        Some(Rules { section: EhFrame::from(content), index, bases })
    }

    /// The name of the function at an address of the file, by the tables of symbols.
    pub(super) fn symbol(&self, address: u64) -> Option<String> {
        let symbols = self.symbols.get_or_init(|| self.read_symbols());
        let after = symbols.partition_point(|symbol| symbol.address <= address);
        // The nearest one that reaches so far; one without a size reaches to the next.
        let found = symbols.get(..after)?.iter().rev().take(8).find(|symbol| {
            let within = address - symbol.address;
            within < symbol.size || (symbol.size == 0 && within < 1 << 20)
        })?;
        let file = self.file.as_ref()?;
        let table = if found.dynamic { file.dynamic_symbol_table() } else { file.symbol_table() };
        let symbol = table?.symbol_by_index(found.index).ok()?;
        Some(demangle_auto(String::from_utf8_lossy(symbol.name_bytes().ok()?), None).into_owned())
    }

    fn read_symbols(&self) -> Vec<Symbol> {
        let Some(file) = &self.file else { return Vec::new() };
        let tables = file.symbols().map(|symbol| (symbol, false));
        let tables = tables.chain(file.dynamic_symbols().map(|symbol| (symbol, true)));
        let mut symbols: Vec<_> = tables
            .filter(|(symbol, _)| symbol.kind() == SymbolKind::Text && symbol.address() != 0)
            .map(|(symbol, dynamic)| Symbol {
                address: symbol.address(),
                size: symbol.size(),
                index: symbol.index(),
                dynamic,
            })
            .collect();
        symbols.sort_by_key(|symbol| symbol.address);
        symbols
    }

    /// Functions, lines and variables by what the compiler wrote down (DWARF).
    pub(super) fn lines(&self) -> Option<&Context<Slice<'s>>> {
        let read = || {
            let dwarf = gimli::Dwarf::load(|id| {
                let empty = EndianSlice::new(&[], LittleEndian);
                Ok::<_, gimli::Error>(self.section(id.name()).map_or(empty, |(_, content)| content))
            });
            Context::from_dwarf(dwarf.ok()?).ok()
        };
        self.lines.get_or_init(read).as_ref()
    }

    /// The functions at an address of the file, the innermost first: name, source file and line.
    pub(super) fn functions(&self, address: u64) -> Vec<(Option<String>, Option<String>, Option<u32>)> {
        let Some(Ok(mut frames)) = self.lines().map(|lines| lines.find_frames(address).skip_all_loads()) else {
            return Vec::new();
        };
        let mut functions = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.and_then(|name| name.demangle().ok().map(Cow::into_owned));
            let (file, line) = frame.location.map_or((None, None), |place| (place.file.map(str::to_owned), place.line));
            functions.push((name, file, line));
            if functions.len() >= super::unwind::MOST_FRAMES {
                break;
            }
        }
        functions
    }
}
