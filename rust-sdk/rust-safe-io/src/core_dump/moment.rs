//! A moment of the life of a process, written down while it stood still.

use super::TracedProcess;
use super::memory::Written;
use super::module::Modules;
use super::process::{Library, Process, Thread};
use super::registers::{Machine, Registers};
use super::{TracedThread, unwind};
use crate::Result;
use crate::elf::Source;
use crate::sys::{OpenedFile, Reader};
use object::elf::{EM_AARCH64, EM_X86_64};
use rex_cedar_auth::Gate;
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

/// What is read of all files together at most, in bytes.
const MOST: u64 = 256 << 20;

/// The processor that this program runs on, and so the process.
const MACHINE: u16 = if cfg!(target_arch = "aarch64") { EM_AARCH64.0 } else { EM_X86_64.0 };

/// A process as it was at one moment, for [`Self::backtrace`]. Whoever fills it in was allowed to look into the process.
#[derive(Debug, Default)]
pub struct Moment {
    /// The number of the process.
    pub pid: i64,
    /// Its threads.
    pub threads: Vec<MomentThread>,
    /// Parts of its memory by their addresses, each of them from the lowest address that is of interest.
    pub memory: Vec<(u64, Vec<u8>)>,
    /// The files that its functions are in.
    pub files: Vec<MomentFile>,
}

/// A thread at that moment.
#[derive(Debug)]
pub struct MomentThread {
    /// Its number in the system.
    pub tid: i64,
    /// Its registers in the order of the kernel's `struct user_regs_struct` (x86-64) or `struct user_pt_regs` (arm64); none where they are
    /// not known, of a 32-bit program for example.
    pub registers: Vec<u64>,
}

/// A file in the memory of the process.
#[derive(Debug)]
pub struct MomentFile {
    /// Its path as the process knows it, to be shown: nothing is opened by it.
    pub path: String,
    /// Where it is in memory, its first part first.
    pub parts: Vec<Range<u64>>,
    /// Whether it is the program itself.
    pub is_program: bool,
    /// What it holds.
    pub content: Content,
}

/// What a file in the memory of a process holds.
#[derive(Debug)]
pub enum Content {
    /// It is read from here.
    File(OpenedFile),
    /// The file is these bytes.
    Bytes(Vec<u8>),
    /// It cannot be had.
    Unknown,
}

impl Moment {
    /// What each thread was doing. Names and lines come from the files; files and memory may be as hostile as they like.
    ///
    /// # Policy
    /// Asks nothing: who filled it in was allowed to look into the process.
    ///
    /// # Errors
    /// Only where the run has to end.
    pub fn backtrace(self, gate: &Gate) -> Result<TracedProcess> {
        let Self { pid, threads, mut memory, files } = self;
        memory.sort_by_key(|(start, _)| *start);
        let written = Parts(memory);
        let machine = Machine::of(MACHINE);
        let process = Process {
            written: &written,
            machine: MACHINE,
            pid: Some(pid),
            threads: Vec::new(),
            files: Vec::new(),
            entry: None,
            headers: None,
        };
        let left = Rc::new(Cell::new(MOST));
        let libraries: Vec<Library> = files.into_iter().filter_map(|file| file.library(&left)).collect();
        let modules = Modules::of_libraries(&libraries);
        let mut traced = Vec::new();
        for (id, MomentThread { tid, registers }) in (1..).zip(threads) {
            let tid = Some(tid);
            let frames = match Registers::of_words(machine, &registers) {
                Some(registers) => unwind::frames(gate, &process, &modules, &Thread { tid, registers })?,
                None => Vec::new(),
            };
            traced.push(TracedThread { id, tid, frames });
        }
        Ok(TracedProcess { pid: process.pid, threads: traced })
    }
}

impl MomentFile {
    fn library(self, left: &Rc<Cell<u64>>) -> Option<Library> {
        let source = match self.content {
            Content::File(file) => Reader::try_from(file).ok().map(|reader| Source::of_reader(reader, left)),
            Content::Bytes(bytes) => Some(Source::of_bytes(bytes, left)),
            Content::Unknown => None,
        };
        let ends = self.parts.into_iter().map(|part| (part.start, part.end)).collect();
        Library::in_hand(self.path, ends, self.is_program, source)
    }
}

/// Parts of memory in the order of their addresses.
struct Parts(Vec<(u64, Vec<u8>)>);

impl Written for Parts {
    fn bytes_at(&self, address: u64, buffer: &mut [u8]) -> Option<()> {
        let after = self.0.partition_point(|(start, _)| *start <= address);
        // Of two parts that overlap the later one may be the shorter.
        self.0.get(..after)?.iter().rev().take(2).find_map(|(start, bytes)| {
            let from = usize::try_from(address - start).ok()?;
            let found = bytes.get(from..from.checked_add(buffer.len())?)?;
            buffer.copy_from_slice(found);
            Some(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Parts, Written};

    #[test]
    fn bytes_of_one_part() {
        let parts = Parts(vec![(16, vec![1, 2, 3, 4]), (18, vec![3, 4]), (u64::MAX - 1, vec![9, 9])]);
        let read = |address: u64, size: usize| {
            let mut bytes = vec![0; size];
            parts.bytes_at(address, &mut bytes).map(|()| bytes)
        };
        assert_eq!(read(16, 4), Some(vec![1, 2, 3, 4]));
        assert_eq!(read(18, 2), Some(vec![3, 4]));
        assert_eq!(read(u64::MAX - 1, 2), Some(vec![9, 9]));
        for (address, size) in [(15, 1), (16, 5), (20, 1), (u64::MAX, 2), (0, 1)] {
            assert_eq!(read(address, size), None, "{size} at {address}");
        }
    }
}
