//! The kernel's messages about interfaces, addresses and routes (`rtnetlink(7)`). What is not understood is passed over.

use super::{Counters, Interface, Route};
use core::net::IpAddr;
use std::collections::BTreeMap;

/// Bytes of the kernel, read from the front.
#[derive(Debug, Clone, Copy)]
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn byte(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn short(self, at: usize) -> Option<u16> {
        Some(u16::from_ne_bytes(*self.0.get(at..)?.first_chunk()?))
    }

    fn word(self, at: usize) -> Option<u32> {
        Some(u32::from_ne_bytes(*self.0.get(at..)?.first_chunk()?))
    }

    fn long(self, at: usize) -> Option<u64> {
        Some(u64::from_ne_bytes(*self.0.get(at..)?.first_chunk()?))
    }

    fn address(self) -> Option<IpAddr> {
        match self.0.len() {
            4 => Some(<[u8; 4]>::try_from(self.0).ok()?.into()),
            16 => Some(<[u8; 16]>::try_from(self.0).ok()?.into()),
            _ => None,
        }
    }

    /// The attributes behind `at`; of two of one kind the last counts.
    fn attributes(self, at: usize) -> BTreeMap<u16, Bytes<'b>> {
        let mut found = BTreeMap::new();
        let mut rest = Bytes(self.0.get(at..).unwrap_or_default());
        while let (Some(length), Some(kind)) = (rest.short(0), rest.short(2)) {
            let length = usize::from(length);
            let Some(value) = rest.0.get(4..length) else { break };
            // LINUX: the two highest bits tell how the rest is laid out.
            found.insert(kind & 0x3fff, Bytes(value));
            rest = Bytes(rest.0.get(length.next_multiple_of(4)..).unwrap_or_default());
        }
        found
    }
}

// LINUX: if_link.h, if_addr.h, rtnetlink.h.
const LINK_BODY: usize = 16;
const ADDRESS_BODY: usize = 8;
const ROUTE_BODY: usize = 12;
const LINK_MAC: u16 = 1;
const LINK_NAME: u16 = 3;
const LINK_MTU: u16 = 4;
const LINK_STATE: u16 = 16;
const LINK_COUNTERS: u16 = 23;
const ADDRESS: u16 = 1;
const ADDRESS_LOCAL: u16 = 2;
const ROUTE_DESTINATION: u16 = 1;
const ROUTE_INTERFACE: u16 = 4;
const ROUTE_GATEWAY: u16 = 5;
const ROUTE_METRIC: u16 = 6;
const ROUTE_SOURCE: u16 = 7;
const ROUTE_WAYS: u16 = 9;
const ROUTE_TABLE: u16 = 15;
const ROUTE_VIA: u16 = 18;
const MAIN: u32 = 254;
/// A copy of a route for one address.
const CLONED: u32 = 0x200;

const STATES: [&str; 7] = ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"];
const FLAGS: [(u32, &str); 7] = [
    (0x1, "up"),
    (0x2, "broadcast"),
    (0x8, "loopback"),
    (0x10, "point_to_point"),
    (0x40, "running"),
    (0x100, "promiscuous"),
    (0x1000, "multicast"),
];

/// The interfaces with their addresses, by number.
pub(super) fn interfaces(links: &[Vec<u8>], addresses: &[Vec<u8>]) -> Vec<Interface> {
    let links = links.iter().filter_map(|message| interface(Bytes(message)));
    let mut found: BTreeMap<u32, Interface> = links.map(|interface| (interface.index, interface)).collect();
    for message in addresses {
        let message = Bytes(message);
        let (Some(length), Some(index)) = (message.byte(1), message.word(4)) else { continue };
        let attributes = message.attributes(ADDRESS_BODY);
        // LINUX: on a line between two hosts `IFA_ADDRESS` is the other end.
        let own = attributes.get(&ADDRESS_LOCAL).or_else(|| attributes.get(&ADDRESS));
        if let (Some(address), Some(interface)) = (own.and_then(|own| own.address()), found.get_mut(&index)) {
            interface.addresses.push((address, length));
        }
    }
    found.into_values().collect()
}

