//! Files that a script holds open.

use super::DirHandle;
use super::dir::require_name;
use crate::open::require_regular;
use crate::sys::{self, Behind, Entry, EntryType, Object};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Create, Open};
use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::rc::Rc;

/// How often a name that changes under our hands is tried.
const ATTEMPTS: usize = 16;

/// How to open a file.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that scripts set by its name")]
pub struct FileOptions {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Make it if it is missing.
    pub create: bool,
    /// The permissions of a file that is made, narrowed by the umask; without it `0o666`.
    pub permissions: Option<u32>,
    /// Follow a link in the name.
    pub follow: bool,
}

/// A file that a script holds open. Clones share the position of [`FileHandle::read_page`].
#[derive(Debug, Clone)]
pub struct FileHandle(Rc<Held>);

#[derive(Debug)]
struct Held {
    object: Rc<Object>,
    /// The link that it was opened through.
    link: Option<Rc<Object>>,
    options: FileOptions,
    position: Cell<u64>,
    /// What stands at its name since it was written by this handle, or one that came of it.
    present: Rc<RefCell<Rc<Object>>>,
}

impl DirHandle {
    /// Opens the regular file called `name` in the directory.
    ///
    /// # Policy
    /// Asks `open` on the file and with `create` also `create`, whether it is there or not; where a link led elsewhere `open` on that file
    /// too, and `create` where nothing is there.
    ///
    /// # Errors
    /// `InvalidPath` and `Other` for what is no bare name; `InvalidArguments` for options that open for nothing; `FileError` for a link that is not
    /// to be followed; `ValidationError` for what is no file; `NotFound`; what the system says, also when it lets the file not be read
    /// or written.
    pub fn open_file(&self, gate: &Gate, name: &str, options: FileOptions) -> Result<FileHandle> {
        require_name(name)?;
        if name == "." {
            return Err(Error::ValidationError("argument is not a file".to_owned()));
        }
        FileHandle::open_at(gate, &self.0.entry(OsStr::new(name)), options)
    }
}

impl FileHandle {
    /// Opens the file at a place; see [`DirHandle::open_file`].
    pub(crate) fn open_at(gate: &Gate, place: &Entry, options: FileOptions) -> Result<Self> {
        // Judged first whatever else is wrong: a denial tells nothing.
        let _open = gate.authorize::<Open, _>(place)?;
        if options.create {
            let _create = gate.authorize::<Create, _>(place)?;
        }
        if !(options.read || options.write) {
            let reason = "Invalid open file options: at least one of read, write or create flags must be true";
            return Err(Error::invalid_arguments(reason));
        }
        if options.create && !options.write {
            return Err(Error::invalid_arguments("a file that is to be made must be opened for writing"));
        }
        let object = find_or_make(gate, place, options)?;
        let (object, link) = match object.entry_type() {
            EntryType::Symlink if options.follow => (follow(gate, place, options)?, Some(object)),
            _ => (object, None),
        };
        require_regular(&object)?;
        let access = gate.authorize::<Open, _>(&object)?;
        sys::check_access(access, options.read, options.write)
            .map_err(|error| Error::from(error).about(object.path()))?;
        Ok(Self::held(object, link, options))
    }

    /// A handle of an object that was judged for `open`.
    pub(crate) fn held(object: Object, link: Option<Object>, options: FileOptions) -> Self {
        Self::of(Rc::new(object), link.map(Rc::new), options, None)
    }

    fn of(
        object: Rc<Object>,
        link: Option<Rc<Object>>,
        options: FileOptions,
        present: Option<Rc<RefCell<Rc<Object>>>>,
    ) -> Self {
        let present = present.unwrap_or_else(|| Rc::new(RefCell::new(Rc::clone(&object))));
        Self(Rc::new(Held { object, link, options, position: Cell::new(0), present }))
    }

