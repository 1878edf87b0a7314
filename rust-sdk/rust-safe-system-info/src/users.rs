//! Who is logged in (utmp(5)).

use crate::{Result, sys};
use rex_cedar_auth::action::file_system::Read;
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use rust_sdk_common_utils::DateTime;
use std::borrow::Cow;
use std::fmt;

/// The file that keeps who is logged in.
#[derive(Debug)]
pub(crate) struct Logins;

impl Logins {
    /// Its path.
    pub(crate) const PATH: &str = "/run/utmp";
}

impl Resource for Logins {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(Self::PATH)
    }
}

accepts!(Logins: Read);

/// One login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub user: String,
    /// The terminal, such as `pts/0`.
    pub terminal: String,
    /// From where; empty for a login at the host itself. Whoever logs in can choose that.
    pub host: String,
    /// The process of the login.
    pub pid: u64,
    /// Since when.
    pub since: DateTime,
}

/// Who is logged in, as login(1), sshd(8) and others keep it. Nobody where the host keeps no `/run/utmp`.
///
/// # Policy
/// Asks `read` on the file `/run/utmp`.
///
/// # Errors
/// `Other` for what is no file of at most 16 MiB; what the system says.
pub fn logins(gate: &Gate) -> Result<Vec<Login>> {
    let content = sys::logins(gate.authorize::<Read, _>(&Logins)?)
        .map_err(|error| crate::Error::Other(format!("{error}: {}", Logins::PATH)))?;
    Ok(parse(&content.unwrap_or_default()))
}

/// Where the parts of a record stand, in bytes.
struct Layout {
    size: usize,
    /// Where the seconds stand, and how many bytes they have.
    seconds: (usize, usize),
}

// LINUX: glibc keeps the record of 32 bits on the architectures that have programs of 32 bits, too (`__WORDSIZE_TIME64_COMPAT32`).
const LAYOUT: Layout = if cfg!(target_arch = "aarch64") {
    Layout { size: 400, seconds: (344, 8) }
} else {
    Layout { size: 384, seconds: (340, 4) }
};

/// `USER_PROCESS`: a login that has not ended.
const LOGGED_IN: u64 = 7;

fn parse(content: &[u8]) -> Vec<Login> {
    // What stands behind the last whole record is being written.
    content.chunks_exact(LAYOUT.size).filter_map(login).collect()
}

fn login(record: &[u8]) -> Option<Login> {
    let part = |start: usize, length: usize| record.get(start..start.checked_add(length)?);
    if little_or_big(part(0, 2)?) != LOGGED_IN {
        return None;
    }
    let text = |start: usize, length: usize| part(start, length).map(shown);
    let user = text(44, 32)?;
    let (start, length) = LAYOUT.seconds;
    let seconds = i64::try_from(little_or_big(part(start, length)?)).ok()?;
    let since = DateTime::from_epoch_seconds(seconds).ok()?;
    let login = Login { user, terminal: text(8, 32)?, host: text(76, 256)?, pid: little_or_big(part(4, 4)?), since };
    (!login.user.is_empty()).then_some(login)
}

/// A number of the machine's byte order, never negative: seconds of 32 bits are meant to last until 2106.
fn little_or_big(bytes: &[u8]) -> u64 {
    let append = |value: u64, byte: &u8| (value << 8) | u64::from(*byte);
    if cfg!(target_endian = "little") { bytes.iter().rev().fold(0, append) } else { bytes.iter().fold(0, append) }
}

/// A text that ends at its first NUL. What could steer a terminal is replaced.
fn shown(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    text.chars().map(|letter| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, terminal, host, since, .. } = self;
        write!(
            f,
            "{user} {terminal} {:04}-{:02}-{:02} {:02}:{:02}",
            since.year(),
            since.month(),
            since.day(),
            since.hour(),
            since.minute()
        )?;
        if host.is_empty() { Ok(()) } else { write!(f, " ({host})") }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{LAYOUT, parse};
    use proptest::prelude::*;

    /// A record as login(1) writes it.
    pub(crate) fn record(kind: i16, pid: i32, terminal: &str, user: &str, host: &str, seconds: u32) -> Vec<u8> {
        let mut record = vec![0; LAYOUT.size];
        let mut put = |start: usize, bytes: &[u8]| record[start..start + bytes.len()].copy_from_slice(bytes);
        put(0, &kind.to_ne_bytes());
        put(4, &pid.to_ne_bytes());
        put(8, terminal.as_bytes());
        put(44, user.as_bytes());
        put(76, host.as_bytes());
        put(LAYOUT.seconds.0, &seconds.to_ne_bytes());
        record
    }

    #[test]
    fn those_who_are_logged_in_and_nobody_else() {
        let mut content = record(2, 0, "~", "reboot", "6.1", 5);
        content.extend(record(7, 42, "pts/0", "alice", "10.0.0.7", 1_700_000_000));
        content.extend(record(8, 43, "pts/1", "bob", "", 1_700_000_000));
        content.extend(record(7, 44, "tty1", "a\u{1b}[2J", "", 4_000_000_000));
        content.extend(&record(7, 45, "tty2", "carol", "", 1)[..100]);
        let found = parse(&content);
        assert_eq!(found.iter().map(|login| login.pid).collect::<Vec<_>>(), [42, 44]);
        assert_eq!(found[0].to_string(), "alice pts/0 2023-11-14 22:13 (10.0.0.7)");
        assert_eq!((found[1].user.as_str(), found[1].since.year()), ("a\u{fffd}[2J", 2096));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(mut content in prop::collection::vec(any::<u8>(), 0..1200), kind in 6_u8..9) {
            for record in content.chunks_mut(LAYOUT.size).filter(|record| record.len() > 1) {
                record[..2].copy_from_slice(&u16::from(kind).to_ne_bytes());
            }
            parse(&content);
        }
    }
}