fn interface(message: Bytes<'_>) -> Option<Interface> {
    let (index, flags) = (message.word(4)?, message.word(8)?);
    let attributes = message.attributes(LINK_BODY);
    let state = attributes.get(&LINK_STATE).and_then(|state| STATES.get(usize::from(state.byte(0)?)));
    let mac = attributes.get(&LINK_MAC).map_or(&[][..], |mac| mac.0);
    // LINUX: a loopback has an address of zeroes, and tunnels have the address of their end.
    let mac = if mac.len() == 6 && mac.iter().any(|byte| *byte != 0) { mac } else { &[] };
    Some(Interface {
        index,
        name: name(&attributes, LINK_NAME)?,
        addresses: Vec::new(),
        mac: mac.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"),
        mtu: attributes.get(&LINK_MTU).and_then(|mtu| mtu.word(0)).unwrap_or_default(),
        state: state.copied().unwrap_or("unknown"),
        flags: FLAGS.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, word)| *word).collect(),
        counters: attributes.get(&LINK_COUNTERS).and_then(|of| counters(*of)).unwrap_or_default(),
    })
}

fn name(attributes: &BTreeMap<u16, Bytes<'_>>, kind: u16) -> Option<String> {
    let name = attributes.get(&kind)?.0.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// LINUX: `struct rtnl_link_stats64`.
fn counters(of: Bytes<'_>) -> Option<Counters> {
    let at = |number: usize| of.long(number * 8);
    Some(Counters {
        rx_packets: at(0)?,
        tx_packets: at(1)?,
        rx_bytes: at(2)?,
        tx_bytes: at(3)?,
        rx_errors: at(4)?,
        tx_errors: at(5)?,
        rx_dropped: at(6)?,
        tx_dropped: at(7)?,
    })
}

/// The routes of the main table.
pub(super) fn routes(links: &[Vec<u8>], routes: &[Vec<u8>]) -> Vec<Route> {
    let links = links.iter().filter_map(|message| interface(Bytes(message)));
    let names: BTreeMap<u32, String> = links.map(|interface| (interface.index, interface.name)).collect();
    let mut found = Vec::new();
    for message in routes {
        add(Bytes(message), &names, &mut found);
    }
    found
}

/// Adds each way of a route.
fn add(message: Bytes<'_>, names: &BTreeMap<u32, String>, found: &mut Vec<Route>) -> Option<()> {
    let (family, length, table) = (message.byte(0)?, message.byte(1)?, message.byte(4)?);
    let (kind, flags) = (message.byte(7)?, message.word(8)?);
    let attributes = message.attributes(ROUTE_BODY);
    let table = attributes.get(&ROUTE_TABLE).and_then(|table| table.word(0)).unwrap_or_else(|| table.into());
    if table != MAIN || flags & CLONED != 0 || !matches!(i32::from(family), 2 | 10) {
        return None;
    }
    let kind = match kind {
        1 => "unicast",
        6 => "blackhole",
        7 => "unreachable",
        8 => "prohibit",
        _ => return None,
    };
    let destination = match attributes.get(&ROUTE_DESTINATION).and_then(|of| of.address()) {
        Some(address) => format!("{address}/{length}"),
        None if length == 0 => "default".to_owned(),
        None => return None,
    };
    let number = |attributes: &BTreeMap<u16, Bytes<'_>>, kind| attributes.get(&kind).and_then(|of| of.word(0));
    let metric = number(&attributes, ROUTE_METRIC).unwrap_or_default();
    let source = attributes.get(&ROUTE_SOURCE).and_then(|of| of.address());
    let way = |index: Option<u32>, attributes: &BTreeMap<u16, Bytes<'_>>| Route {
        destination: destination.clone(),
        kind,
        gateway: gateway(attributes),
        interface: index.and_then(|index| names.get(&index).cloned()).unwrap_or_default(),
        source,
        metric,
    };
    let Some(ways) = attributes.get(&ROUTE_WAYS) else {
        found.push(way(number(&attributes, ROUTE_INTERFACE), &attributes));
        return Some(());
    };
    // LINUX: `struct rtnexthop`: length, flags, hops, interface, then attributes.
    let mut rest = *ways;
    while let (Some(length), Some(index)) = (rest.short(0), rest.word(4)) {
        let length = usize::from(length);
        let one = Bytes(rest.0.get(..length).filter(|one| one.len() >= 8)?);
        found.push(way(Some(index), &one.attributes(8)));
        rest = Bytes(rest.0.get(length.next_multiple_of(4)..).unwrap_or_default());
    }
    Some(())
}

fn gateway(attributes: &BTreeMap<u16, Bytes<'_>>) -> Option<IpAddr> {
    // LINUX: a gateway of the other family stands behind two bytes that tell its family.
    let via = || Bytes(attributes.get(&ROUTE_VIA)?.0.get(2..)?).address();
    attributes.get(&ROUTE_GATEWAY).and_then(|of| of.address()).or_else(via)
}

