//! The header of a member of a tar archive (tar(5), pax(1)): what it says, and what the headers before it say of it.

use std::fmt;
use tar::Header;

/// The length of a header, and what contents are filled up to.
pub(super) const BLOCK: usize = 512;

/// What a member of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberType {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// Another name of a member before it.
    HardLink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A FIFO.
    Fifo,
    /// A file without its holes.
    Sparse,
    /// Anything else.
    Unknown,
}

impl MemberType {
    /// Whether no content follows the header, whatever length it tells.
    pub(super) fn is_bare(self) -> bool {
        !matches!(self, Self::File | Self::Sparse | Self::Unknown)
    }
}

impl fmt::Display for MemberType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What is known of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name as it stands there: nothing may be done with it before it was checked.
    pub(super) name: Vec<u8>,
    pub(super) kind: MemberType,
    /// The length of its content in bytes.
    pub(super) size: u64,
    /// Permissions and the bits beside them, `0o7777`.
    pub(super) mode: u32,
    /// When it was changed, in seconds since 1970.
    pub(super) modified: i64,
    pub(super) user: Account,
    pub(super) group: Account,
}

/// An owner or group: a name where one is told, and a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) number: Option<u32>,
}

/// What headers say of the member after them.
#[derive(Debug, Default)]
pub(super) struct Notes {
    long_name: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<i64>,
    user: Account,
    group: Account,
    sparse: bool,
}

/// What a header's content is.
pub(super) enum Kind {
    /// A member's.
    Member,
    /// The name of the next member, as GNU tar writes it.
    LongName,
    /// The target of the next link, as GNU tar writes it.
    LongLink,
    /// Records on the next member.
    Records,
    /// Records on all members to come.
    GlobalRecords,
}

/// Whether the checksum in a header is its own.
pub(super) fn is_sound(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let (before, rest) = bytes.split_at(148);
    let (_, after) = rest.split_at(8);
    let sum = before.iter().chain(after).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * u32::from(b' ');
    header.cksum().is_ok_and(|told| told == sum)
}

/// What follows a header.
pub(super) fn kind(header: &Header) -> Kind {
    match header.entry_type() {
        tar::EntryType::GNULongName => Kind::LongName,
        tar::EntryType::GNULongLink => Kind::LongLink,
        tar::EntryType::XHeader => Kind::Records,
        tar::EntryType::XGlobalHeader => Kind::GlobalRecords,
        _ => Kind::Member,
    }
}

impl Notes {
    pub(super) fn is_empty(&self) -> bool {
        self.long_name.is_none() && self.path.is_none() && self.size.is_none() && self.modified.is_none()
    }

    /// Takes the content of a [`Kind::LongName`] header: a text that NUL ends.
    pub(super) fn take_name(&mut self, content: &[u8]) {
        self.long_name = Some(content.split(|byte| *byte == 0).next().unwrap_or_default().to_vec());
    }

