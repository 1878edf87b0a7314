//! Packing a file.

use super::open_packed;
use crate::sys::{self, Writer};
use crate::{Error, FileHandle, Result};
use flate2::Compression;
use flate2::bufread::GzEncoder;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Write;
use std::io::{BufReader, Read as _};

/// Read at once.
const CHUNK: usize = 256 * 1024;

/// Written between two looks at the deadline.
const PACKED: usize = 64 * 1024;

/// Says whether `level` is one: from 1, fast, to 9, small.
///
/// # Errors
/// `ValidationError` where it is not.
pub fn check_level(level: u32) -> Result<()> {
    if (1..=9).contains(&level) {
        return Ok(());
    }
    Err(Error::ValidationError(format!("Compression level must be between 1 and 9, got {level}")))
}

/// Packs what `source` holds into `destination`, which holds nothing else afterwards. It is written in place: a reader may meet a part.
///
/// # Policy
/// Asks `read` on the source, then `write` on the destination.
///
/// # Errors
/// `ValidationError` for a level that is none; `InvalidFileMode` for handles that were not opened for this; `InvalidArguments` when
/// both are the same file; `FileError` when the destination has other names; `FileCopyError` when packing fails on the way, with what the
/// destination holds then.
pub fn compress_gzip(gate: &Gate, source: &FileHandle, destination: &FileHandle, level: u32) -> Result<()> {
    check_level(level)?;
    let reader = open_packed(gate, source)?;
    destination.require_write()?;
    let write = gate.authorize::<Write, _>(destination.object())?;
    if source.object().identity() == destination.object().identity() {
        let path = destination.path();
        return Err(Error::invalid_arguments(format!("source and destination are the same file: {path}")));
    }
    sys::overwrite(write, |writer| pack(gate, reader, writer, level))
}

fn pack(gate: &Gate, reader: sys::Reader, writer: &mut Writer<'_>, level: u32) -> Result<()> {
    // Pulled, not pushed: an encoder that is written to ends its data well when it is dropped, also after a failed read.
    let mut packed = GzEncoder::new(BufReader::with_capacity(CHUNK, reader), Compression::new(level));
    let mut buffer = vec![0_u8; PACKED];
    loop {
        gate.proceed()?;
        let length = packed.read(&mut buffer).map_err(Error::FileReadError)?;
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
        writer.write(bytes)?;
    }
}
