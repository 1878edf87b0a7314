//! The look at a whole archive before anything of it is unpacked: is it sound, do its members fit together, may each be made?

use super::header::{Member, MemberType};
use super::members::Members;
use super::name::{parts, shown};
use crate::path::{DirPath, join};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Create, Open, Write};
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use std::borrow::Cow;
use std::collections::HashMap;

/// So much is unpacked, and no more.
const MOST_UNPACKED: u64 = 16 << 30;

/// What happens to a member.
pub(super) enum Step<'m> {
    /// It becomes the file of this name.
    File(Vec<&'m [u8]>),
    /// It becomes the directory of this name; without one it is the directory that is unpacked into, which stays as it is.
    Dir(Vec<&'m [u8]>),
    /// It is of a type that is left out.
    LeftOut(&'static str),
    /// Its name is one that nothing may be made of.
    Unsafe(&'static str),
}

/// # Errors
/// `UnsupportedOperationError` for a file without its holes.
pub(super) fn step(member: &Member) -> Result<Step<'_>> {
    let parts = match parts(&member.name) {
        Ok(parts) => parts,
        Err(reason) => return Ok(Step::Unsafe(reason)),
    };
    Ok(match member.kind {
        MemberType::File if parts.is_empty() => Step::Unsafe("it has no name"),
        MemberType::File => Step::File(parts),
        MemberType::Dir => Step::Dir(parts),
        MemberType::Symlink => Step::LeftOut("it is a symbolic link"),
        MemberType::HardLink => Step::LeftOut("it is another name of a member"),
        MemberType::CharDevice | MemberType::BlockDevice => Step::LeftOut("it is a device"),
        MemberType::Fifo => Step::LeftOut("it is a FIFO"),
        MemberType::Unknown => Step::LeftOut("its type is unknown"),
        MemberType::Sparse => {
            let text = format!("the archive holds a sparse file, which cannot be unpacked: {}", shown(&member.name));
            return Err(Error::UnsupportedOperationError(text));
        }
    })
}

/// What a look at the whole archive told.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Every file and directory by its parts, joined by `/`.
    made: HashMap<Vec<u8>, Made>,
    bytes: Bytes,
}

#[derive(Debug)]
enum Made {
    File,
    /// With the permissions that its own member tells.
    Dir(Option<u32>),
}

/// How much was unpacked.
#[derive(Debug, Default)]
pub(super) struct Bytes(u64);

impl Bytes {
    /// # Errors
    /// `FileContentTooLargeError` when it becomes too much.
    pub(super) fn add(&mut self, size: u64) -> Result<()> {
        self.0 = self.0.saturating_add(size);
        if self.0 > MOST_UNPACKED {
            let text = format!("the archive unpacks to more than {MOST_UNPACKED} bytes");
            return Err(Error::FileContentTooLargeError(text));
        }
        Ok(())
    }
}

/// A file that is to be made.
struct PlannedFile(String);

impl Resource for PlannedFile {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
accepts!(PlannedFile: Create, Write);

/// Looks at all members and has those judged that would be made in `target`.
///
/// # Policy
/// Asks `create` on each directory above a member, `create` and `write` on each file, `create` and `open` on each directory and those
/// above it.
pub(super) fn survey(gate: &Gate, mut members: Members<'_>, target: &str) -> Result<Survey> {
    let mut survey = Survey::default();
    while let Some(member) = members.next()? {
        match step(&member)? {
            Step::File(parts) => {
                survey.bytes.add(member.size)?;
                let path = survey.above(gate, target, &parts)?;
                survey.mark(&parts, Made::File)?;
                let file = PlannedFile(path);
                let _create = gate.authorize::<Create, _>(&file)?;
                let _write = gate.authorize::<Write, _>(&file)?;
            }
            Step::Dir(parts) if !parts.is_empty() => {
                let dir = DirPath::real(survey.above(gate, target, &parts)?);
                survey.mark(&parts, Made::Dir(Some(member.mode)))?;
                let _create = gate.authorize::<Create, _>(&dir)?;
                let _open = gate.authorize::<Open, _>(&dir)?;
            }
            Step::Dir(_) | Step::LeftOut(_) | Step::Unsafe(_) => {}
        }
    }
    Ok(survey)
}

impl Survey {
    /// The permissions that the archive tells of a directory.
    pub(super) fn mode(&self, parts: &[&[u8]]) -> Option<u32> {
        match self.made.get(&parts.join(&b'/')) {
            Some(Made::Dir(mode)) => *mode,
            _ => None,
        }
    }

    /// Notes the directories above a member and has new ones judged; gives the member's own path.
    fn above(&mut self, gate: &Gate, target: &str, parts: &[&[u8]]) -> Result<String> {
        let mut path = target.to_owned();
        for (depth, part) in parts.iter().enumerate() {
            if let Some(above) = parts.get(..depth).filter(|above| !above.is_empty()) {
                if !self.made.contains_key(&above.join(&b'/')) {
                    let _create = gate.authorize::<Create, _>(&DirPath::real(path.clone()))?;
                }
                self.mark(above, Made::Dir(None))?;
            }
            path = join(&path, &String::from_utf8_lossy(part));
        }
        Ok(path)
    }

    /// # Errors
    /// `ValidationError` when the name is that of a file and of a directory.
    fn mark(&mut self, parts: &[&[u8]], made: Made) -> Result<()> {
        let key = parts.join(&b'/');
        let made = match (self.made.get(&key), made) {
            (None, made) | (Some(Made::File), made @ Made::File) => made,
            (Some(Made::Dir(before)), Made::Dir(mode)) => Made::Dir(mode.or(*before)),
            _ => {
                let text = format!("the archive holds a file and a directory of the same name: {}", shown(&key));
                return Err(Error::ValidationError(text));
            }
        };
        self.made.insert(key, made);
        Ok(())
    }
}
