//! What directories and files that a script holds open occupy.

use super::{DirHandle, DirOptions, FileHandle};
use crate::sys;
use crate::usage::usage_of;
use crate::{Result, Usage, UsageEntry, UsageOptions};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Stat;

impl DirHandle {
    /// Adds up what the directory and all below it occupy, as [`crate::usage()`].
    ///
    /// # Policy
    /// Asks `stat` and `read` on the directory, `open`, `stat` and `read` on each below it, `stat` on each file.
    ///
    /// # Errors
    /// As [`crate::usage()`].
    pub fn disk_usage(&self, gate: &Gate, options: UsageOptions) -> Result<Usage> {
        usage_of(gate, &self.0, options)
    }

    /// Opens the largest directory that `usage` of this one lists below it; nothing where it lists none.
    ///
    /// # Policy
    /// Asks `open` on that directory.
    ///
    /// # Errors
    /// As [`DirHandle::open`].
    pub fn largest(&self, gate: &Gate, usage: &Usage) -> Result<Option<Self>> {
        let below = usage.entries.iter().filter(|entry| entry.is_dir && entry.path != self.path());
        let Some(largest) = below.max_by_key(|entry| entry.size_bytes) else { return Ok(None) };
        Self::open(gate, &largest.path, DirOptions::default()).map(Some)
    }
}

impl FileHandle {
    /// What the file occupies. Of the options only `apparent_size` counts.
    ///
    /// # Policy
    /// Asks `stat` on the file.
    pub fn disk_usage(&self, gate: &Gate, options: UsageOptions) -> Result<UsageEntry> {
        let metadata = sys::stat_object(gate.authorize::<Stat, _>(self.object())?)?;
        let path = self.path().to_owned();
        Ok(UsageEntry { path, size_bytes: options.size(&metadata), inode_count: 1, is_dir: false })
    }
}
