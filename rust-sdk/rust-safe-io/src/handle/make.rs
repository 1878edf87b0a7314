//! Making directories and links in a directory that a script holds open.

use super::dir::require_name;
use super::{DirHandle, FileHandle};
use crate::sys::{self, Entry, Relocation};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Create, Delete, Move, Open, Read};
use std::ffi::OsStr;

impl DirHandle {
    /// Makes a directory called `name` in this one and opens it. A directory that is there already is well.
    ///
    /// # Policy
    /// Asks `open` and `create` on the directory.
    ///
    /// # Errors
    /// `InvalidPath` and `Other` for what is no bare name; `InvalidPath` when something else is there; what the system says.
    pub fn make_dir(&self, gate: &Gate, name: &str) -> Result<DirHandle> {
        let place = self.place(name)?.as_subdir();
        let _open = gate.authorize::<Open, _>(&place)?;
        let made = sys::ensure_dir(gate.authorize::<Create, _>(&place)?);
        made.map(DirHandle).map_err(|error| error.about(place.path()))
    }

    /// Makes a link called `name` that holds the text `target` as it is, whatever that leads to. With `force`, what is there is replaced in one
    /// step, but never a directory.
    ///
    /// # Policy
    /// Asks `create` on the link, and with `force` `delete`, whether something is there or not.
    ///
    /// # Errors
    /// `InvalidPath` and `Other` for what is no bare name; what the system says, `EEXIST` without `force`.
    pub fn create_symlink(&self, gate: &Gate, target: &str, name: &str, force: bool) -> Result<()> {
        let place = self.place(name)?;
        let create = gate.authorize::<Create, _>(&place)?;
        let replaced = if force { Some(gate.authorize::<Delete, _>(&place)?) } else { None };
        sys::create_link(create, replaced, target).map_err(|error| error.about(place.path()))
    }

    /// Gives the file of a handle another name, `name` in this directory, at which nothing may be. Whoever may do this could as well move the file
    /// there, and it is judged as that.
    ///
    /// # Policy
    /// Asks `move` on the file, with the new name as context, and `create` on the new name.
    ///
    /// # Errors
    /// `InvalidPath` and `Other` for what is no bare name; what the system says, `EEXIST` for a name that is taken, `EXDEV` in another file system.
    pub fn create_hard_link(&self, gate: &Gate, file: &FileHandle, name: &str) -> Result<()> {
        let place = self.place(name)?;
        let present = file.present();
        let relocation = Relocation { object: &present, destination: &place };
        let named = gate.authorize::<Move, _>(&relocation)?;
        let create = gate.authorize::<Create, _>(&place)?;
        sys::create_hard_link(named, create).map_err(|error| error.about(place.path()))
    }

    /// The text of the link called `name`.
    ///
    /// # Policy
    /// Asks `read` on the link.
    ///
    /// # Errors
    /// `InvalidPath` and `Other` for what is no bare name; what the system says, `EINVAL` for what is no link.
    pub fn read_link_target(&self, gate: &Gate, name: &str) -> Result<String> {
        let place = self.place(name)?;
        let text = sys::read_link(gate.authorize::<Read, _>(&place)?);
        text.map_err(|error| Error::from(error).about(place.path()))
    }

    /// The place of a bare name in it.
    pub(crate) fn place(&self, name: &str) -> Result<Entry> {
        require_name(name)?;
        if name == "." {
            return Err(Error::InvalidPath("file path must contain only a filename".to_owned()));
        }
        Ok(self.0.entry(OsStr::new(name)))
    }
}
