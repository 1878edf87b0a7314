//! Giving a setting of the kernel a value: one call of write(2), so that no part of it is taken for another value.

use super::descriptor::{Object, reopen};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Write;
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::io;

/// Values of the kernel are no longer.
const LONGEST: usize = 1 << 20;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    /// All bytes were taken, and what is there now was accepted.
    Taken,
    /// All bytes were taken; what is there now cannot be read.
    Unseen,
    /// Only so many bytes were taken.
    Part(usize),
    /// All bytes were taken, and what is there now was not accepted.
    Otherwise,
}

/// Writes `content` at the beginning of a judged file, by one call, and lets `accepts` look at what it holds then. Nobody else learns that.
///
/// # Errors
/// What the system says.
pub(crate) fn write_once(
    write: Authorized<'_, Write, Object>,
    content: &[u8],
    accepts: &mut dyn FnMut(&[u8]) -> bool,
) -> io::Result<Once> {
    let object = write.target();
    let (fd, readable) = match reopen(&object.fd, OFlags::RDWR) {
        Ok(fd) => (fd, true),
        Err(_) => (reopen(&object.fd, OFlags::WRONLY)?, false),
    };
    let taken = loop {
        match rustix::io::write(&fd, content) {
            // Interrupted before anything was taken.
            Err(Errno::INTR) => {}
            taken => break taken?,
        }
    };
    if taken < content.len() {
        return Ok(Once::Part(taken));
    }
    if !readable {
        return Ok(Once::Unseen);
    }
    let mut now = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    while now.len() < LONGEST {
        match rustix::io::pread(&fd, &mut buffer, now.len() as u64) {
            Ok(0) => break,
            Ok(length) => now.extend(buffer.get(..length).unwrap_or_default()),
            Err(Errno::INTR) => {}
            Err(_) => return Ok(Once::Unseen),
        }
    }
    Ok(if accepts(&now) { Once::Taken } else { Once::Otherwise })
}
