//! Adding up what a tree occupies.

use crate::open::open_dir;
use crate::path::DirPath;
use crate::sys::{self, Dir, EntryType, Follow, Identity, Listed, Metadata};
use crate::walk::{Skipped, enter, stat_all};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read, Stat};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

/// Looked at between two looks at the deadline.
const BLOCK: usize = 4096;

/// What to list and how to count.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that scripts set by its name")]
pub struct UsageOptions {
    /// List the directory itself alone.
    pub summarize: bool,
    /// List files too.
    pub all_files: bool,
    /// Count the length of files, not what they occupy on the disk.
    pub apparent_size: bool,
    /// List nothing deeper; the directory itself is at depth 0.
    pub max_depth: usize,
    /// Leave out what lies on other file systems.
    pub one_file_system: bool,
    /// Count a file with several names for each of them.
    pub count_hard_links: bool,
}

impl Default for UsageOptions {
    fn default() -> Self {
        Self {
            summarize: false,
            all_files: false,
            apparent_size: false,
            max_depth: usize::MAX,
            one_file_system: false,
            count_hard_links: false,
        }
    }
}

impl UsageOptions {
    /// Checks whether the options make sense together.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn check(&self) -> Result<()> {
        if self.summarize && self.all_files {
            return Err(Error::ValidationError("cannot both summarize and show all entries".to_owned()));
        }
        Ok(())
    }

    pub(crate) fn size(&self, metadata: &Metadata) -> u64 {
        if self.apparent_size { metadata.size() } else { metadata.allocated() }
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
    /// Whether it is a directory.
    pub is_dir: bool,
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
    options.check()?;
    usage_of(gate, &open_dir(gate, &DirPath::parse(path)?, Follow::Links)?, options)
}

/// As [`usage`], of an open directory.
pub(crate) fn usage_of(gate: &Gate, dir: &Rc<Dir>, options: UsageOptions) -> Result<Usage> {
    options.check()?;
    let own = sys::stat_dir(gate.authorize::<Stat, _>(&**dir)?)?;
    let listed = sys::list(gate.authorize::<Read, _>(&**dir)?)?;
    let mut adding = Adding { gate, options, device: own.device(), seen: HashSet::new(), usage: Usage::default() };
    let total = adding.directory(dir, listed, &own, 0)?;
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
    /// The file system of the first directory.
    device: u64,
    /// Files with several names that were counted.
    seen: HashSet<Identity>,
    usage: Usage,
}

impl Adding<'_> {
    fn directory(&mut self, dir: &Rc<Dir>, listed: Vec<Listed>, own: &Metadata, depth: usize) -> Result<Sum> {
        let mut sum = Sum { bytes: self.options.size(own), count: 1 };
        let mut add = |added: Sum| {
            sum.bytes = sum.bytes.saturating_add(added.bytes);
            sum.count += added.count;
        };
        let (below, files): (Vec<Listed>, Vec<Listed>) =
            listed.into_iter().partition(|listed| listed.entry_type == EntryType::Dir);
        let mut files = files.into_iter();
        loop {
            let block: Arc<Vec<Listed>> = Arc::new(files.by_ref().take(BLOCK).collect());
            if block.is_empty() {
                break;
            }
            for (listed, found) in block.iter().zip(stat_all(self.gate, dir, &block)?) {
                match found {
                    Ok(metadata) => add(self.file(dir, listed, &metadata, depth + 1)),
                    Err(error) => self.skip(dir, listed, &error),
                }
            }
        }
        for listed in &below {
            match self.below(dir, listed, depth + 1) {
                Ok(added) => add(added),
                Err(Error::Stopped(stopped)) => return Err(stopped.into()),
                Err(error) => self.skip(dir, listed, &error),
            }
        }
        let shown = if self.options.summarize { depth == 0 } else { depth <= self.options.max_depth };
        if shown {
            self.list(dir.path().to_owned(), sum, true);
        }
        Ok(sum)
    }

    fn below(&mut self, dir: &Rc<Dir>, listed: &Listed, depth: usize) -> Result<Sum> {
        let place = dir.subdir(&listed.name);
        let gate = self.gate;
        if self.options.one_file_system {
            let there = sys::stat_subdir(gate.authorize::<Stat, _>(&place)?)?;
            if there.device() != self.device {
                return Ok(Sum::default());
            }
        }
        let (child, below) = enter(gate, depth, || sys::subdir(gate.authorize::<Open, _>(&place)?))?;
        let own = sys::stat_dir(gate.authorize::<Stat, _>(&*child)?)?;
        self.directory(&child, below, &own, depth)
    }

    fn file(&mut self, dir: &Rc<Dir>, listed: &Listed, metadata: &Metadata, depth: usize) -> Sum {
        if self.options.one_file_system && metadata.device() != self.device {
            return Sum::default();
        }
        let sum = Sum { bytes: self.options.size(metadata), count: 1 };
        if self.options.all_files && depth <= self.options.max_depth {
            self.list(dir.entry(&listed.name).path().to_owned(), sum, false);
        }
        let is_first = self.options.count_hard_links || metadata.links() < 2 || self.seen.insert(metadata.identity());
        if metadata.entry_type() == EntryType::File && is_first { sum } else { Sum::default() }
    }

    fn skip(&mut self, dir: &Rc<Dir>, listed: &Listed, error: &Error) {
        let path = dir.entry(&listed.name).path().to_owned();
        self.usage.skipped.push(Skipped { path, reason: error.to_string() });
    }

    fn list(&mut self, path: String, sum: Sum, is_dir: bool) {
        self.usage.entries.push(UsageEntry { path, size_bytes: sum.bytes, inode_count: sum.count, is_dir });
    }
}
