//! Writing a file.

use crate::open::open_place;
use crate::path::{FilePath, Role};
use crate::sys::{self, Entry, Follow, Writer};
use crate::{Error, Result};
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
        WriteMode::Append => sys::append(create, write, gate, content),
        WriteMode::Replace => sys::put(create, write, gate, None, |writer| writer.write(content)),
    };
    written.map_err(|error| error.about(place.path()))
}

/// A file that is about to get new content of which not all is there yet.
#[derive(Debug)]
pub struct NewContent(Entry);

/// Takes new content piece by piece.
#[derive(Debug)]
pub struct ContentWriter<'w, 'f>(&'w mut Writer<'f>);

impl ContentWriter<'_, '_> {
    /// Adds `bytes`.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.write(bytes)
    }
}

impl NewContent {
    /// For the file at `path`, which is made if it is not there. Nothing changes yet.
    ///
    /// # Policy
    /// As [`write()`].
    ///
    /// # Errors
    /// `NotFound` for a missing directory.
    pub fn at(gate: &Gate, path: &str) -> Result<Self> {
        let place = open_place(gate, &FilePath::parse(path, Role::File)?, Follow::Links)?;
        let _open = gate.authorize::<Open, _>(&place)?;
        let _create = gate.authorize::<Create, _>(&place)?;
        let _write = gate.authorize::<Write, _>(&place)?;
        Ok(Self(place))
    }

    /// Gives the file what `fill` writes, in one step, as [`write()`] with [`WriteMode::Replace`]. Where its name comes to stand for another file meanwhile,
    /// `fill` is called again.
    ///
    /// # Policy
    /// Asks `create` and `write` on the file.
    ///
    /// # Errors
    /// What `fill` fails with; as [`write()`].
    pub fn write<E: From<Error>>(
        &self,
        gate: &Gate,
        mut fill: impl FnMut(&mut ContentWriter<'_, '_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let create = gate.authorize::<Create, _>(&self.0).map_err(Error::from)?;
        let write = gate.authorize::<Write, _>(&self.0).map_err(Error::from)?;
        let mut failed = None;
        let written = sys::put(create, write, gate, None, |writer| {
            fill(&mut ContentWriter(writer)).map_err(|error| {
                failed = Some(error);
                Error::Other(String::new())
            })
        });
        match (failed, written) {
            (Some(error), Err(_)) => Err(error),
            (_, written) => written.map_err(|error| error.about(self.0.path()).into()),
        }
    }
}
