//! Copying a file.

use crate::open::{open_file, open_place, require_regular};
use crate::path::{FilePath, Role};
use crate::sys::{self, Follow};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Create, Open, Read, Write};

/// How to copy.
#[derive(Debug, Clone, Copy, Default)]
pub struct CopyOptions {
    /// Replace a destination that holds something.
    pub force: bool,
    /// Give the copy the permissions and times of the source.
    pub preserve: bool,
}

/// Copies the file at `source` to `destination`, whole or not at all. Links are followed in no part of either path.
///
/// # Policy
/// Asks `open` on the directory and the file of the source; `open` on the directory of the destination, `open` and `create` on its file;
/// then `read` on the source and `write` on the destination.
///
/// # Errors
/// `DestinationFileNotEmptyError` without `force`; `InvalidArguments` when both are the same file; as for reading and writing.
pub fn copy(gate: &Gate, source: &str, destination: &str, options: CopyOptions) -> Result<()> {
    let destination = FilePath::parse(destination, Role::Destination)?;
    let source = open_file(gate, source, Role::Source, Follow::Nothing)?;
    let place = open_place(gate, &destination, Follow::Nothing)?;
    let open = gate.authorize::<Open, _>(&place)?;
    let create = gate.authorize::<Create, _>(&place)?;
    let read = gate.authorize::<Read, _>(&source)?;
    let write = gate.authorize::<Write, _>(&place)?;
    match sys::object(open) {
        Ok(there) => {
            require_regular(&there)?;
            if there.identity() == source.identity() {
                return Err(Error::invalid_arguments(format!(
                    "source and destination are the same file: {}",
                    place.path()
                )));
            }
            if there.size() > 0 && !options.force {
                return Err(Error::DestinationFileNotEmptyError { path: place.path().to_owned(), size: there.size() });
            }
        }
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error),
    }
    let mut reader = sys::read(read)?;
    let like = options.preserve.then_some(&source);
    let put = sys::put(create, write, gate, like, |writer| writer.copy(&mut reader).map(drop));
    put.map_err(|error| error.about(place.path()))
}
