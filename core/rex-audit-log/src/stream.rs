//! The log as a stream, each run of which is a chain of its own: the journal of this host, or standard error.

use crate::Error;
use rustix::fd::OwnedFd;
use rustix::io::{Errno, write};
use rustix::net::sockopt::{Timeout, set_socket_send_buffer_size, set_socket_timeout};
use rustix::net::{AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, sendto, socket_with};
use std::path::Path;
use std::time::Duration;

/// Where journald listens for entries in its own form (see "Native Journal Protocol" of systemd).
pub(crate) const JOURNAL: &str = "/run/systemd/journal/socket";
/// How long it may let us wait.
const PATIENCE: Duration = Duration::from_secs(5);
/// Room for the longest record.
const BUFFER: usize = 4 << 20;

/// Where the lines go.
#[derive(Debug)]
pub(crate) enum Stream {
    /// A connected socket, and where it leads.
    Journal(OwnedFd, SocketAddrUnix),
    Stderr,
}

impl Stream {
    /// Connects to the journal that listens at `path`.
    pub(crate) fn journal(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None).map_err(failed)?;
        let address = SocketAddrUnix::new(path).map_err(failed)?;
        connect(&socket, &address).map_err(failed)?;
        // The system may grant less; then a long record is an error.
        let _ = set_socket_send_buffer_size(&socket, BUFFER);
        set_socket_timeout(&socket, Timeout::Send, Some(PATIENCE)).map_err(failed)?;
        Ok(Self::Journal(socket, address))
    }

    /// Hands `line`, with its end, over as a record of `run`.
    pub(crate) fn put(&self, line: &[u8], run: &str) -> Result<(), Error> {
        match self {
            Self::Stderr => put(line),
            Self::Journal(socket, address) => {
                let mut entry =
                    format!("PRIORITY=6\nSYSLOG_IDENTIFIER=rex-audit\nREX_RUN_ID={run}\nMESSAGE=").into_bytes();
                entry.extend_from_slice(line);
                let sent = loop {
                    match sendto(socket, &entry, SendFlags::NOSIGNAL, address) {
                        Err(Errno::INTR) => {}
                        sent => break sent?,
                    }
                };
                if sent == entry.len() { Ok(()) } else { Err(Errno::MSGSIZE.into()) }
            }
        }
    }
}

fn put(mut line: &[u8]) -> Result<(), Error> {
    while !line.is_empty() {
        match write(rustix::stdio::stderr(), line) {
            Ok(written) => line = line.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
