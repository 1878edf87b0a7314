//! Moving directories that a script holds open.

use super::DirHandle;
use crate::path::{DirPath, join};
use crate::sys::{self, Carried, Dir, Draft, Entry, EntryType, Named, Subdir};
use crate::tree::{Mounts, Step, through};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Create, Delete, Move, Open, Read};
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::rc::Rc;

impl DirHandle {
    /// Moves `source`, a directory in this one, into `directory` as `name`, and gives a handle of it there. An empty directory of that name
    /// gives way; into a full one it is moved under its own name. What is in it is judged whole before anything is touched. To another file system
    /// it is copied under a private name, brought to the disk, put in place in one step, and only then removed; what is changed meanwhile is left.
    ///
    /// # Policy
    /// Asks `move` on the directory, with the destination as context, `create` and `open` on the destination; where a directory is there already
    /// `read` on it, and `delete` on one that gives way; for a full one, `move`, `create` and `open` anew for the place in it. Then for all that is in
    /// the directory `move` and `create` for its new place, and `open` and `read` on each directory.
    ///
    /// # Errors
    /// `InvalidPath` and `Other` for what is no bare name; `InvalidArguments` for a directory that is not in this one; `InvalidPath` when something else is at
    /// the destination; `DirectoryNotEmpty` when the place in a full directory is taken, too; `UnsupportedOperationError` for a tree with a mount in it, and for
    /// sockets, FIFOs and devices that would have to be copied; `FileError` when someone else changed something meanwhile; what the system says.
    pub fn relocate(&self, gate: &Gate, source: &DirHandle, directory: &DirHandle, name: &str) -> Result<DirHandle> {
        let place = directory.place(name)?.as_subdir();
        let from = &source.0;
        let (_, own_name) = from.path().rsplit_once('/').unwrap_or_default();
        let at = self.0.subdir(OsStr::new(own_name));
        if at.path() != from.path() || own_name.is_empty() {
            let reason = format!("{} is not in {}", from.path(), self.path());
            return Err(Error::invalid_arguments(reason));
        }
        let relocation = Relocation { gate, at, from };
        relocation.to(&place, false).map(DirHandle).map_err(|error| error.about(place.path()))
    }
}

/// The move of the directory `from`, which is at `at`.
struct Relocation<'m> {
    gate: &'m Gate,
    at: Subdir,
    from: &'m Rc<Dir>,
}

