//! The interfaces of the host, their addresses, and the routes through them (`rtnetlink(7)`).

mod parse;

use crate::{Error, Result, sys};
use core::net::IpAddr;
use rex_cedar_auth::action::sysinfo::List;
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use std::borrow::Cow;

/// The network of the host as a policy knows it: the host as a whole.
#[derive(Debug)]
pub(crate) struct Network;

impl Resource for Network {
    type Kind = kind::Sysinfo;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed("sysinfo")
    }
}

accepts!(Network: List);

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interface {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its addresses, with the lengths of their networks in bits.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Its hardware address, as `02:42:ac:11:00:02`; empty where it has none.
    pub mac: String,
    /// The longest packet, in bytes.
    pub mtu: u32,
    /// `up`, `down`, `unknown` and others of RFC 2863.
    pub state: &'static str,
    /// What is set of `up`, `broadcast`, `loopback`, `point_to_point`, `running`, `promiscuous`, `multicast`.
    pub flags: Vec<&'static str>,
    /// What went through it.
    pub counters: Counters,
}

/// What went through an interface since it came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Packets received.
    pub rx_packets: u64,
    /// Packets sent.
    pub tx_packets: u64,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Bad packets received.
    pub rx_errors: u64,
    /// Packets that could not be sent.
    pub tx_errors: u64,
    /// Packets received and dropped.
    pub rx_dropped: u64,
    /// Packets dropped before they were sent.
    pub tx_dropped: u64,
}

/// A route of the main table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The network that it leads to, as `10.0.0.0/8`, or `default`.
    pub destination: String,
    /// `unicast`, `blackhole`, `unreachable` or `prohibit`.
    pub kind: &'static str,
    /// Whom packets are sent to; nothing where the network is reached directly.
    pub gateway: Option<IpAddr>,
    /// The name of the interface; empty where there is none.
    pub interface: String,
    /// The address that packets come from, where the route says.
    pub source: Option<IpAddr>,
    /// Of several, the least is taken.
    pub metric: u32,
}

/// The interfaces of the network namespace, by their numbers, with their addresses.
///
/// # Policy
/// Asks `list` on the host.
///
/// # Errors
/// What the system says.
pub fn interfaces(gate: &Gate) -> Result<Vec<Interface>> {
    let (links, addresses) = sys::interfaces(gate.authorize::<List, _>(&Network)?).map_err(failed)?;
    Ok(parse::interfaces(&links, &addresses))
}

/// The routes of the main table of the network namespace, IPv4 before IPv6, in the order of the kernel. Of a route with several ways, each way.
///
/// # Policy
/// Asks `list` on the host.
///
/// # Errors
/// What the system says.
pub fn routes(gate: &Gate) -> Result<Vec<Route>> {
    let (links, _) = sys::interfaces(gate.authorize::<List, _>(&Network)?).map_err(failed)?;
    let routes = sys::routes(gate.authorize::<List, _>(&Network)?).map_err(failed)?;
    Ok(parse::routes(&links, &routes))
}

fn failed(error: std::io::Error) -> Error {
    Error::from(error).about("netlink: ")
}
