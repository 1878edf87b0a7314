//! Connections over TCP and UDP, for what no function of its own is there for.

use crate::deadline::Deadline;
use crate::endpoint::{Carrier, Endpoint, Right};
use crate::host::Host;
use crate::lookup::reach;
use crate::sys::Socket;
use crate::transport::TransportProtocol;
use crate::{Error, Result};
use core::net::SocketAddr;
use rex_cedar_auth::Gate;
use std::cell::RefCell;
use std::io::ErrorKind;
use std::rc::Rc;
use std::time::Duration;

/// How long connecting, sending and receiving may take where nothing else is said.
pub const USUAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The most that one call receives at once.
const PIECE: usize = 64 << 10;

/// A connection. It is closed when the last copy of it goes, or before.
///
/// INVARIANT: it grants nothing. What sends or receives is judged anew.
#[derive(Debug, Clone)]
pub struct Connection {
    /// With the address that it is connected to.
    endpoint: Endpoint,
    socket: Rc<RefCell<Option<Socket>>>,
    local: SocketAddr,
    remote: SocketAddr,
}

/// Connects to a port of a host: to the first of its addresses that may be and can be connected to. Of UDP nothing is sent. What is neither
/// TCP nor UDP is TCP.
///
/// # Policy
/// Asks `connect` on the host, in lower case, before its name is looked up, and again with each address before that is connected to.
///
/// # Errors
/// `NoSuchName` for a host without address, `TimedOut`; `Other` for what is no host, and with the words of the system, such as `Connection
/// refused`.
pub fn connect(
    gate: &Gate,
    host: &str,
    port: u16,
    protocol: TransportProtocol,
    timeout: Duration,
) -> Result<Connection> {
    let invalid = |error: Error| match error {
        error @ (Error::NoSuchName(_) | Error::Other(_)) => {
            error.about(&format!("Invalid address format: {host}:{port}: "))
        }
        error => error,
    };
    let carrier = match protocol {
        TransportProtocol::Udp => Carrier::Udp,
        TransportProtocol::Tcp | TransportProtocol::Auto => Carrier::Tcp,
    };
    let endpoint = Endpoint::new(carrier, Host::parse(host).map_err(invalid)?, port);
    let socket = reach(gate, &endpoint, Right::Permit, &Deadline::new(gate, timeout)).map_err(|error| match error {
        error @ Error::NoSuchName(_) => invalid(error),
        error => error,
    })?;
    let (local, remote) = (socket.local()?, socket.peer());
    Ok(Connection { endpoint: endpoint.at(remote.ip()), socket: Rc::new(RefCell::new(Some(socket))), local, remote })
}

/// Whether something listens on a port of a host (TCP). What was sent there is nothing.
///
/// # Policy
/// As [`connect`].
///
/// # Errors
/// `NoSuchName`, `Other` for what is no host. A connection that is refused, does not come about in time or has no way is no error, but a no.
pub fn listens(gate: &Gate, host: &str, port: u16, timeout: Duration) -> Result<bool> {
    // What is no host is not taken for a port that is closed.
    Host::parse(host)?;
    match connect(gate, host, port, TransportProtocol::Tcp, timeout) {
        Ok(_) => Ok(true),
        Err(Error::TimedOut(_)) => Ok(false),
        Err(Error::System(error)) if is_no(error.kind()) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether that was the answer of the other side, or of the way to it.
fn is_no(kind: ErrorKind) -> bool {
    use ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable, TimedOut};
    matches!(kind, ConnectionRefused | ConnectionReset | HostUnreachable | NetworkUnreachable | TimedOut)
}

impl Connection {
    /// Its own address.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The address that it is connected to.
    pub fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// Whether it was closed here.
    pub fn is_closed(&self) -> bool {
        self.socket.borrow().is_none()
    }

    /// Sends all of `bytes`, over UDP as one packet.
    ///
    /// # Policy
    /// Asks `connect` on the host with its address.
    ///
    /// # Errors
    /// `TimedOut`; `Other` where it was closed, and with the words of the system, such as `Broken pipe`.
    pub fn send(&self, gate: &Gate, bytes: &[u8], timeout: Duration) -> Result<()> {
        self.with(gate, timeout, |socket, wait| socket.send_all(bytes, wait))
    }

    /// Receives at most `most` bytes: what is there, or comes first. Nothing at the end of what the other side sends. Over UDP it is one
    /// packet, and what is longer is lost.
    ///
    /// # Policy
    /// Asks `connect` on the host with its address.
    ///
    /// # Errors
    /// `TimedOut` where nothing comes; `Other` where it was closed, and with the words of the system, such as `Connection reset by peer`.
    pub fn receive(&self, gate: &Gate, most: usize, timeout: Duration) -> Result<Vec<u8>> {
        self.with(gate, timeout, |socket, wait| {
            let mut buffer = vec![0; most.min(PIECE)];
            if !buffer.is_empty() {
                let count = socket.receive(&mut buffer, wait)?;
                buffer.truncate(count);
            }
            Ok(buffer)
        })
    }

    /// Receives all to the end of what the other side sends, but at most `most` bytes. Over UDP there is no end.
    ///
    /// # Policy
    /// Asks `connect` on the host with its address.
    ///
    /// # Errors
    /// `TimedOut` where the end does not come; else as [`Self::receive`].
    pub fn receive_all(&self, gate: &Gate, most: usize, timeout: Duration) -> Result<Vec<u8>> {
        self.with(gate, timeout, |socket, wait| {
            let (mut received, mut buffer) = (Vec::new(), vec![0; PIECE]);
            while received.len() < most {
                // A sender that is quick enough is never waited for.
                wait.slice()?;
                let piece = buffer.get_mut(..(most - received.len()).min(PIECE)).unwrap_or_default();
                let count = socket.receive(piece, wait)?;
                if count == 0 {
                    break;
                }
                received.extend_from_slice(piece.get(..count).unwrap_or_default());
            }
            Ok(received)
        })
    }

    /// Says that nothing more is sent; receiving goes on.
    ///
    /// # Errors
    /// `Other` where it was closed, and with the words of the system.
    pub fn finish(&self) -> Result<()> {
        match self.socket.borrow().as_ref() {
            Some(socket) => Ok(socket.finish()?),
            None => Err(closed()),
        }
    }

    /// Closes it, for all copies.
    pub fn close(&self) {
        self.socket.borrow_mut().take();
    }

    fn with<T>(
        &self,
        gate: &Gate,
        timeout: Duration,
        act: impl FnOnce(&Socket, &Deadline<'_>) -> Result<T>,
    ) -> Result<T> {
        let socket = self.socket.borrow();
        let Some(socket) = socket.as_ref() else { return Err(closed()) };
        let _ = self.endpoint.judge(gate, Right::Permit)?;
        act(socket, &Deadline::new(gate, timeout)).map_err(|error| error.about(&format!("{}: ", self.remote)))
    }
}

fn closed() -> Error {
    Error::Other("the connection was closed".to_owned())
}
