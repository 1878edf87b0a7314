//! Adding up what a tree occupies.

use crate::open::open_dir;
use crate::path::DirPath;
use crate::sys::{self, Dir, EntryType, Follow, Identity, Listed, Metadata};
use crate::walk::{Skipped, enter};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read, Stat};
use std::collections::HashSet;
use std::rc::Rc;

/// What to list and how to count.
#[derive(Debug, Clone, Copy)]
pub struct UsageOptions {
    /// List the directory itself alone.
    pub summarize: bool,
    /// List files too.
    pub all_files: bool,
    /// Count the length of files, not what they occupy on the disk.
    pub apparent_size: bool,
    /// List nothing deeper; the directory itself is at depth 0.
    pub max_depth: usize,
}

impl Default for UsageOptions {
    fn default() -> Self {
        Self { summarize: false, all_files: false, apparent_size: false, max_depth: usize::MAX }
    }
}

/// What one file or directory with all below it occupies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageEntry {
    /// Its path.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// How many files and directories, itself among them.
    pub inode_count: u64,
}

/// What a tree occupies.
#[derive(Debug, Default)]
pub struct Usage {
    /// What was to be listed; a directory after what is in it, the first directory last.
    pub entries: Vec<UsageEntry>,
    /// Everything together: the same as the last entry.
    pub total_size_bytes: u64,
    /// How many files and directories together.
    pub total_inode_count: u64,
    /// What could not be counted.
    pub skipped: Vec<Skipped>,
}

/// Adds up what the directory at `path` and all below it occupy. Files and directories count, a file with several names once; links are
/// not followed.
///
/// # Policy
/// Asks `open`, `stat` and `read` on the directory and on each below it, `stat` on each file.
///
/// # Errors
/// `ValidationError` for `summarize` together with `all_files`; what fails for the directory itself. What fails below is in
/// [`Usage::skipped`].
pub fn usage(gate: &Gate, path: &str, options: UsageOptions) -> Result<Usage> {
    if options.summarize && options.all_files {
        return Err(Error::ValidationError("cannot both summarize and show all entries".to_owned()));
    }
    let dir = open_dir(gate, &DirPath::parse(path)?, Follow::Links)?;
    let own = sys::stat_dir(gate.authorize::<Stat, _>(&*dir)?)?;
    let listed = sys::list(gate.authorize::<Read, _>(&*dir)?)?;
    let mut adding = Adding { gate, options, seen: HashSet::new(), usage: Usage::default() };
    let total = adding.directory(&dir, listed, &own, 0)?;
    let mut usage = adding.usage;
    (usage.total_size_bytes, usage.total_inode_count) = (total.bytes, total.count);
    Ok(usage)
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    bytes: u64,
    count: u64,
}

struct Adding<'g> {
    gate: &'g Gate,
    options: UsageOptions,
    /// Files with several names that were counted.
    seen: HashSet<Identity>,
    usage: Usage,
}

impl Adding<'_> {
    fn directory(&mut self, dir: &Rc<Dir>, listed: Vec<Listed>, own: &Metadata, depth: usize) -> Result<Sum> {
        let mut sum = Sum { bytes: self.size(own), count: 1 };
        for (number, listed) in listed.into_iter().enumerate() {
            if number % 256 == 0 {
                self.gate.proceed()?;
            }
            let added = match listed.entry_type {
                EntryType::Dir => self.below(dir, &listed, depth + 1),
                _ => self.file(dir, &listed, depth + 1),
            };
            match added {
                Ok(added) => {
                    sum.bytes = sum.bytes.saturating_add(added.bytes);
                    sum.count += added.count;
                }
                Err(Error::Stopped(stopped)) => return Err(stopped.into()),
                Err(error) => {
                    let path = dir.entry(&listed.name).path().to_owned();
                    self.usage.skipped.push(Skipped { path, reason: error.to_string() });
                }
            }
        }
        let shown = if self.options.summarize { depth == 0 } else { depth <= self.options.max_depth };
        if shown {
            self.list(dir.path(), sum);
        }
        Ok(sum)
    }

    fn below(&mut self, dir: &Rc<Dir>, listed: &Listed, depth: usize) -> Result<Sum> {
        let place = dir.subdir(&listed.name);
        let gate = self.gate;
        let (child, below) = enter(gate, depth, || sys::subdir(gate.authorize::<Open, _>(&place)?))?;
        let own = sys::stat_dir(gate.authorize::<Stat, _>(&*child)?)?;
        self.directory(&child, below, &own, depth)
    }

    fn file(&mut self, dir: &Rc<Dir>, listed: &Listed, depth: usize) -> Result<Sum> {
        let place = dir.entry(&listed.name);
        let metadata = sys::stat(self.gate.authorize::<Stat, _>(&place)?)?;
        let sum = Sum { bytes: self.size(&metadata), count: 1 };
        let listed = self.options.all_files && depth <= self.options.max_depth;
        if listed {
            self.list(place.path(), sum);
        }
        let counts =
            metadata.entry_type() == EntryType::File && (metadata.links() < 2 || self.seen.insert(metadata.identity()));
        Ok(if counts { sum } else { Sum::default() })
    }

    fn size(&self, metadata: &Metadata) -> u64 {
        if self.options.apparent_size { metadata.size() } else { metadata.allocated() }
    }

    fn list(&mut self, path: &str, sum: Sum) {
        self.usage.entries.push(UsageEntry { path: path.to_owned(), size_bytes: sum.bytes, inode_count: sum.count });
    }
}
