//! Finding entries in a tree by name, size and time.

use super::DirHandle;
use crate::find::glob;
use crate::pattern::regex;
use crate::sys::{self, Behind, Dir, EntryType, Identity, Listed, Metadata};
use crate::walk::{MAX_DEPTH, Skipped, Step, walk};
use crate::{DirEntry, Error, Result};
use globset::GlobMatcher;
use regex::Regex;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Stat};
use std::collections::HashSet;
use std::rc::Rc;

/// What to find. Everything that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct FindOptions {
    /// A glob for the whole name.
    pub name: Option<String>,
    /// The same, whatever the case of letters.
    pub iname: Option<String>,
    /// Take those whose name does not match `name` or `iname`.
    pub negate_name: bool,
    /// A regular expression that matches somewhere in the path.
    pub regex: Option<String>,
    /// The least size in bytes.
    pub min_size: Option<u64>,
    /// The greatest size in bytes.
    pub max_size: Option<u64>,
    /// The least depth; what is in the directory itself has depth 1.
    pub min_depth: usize,
    /// The greatest depth.
    pub max_depth: Option<usize>,
    /// The earliest and the latest time of the last change of content or metadata, in seconds since 1970.
    pub changed: (Option<i64>, Option<i64>),
    /// The earliest and the latest time of the last change of content, in seconds since 1970.
    pub modified: (Option<i64>, Option<i64>),
    /// Follow links: they are found as what they lead to, and everything is found once.
    pub follow: bool,
}

impl FindOptions {
    /// Checks whether the options make sense together.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn check(&self) -> Result<()> {
        let names = [&self.name, &self.iname, &self.regex].into_iter().flatten().count();
        if names > 1 {
            let rule = "Only one of 'name', 'iname', or 'regex' can be specified";
            return Err(Error::ValidationError(rule.to_owned()));
        }
        if self.negate_name && self.name.is_none() && self.iname.is_none() {
            let rule = "negate_name can only be used with 'name' or 'iname' patterns";
            return Err(Error::ValidationError(rule.to_owned()));
        }
        Ok(())
    }

    fn reads_metadata(&self) -> bool {
        self.follow || [self.min_size, self.max_size].iter().any(Option::is_some) || self.limits_time()
    }

    fn limits_time(&self) -> bool {
        let ((a, b), (c, d)) = (self.changed, self.modified);
        [a, b, c, d].iter().any(Option::is_some)
    }

    fn admits(&self, metadata: &Metadata) -> bool {
        let within = |time: i64, (from, to): (Option<i64>, Option<i64>)| {
            from.is_none_or(|from| time >= from) && to.is_none_or(|to| time <= to)
        };
        self.min_size.is_none_or(|least| metadata.size() >= least)
            && self.max_size.is_none_or(|most| metadata.size() <= most)
            && within(metadata.changed().seconds, self.changed)
            && within(metadata.modified().seconds, self.modified)
    }
}

/// The compiled pattern.
enum Pattern {
    Any,
    Name { glob: GlobMatcher, negate: bool },
    Path(Regex),
}

impl Pattern {
    fn of(options: &FindOptions) -> Result<Self> {
        let FindOptions { name, iname, regex: path, negate_name: negate, .. } = options;
        Ok(match (name, iname, path) {
            (Some(name), ..) => Self::Name { glob: glob(name, false)?, negate: *negate },
            (_, Some(name), _) => Self::Name { glob: glob(name, true)?, negate: *negate },
            (.., Some(path)) => Self::Path(regex(path)?),
            _ => Self::Any,
        })
    }

    fn matches(&self, dir: &Rc<Dir>, listed: &Listed) -> bool {
        match self {
            Self::Any => true,
            Self::Name { glob, negate } => glob.is_match(&listed.name) != *negate,
            Self::Path(regex) => regex.is_match(dir.entry(&listed.name).path()),
        }
    }
}

