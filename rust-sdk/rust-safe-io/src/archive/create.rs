//! Making an archive of what is in a directory.

use crate::handle::require_name;
use crate::sys::{self, Dir, Entry, EntryType, Identity, Listed, Metadata, Named, Object, Reader, Writer};
use crate::walk::MAX_DEPTH;
use crate::{DirHandle, Error, FileHandle, Result, Skipped};
use flate2::Compression;
use flate2::write::GzEncoder;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read, Stat, Write};
use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tar::{Builder, Header};

/// Packs the files and directories called `names` in `dir`, the directories with all below them, into a tar archive packed with gzip, which
/// takes the place of what `destination` holds in one step. Gives a handle of it.
///
/// Links, devices and the archive itself are left out; what was, is in `skipped`.
///
/// # Policy
/// Asks `write` on the destination; then `open`, `stat` and `read` on each file and directory. A directory that is named is asked for as a
/// file first, as long as it is not known what it is.
///
/// # Errors
/// `InvalidFileMode` when the destination was not opened for writing; `InvalidArguments` without names; `InvalidPath` and `Other` for
/// what is no bare name; `NotFound`; `UnsupportedOperationError` for directories that nest too deeply; `FileReadError` when a file becomes
/// shorter meanwhile; what the system says. The destination is as it was then, and when something may not be read.
pub fn create_archive(
    gate: &Gate,
    dir: &DirHandle,
    names: &[String],
    destination: &FileHandle,
    skipped: &mut Vec<Skipped>,
) -> Result<FileHandle> {
    let present = destination.present();
    let write = gate.authorize::<Write, _>(&*present)?;
    destination.require_write()?;
    if names.is_empty() {
        return Err(Error::invalid_arguments("name at least one file or directory to pack"));
    }
    names.iter().try_for_each(|name| require_name(name))?;
    let itself = present.identity();
    let made = sys::supersede(write, gate, true, |writer| {
        skipped.clear();
        pack(gate, &dir.0, names, itself, writer, skipped)
    });
    Ok(destination.succeeded(made.map_err(|error| error.about(destination.path()))?))
}

fn pack(
    gate: &Gate,
    dir: &Rc<Dir>,
    names: &[String],
    itself: Identity,
    writer: &mut Writer<'_>,
    skipped: &mut Vec<Skipped>,
) -> Result<()> {
    let given_up = Rc::new(Cell::new(false));
    let target = Target { writer, given_up: Rc::clone(&given_up) };
    let builder = Builder::new(GzEncoder::new(target, Compression::default()));
    let mut packing = Packing { gate, builder, itself, skipped };
    let packed = names.iter().try_for_each(|name| packing.named(&dir.entry(OsStr::new(name)), Path::new(name)));
    if packed.is_err() {
        given_up.set(true);
    }
    packed?;
    packing.builder.into_inner()?.finish()?;
    Ok(())
}

/// Where packed data goes. The packers end their data well when they are dropped: what was given up must not look whole.
struct Target<'t, 'f> {
    writer: &'t mut Writer<'f>,
    given_up: Rc<Cell<bool>>,
}

