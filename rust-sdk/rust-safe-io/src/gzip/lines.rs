//! Some lines of what a gzip file holds.

use super::{Inflate, open_packed};
use crate::lines::{Bounds, select};
use crate::{FileHandle, LineSelection, Result};
use rex_cedar_auth::Gate;

/// The selected lines of what a gzip file holds, without their ends. It is unpacked only as far as needed, and no more is kept than the result.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// `InvalidFileMode` when the handle was not opened for reading; `FileReadError` for what is no gzip data, is damaged or incomplete;
/// `FileContentTooLargeError` for a line of more than 64 MiB or a result of more than 1 GiB; `Utf8Error` when a selected line is not UTF-8.
pub fn read_gzip_lines(gate: &Gate, file: &FileHandle, selection: LineSelection) -> Result<Vec<String>> {
    select(gate, Inflate::new(gate, open_packed(gate, file)?), selection, Bounds::UNPACKED)
}
