//! What the headers of an ELF file say, `elf(5)`.

mod image;
mod source;

pub(crate) use image::{Image, Note};
pub(crate) use source::Source;

use crate::sys;
use crate::{Error, FileHandle, Result};
use object::elf::NT_AUXV;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Read;

/// What is read of a file at most: headers, notes and texts, never its content.
const MOST: u64 = 64 << 20;
/// Entries of the auxiliary vector, `getauxval(3)`.
const AT_PLATFORM: u64 = 15;
const AT_EXECFN: u64 = 31;

/// What the headers of an ELF file say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfInfo {
    /// Of a core dump, the path that the program was started by.
    pub execfn: Option<String>,
    /// Of a core dump, the name of the processor.
    pub platform: Option<String>,
    /// The program that loads it.
    pub interpreter: Option<String>,
    /// Whether it is a 64-bit file.
    pub is_64bit: bool,
}

impl FileHandle {
    /// What the headers of the file say, be it a program, a library or a core dump. Its content is not read, however large it is.
    ///
    /// # Policy
    /// Asks `read` on the file.
    ///
    /// # Errors
    /// `InvalidFileMode` when it was not opened for reading; `ValidationError` for what is no ELF file, or a damaged one.
    pub fn elf_info(&self, gate: &Gate) -> Result<ElfInfo> {
        let read = gate.authorize::<Read, _>(self.object())?;
        self.require_read()?;
        info(&Source::new(sys::read(read)?, MOST))
    }
}

fn info(source: &Source) -> Result<ElfInfo> {
    let image = Image::parse(source).map_err(|error| unparsed(&error))?;
    let mut info = ElfInfo {
        execfn: None,
        platform: None,
        interpreter: image.interpreter().map_err(|error| unparsed(&error))?,
        is_64bit: image.is_64bit,
    };
    let mut found = false;
    image
        .notes(&mut |Note { kind, owner, content, .. }| {
            if kind == NT_AUXV.0 && owner == b"CORE" && !found {
                found = true;
                for (key, address) in image.pairs(content) {
                    match key {
                        AT_EXECFN => info.execfn = image.text_at(address),
                        AT_PLATFORM => info.platform = image.text_at(address),
                        _ => {}
                    }
                }
            }
        })
        .map_err(|error| Error::ValidationError(format!("Failed to parse note: {error}")))?;
    Ok(info)
}

fn unparsed(error: &str) -> Error {
    Error::ValidationError(format!("Failed to parse ELF file: {error}"))
}

#[cfg(test)]
mod tests;