impl Relocation<'_> {
    fn to(&self, place: &Subdir, in_full: bool) -> Result<Rc<Dir>> {
        let Self { gate, at, from } = self;
        let whole = Carried { what: at, to: place.path().to_owned() };
        let relocate = gate.authorize::<Move, _>(&whole)?;
        let create = gate.authorize::<Create, _>(place)?;
        let there = match sys::named(gate.authorize::<Open, _>(place)?) {
            Ok(Named::Dir(there)) => Some(there),
            Ok(Named::Object(_)) => {
                let name = place.as_entry().name();
                return Err(Error::InvalidPath(format!("Cannot create directory '{name}': file exists")));
            }
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        if let Some(there) = &there {
            if there.identity()? == from.identity()? {
                return Ok(Rc::clone(there));
            }
            if !sys::list(gate.authorize::<Read, _>(&**there)?)?.is_empty() {
                if in_full {
                    return Err(Error::DirectoryNotEmpty(place.path().to_owned()));
                }
                return self.to(&there.subdir(at.as_entry().raw_name()), true);
            }
        }
        let replaced = match there {
            Some(there) => Some((gate.authorize::<Delete, _>(place)?, there)),
            None => None,
        };
        self.judge(place)?;
        let again = replaced.as_ref().map(|(_, there)| Rc::clone(there));
        match sys::rename_dir(relocate, from, create, replaced) {
            Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::CrossesDevices => {
                self.across(&whole, place, again)
            }
            moved => moved,
        }
    }

    /// Judges all that is in the directory for its new place.
    fn judge(&self, place: &Subdir) -> Result<()> {
        let gate = self.gate;
        let mut targets = Targets(vec![place.path().to_owned()]);
        through(gate, self.from, Mounts::Refuse, &mut |step| {
            match step {
                Step::Entry(entry, _) => {
                    let target = targets.of(entry);
                    let _move = gate.authorize::<Move, _>(&Carried { what: entry, to: target.clone() })?;
                    let _create = gate.authorize::<Create, _>(&NewFile(target))?;
                }
                Step::Enter(at, _) => {
                    let target = targets.of(at.as_entry());
                    let _move = gate.authorize::<Move, _>(&Carried { what: at, to: target.clone() })?;
                    let _create = gate.authorize::<Create, _>(&DirPath::real(target.clone()))?;
                    targets.0.push(target);
                }
                Step::Leave(..) => targets.leave(),
            }
            Ok(())
        })
    }

    /// Copies the directory to another file system and removes the source.
    fn across(&self, whole: &Carried<'_, Subdir>, place: &Subdir, there: Option<Rc<Dir>>) -> Result<Rc<Dir>> {
        let Self { gate, from, .. } = self;
        through(gate, from, Mounts::Refuse, &mut |step| match step {
            Step::Entry(_, EntryType::File | EntryType::Symlink) | Step::Enter(..) | Step::Leave(..) => Ok(()),
            Step::Entry(_, other) => Err(other.not_copied()),
        })?;
        let mut draft = sys::draft(gate.authorize::<Create, _>(place)?)?;
        self.copy(&mut draft)?;
        sys::finish_dir(gate.authorize::<Move, _>(whole)?, from, draft.top())?;
        let replaced = match there {
            Some(there) => Some((gate.authorize::<Delete, _>(place)?, there)),
            None => None,
        };
        sys::publish(gate.authorize::<Create, _>(place)?, replaced, &mut draft)?;
        self.remove(whole, place, &draft)?;
        Ok(Rc::clone(draft.top()))
    }

    fn copy(&self, draft: &mut Draft) -> Result<()> {
        let gate = self.gate;
        let mut copies = vec![Rc::clone(draft.top())];
        through(gate, self.from, Mounts::Refuse, &mut |step| {
            let Some(into) = copies.last().map(Rc::clone) else { return Ok(()) };
            match step {
                Step::Entry(entry, _) => {
                    let place = into.entry(entry.raw_name());
                    let carried = Carried { what: entry, to: place.path().to_owned() };
                    let moved = gate.authorize::<Move, _>(&carried)?;
                    sys::carry(moved, gate.authorize::<Create, _>(&place)?, draft, gate)
                        .map_err(|error| error.about(entry.path()))?;
                }
                Step::Enter(at, _) => {
                    let place = into.subdir(at.as_entry().raw_name());
                    let carried = Carried { what: at, to: place.path().to_owned() };
                    let moved = gate.authorize::<Move, _>(&carried)?;
                    copies.push(sys::carry_dir(moved, gate.authorize::<Create, _>(&place)?)?);
                }
                Step::Leave(at, dir) => {
                    let carried = Carried { what: at, to: into.path().to_owned() };
                    sys::finish_dir(gate.authorize::<Move, _>(&carried)?, dir, &into)?;
                    copies.pop();
                }
            }
            Ok(())
        })
    }

    fn remove(&self, whole: &Carried<'_, Subdir>, place: &Subdir, draft: &Draft) -> Result<()> {
        let Self { gate, from, .. } = self;
        let mut targets = Targets(vec![place.path().to_owned()]);
        through(gate, from, Mounts::Refuse, &mut |step| match step {
            Step::Entry(entry, _) => {
                let carried = Carried { what: entry, to: targets.of(entry) };
                sys::remove_carried(gate.authorize::<Move, _>(&carried)?, draft)
            }
            Step::Enter(at, _) => {
                let target = targets.of(at.as_entry());
                targets.0.push(target);
                Ok(())
            }
            Step::Leave(at, dir) => {
                let carried = Carried { what: at, to: targets.0.last().cloned().unwrap_or_default() };
                targets.leave();
                sys::remove_carried_dir(gate.authorize::<Move, _>(&carried)?, dir)
            }
        })?;
        sys::remove_carried_dir(gate.authorize::<Move, _>(whole)?, from)
    }
}

/// The new path of what is no directory, in a directory that is not there yet.
struct NewFile(String);

impl Resource for NewFile {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
accepts!(NewFile: Create);

/// The new paths of the directories that a walk is in, the innermost last.
struct Targets(Vec<String>);

impl Targets {
    /// The new path of an entry of the innermost directory.
    fn of(&self, entry: &Entry) -> String {
        join(self.0.last().map_or("", String::as_str), &entry.name())
    }

    fn leave(&mut self) {
        self.0.pop();
    }
}
