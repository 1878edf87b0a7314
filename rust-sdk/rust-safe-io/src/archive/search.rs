//! Searching the files in an archive.

use super::header::MemberType;
use super::members::Members;
use crate::gzip::open_packed;
use crate::search::{Lines, MOST_HELD};
use crate::{Error, FileHandle, Result};
use rex_cedar_auth::Gate;
use std::io::BufReader;

/// Read at once.
const CHUNK: usize = 64 * 1024;

/// A line that was found in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveHit {
    /// The name of the member, invalid UTF-8 replaced.
    pub name: String,
    /// The number of the line in it, from 1.
    pub line_number: u64,
    /// Its text, without its end, invalid UTF-8 replaced.
    pub line: String,
}

/// The lines of the files in a tar archive, plain or packed with gzip, in which `pattern` (syntax of the `regex` crate) matches
/// somewhere. Nothing is unpacked onto the disk.
///
/// # Policy
/// Asks `read` on the archive.
///
/// # Errors
/// As [`crate::list_archive`]; `ValidationError` for a pattern that does not compile; `FileContentTooLargeError` for a line of more than
/// 64 MiB or a result of more than 1 GiB.
pub fn search_archive(gate: &Gate, archive: &FileHandle, pattern: &str) -> Result<Vec<ArchiveHit>> {
    let reader = open_packed(gate, archive)?;
    let lines = Lines::matching(pattern, false)?;
    let mut members = Members::of(gate, reader)?;
    let (mut found, mut held) = (Vec::new(), 0);
    while let Some(member) = members.next()? {
        if member.kind != MemberType::File {
            continue;
        }
        let name = String::from_utf8_lossy(&member.name).into_owned();
        lines.each(gate, BufReader::with_capacity(CHUNK, &mut members), false, |line_number, line| {
            let hit = ArchiveHit { name: name.clone(), line_number, line: String::from_utf8_lossy(line).into_owned() };
            held += hit.name.len() + hit.line.len();
            found.push(hit);
            if held > MOST_HELD {
                let text = format!("what was found holds more than {MOST_HELD} bytes");
                return Err(Error::FileContentTooLargeError(text));
            }
            Ok(true)
        })?;
    }
    Ok(found)
}