    /// A handle of the file that took the place of this one's; by this one's name it stands for it from now on, too.
    pub(crate) fn succeeded(&self, object: Object) -> Self {
        let object = Rc::new(object);
        *self.0.present.borrow_mut() = Rc::clone(&object);
        Self::of(object, self.0.link.clone(), self.0.options, Some(Rc::clone(&self.0.present)))
    }

    /// A handle of the same file after what it was opened by was moved, the link or the file itself.
    pub(crate) fn moved(&self, named: Object) -> Self {
        match self.0.link {
            Some(_) => Self::of(self.present(), Some(Rc::new(named)), self.0.options, None),
            None => Self::of(Rc::new(named), None, self.0.options, None),
        }
    }

    /// Its path; where it was opened through a link, that of the file behind it.
    pub fn path(&self) -> &str {
        self.0.object.path()
    }

    /// The path of what it was opened by: of the link, or of the file itself.
    pub fn name_path(&self) -> String {
        self.named().path().to_owned()
    }

    /// The file.
    pub(crate) fn object(&self) -> &Object {
        &self.0.object
    }

    /// The file that stands at its name, as far as this handle and those that came of it changed that.
    pub(crate) fn present(&self) -> Rc<Object> {
        Rc::clone(&self.0.present.borrow())
    }

    /// What it was opened by: the link, or the file at its name.
    pub(crate) fn named(&self) -> Rc<Object> {
        self.0.link.clone().unwrap_or_else(|| self.present())
    }

    /// How it was opened.
    pub(crate) fn options(&self) -> FileOptions {
        self.0.options
    }

    /// Where the next page begins, in bytes.
    pub(crate) fn position(&self) -> &Cell<u64> {
        &self.0.position
    }

    /// # Errors
    /// `InvalidFileMode` when it was not opened for reading.
    pub(crate) fn require_read(&self) -> Result<()> {
        self.require(self.0.options.read, "Attempted to read a file without opening it with the read option.")
    }

    /// # Errors
    /// `InvalidFileMode` when it was not opened for writing.
    pub(crate) fn require_write(&self) -> Result<()> {
        self.require(self.0.options.write, "Attempted to write a file without opening it with the write option.")
    }

    fn require(&self, holds: bool, reason: &str) -> Result<()> {
        if holds { Ok(()) } else { Err(Error::InvalidFileMode(format!("{reason}: {}", self.path()))) }
    }
}

fn find_or_make(gate: &Gate, place: &Entry, options: FileOptions) -> Result<Object> {
    let mode = options.permissions.unwrap_or(0o666) & 0o777;
    for _ in 0..ATTEMPTS {
        match sys::object(gate.authorize::<Open, _>(place)?) {
            Err(error) if error.is_not_found() && options.create => {}
            found => return found.map_err(|error| error.about(place.path())),
        }
        let made = sys::create_file(gate.authorize::<Create, _>(place)?, mode);
        if let Some(made) = made.map_err(|error| Error::from(error).about(place.path()))? {
            return Ok(made);
        }
    }
    Err(Error::FileError { reason: "it was replaced by someone else again and again", path: place.path().to_owned() })
}

fn follow(gate: &Gate, place: &Entry, options: FileOptions) -> Result<Object> {
    match sys::behind(gate.authorize::<Open, _>(place)?).map_err(|error| error.about(place.path()))? {
        Behind::There(held) => Ok(gate.release::<Open, _>(held)?),
        Behind::Dir(held) => {
            gate.release::<Open, _>(held)?;
            Err(Error::ValidationError("argument is not a file".to_owned()))
        }
        Behind::Nowhere(held, error) => {
            let real = gate.release::<Open, _>(held)?;
            if !(error.is_not_found() && options.create) {
                return Err(error.about(place.path()));
            }
            let _create = gate.authorize::<Create, _>(&real)?;
            let made = find_or_make(gate, &real, options)?;
            Ok(made)
        }
    }
}
