//! Finding names.

use crate::open::open_dir;
use crate::path::DirPath;
use crate::sys::Follow;
use crate::walk::{Skipped, walk};
use crate::{Error, Result};
use globset::GlobBuilder;
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
    let glob = GlobBuilder::new(pattern).build();
    let glob = glob
        .map_err(|error| Error::ValidationError(format!("Invalid glob pattern: - {}", error.kind())))?
        .compile_matcher();
    let mut found = Found::default();
    let Found { names, skipped } = &mut found;
    walk(gate, &dir, recursive, skipped, &mut |_, listed| {
        if glob.is_match(&listed.name) {
            names.push(listed.name.to_string_lossy().into_owned());
        }
        Ok(())
    })?;
    Ok(found)
}
