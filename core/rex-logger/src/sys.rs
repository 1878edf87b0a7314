//! The one place of this crate that touches the system: the socket of the local syslog daemon.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// A connection to a syslog daemon; closed on exec.
#[derive(Debug)]
pub(crate) struct Socket(UnixDatagram);

impl Socket {
    /// Connecting a datagram socket waits for nobody.
    pub(crate) fn connect(path: &Path) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.connect(path)?;
        Ok(Self(socket))
    }

    /// Hands one message over, or fails with `WouldBlock` when the daemon's queue is full.
    pub(crate) fn send(&self, line: &[u8]) -> io::Result<()> {
        self.0.send(line).map(drop)
    }

    /// Whether the error means that the other end was closed.
    pub(crate) fn is_gone(error: &io::Error) -> bool {
        matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::NotConnected)
    }
}
