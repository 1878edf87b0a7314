//! The memory of a process: what was written down of it, and what the files in it hold.

use super::module::Modules;
use super::process::Process;
use crate::elf::Image;

/// What was written down of the memory of a process: a dump, or what was read while it stood still.
pub(super) trait Written {
    /// The bytes at `address`; nothing where they are not all there.
    fn bytes_at(&self, address: u64, buffer: &mut [u8]) -> Option<()>;
}

impl Written for Image<'_> {
    fn bytes_at(&self, address: u64, buffer: &mut [u8]) -> Option<()> {
        Image::bytes_at(self, address, buffer)
    }
}

/// Memory to look into.
#[derive(Clone, Copy)]
pub(super) struct Memory<'m, 's> {
    pub(super) process: &'m Process<'m>,
    pub(super) modules: &'m Modules<'s>,
}

impl Memory<'_, '_> {
    /// The bytes at `address`; nothing where they are not all known.
    pub(super) fn bytes(self, address: u64, buffer: &mut [u8]) -> Option<()> {
        if self.process.written.bytes_at(address, buffer).is_some() {
            return Some(());
        }
        // What a program cannot change is not dumped: the file still holds it.
        let module = self.modules.opened_at(address)?;
        module.image.bytes_at(address.wrapping_sub(module.bias), buffer)
    }

    /// The number of `size` bytes at `address`.
    pub(super) fn number(self, address: u64, size: u8) -> Option<u64> {
        let mut bytes = [0; 8];
        self.bytes(address, bytes.get_mut(..usize::from(size))?)?;
        Some(u64::from_le_bytes(bytes))
    }

    /// The text at `address` up to its NUL or `most` bytes, and whether it ended there.
    pub(super) fn text(self, address: u64, most: usize) -> Option<(Vec<u8>, bool)> {
        let mut text = Vec::new();
        while text.len() < most {
            let mut byte = [0];
            let at = address.checked_add(text.len() as u64)?;
            match self.bytes(at, &mut byte) {
                Some(()) if byte == [0] => return Some((text, true)),
                Some(()) => text.extend(byte),
                None if text.is_empty() => return None,
                None => break,
            }
        }
        Some((text, false))
    }
}