    /// Takes the content of a [`Kind::Records`] header. Nothing where it is malformed.
    pub(super) fn take_records(&mut self, content: &[u8]) -> Option<()> {
        for record in Records(content) {
            let (key, value) = record?;
            match key {
                b"path" => self.path = Some(value.to_vec()),
                b"size" => self.size = Some(number(value)?),
                b"mtime" => self.modified = Some(seconds(value)?),
                b"uid" => self.user.number = number(value)?.try_into().ok(),
                b"gid" => self.group.number = number(value)?.try_into().ok(),
                b"uname" => self.user.name = String::from_utf8_lossy(value).into_owned(),
                b"gname" => self.group.name = String::from_utf8_lossy(value).into_owned(),
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
        Some(())
    }

    /// Whether the content of a [`Kind::GlobalRecords`] header leaves members what they are: programs differ in whether they heed it.
    pub(super) fn is_harmless(content: &[u8]) -> bool {
        Records(content).all(|record| {
            record.is_some_and(|(key, _)| {
                !matches!(key, b"path" | b"size" | b"linkpath") && !key.starts_with(b"GNU.sparse.")
            })
        })
    }

    /// The member that `header` and these notes tell of. Nothing where a number in it is none, or a bare one has content: programs
    /// differ in where the next member begins then.
    pub(super) fn member(self, header: &Header) -> Option<Member> {
        let name = self.path.or(self.long_name).unwrap_or_else(|| header.path_bytes().into_owned());
        let kind = match header.entry_type() {
            _ if self.sparse => MemberType::Sparse,
            // Before there was a type for directories, a slash at the end meant one.
            tar::EntryType::Regular if name.ends_with(b"/") => MemberType::Dir,
            tar::EntryType::Regular | tar::EntryType::Continuous => MemberType::File,
            tar::EntryType::Directory => MemberType::Dir,
            tar::EntryType::Symlink => MemberType::Symlink,
            tar::EntryType::Link => MemberType::HardLink,
            tar::EntryType::Char => MemberType::CharDevice,
            tar::EntryType::Block => MemberType::BlockDevice,
            tar::EntryType::Fifo => MemberType::Fifo,
            tar::EntryType::GNUSparse => MemberType::Sparse,
            _ => MemberType::Unknown,
        };
        let told = self.size.or_else(|| header.entry_size().ok())?;
        let size = match kind {
            // Of another name, old programs tell the length of the file, which does not follow.
            MemberType::HardLink => 0,
            bare if bare.is_bare() && told > 0 => return None,
            _ => told,
        };
        let account = |noted: Account, name: Option<&[u8]>, number: Option<u64>| Account {
            name: match name {
                Some(name) if noted.name.is_empty() => String::from_utf8_lossy(name).into_owned(),
                _ => noted.name,
            },
            number: noted.number.or_else(|| number.and_then(|number| number.try_into().ok())),
        };
        Some(Member {
            name,
            kind,
            size,
            mode: header.mode().ok()? & 0o7777,
            // Moments before 1970 are negative numbers of eight bytes.
            modified: self.modified.or_else(|| header.mtime().ok().map(u64::cast_signed))?,
            user: account(self.user, header.username_bytes(), header.uid().ok()),
            group: account(self.group, header.groupname_bytes(), header.gid().ok()),
        })
    }
}

/// The records of an extended header: `<length> <key>=<value>\n`, where the length is that of the whole record.
struct Records<'c>(&'c [u8]);

impl<'c> Iterator for Records<'c> {
    /// Key and value; nothing where the rest is no record.
    type Item = Option<(&'c [u8], &'c [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        // Some programs fill up with NUL.
        if self.0.iter().all(|byte| *byte == 0) {
            return None;
        }
        let record = self.split();
        if record.is_none() {
            self.0 = &[];
        }
        Some(record)
    }
}

impl<'c> Records<'c> {
    fn split(&mut self) -> Option<(&'c [u8], &'c [u8])> {
        let content = self.0;
        let space = content.iter().take(20).position(|byte| *byte == b' ')?;
        let length = usize::try_from(number(content.get(..space)?)?).ok()?;
        let record = content.get(space + 1..length)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|byte| *byte == b'=')?;
        self.0 = content.get(length..)?;
        Some((record.get(..equals)?, record.get(equals + 1..)?))
    }
}

fn number(text: &[u8]) -> Option<u64> {
    // A sign is no digit, though the standard parser takes one.
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    digits.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

/// The whole seconds of a moment, which may have decimals and be before 1970.
fn seconds(text: &[u8]) -> Option<i64> {
    let (text, negative) = text.strip_prefix(b"-").map_or((text, false), |text| (text, true));
    let (whole, part) = match text.iter().position(|byte| *byte == b'.') {
        Some(dot) => (text.get(..dot)?, text.get(dot + 1..)?),
        None => (text, &[][..]),
    };
    let whole = i64::try_from(number(whole)?).ok()?;
    if !part.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let earlier = negative && part.iter().any(|byte| *byte != b'0');
    Some(if negative { -whole - i64::from(earlier) } else { whole })
}

#[cfg(test)]
mod tests {
    use super::{Notes, Records, seconds};

    fn records(content: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
        Records(content).collect()
    }

    #[test]
    fn records_are_taken_by_their_lengths() {
        let both = records(b"11 path=ab\n19 comment=one\ntwo\n\0\0").unwrap();
        assert_eq!(both, [(&b"path"[..], &b"ab"[..]), (b"comment", b"one\ntwo")]);
        for broken in [
            &b"x"[..],
            b"11 path=a\n",
            b"9 path=ab\n",
            b"99999999999999999999 a=b\n",
            b"18446744073709551615 a=b\n",
            b"0 a=b\n",
            b"1 a=b\n",
            b"+11 path=a\n",
            b"6 abc\n",
            b" 6 a=b\n",
        ] {
            assert_eq!(records(broken), None, "{:?}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn moments() {
        assert_eq!(seconds(b"1546398245.9"), Some(1_546_398_245));
        assert_eq!(seconds(b"-1.5"), Some(-2));
        assert_eq!(seconds(b"-1.0"), Some(-1));
        for wrong in [&b""[..], b".5", b"1.x", b"--1", b"99999999999999999999", b"1e3"] {
            assert_eq!(seconds(wrong), None);
        }
    }

    #[test]
    fn global_records_may_not_rename() {
        assert!(Notes::is_harmless(b"18 comment=abcdef\n"));
        assert!(!Notes::is_harmless(b"11 path=ab\n"));
        assert!(!Notes::is_harmless(b"broken"));
    }
}
