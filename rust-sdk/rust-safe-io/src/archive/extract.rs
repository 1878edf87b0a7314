//! Unpacking an archive into a directory.

use super::header::{Account, Member};
use super::members::Members;
use super::name::shown;
use super::survey::{Bytes, Step, Survey, step, survey};
use crate::gzip::open_packed;
use crate::read::failure;
use crate::sys::{self, Attributes, Belonging, Dir, Entry, Subdir};
use crate::{DirHandle, Error, FileHandle, Result, Skipped};
use rex_cedar_auth::action::file_system::{Chmod, Chown, Create, Open, Write};
use rex_cedar_auth::{Accepts, Gate};
use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::rc::Rc;

/// Copied at once.
const CHUNK: usize = 256 * 1024;

/// How to unpack.
#[derive(Debug, Clone, Copy)]
pub struct ExtractOptions {
    /// Give files and directories the permissions that the archive tells. The set-user-id, set-group-id and sticky bits are never given.
    pub permissions: bool,
    /// Give them the owners that the archive tells: by name, where there is none of that name by number.
    pub ownership: bool,
    /// Give them the times that the archive tells.
    pub timestamps: bool,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self { permissions: true, ownership: false, timestamps: true }
    }
}

/// Unpacks a tar archive, plain or packed with gzip, into `target`.
///
/// The whole archive is read and judged before anything is made: a damaged one, or one with a member that may not be made, changes
/// nothing. Files and directories are made; links, devices and members whose names lead out of `target` are left out. A file that is
/// there already is replaced in one step; a link that is there is never followed. What was left out, and what could not be set, is in
/// `skipped`, also when something fails.
///
/// # Policy
/// Asks `read` on the archive; for each file `create` and `write` on it and `create` on each directory above it below `target`, for each
/// directory `create` and `open`, and `create` on those above it, all whether it is there or not. Then `chmod` and `chown` on what
/// shall get permissions and owners, which stay as they are where that is denied.
///
/// # Errors
/// `InvalidFileMode` when the archive was not opened for reading; `FileReadError` for what is no archive, is damaged or incomplete;
/// `FileContentTooLargeError` beyond 16 GiB, a million members, or a thousand times the archive's own length;
/// `UnsupportedOperationError` for files without their holes; `FileError` and `InvalidPath` when something is in the way of a member: those
/// before it stay then; `ValidationError` for names that are a file's and a directory's, and when members were left out for their names, after
/// all others were unpacked.
pub fn extract_archive(
    gate: &Gate,
    archive: &FileHandle,
    target: &DirHandle,
    options: ExtractOptions,
    skipped: &mut Vec<Skipped>,
) -> Result<()> {
    let survey = survey(gate, Members::of(gate, open_packed(gate, archive)?)?, target.path())?;
    let mut members = Members::of(gate, open_packed(gate, archive)?)?;
    let mut unpacking = Unpacking {
        gate,
        options,
        survey,
        target: Rc::clone(&target.0),
        entered: Vec::new(),
        owners: HashMap::new(),
        skipped,
    };
    let (mut bytes, mut dirs, mut refused) = (Bytes::default(), BTreeMap::new(), Refused::default());
    while let Some(member) = members.next()? {
        match step(&member)? {
            Step::File(parts) => {
                bytes.add(member.size)?;
                unpacking.file(&parts, &member, &mut members)?;
            }
            Step::Dir(parts) if !parts.is_empty() => {
                unpacking.enter(&parts)?;
                let key: Vec<Vec<u8>> = parts.into_iter().map(<[u8]>::to_vec).collect();
                dirs.insert(key, member);
            }
            Step::Dir(_) => {}
            Step::LeftOut(reason) => unpacking.note(shown(&member.name), reason.to_owned()),
            Step::Unsafe(reason) => {
                unpacking.note(shown(&member.name), reason.to_owned());
                refused.take(&member.name, reason);
            }
        }
    }
    // From the leaves up: what is made in a directory changes its time, and its permissions may keep us out.
    for (parts, member) in dirs.iter().rev() {
        unpacking.finish(parts, member)?;
    }
    refused.into_result()
}

/// Members that were left out for their names.
#[derive(Default)]
struct Refused {
    count: u64,
    first: Option<(String, &'static str)>,
}

impl Refused {
    fn take(&mut self, name: &[u8], reason: &'static str) {
        self.count += 1;
        self.first.get_or_insert_with(|| (shown(name), reason));
    }

    fn into_result(self) -> Result<()> {
        let Some((name, reason)) = self.first else { return Ok(()) };
        let Self { count, .. } = self;
        let text = format!(
            "members were left out for their names, the others were unpacked: {count}, among them `{name}`: {reason}"
        );
        Err(Error::ValidationError(text))
    }
}

struct Unpacking<'u, 'g> {
    gate: &'g Gate,
    options: ExtractOptions,
    survey: Survey,
    target: Rc<Dir>,
    /// The directories that lead to where the last member was made.
    entered: Vec<(Subdir, Rc<Dir>)>,
    owners: HashMap<(Account, Account), Belonging>,
    skipped: &'u mut Vec<Skipped>,
}

impl Unpacking<'_, '_> {
    fn note(&mut self, path: String, reason: String) {
        self.skipped.push(Skipped { path, reason });
    }

