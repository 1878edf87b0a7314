//! Looking at what is in an archive.

use super::header::MemberType;
use super::members::Members;
use crate::gzip::open_packed;
use crate::{FileHandle, Result};
use rex_cedar_auth::Gate;

/// What an archive tells of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveMember {
    /// Its name as it stands there, invalid UTF-8 replaced. It may lead anywhere.
    pub name: String,
    /// What it is.
    pub member_type: MemberType,
    /// The length of its content in bytes.
    pub size: u64,
    /// Its permissions, with the set-user-id, set-group-id and sticky bits.
    pub mode: u32,
    /// When it was changed, in seconds since 1970.
    pub modified: i64,
}

/// The members of a tar archive, plain or packed with gzip, in their order. Nothing is unpacked.
///
/// # Policy
/// Asks `read` on the archive.
///
/// # Errors
/// `InvalidFileMode` when it was not opened for reading; `FileReadError` for what is no archive, is damaged or incomplete;
/// `FileContentTooLargeError` beyond a million members or a thousand times its own length.
pub fn list_archive(gate: &Gate, archive: &FileHandle) -> Result<Vec<ArchiveMember>> {
    let mut members = Members::of(gate, open_packed(gate, archive)?)?;
    let mut listed = Vec::new();
    while let Some(member) = members.next()? {
        listed.push(ArchiveMember {
            name: String::from_utf8_lossy(&member.name).into_owned(),
            member_type: member.kind,
            size: member.size,
            mode: member.mode,
            modified: member.modified,
        });
    }
    Ok(listed)
}
