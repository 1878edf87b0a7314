//! The binary form of key revocation lists.

use super::Revocations;
use crate::wire::Reader;
use crate::{Certificate, Error};
use std::collections::HashSet;

pub(super) const MAGIC: &[u8] = b"SSHKRL\n\0";
const VERSION: u32 = 1;

/// Certificates of one authority, or of all.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    authority: Option<Vec<u8>>,
    serials: Vec<(u64, u64)>,
    bitmaps: Vec<(u64, Vec<u8>)>,
    ids: HashSet<Vec<u8>>,
}

impl Certificates {
    pub(super) fn holds(&self, certificate: &Certificate) -> bool {
        let serial = certificate.serial();
        let set = |(offset, bits): &(u64, Vec<u8>)| {
            let at = serial.checked_sub(*offset).and_then(|at| usize::try_from(at).ok());
            at.is_some_and(|at| bits.iter().rev().nth(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1))
        };
        self.authority.as_ref().is_none_or(|authority| authority == certificate.authority().blob())
            && (self.ids.contains(certificate.id())
                || self.serials.iter().any(|(from, to)| (*from..=*to).contains(&serial))
                || self.bitmaps.iter().any(set))
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Revocations, Error> {
    let mut reader = Reader::new(bytes, "key revocation list");
    reader.bytes(MAGIC.len())?;
    if reader.u32()? != VERSION {
        return Err(reader.malformed("it has another version than 1"));
    }
    // Its number, the moment it was made, flags, a reserved field and a comment.
    reader.bytes(3 * 8)?;
    reader.string()?;
    reader.string()?;
    let mut revoked = Revocations::default();
    while !reader.is_empty() {
        let kind = reader.u8()?;
        let mut section = reader.inner()?;
        match kind {
            1 => revoked.certificates.push(certificates(&mut section)?),
            2 => strings(section, &mut revoked.keys, None)?,
            3 => strings(section, &mut revoked.sha1, Some(20))?,
            5 => strings(section, &mut revoked.sha256, Some(32))?,
            4 => return Err(reader.malformed("it is signed, and nobody is known who may sign it")),
            255 => extension(&mut section)?,
            other => return Err(reader.malformed(&format!("it has a section of the kind {other}, which is not known"))),
        }
    }
    Ok(revoked)
}

fn strings(mut section: Reader<'_>, into: &mut HashSet<Vec<u8>>, length: Option<usize>) -> Result<(), Error> {
    while !section.is_empty() {
        let string = section.string()?;
        if string.is_empty() || length.is_some_and(|length| length != string.len()) {
            return Err(section.malformed("an entry of it has the wrong length"));
        }
        into.insert(string.to_vec());
    }
    Ok(())
}

fn certificates(section: &mut Reader<'_>) -> Result<Certificates, Error> {
    let authority = section.string()?;
    section.string()?;
    let mut found = Certificates {
        authority: Some(authority.to_vec()).filter(|authority| !authority.is_empty()),
        ..Certificates::default()
    };
    while !section.is_empty() {
        let kind = section.u8()?;
        let mut part = section.inner()?;
        match kind {
            0x20 => {
                while !part.is_empty() {
                    let serial = part.u64()?;
                    found.serials.push((serial, serial));
                }
            }
            0x21 => {
                let (from, to) = (part.u64()?, part.u64()?);
                if from > to {
                    return Err(part.malformed("a range of it ends before it begins"));
                }
                found.serials.push((from, to));
                part.end()?;
            }
            0x22 => {
                found.bitmaps.push((part.u64()?, part.mpint()?.to_vec()));
                part.end()?;
            }
            0x23 => strings(part, &mut found.ids, None)?,
            0x39 => extension(&mut part)?,
            other => {
                return Err(
                    section.malformed(&format!("it revokes certificates by the kind {other:#x}, which is not known"))
                );
            }
        }
    }
    Ok(found)
}

/// Passes over an extension that may be passed over.
fn extension(part: &mut Reader<'_>) -> Result<(), Error> {
    let name = part.text()?;
    let critical = part.u8()? != 0;
    part.string()?;
    part.end()?;
    if critical {
        Err(part.malformed(&format!("it has the critical extension `{name}`, which is not known")))
    } else {
        Ok(())
    }
}
