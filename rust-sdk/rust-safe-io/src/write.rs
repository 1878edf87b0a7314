//! Writing a file.

use crate::Result;
use crate::open::open_place;
use crate::path::{FilePath, Role};
use crate::sys::{self, Follow};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Create, Open, Write};

/// What happens to content that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// It stays, and the new content comes after it. It is not read for that.
    Append,
    /// The new content takes its place, in one step: a reader sees the old or the new, never a part.
    Replace,
}

/// Writes `content` to the file at `path`, which is made if it is not there.
///
/// # Policy
/// Asks `open` on the directory, then `open`, `create` and `write` on the file, whether it is there or not.
///
/// # Errors
/// `NotFound` for a missing directory, `FileError` for a link, `ValidationError` for what is no file, `IoError`. What the file held is
/// intact then.
pub fn write(gate: &Gate, path: &str, content: &[u8], mode: WriteMode) -> Result<()> {
    let place = open_place(gate, &FilePath::parse(path, Role::File)?, Follow::Links)?;
    let _open = gate.authorize::<Open, _>(&place)?;
    let create = gate.authorize::<Create, _>(&place)?;
    let write = gate.authorize::<Write, _>(&place)?;
    let written = match mode {
        WriteMode::Append => sys::append(create, write, content),
        WriteMode::Replace => sys::put(create, write, None, |writer| writer.write(content)),
    };
    written.map_err(|error| error.about(place.path()))
}
