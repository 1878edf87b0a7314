//! Sockets, connected to the address that was judged (`socket(7)`).

use crate::deadline::Deadline;
use crate::endpoint::{Carrier, Endpoint};
use crate::{Error, Result};
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::network::Connect;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::{set_tcp_nodelay, socket_error};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, connect, getsockname, recv, send, shutdown,
    socket_with,
};
use rustix::rand::{GetRandomFlags, getrandom};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

/// A socket that is connected to one address.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(super) fd: OwnedFd,
    peer: SocketAddr,
}

/// Connects to the address of the endpoint, and to no other. Of UDP nothing is sent.
///
/// # Errors
/// `TimedOut`; what the system says, such as `Connection refused`.
pub(crate) fn open(proof: Authorized<'_, Connect, Endpoint>, wait: &Deadline<'_>) -> Result<Socket> {
    let endpoint = proof.target();
    let peer = endpoint.address().ok_or_else(|| io::Error::other("no address is known"))?;
    let family = if peer.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let kind = match endpoint.carrier() {
        Carrier::Tcp => SocketType::STREAM,
        Carrier::Udp => SocketType::DGRAM,
    };
    let fd = socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if endpoint.carrier() == Carrier::Tcp {
        set_tcp_nodelay(&fd, true)?;
    }
    let socket = Socket { fd, peer };
    match connect(&socket.fd, &peer) {
        Ok(()) => return Ok(socket),
        Err(Errno::INPROGRESS | Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    socket.ready(PollFlags::OUT, wait)?;
    socket_error(&socket.fd)??;
    Ok(socket)
}

impl Socket {
    /// What it is connected to.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Its own address.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn local(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::try_from(getsockname(&self.fd)?)?)
    }

    /// Sends some of `bytes`, of a packet all, and says how many.
    ///
    /// # Errors
    /// `TimedOut`; what the system says.
    fn send(&self, bytes: &[u8], wait: &Deadline<'_>) -> Result<usize> {
        loop {
            match send(&self.fd, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
                Ok(count) => return Ok(count),
                Err(Errno::AGAIN) => self.ready(PollFlags::OUT, wait)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(crate) fn send_all(&self, mut bytes: &[u8], wait: &Deadline<'_>) -> Result<()> {
        wait.sending(bytes.len())?;
        loop {
            let sent = self.send(bytes, wait)?;
            bytes = bytes.get(sent..).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }

    /// Receives what is there, of a packet what fits, and says how many bytes; none at the end of a stream.
    ///
    /// # Errors
    /// `TimedOut` where nothing comes; what the system says.
    pub(crate) fn receive(&self, buffer: &mut [u8], wait: &Deadline<'_>) -> Result<usize> {
        // Not only where one waits: what comes in without pause has to end, too.
        wait.slice()?;
        loop {
            match recv(&self.fd, &mut *buffer, RecvFlags::DONTWAIT) {
                Ok((count, _)) => {
                    wait.received(count)?;
                    return Ok(count);
                }
                Err(Errno::AGAIN) => self.ready(PollFlags::IN, wait)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Says that nothing more is sent.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn finish(&self) -> io::Result<()> {
        Ok(shutdown(&self.fd, Shutdown::Write)?)
    }

    /// A number that nobody can guess.
    ///
    /// # Errors
    /// What the system says.
    #[expect(clippy::unused_self, reason = "who has a socket may have what a packet through it needs")]
    pub(crate) fn random(&self) -> io::Result<u16> {
        let mut bytes = [0; 2];
        getrandom(&mut bytes, GetRandomFlags::empty())?;
        Ok(u16::from_ne_bytes(bytes))
    }

    pub(super) fn ready(&self, events: PollFlags, wait: &Deadline<'_>) -> Result<()> {
        loop {
            let slice =
                Timespec::try_from(wait.slice()?).map_err(|_| Error::Other("the wait is too long".to_owned()))?;
            match poll(&mut [PollFd::new(&self.fd, events)], Some(&slice)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
