//! Listing a directory.

use crate::open::open_place;
use crate::path::{DirPath, FilePath, Role};
use crate::sys::{self, Dir, Entry, EntryType, Follow, Itself, Listed, Located};
use crate::walk::{Skipped, Step, walk};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Open;
use std::rc::Rc;

/// One entry of a directory.
#[derive(Debug, Clone)]
pub struct DirEntry {
    place: Entry,
    entry_type: EntryType,
    inode: u64,
}

impl DirEntry {
    pub(crate) fn of(dir: &Rc<Dir>, listed: &Listed) -> Self {
        Self { place: dir.entry(&listed.name), entry_type: listed.entry_type, inode: listed.inode }
    }

    /// A name whose link leads to an object of another type and inode.
    pub(crate) fn followed(place: Entry, entry_type: EntryType, inode: u64) -> Self {
        Self { place, entry_type, inode }
    }

    /// Its place.
    pub(crate) fn place(&self) -> &Entry {
        &self.place
    }

    /// Its name, invalid UTF-8 replaced.
    pub fn name(&self) -> String {
        self.place.name().into_owned()
    }

    /// Its path.
    pub fn path(&self) -> &str {
        self.place.path()
    }

    /// What the directory says it is.
    pub fn entry_type(&self) -> EntryType {
        self.entry_type
    }

    /// Its inode number.
    pub fn inode(&self) -> u64 {
        self.inode
    }
}

/// What a listing gave.
#[derive(Debug, Default)]
pub struct Listing {
    /// The entries.
    pub entries: Vec<DirEntry>,
    /// Directories below that could not be entered.
    pub skipped: Vec<Skipped>,
    /// Whether the path was a link, which is the only entry then.
    pub is_link: bool,
    /// The real path of the directory that was listed.
    pub path: String,
}

/// The entries of the directory at `path`, and with `recursive` of all below it. Of a link, the link itself, wherever it points.
///
/// # Policy
/// Asks `open` and `read` on the directory (and on each below it); for a link `open` on the path as a directory, on the directory it is in, and
/// on the link as a file.
///
/// # Errors
/// `InvalidArguments` for what is neither directory nor link; `NotFound`; what else fails for the directory itself.
pub fn list(gate: &Gate, path: &str, recursive: bool) -> Result<Listing> {
    if path.is_empty() {
        return Err(Error::invalid_arguments("Invalid path: "));
    }
    let requested = DirPath::parse(path)?;
    let dir = match sys::dir_itself(gate.authorize::<Open, _>(&requested)?)
        .map_err(|error| error.about(requested.as_str()))?
    {
        Itself::Dir(Located::Judged(dir)) => dir,
        Itself::Dir(Located::Elsewhere(held)) => Rc::new(gate.release::<Open, _>(held)?),
        Itself::Dir(Located::Nowhere(held, error)) => {
            gate.release::<Open, _>(held)?;
            return Err(error.about(requested.as_str()));
        }
        Itself::Link => return link(gate, path),
        Itself::Other(elsewhere) => {
            if let Some(held) = elsewhere {
                gate.release::<Open, _>(held)?;
            }
            return Err(Error::invalid_arguments(format!("ls: {}: Not a directory or symlink", requested.as_str())));
        }
    };
    let mut listing = Listing { path: dir.path().to_owned(), ..Listing::default() };
    let Listing { entries, skipped, .. } = &mut listing;
    walk::<Error>(gate, &dir, skipped, &mut |dir, listed, _, _| {
        entries.push(DirEntry::of(dir, listed));
        let down = recursive && listed.entry_type == EntryType::Dir;
        Ok(if down { Step::Into } else { Step::Over })
    })?;
    Ok(listing)
}

fn link(gate: &Gate, path: &str) -> Result<Listing> {
    let place = open_place(gate, &FilePath::parse(path, Role::Any)?, Follow::Links)?;
    let object = sys::object(gate.authorize::<Open, _>(&place)?)?;
    let entry = DirEntry { place, entry_type: object.entry_type(), inode: object.inode() };
    Ok(Listing { path: entry.path().to_owned(), entries: vec![entry], skipped: Vec::new(), is_link: true })
}
