//! Packing a file.

use super::open_packed;
use crate::sys::{self, Writer};
use crate::{Error, FileHandle, Result};
use flate2::Compression;
use flate2::bufread::GzEncoder;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Write;
use std::io::{self, Read as _};

/// What one member of a large file holds, in bytes. Smaller ones pack worse, larger ones hold more memory.
const BLOCK: u64 = 1 << 20;

/// More threads than this do not pay on most hosts, and each holds two blocks.
const MOST_WORKERS: usize = 4;

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

/// Packs what `source` holds into `destination`, which holds nothing else afterwards. It is written in place: a reader may meet a part. A large
/// file is packed by several threads, as several members.
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
    sys::overwrite(write, gate, |writer| pack(gate, reader, writer, level))
}

/// The beginning of a member that never ends: behind what was packed before a failure, so that nobody takes it for the whole.
const UNFINISHED: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

fn pack(gate: &Gate, mut reader: sys::Reader, writer: &mut Writer<'_>, level: u32) -> Result<()> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
    let mut written = false;
    loop {
        let packed = round(gate, &mut reader, workers, level);
        let members = match packed {
            Ok(members) if members.is_empty() && written => return Ok(()),
            // What holds nothing is one empty member.
            Ok(members) if members.is_empty() => {
                return writer.write(&member(&[], level).map_err(Error::FileCopyError)?);
            }
            Ok(members) => members,
            Err(error) => {
                if written {
                    writer.write(&UNFINISHED)?;
                }
                return Err(error);
            }
        };
        for member in members {
            writer.write(&member)?;
            written = true;
        }
    }
}

/// Packs the next blocks, one on each thread, each as a member of its own (RFC 1952 section 2.2). Nothing at the end.
fn round(gate: &Gate, reader: &mut sys::Reader, workers: usize, level: u32) -> Result<Vec<Vec<u8>>> {
    gate.proceed()?;
    let mut blocks = Vec::with_capacity(workers);
    while blocks.len() < workers {
        let mut block = Vec::new();
        reader.by_ref().take(BLOCK).read_to_end(&mut block).map_err(Error::FileReadError)?;
        if block.is_empty() {
            break;
        }
        blocks.push(block);
    }
    let Some((first, others)) = blocks.split_first() else { return Ok(Vec::new()) };
    std::thread::scope(|scope| {
        let others: Vec<_> = others.iter().map(|block| scope.spawn(|| member(block, level))).collect();
        let mut members = vec![member(first, level).map_err(Error::FileCopyError)?];
        for other in others {
            let packed = other.join().map_err(|_| Error::other("packing a block failed".to_owned()))?;
            members.push(packed.map_err(Error::FileCopyError)?);
        }
        Ok(members)
    })
}

/// One member that holds `bytes`.
fn member(bytes: &[u8], level: u32) -> io::Result<Vec<u8>> {
    let mut packed = Vec::with_capacity(bytes.len() / 4 + 64);
    GzEncoder::new(bytes, Compression::new(level)).read_to_end(&mut packed)?;
    Ok(packed)
}
