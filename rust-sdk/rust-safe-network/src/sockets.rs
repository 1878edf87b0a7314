//! The sockets of the host (`proc_pid_net(5)`), and whose they are.

mod parse;

use crate::{Error, Result, sys};
use core::net::SocketAddr;
use rex_cedar_auth::action::file_system::{Open, Read};
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use rust_safe_process_mgmt::{SocketOwner, socket_owners};
use std::borrow::Cow;
use std::collections::HashSet;

/// A table of the kernel.
#[derive(Debug)]
pub(crate) struct Table {
    path: &'static str,
    name: &'static str,
}

impl Table {
    /// Its name in `/proc/net`.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }
}

impl Resource for Table {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.path)
    }
}

accepts!(Table: Open, Read);

const INTERNET: [(Table, NetworkProtocol); 4] = [
    (Table { path: "/proc/net/tcp", name: "tcp" }, NetworkProtocol::Tcp),
    (Table { path: "/proc/net/tcp6", name: "tcp6" }, NetworkProtocol::Tcp6),
    (Table { path: "/proc/net/udp", name: "udp" }, NetworkProtocol::Udp),
    (Table { path: "/proc/net/udp6", name: "udp6" }, NetworkProtocol::Udp6),
];
const UNIX: Table = Table { path: "/proc/net/unix", name: "unix" };

/// The protocol of an internet socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
pub enum NetworkProtocol {
    /// TCP over IPv4.
    Tcp,
    /// TCP over IPv6.
    Tcp6,
    /// UDP over IPv4.
    Udp,
    /// UDP over IPv6.
    Udp6,
}

/// The state of a TCP socket (`tcp_states.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
pub enum TcpState {
    /// Connected.
    Established,
    /// Connecting.
    SynSent,
    /// Being connected to.
    SynRecv,
    /// Closed here; the other side did not confirm it yet.
    FinWait1,
    /// Closed here; the other side may still send.
    FinWait2,
    /// Closed; late packets are waited for.
    TimeWait,
    /// Not in use.
    Close,
    /// Closed by the other side.
    CloseWait,
    /// Closed by both; the last confirmation is waited for.
    LastAck,
    /// Waiting for connections.
    Listen,
    /// Closed by both at once.
    Closing,
    /// Being connected to; the kernel keeps only the least of it.
    NewSynRecv,
    /// It has none, as sockets of UDP, or one that this version does not know.
    None,
}

/// The type of a Unix-domain socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
pub enum UnixProtocol {
    /// A stream of bytes.
    Stream,
    /// Packets.
    Dgram,
    /// Packets in order, over connections.
    Seqpacket,
}

/// The state of a Unix-domain socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
pub enum UnixSocketState {
    /// Not connected.
    Unconnected,
    /// Connecting.
    Connecting,
    /// Connected.
    Connected,
    /// Being closed.
    Disconnecting,
}

/// A socket of TCP or UDP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternetSocket {
    /// Its protocol.
    pub protocol: NetworkProtocol,
    /// Bytes that came and were not read, of a listening one the connections that were not taken.
    pub recv_queue: u64,
    /// Bytes that were sent and not confirmed.
    pub send_queue: u64,
    /// Its own address.
    pub local: SocketAddr,
    /// The address that it is connected to; of one that is not connected, no address and port 0.
    pub remote: SocketAddr,
    /// Its state.
    pub state: TcpState,
    /// The number of the user it belongs to.
    pub uid: u32,
    /// Its inode; 0 where nobody has it open.
    pub inode: u64,
    /// Who has it open, as far as that was asked for and may be told.
    pub owners: Vec<SocketOwner>,
}

/// A Unix-domain socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnixSocket {
    /// Its type.
    pub protocol: UnixProtocol,
    /// How many refer to it.
    pub ref_count: u64,
    /// Its state.
    pub state: UnixSocketState,
    /// Its inode.
    pub inode: u64,
    /// The path that it is bound to, or empty; of an abstract name, `@` and the name.
    pub path: String,
    /// Who has it open, as far as that was asked for and may be told.
    pub owners: Vec<SocketOwner>,
}

/// The sockets of the host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sockets {
    /// Those of tcp, tcp6, udp and udp6, in the order of the kernel.
    pub internet: Vec<InternetSocket>,
    /// Unix-domain sockets.
    pub unix: Vec<UnixSocket>,
    /// How many Unix-domain sockets are of a type that is not known, and listed as streams.
    pub unknown_types: usize,
    /// How many processes the policy does not let be looked into for their sockets.
    pub denied: usize,
    /// How many processes could not be looked into.
    pub unreadable: usize,
}

/// The sockets of the network namespace. Who has them open is not looked for. A family that is off has none.
///
/// # Policy
/// Asks `open` and `read` on the files `/proc/net/tcp`, `tcp6`, `udp`, `udp6` and `unix`, each before it is read.
///
/// # Errors
/// What the system says.
pub fn sockets(gate: &Gate) -> Result<Sockets> {
    let mut found = Sockets::default();
    for (table, protocol) in &INTERNET {
        if let Some(content) = read(gate, table)? {
            parse::internet(&content, *protocol, &mut found.internet);
        }
    }
    if let Some(content) = read(gate, &UNIX)? {
        found.unknown_types = parse::unix(&content, &mut found.unix);
    }
    Ok(found)
}

/// The same, with the processes that have the sockets open, as far as the policy lets them be looked into.
///
/// # Policy
/// As [`sockets`]; then `list_fds` on each process before it is looked into. Those that are denied are left out.
///
/// # Errors
/// What the system says.
pub fn owned_sockets(gate: &Gate) -> Result<Sockets> {
    let mut found = sockets(gate)?;
    let internet = found.internet.iter().map(|socket| socket.inode);
    let wanted: HashSet<u64> = internet.chain(found.unix.iter().map(|socket| socket.inode)).collect();
    let mut owners = socket_owners(gate, &|inode| wanted.contains(&inode))?;
    let mut of = |inode: u64| owners.owners.remove(&inode).unwrap_or_default();
    found.internet.iter_mut().for_each(|socket| socket.owners = of(socket.inode));
    found.unix.iter_mut().for_each(|socket| socket.owners = of(socket.inode));
    (found.denied, found.unreadable) = (owners.denied, owners.unreadable);
    Ok(found)
}

fn read(gate: &Gate, table: &Table) -> Result<Option<Vec<u8>>> {
    gate.proceed()?;
    let open = gate.authorize::<Open, _>(table)?;
    sys::table(open, gate.authorize::<Read, _>(table)?)
        .map_err(|error| Error::Other(format!("{}: {error}", table.path)))
}

impl From<rust_safe_process_mgmt::Error> for Error {
    fn from(error: rust_safe_process_mgmt::Error) -> Self {
        match error {
            rust_safe_process_mgmt::Error::PermissionDenied(denied) => Self::PermissionDenied(denied),
            rust_safe_process_mgmt::Error::Stopped(stopped) => Self::Stopped(stopped),
            error => Self::Other(format!("Process enumeration failed: {error}")),
        }
    }
}
