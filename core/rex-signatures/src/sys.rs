//! The one place of this crate that touches the system.

mod trusted;
mod versions;
mod write;

pub use trusted::{Owners, Unsafe, read_trusted};
pub use versions::{Stale, advance};
pub use write::{read_key, write_file};

use rustix::fs::{CWD, Mode, OFlags, openat};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// More than the zone of any place has.
const LONGEST_ZONE: u64 = 1 << 20;

/// The host's time zone as tzfile(5) describes it; nothing where the host has set none, which stands for UTC.
pub(crate) fn local_zone() -> io::Result<Option<Vec<u8>>> {
    let opened = openat(CWD, "/etc/localtime", OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty());
    let file = match opened {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST_ZONE).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Sends a request to the agent behind `socket` and gives its answer, without the length before it.
pub(crate) fn ask(socket: &Path, request: &[u8], longest: usize) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(request)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > longest {
        return Err(io::Error::other("its answer is too long"));
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}
