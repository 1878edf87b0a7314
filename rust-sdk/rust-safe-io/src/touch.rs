//! Making an empty file, or setting the times of one.

use crate::open::open_place;
use crate::path::{FilePath, Role};
use crate::sys::{self, Follow};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Create, Open, Write};

/// Makes an empty file at `path`; one that is there gets the present time as its times and keeps its content. Links are followed in no
/// part of the path.
///
/// # Policy
/// Asks `open` on the directory, `open` and `create` on the file; and `write` on a file that is there already.
///
/// # Errors
/// `NotFound` for a missing directory, `FileError` for a link, `ValidationError` for what is no file, `IoError`.
pub fn touch(gate: &Gate, path: &str) -> Result<()> {
    let place = open_place(gate, &FilePath::parse(path, Role::File)?, Follow::Nothing)?;
    let open = gate.authorize::<Open, _>(&place)?;
    let made = sys::touch(gate.authorize::<Create, _>(&place)?).map_err(Error::from);
    if made.map_err(|error| error.about(place.path()))? {
        return Ok(());
    }
    let there = sys::object(open).map_err(|error| error.about(place.path()))?;
    sys::set_times(gate.authorize::<Write, _>(&there)?).map_err(|error| error.about(place.path()))
}