impl io::Write for Target<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.given_up.get() {
            return Err(io::Error::other("packing was given up"));
        }
        match self.writer.write(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(Error::IoError(error)) => Err(error),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Packing<'p, 'f> {
    gate: &'p Gate,
    builder: Builder<GzEncoder<Target<'p, 'f>>>,
    itself: Identity,
    skipped: &'p mut Vec<Skipped>,
}

/// A directory that is being packed.
struct Level {
    dir: Rc<Dir>,
    path: PathBuf,
    rest: std::vec::IntoIter<Listed>,
}

impl Packing<'_, '_> {
    fn skip(&mut self, path: &str, reason: &str) {
        self.skipped.push(Skipped { path: path.to_owned(), reason: reason.to_owned() });
    }

    /// Packs what a script named, whatever it is.
    fn named(&mut self, place: &Entry, path: &Path) -> Result<()> {
        let found = match self.gate.authorize::<Open, _>(place) {
            Ok(open) => {
                let object = sys::object(open).map_err(|error| error.about(place.path()))?;
                match object.entry_type() {
                    EntryType::Dir => sys::named(self.gate.authorize::<Open, _>(&place.as_subdir())?)?,
                    _ => Named::Object(object),
                }
            }
            // Who may open it as a directory need not be let open a file.
            Err(denied) => match self.gate.authorize::<Open, _>(&place.as_subdir()).map(sys::named) {
                Ok(Ok(Named::Dir(dir))) => Named::Dir(dir),
                _ => return Err(denied.into()),
            },
        };
        match found {
            Named::Object(object) => self.file(&object, path),
            Named::Dir(dir) => self.tree(&dir, path),
        }
    }

    /// Packs a directory and all below it.
    fn tree(&mut self, dir: &Rc<Dir>, path: &Path) -> Result<()> {
        let mut levels = vec![self.directory(dir, path)?];
        while let Some(level) = levels.last_mut() {
            self.gate.proceed()?;
            let Some(listed) = level.rest.next() else {
                levels.pop();
                continue;
            };
            let (place, path) = (level.dir.entry(&listed.name), level.path.join(&listed.name));
            match listed.entry_type {
                _ if listed.is_private() => self.skip(place.path(), "it is a file that is being written"),
                EntryType::File => {
                    let object = sys::object(self.gate.authorize::<Open, _>(&place)?);
                    self.file(&object.map_err(|error| error.about(place.path()))?, &path)?;
                }
                EntryType::Dir => {
                    if levels.len() >= MAX_DEPTH {
                        let text = format!("directories nest deeper than {MAX_DEPTH} levels: {}", place.path());
                        return Err(Error::UnsupportedOperationError(text));
                    }
                    let below = place.as_subdir();
                    let dir = sys::subdir(self.gate.authorize::<Open, _>(&below)?);
                    levels.push(self.directory(&dir.map_err(|error| error.about(place.path()))?, &path)?);
                }
                other => self.skip(place.path(), left_out(other)),
            }
        }
        Ok(())
    }

    /// Packs a directory itself.
    fn directory(&mut self, dir: &Rc<Dir>, path: &Path) -> Result<Level> {
        let metadata = sys::stat_dir(self.gate.authorize::<Stat, _>(&**dir)?)?;
        let mut listed = sys::list(self.gate.authorize::<Read, _>(&**dir)?)?;
        listed.sort_by(|one, other| one.name.cmp(&other.name));
        let mut header = header(&metadata, tar::EntryType::Directory, 0);
        self.builder.append_data(&mut header, path, io::empty())?;
        Ok(Level { dir: Rc::clone(dir), path: path.to_owned(), rest: listed.into_iter() })
    }

    fn file(&mut self, object: &Object, path: &Path) -> Result<()> {
        match object.entry_type() {
            EntryType::File if object.identity() == self.itself => {
                self.skip(object.path(), "it is the archive itself");
                return Ok(());
            }
            EntryType::File => {}
            other => {
                self.skip(object.path(), left_out(other));
                return Ok(());
            }
        }
        let metadata = sys::stat_object(self.gate.authorize::<Stat, _>(object)?)?;
        let reader = sys::read(self.gate.authorize::<Read, _>(object)?)?;
        let mut header = header(&metadata, tar::EntryType::Regular, metadata.size());
        let failed = RefCell::new(None);
        let exact = Exact { gate: self.gate, reader, left: metadata.size(), failed: &failed };
        self.builder.append_data(&mut header, path, exact).map_err(|error| match failed.take() {
            Some(error) => error.about(object.path()),
            None => error.into(),
        })
    }
}

fn left_out(what: EntryType) -> &'static str {
    match what {
        EntryType::Symlink => "it is a symbolic link",
        EntryType::Fifo => "it is a FIFO",
        EntryType::Socket => "it is a socket",
        EntryType::CharDevice | EntryType::BlockDevice => "it is a device",
        EntryType::File | EntryType::Dir | EntryType::Unknown => "it is neither a file nor a directory",
    }
}

fn header(metadata: &Metadata, entry_type: tar::EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    let owner = metadata.owner();
    header.set_entry_type(entry_type);
    header.set_size(size);
    header.set_mode(metadata.mode() & 0o777);
    header.set_mtime(u64::try_from(metadata.modified().seconds).unwrap_or_default());
    header.set_uid(u64::from(owner.user));
    header.set_gid(u64::from(owner.group));
    // Names that are too long are left to their numbers.
    let _ = header.set_username(&owner.user_name());
    let _ = header.set_groupname(&owner.group_name());
    header
}

/// Gives as many bytes as the header tells, whatever becomes of the file.
struct Exact<'e> {
    gate: &'e Gate,
    reader: Reader,
    left: u64,
    failed: &'e RefCell<Option<Error>>,
}

impl Exact<'_> {
    fn take(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.gate.proceed()?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let length = io::Read::read(&mut self.reader, buffer).map_err(Error::FileReadError)?;
        if length == 0 {
            return Err(Error::FileReadError(io::Error::other("it became shorter while it was read")));
        }
        self.left -= length as u64;
        Ok(length)
    }
}

impl io::Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.take(buffer).map_err(|error| {
            *self.failed.borrow_mut() = Some(error);
            io::Error::other("a file could not be read")
        })
    }
}
