//! Reading the content of a judged file.

use super::descriptor::{Entry, Object, Spotted, reopen};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Read, RedactedRead};
use rex_cedar_auth::{Accepts, Authorized, note_read};
use rustix::fs::{FileType, Mode, OFlags, fstat, openat};
use std::fs::File;
use std::io::{self, Seek};
use std::os::unix::fs::FileExt as _;

/// The content of a file, from its beginning. It can be read and nothing else.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(super) file: File,
    size: u64,
}

impl Reader {
    /// Opens an object for which another function of `sys` holds a proof that lets it be read.
    pub(super) fn of(object: &Object) -> io::Result<Self> {
        Ok(Self { file: File::from(reopen(&object.fd, OFlags::RDONLY)?), size: object.size() })
    }

    /// The size of the file when it was found, in bytes. Files of /proc say 0.
    pub(crate) fn size_hint(&self) -> u64 {
        self.size
    }

    /// Back to the beginning.
    pub(crate) fn rewind(&mut self) -> io::Result<()> {
        self.file.rewind()
    }

    /// The file itself, for libraries that read from one.
    pub(crate) fn as_file(&self) -> &File {
        &self.file
    }

    /// How many bytes from the beginning it is.
    pub(crate) fn position(&mut self) -> io::Result<u64> {
        self.file.stream_position()
    }

    /// Reads at `offset` bytes from the beginning, wherever it is.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset).inspect(|length| note_read(*length))
    }

    /// Moves to `position` bytes from the beginning.
    pub(crate) fn seek(&mut self, position: u64) -> io::Result<()> {
        self.file.seek(io::SeekFrom::Start(position)).map(drop)
    }
}

/// A file that another crate opened on a judgement of its own.
#[derive(Debug)]
pub struct OpenedFile(File);

impl From<File> for OpenedFile {
    fn from(file: File) -> Self {
        Self(file)
    }
}

impl TryFrom<OpenedFile> for Reader {
    type Error = io::Error;

    fn try_from(OpenedFile(file): OpenedFile) -> io::Result<Self> {
        let size = u64::try_from(rustix::fs::fstat(&file)?.st_size).unwrap_or_default();
        Ok(Self { file, size })
    }
}

impl io::Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).inspect(|length| note_read(*length))
    }
}

/// What can be opened for reading once that is judged.
pub(crate) trait Readable: Accepts<Read> + Accepts<RedactedRead> + Sized {
    /// Opens it for [`read`].
    fn read(proof: Authorized<'_, Read, Self>) -> Result<Reader>;
    /// Opens it for [`redacted_read`].
    fn redacted_read(proof: Authorized<'_, RedactedRead, Self>) -> Result<Reader>;
}

impl Readable for Object {
    fn read(proof: Authorized<'_, Read, Self>) -> Result<Reader> {
        held(proof.target())
    }

    fn redacted_read(proof: Authorized<'_, RedactedRead, Self>) -> Result<Reader> {
        held(proof.target())
    }
}

impl Readable for Spotted {
    fn read(proof: Authorized<'_, Read, Self>) -> Result<Reader> {
        by_name(&proof.target().entry)
    }

    fn redacted_read(proof: Authorized<'_, RedactedRead, Self>) -> Result<Reader> {
        by_name(&proof.target().entry)
    }
}

fn held(object: &Object) -> Result<Reader> {
    Reader::of(object).map_err(|error| Error::from(error).about(object.path()))
}

/// Opens the regular file that a judged name in a held directory stands for by now. Files that are replaced in one step are new ones each time;
/// a link is not followed, and what else may have taken the place, such as a FIFO, neither blocks nor is read.
fn by_name(entry: &Entry) -> Result<Reader> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = openat(&entry.dir.fd, &entry.name, flags, Mode::empty()).and_then(|fd| Ok((fstat(&fd)?, fd)));
    let (stat, fd) = opened.map_err(|errno| Error::from(errno).about(entry.path()))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Error::FileError { reason: "something else has taken its place", path: entry.path().to_owned() });
    }
    Ok(Reader { file: File::from(fd), size: u64::try_from(stat.st_size).unwrap_or_default() })
}

/// Opens a judged file for reading.
///
/// # Errors
/// What the system says, about its path; `FileError` where something else has taken its place.
pub(crate) fn read<T: Readable>(proof: Authorized<'_, Read, T>) -> Result<Reader> {
    T::read(proof)
}

/// Opens a judged file for reading what redaction leaves of it.
///
/// # Errors
/// As [`read`].
pub(crate) fn redacted_read<T: Readable>(proof: Authorized<'_, RedactedRead, T>) -> Result<Reader> {
    T::redacted_read(proof)
}
