//! Replacing text in a file.

use crate::open::open_file;
use crate::path::Role;
use crate::pattern::regex;
use crate::read::ReadAs;
use crate::sys::{self, Follow};
use crate::{Redaction, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Read, Write};

/// How to replace.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReplaceOptions {
    /// The pattern is a regular expression, and the replacement may name its groups (`$1`, `${name}`).
    pub regex: bool,
    /// Every occurrence, not the first alone.
    pub all: bool,
    /// Write the new text into the file.
    pub in_place: bool,
}

/// Replaces `pattern` in the text of the file at `path` and gives the new text; with `in_place` the file has it too, in one step.
///
/// # Policy
/// As [`crate::read()`]; with `in_place` `read` on the file without the way out of `redacted_read`, and `write` on it.
///
/// # Errors
/// `ValidationError` for a pattern that does not compile; `FileError` when the file was replaced meanwhile; as for reading and writing.
pub fn replace(
    gate: &Gate,
    redaction: &Redaction,
    pattern: &str,
    replacement: &str,
    path: &str,
    options: ReplaceOptions,
) -> Result<String> {
    let object = open_file(gate, path, Role::File, Follow::Links)?;
    if !options.in_place {
        let text = ReadAs::ask(gate, &object)?.text(gate, redaction)?;
        return replace_text(&text.content, pattern, replacement, options);
    }
    // Redacted text must never be written over what it hides.
    let read = gate.authorize::<Read, _>(&object)?;
    let write = gate.authorize::<Write, _>(&object)?;
    let text = crate::read::text(gate, &mut sys::read(read)?)?;
    let replaced = replace_text(&text, pattern, replacement, options)?;
    if replaced != text {
        let put = sys::put_over(write, gate, |writer| writer.write(replaced.as_bytes()));
        put.map_err(|error| error.about(object.path()))?;
    }
    Ok(replaced)
}

/// Replaces `pattern` in `text`.
///
/// # Errors
/// `ValidationError` for a pattern that does not compile.
pub fn replace_text(text: &str, pattern: &str, replacement: &str, options: ReplaceOptions) -> Result<String> {
    Ok(match (options.regex, options.all) {
        (false, false) => text.replacen(pattern, replacement, 1),
        (false, true) => text.replace(pattern, replacement),
        (true, false) => regex(pattern)?.replace(text, replacement).into_owned(),
        (true, true) => regex(pattern)?.replace_all(text, replacement).into_owned(),
    })
}
