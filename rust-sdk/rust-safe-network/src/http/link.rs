//! The bytes between both sides, in the open or within TLS. Its errors are those of requests.

use crate::deadline::Deadline;
use crate::sys::Socket;
use crate::tls::Session;
use crate::{Error, Result};
use core::net::IpAddr;

/// A connection.
#[derive(Debug)]
pub(super) enum Link {
    Plain(Socket),
    Secure(Session),
}

impl Link {
    /// Reads what is there, and waits where nothing is; 0 at the end.
    pub(super) fn read(&mut self, bytes: &mut [u8], wait: &Deadline<'_>) -> Result<usize> {
        match self {
            Self::Plain(socket) => socket.receive(bytes, wait),
            Self::Secure(session) => session.read(bytes, wait),
        }
        .map_err(Error::of_request)
    }

    /// Writes all of it.
    pub(super) fn write(&mut self, bytes: &[u8], wait: &Deadline<'_>) -> Result<()> {
        match self {
            Self::Plain(socket) => socket.send_all(bytes, wait),
            Self::Secure(session) => session.write(bytes, wait),
        }
        .map_err(Error::of_request)
    }

    /// Whether another request can be sent: the other side neither closed it nor sent what nobody asked for.
    pub(super) fn is_quiet(&mut self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_quiet(),
            Self::Secure(session) => session.is_quiet(),
        }
    }

    /// Whom it leads to.
    pub(super) fn peer(&self) -> IpAddr {
        match self {
            Self::Plain(socket) => socket.peer().ip(),
            Self::Secure(session) => session.peer().ip(),
        }
    }
}