impl DirHandle {
    /// Calls `visit` for each entry below the directory that the options admit, a directory before what is in it. What could not be
    /// read, in whole or to see whether it is admitted, is noted in `skipped`.
    ///
    /// # Policy
    /// Asks `read` on the directory, `open` and `read` on each directory below; with a limit of size or time, or where links are followed,
    /// `stat` on each entry that the name admits; and of a link that is followed `open` on it and on what it leads to.
    ///
    /// # Errors
    /// `ValidationError` for options that make no sense and patterns that do not compile; what fails for the directory itself; what `visit`
    /// fails with.
    pub fn find<E: From<Error>>(
        &self,
        gate: &Gate,
        options: &FindOptions,
        skipped: &mut Vec<Skipped>,
        visit: &mut dyn FnMut(DirEntry) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        options.check()?;
        let pattern = Pattern::of(options)?;
        let mut seen = HashSet::new();
        if options.follow {
            seen.insert(self.0.identity().map_err(Error::from)?);
        }
        let most = options.max_depth.unwrap_or(usize::MAX).min(MAX_DEPTH);
        walk(gate, &self.0, skipped, &mut |dir, listed, depth, skipped| {
            if depth > most {
                return Ok(Step::Over);
            }
            let down = listed.entry_type == EntryType::Dir && depth < most;
            let wanted = depth >= options.min_depth && pattern.matches(dir, listed);
            if !wanted && !options.follow {
                return Ok(if down { Step::Into } else { Step::Over });
            }
            let looked = match look(gate, dir, listed, options, &mut seen) {
                Ok(Some(looked)) => looked,
                Ok(None) => return Ok(Step::Over),
                Err(Error::Stopped(stopped)) => return Err(Error::from(stopped).into()),
                Err(error) => {
                    let path = dir.entry(&listed.name).path().to_owned();
                    skipped.push(Skipped { path, reason: error.to_string() });
                    return Ok(if down { Step::Into } else { Step::Over });
                }
            };
            let admitted = looked.metadata.as_ref().is_none_or(|metadata| options.admits(metadata));
            if wanted && admitted {
                visit(looked.entry)?;
            }
            Ok(if depth < most { looked.step } else { Step::Over })
        })
    }
}

struct Looked {
    entry: DirEntry,
    metadata: Option<Metadata>,
    step: Step,
}

/// Looks at an entry as far as the options need it. Nothing for one that was found already.
fn look(
    gate: &Gate,
    dir: &Rc<Dir>,
    listed: &Listed,
    options: &FindOptions,
    seen: &mut HashSet<Identity>,
) -> Result<Option<Looked>> {
    let is_dir = listed.entry_type == EntryType::Dir;
    let step = if is_dir { Step::Into } else { Step::Over };
    let entry = DirEntry::of(dir, listed);
    if !options.reads_metadata() {
        return Ok(Some(Looked { entry, metadata: None, step }));
    }
    if options.follow && listed.entry_type == EntryType::Symlink {
        return through(gate, &entry, seen);
    }
    let metadata = if is_dir {
        sys::stat_subdir(gate.authorize::<Stat, _>(&dir.subdir(&listed.name))?)?
    } else {
        sys::stat(gate.authorize::<Stat, _>(entry.place())?)?
    };
    if options.follow && !seen.insert(metadata.identity()) {
        return Ok(None);
    }
    Ok(Some(Looked { entry, metadata: Some(metadata), step }))
}

/// Looks at what a link leads to.
fn through(gate: &Gate, entry: &DirEntry, seen: &mut HashSet<Identity>) -> Result<Option<Looked>> {
    let place = entry.place();
    let (metadata, step) = match sys::behind(gate.authorize::<Open, _>(place)?)? {
        Behind::Dir(held) => {
            let dir = Rc::new(gate.release::<Open, _>(held)?);
            (sys::stat_dir(gate.authorize::<Stat, _>(&*dir)?)?, Step::Through(dir))
        }
        Behind::There(held) => {
            let object = gate.release::<Open, _>(held)?;
            (sys::stat_object(gate.authorize::<Stat, _>(&object)?)?, Step::Over)
        }
        Behind::Nowhere(held, error) => {
            gate.release::<Open, _>(held)?;
            return Err(error);
        }
    };
    if !seen.insert(metadata.identity()) {
        return Ok(None);
    }
    let entry = DirEntry::followed(place.clone(), metadata.entry_type(), metadata.inode());
    Ok(Some(Looked { entry, metadata: Some(metadata), step }))
}
