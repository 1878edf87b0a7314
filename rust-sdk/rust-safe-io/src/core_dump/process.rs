//! A process that does not move any more: its threads, and files in its memory; and what a core dump says of it.

use super::memory::Written;
use super::registers::{Machine, Registers};
use super::source;
use crate::elf::{Image, Note, Source};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use std::cell::OnceCell;

/// More threads are not looked at.
const MOST_THREADS: usize = 4096;
/// More files are not looked at.
const MOST_FILES: usize = 1024;

/// Notes of the kernel, `elf(5)`.
const NT_PRSTATUS: u32 = 1;
const NT_PRPSINFO: u32 = 3;
const NT_AUXV: u32 = 6;
const NT_FILE: u32 = 0x4649_4c45;

/// Places in `struct elf_prstatus` and `struct elf_prpsinfo` of 64-bit systems.
const STATUS_PID: usize = 32;
const STATUS_REGISTERS: usize = 112;
const INFO_PID: usize = 24;

/// Of the auxiliary vector, `getauxval(3)`: the number of program headers, and the entry point.
const AT_PHNUM: u64 = 5;
const AT_ENTRY: u64 = 9;

/// A process as its core dump, or a moment of its life, shows it.
pub(super) struct Process<'s> {
    pub(super) written: &'s dyn Written,
    /// The number of the processor type.
    pub(super) machine: u16,
    pub(super) pid: Option<i64>,
    pub(super) threads: Vec<Thread>,
    pub(super) files: Vec<MappedFile>,
    /// Where the program began.
    pub(super) entry: Option<u64>,
    /// How many program headers it has.
    pub(super) headers: Option<u64>,
}

/// A thread.
pub(super) struct Thread {
    pub(super) tid: Option<i64>,
    pub(super) registers: Registers,
}

/// A part of a file in memory.
pub(super) struct MappedFile {
    pub(super) start: u64,
    pub(super) end: u64,
    /// Where in the file it begins, in bytes.
    pub(super) offset: u64,
    pub(super) path: String,
}

/// A file in memory that may turn out to be needed.
pub(super) struct Library {
    pub(super) path: String,
    /// Where its first byte is.
    pub(super) start: u64,
    pub(super) ends: Vec<(u64, u64)>,
    /// Whether it is the program itself.
    pub(super) is_program: bool,
    opened: OnceCell<Option<Source>>,
}

impl<'s> Process<'s> {
    /// Reads the notes.
    pub(super) fn parse(core: &'s Image<'s>) -> std::result::Result<Self, String> {
        let machine = Machine::of(core.machine);
        let mut process = Self {
            written: core,
            machine: core.machine,
            pid: None,
            threads: Vec::new(),
            files: Vec::new(),
            entry: None,
            headers: None,
        };
        core.notes(&mut |Note { kind, owner, content, .. }| match kind {
            _ if owner != b"CORE" => {}
            NT_PRSTATUS if process.threads.len() < MOST_THREADS => {
                let words: Vec<u64> = content
                    .get(STATUS_REGISTERS..)
                    .map(|rest| core.words(rest))
                    .into_iter()
                    .flatten()
                    .take(40)
                    .collect();
                if let Some(registers) = Registers::of_words(machine, &words) {
                    let tid = core.number(content, STATUS_PID).map(i64::from);
                    process.threads.push(Thread { tid, registers });
                }
            }
            NT_PRPSINFO => process.pid = core.number(content, INFO_PID).map(i64::from),
            NT_AUXV => {
                for (key, value) in core.pairs(content) {
                    match key {
                        AT_PHNUM => process.headers = Some(value),
                        AT_ENTRY => process.entry = Some(value),
                        _ => {}
                    }
                }
            }
            NT_FILE => process.files = files(core, content),
            _ => {}
        })?;
        if process.threads.is_empty() {
            return Err("it holds no thread".to_owned());
        }
        Ok(process)
    }

    /// The files in memory, none of them opened yet.
    pub(super) fn libraries(&self, gate: &Gate) -> Result<Vec<Library>> {
        let mut libraries: Vec<Library> = Vec::new();
        for file in &self.files {
            gate.proceed()?;
            if file.offset == 0 {
                // A program may also read its own file by mapping it: that is another place of the same file.
                libraries.push(Library {
                    path: file.path.clone(),
                    start: file.start,
                    ends: vec![(file.start, file.end)],
                    is_program: false,
                    opened: OnceCell::new(),
                });
            } else if let Some(library) = libraries.iter_mut().rev().find(|library| library.path == file.path) {
                // A file whose first part is not in memory is data.
                library.ends.push((file.start, file.end));
            }
        }
        Ok(libraries)
    }
}

impl Library {
    /// A file of which all that can be had is in hand.
    pub(super) fn in_hand(
        path: String,
        ends: Vec<(u64, u64)>,
        is_program: bool,
        source: Option<Source>,
    ) -> Option<Self> {
        let (start, _) = *ends.first()?;
        Some(Self { path, start, ends, is_program, opened: OnceCell::from(source) })
    }

    /// Whether it is at `address`.
    pub(super) fn covers(&self, address: u64) -> bool {
        self.ends.iter().any(|(start, end)| (*start..*end).contains(&address))
    }

    /// Its content, once it was judged; nothing where it cannot be had.
    pub(super) fn open(&self, gate: &Gate) -> Result<Option<&Source>> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened.as_ref());
        }
        let opened = match source(gate, &self.path) {
            Ok(opened) => Some(opened),
            Err(Error::Stopped(stopped)) => return Err(stopped.into()),
            // The denial stands in the journal.
            Err(_) => None,
        };
        Ok(self.opened.get_or_init(|| opened).as_ref())
    }
}

/// The parts of files in memory: their number, the size of a page, a beginning, an end and a page of the file for each, and their names.
fn files(core: &Image<'_>, content: &[u8]) -> Vec<MappedFile> {
    let mut words = core.words(content);
    let (Some(count), Some(page)) = (words.next(), words.next()) else { return Vec::new() };
    let Some(names) =
        usize::try_from(count).ok().and_then(|count| content.get(count.checked_mul(24)?.checked_add(16)?..))
    else {
        return Vec::new();
    };
    let mut names = names.split(|byte| *byte == 0);
    let parts = std::iter::from_fn(|| Some((words.next()?, words.next()?, words.next()?, names.next()?)));
    parts
        .take(usize::try_from(count).unwrap_or(MOST_FILES).min(MOST_FILES))
        .filter_map(|(start, end, pages, name)| {
            let (offset, path) = (pages.checked_mul(page)?, String::from_utf8(name.to_vec()).ok()?);
            Some(MappedFile { start, end, offset, path })
        })
        .collect()
}
