//! What a gzip file holds, in numbers.

use super::{Inflate, open_packed};
use crate::read::failure;
use crate::{FileHandle, Result};
use rex_cedar_auth::Gate;
use std::io::Read as _;

/// Unpacked at once.
const CHUNK: usize = 256 * 1024;

/// Sizes of a gzip file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GzipInfo {
    /// The length of the file, in bytes.
    pub compressed_size: u64,
    /// The length of what it holds, in bytes: of all members together.
    pub uncompressed_size: u64,
}

impl GzipInfo {
    /// The unpacked length divided by the packed one.
    #[expect(clippy::cast_precision_loss, reason = "a ratio of lengths below 2^53 bytes is exact enough")]
    pub fn ratio(&self) -> f64 {
        match self.compressed_size {
            0 => 0.0,
            packed => self.uncompressed_size as f64 / packed as f64,
        }
    }
}

/// The sizes of a gzip file. It is unpacked for that, without keeping anything: the length that it writes down at its end is that of its
/// last member alone, without what exceeds 4 GiB, and may be a lie.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// `InvalidFileMode` when the handle was not opened for reading; `FileReadError` for what is no gzip data, is damaged or incomplete.
pub fn gzip_info(gate: &Gate, file: &FileHandle) -> Result<GzipInfo> {
    let mut unpacked = Inflate::new(gate, open_packed(gate, file)?);
    let mut buffer = vec![0_u8; CHUNK];
    while unpacked.read(&mut buffer).map_err(|error| failure(gate, error))? > 0 {}
    Ok(GzipInfo { compressed_size: unpacked.taken(), uncompressed_size: unpacked.given() })
}