#[cfg(test)]
mod tests {
    use super::{Bytes, interfaces, routes};
    use crate::fuzz::fuzz;
    use proptest::prelude::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len() + 4).unwrap();
        let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn link(index: u32, name: &str) -> Vec<u8> {
        let mut message = [[0; 4], index.to_ne_bytes(), 0x41_u32.to_ne_bytes(), [0; 4]].concat();
        message.extend(attribute(3, format!("{name}\0").as_bytes()));
        message.extend(attribute(1, &[2, 0, 0, 0, 0, 7]));
        message.extend(attribute(4, &1500_u32.to_ne_bytes()));
        message.extend(attribute(16, &[6]));
        message.extend(attribute(23, &7_u64.to_ne_bytes().repeat(8)));
        message
    }

    fn route(kind: u8, table: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut message = vec![2, 24, 0, 0, table, 0, 0, kind, 0, 0, 0, 0];
        message.extend(attributes.concat());
        message
    }

    #[test]
    fn messages_tell_interfaces() {
        let address = [
            vec![2, 24, 0, 0],
            3_u32.to_ne_bytes().to_vec(),
            attribute(1, &[10, 0, 0, 9]),
            attribute(2, &[10, 0, 0, 7]),
        ];
        let of_none = [vec![2, 24, 0, 0], 9_u32.to_ne_bytes().to_vec(), attribute(2, &[10, 0, 0, 8])];
        let found =
            interfaces(&[link(3, "eth0"), link(1, "lo"), vec![0; 7]], &[address.concat(), of_none.concat(), vec![2]]);
        assert_eq!(found.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), ["lo", "eth0"]);
        let eth = &found[1];
        assert_eq!(eth.addresses, [("10.0.0.7".parse().unwrap(), 24)]);
        assert_eq!((eth.mac.as_str(), eth.mtu, eth.state), ("02:00:00:00:00:07", 1500, "up"));
        assert_eq!((eth.flags.as_slice(), eth.counters.tx_dropped), (&["up", "running"][..], 7));
    }

    #[test]
    fn messages_tell_routes() {
        let interface = attribute(4, &3_u32.to_ne_bytes());
        let way = |gateway: u8| {
            let attributes = attribute(5, &[10, 0, 0, gateway]);
            [vec![16, 0, 0, 0], 3_u32.to_ne_bytes().to_vec(), attributes].concat()
        };
        let found = routes(
            &[link(3, "eth0")],
            &[
                route(
                    1,
                    254,
                    &[
                        attribute(1, &[10, 1, 0, 0]),
                        interface.clone(),
                        attribute(5, &[10, 0, 0, 1]),
                        attribute(6, &7_u32.to_ne_bytes()),
                    ],
                ),
                route(1, 255, &[attribute(1, &[10, 2, 0, 0]), interface.clone()]),
                route(
                    1,
                    0,
                    &[
                        attribute(1, &[10, 3, 0, 0]),
                        attribute(15, &254_u32.to_ne_bytes()),
                        attribute(9, &[way(2), way(3)].concat()),
                    ],
                ),
                route(6, 254, &[attribute(1, &[10, 4, 0, 0])]),
                route(2, 254, &[attribute(1, &[10, 5, 0, 0])]),
                route(1, 254, &[]),
            ],
        );
        let shown: Vec<_> = found
            .iter()
            .map(|of| format!("{} {} {:?} {} {}", of.destination, of.kind, of.gateway, of.interface, of.metric))
            .collect();
        assert_eq!(
            shown,
            [
                "10.1.0.0/24 unicast Some(10.0.0.1) eth0 7",
                "10.3.0.0/24 unicast Some(10.0.0.2) eth0 0",
                "10.3.0.0/24 unicast Some(10.0.0.3) eth0 0",
                "10.4.0.0/24 blackhole None  0",
            ]
        );
    }

    #[test]
    fn no_changed_message_is_too_odd() {
        let way = [vec![16, 0, 0, 0], 3_u32.to_ne_bytes().to_vec(), attribute(5, &[10, 0, 0, 2])].concat();
        let seeds = [link(3, "eth0"), route(1, 254, &[attribute(1, &[10, 1, 0, 0]), attribute(9, &way)])];
        fuzz("messages of netlink", &seeds, |message| {
            let messages = [message.to_vec()];
            format!("{:?} {:?}", interfaces(&messages, &messages), routes(&seeds[..1], &messages))
        });
    }

    proptest! {
        #[test]
        fn no_message_is_too_odd(mut messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..4), cut in 0_usize..90) {
            let mut whole = link(3, "eth0");
            whole.truncate(cut);
            messages.push(whole);
            interfaces(&messages, &messages);
            routes(&messages, &messages);
            for message in &messages {
                Bytes(message).attributes(0);
            }
        }
    }
}
