//! Finding names.

use crate::open::open_dir;
use crate::path::DirPath;
use crate::sys::{EntryType, Follow};
use crate::walk::{Skipped, Step, walk};
use crate::{Error, Result};
use globset::{GlobBuilder, GlobMatcher};
use rex_cedar_auth::Gate;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The names that match, without their directories.
    pub names: Vec<String>,
    /// Directories that could not be entered.
    pub skipped: Vec<Skipped>,
}

/// The names in the directory at `path`, and with `recursive` in all below it, that match the glob `pattern` as a whole: `*`, `?`,
/// `[...]`; a leading dot is nothing special.
///
/// # Policy
/// Asks `open` and `read` on the directory, and on each below it.
///
/// # Errors
/// `ValidationError` for a bad pattern; what fails for the directory itself. Those below that fail are in [`Found::skipped`].
pub fn find(gate: &Gate, pattern: &str, path: &str, recursive: bool) -> Result<Found> {
    let path = DirPath::parse(path)?;
    let dir = open_dir(gate, &path, Follow::Links)?;
    let glob = glob(pattern, false)?;
    let mut found = Found::default();
    let Found { names, skipped } = &mut found;
    walk::<Error>(gate, &dir, skipped, &mut |_, listed, _, _| {
        if glob.is_match(&listed.name) {
            names.push(listed.name.to_string_lossy().into_owned());
        }
        let down = recursive && listed.entry_type == EntryType::Dir;
        Ok(if down { Step::Into } else { Step::Over })
    })?;
    Ok(found)
}

/// Compiles a glob for whole names.
///
/// # Errors
/// `ValidationError`.
pub(crate) fn glob(pattern: &str, ignore_case: bool) -> Result<GlobMatcher> {
    let glob = GlobBuilder::new(pattern).case_insensitive(ignore_case).build();
    let glob = glob.map_err(|error| Error::ValidationError(format!("Invalid glob pattern: - {}", error.kind())))?;
    Ok(glob.compile_matcher())
}
