//! Files packed with gzip (RFC 1952): packing, and reading what they hold without unpacking them onto the disk.

mod compress;
mod inflate;
mod info;
mod lines;
mod search;

pub use compress::{check_level, compress_gzip};
pub(crate) use inflate::{Inflate, MAGIC};
pub use info::{GzipInfo, gzip_info};
pub use lines::read_gzip_lines;
pub use search::{GzipSearch, search_gzip, search_gzip_exists};

use crate::sys::{self, Reader};
use crate::{FileHandle, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Read;

/// Opens a handle's file for reading from its beginning.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// `InvalidFileMode` when the handle was not opened for reading.
pub(crate) fn open_packed(gate: &Gate, file: &FileHandle) -> Result<Reader> {
    let read = gate.authorize::<Read, _>(file.object())?;
    file.require_read()?;
    sys::read(read)
}
