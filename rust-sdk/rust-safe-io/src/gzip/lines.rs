//! Some lines of what a gzip file holds.

use super::{Inflate, open_packed};
use crate::lines::{Bounds, select};
use crate::{Error, FileHandle, LineSelection, Result};
use rex_cedar_auth::Gate;

/// The selected lines of what a gzip file holds, without their ends. It is unpacked only as far as needed, and no more is kept than the
/// result.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// `InvalidFileMode` when the handle was not opened for reading; `ValidationError` without a selection; `FileReadError` for what is no gzip data, is damaged or incomplete;
/// `FileContentTooLargeError` for a line of more than 64 MiB or a result of more than 1 GiB; `Utf8Error` when a selected line is not UTF-8.
pub fn read_gzip_lines(gate: &Gate, file: &FileHandle, selection: Option<LineSelection>) -> Result<Vec<String>> {
    let reader = open_packed(gate, file)?;
    let none = || Error::ValidationError("Must specify count or start option".to_owned());
    select(gate, Inflate::new(gate, reader), selection.ok_or_else(none)?, Bounds::UNPACKED)
}