    /// The directory of this name; what is missing on the way is made.
    fn enter(&mut self, parts: &[&[u8]]) -> Result<Rc<Dir>> {
        let mut dir = Rc::clone(&self.target);
        for (depth, part) in parts.iter().enumerate() {
            let place = dir.member(part).as_subdir();
            match self.entered.get(depth) {
                Some((entered, below)) if entered.path() == place.path() => dir = Rc::clone(below),
                _ => {
                    self.entered.truncate(depth);
                    let mode = self.survey.mode(parts.get(..=depth).unwrap_or_default());
                    // Whom its own permissions will keep out is kept out from the beginning.
                    let mode = mode.filter(|_| self.options.permissions).map_or(0o777, |mode| mode & 0o777 | 0o700);
                    let create = self.gate.authorize::<Create, _>(&place)?;
                    dir = sys::ensure_dir_with(create, mode).map_err(|error| error.about(place.path()))?;
                    self.entered.push((place, Rc::clone(&dir)));
                }
            }
        }
        Ok(dir)
    }

    fn file(&mut self, parts: &[&[u8]], member: &Member, content: &mut Members<'_>) -> Result<()> {
        let Some((name, above)) = parts.split_last() else { return Ok(()) };
        let place = self.enter(above)?.member(name);
        let gate = self.gate;
        let attributes = self.attributes(&place, member);
        let (create, write) = (gate.authorize::<Create, _>(&place)?, gate.authorize::<Write, _>(&place)?);
        let unset = sys::unpack_file(create, write, attributes, gate, |writer| {
            let mut buffer = vec![0; CHUNK.min(usize::try_from(member.size).unwrap_or(CHUNK))];
            loop {
                let length = content.read(&mut buffer).map_err(|error| failure(gate, error))?;
                let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
                writer.write(bytes)?;
            }
        });
        let unset = unset.map_err(|error| error.about(place.path()))?;
        if let Some(error) = unset {
            self.note(place.path().to_owned(), format!("permissions, owner or time could not be set: {error}"));
        }
        self.note_bits(place.path(), member);
        Ok(())
    }

    /// The bits beside the permissions are given to nothing.
    fn note_bits(&mut self, path: &str, member: &Member) {
        if self.options.permissions && member.mode & 0o7000 != 0 {
            self.note(path.to_owned(), "its set-user-id, set-group-id or sticky bit".to_owned());
        }
    }

    fn attributes<'e>(&mut self, place: &'e Entry, member: &Member) -> Attributes<'e> {
        let mut attributes =
            Attributes { modified: self.options.timestamps.then_some(member.modified), ..Attributes::default() };
        if self.options.permissions {
            match self.gate.authorize::<Chmod, _>(place) {
                Ok(proof) => attributes.mode = Some((proof, member.mode)),
                Err(denied) => self.note(place.path().to_owned(), format!("its permissions: {denied}")),
            }
        }
        if self.options.ownership {
            let owner = self.owner(place, member);
            match owner.and_then(|owner| Ok((self.gate.authorize::<Chown, _>(place)?, owner))) {
                Ok(owner) => attributes.owner = Some(owner),
                Err(error) => self.note(place.path().to_owned(), format!("its owner: {error}")),
            }
        }
        attributes
    }

    /// Gives a directory what the archive tells of it.
    fn finish(&mut self, parts: &[Vec<u8>], member: &Member) -> Result<()> {
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let dir = self.enter(&parts)?;
        let Some((place, _)) = self.entered.last() else { return Ok(()) };
        let place = place.clone();
        let gate = self.gate;
        if self.options.ownership {
            let owned =
                self.owner(&*dir, member).and_then(|owner| sys::chown_dir(gate.authorize::<Chown, _>(&*dir)?, owner));
            self.note_failure(&place, "its owner", owned);
        }
        if self.options.permissions {
            let mode = member.mode & 0o777;
            let permitted =
                gate.authorize::<Chmod, _>(&*dir).map_err(Error::from).and_then(|proof| sys::chmod_dir(proof, mode));
            self.note_failure(&place, "its permissions", permitted);
        }
        self.note_bits(place.path(), member);
        if self.options.timestamps {
            let open = gate.authorize::<Open, _>(&place)?;
            let dated = sys::set_dir_time(open, member.modified).map_err(Error::from);
            self.note_failure(&place, "its time", dated);
        }
        Ok(())
    }

    fn note_failure(&mut self, place: &Subdir, what: &str, result: Result<()>) {
        if let Err(error) = result {
            self.note(place.path().to_owned(), format!("{what}: {error}"));
        }
    }

    /// Whom a member shall belong to here.
    fn owner<T: Accepts<Chown>>(&mut self, place: &T, member: &Member) -> Result<Belonging> {
        let key = (member.user.clone(), member.group.clone());
        if let Some(owner) = self.owners.get(&key) {
            return Ok(*owner);
        }
        let ask = || self.gate.authorize::<Chown, _>(place);
        let user = known(&member.user, |name| sys::owner(ask()?, Some(name), None))?;
        let group = known(&member.group, |name| sys::owner(ask()?, None, Some(name)))?;
        let owner = sys::owner(ask()?, user.as_deref(), group.as_deref())?;
        self.owners.insert(key, owner);
        Ok(owner)
    }
}

/// The name of an account where the host knows it, else its number.
fn known(account: &Account, look_up: impl Fn(&str) -> Result<Belonging>) -> Result<Option<String>> {
    let number = account.number.map(|number| number.to_string());
    if account.name.is_empty() {
        return Ok(number);
    }
    match look_up(&account.name) {
        Ok(_) => Ok(Some(account.name.clone())),
        Err(Error::IdentityResolutionError(_)) => Ok(number),
        Err(error) => Err(error),
    }
}
