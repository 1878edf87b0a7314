//! From a host to its addresses, once: for whoever connects to it.

use crate::deadline::Deadline;
use crate::dns::{Client, RecordData, RecordType, Servers, Settings, hosts};
use crate::endpoint::{Endpoint, Right};
use crate::host::{DnsName, Host, Named};
use crate::sys::{self, NameFiles, Socket};
use crate::transport::TransportProtocol;
use crate::{Error, Result};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use rex_cedar_auth::{Action, Authorized, Gate};

/// More addresses of one host are not looked at.
const MOST: usize = 64;

/// Connects to the endpoint: to the first of its addresses that may be and can be connected to.
///
/// # Policy
/// Asks `connect` on the endpoint before a name is looked up, and again for each address before it is connected to.
///
/// # Errors
/// As [`addresses`]. Where no address answers, the denial of the first that is denied; else what the last one failed with.
pub(crate) fn reach(gate: &Gate, endpoint: &Endpoint, right: Right, wait: &Deadline<'_>) -> Result<Socket> {
    reach_one(gate, endpoint, addresses(gate, endpoint, right, wait)?, right, wait)
}

/// As [`reach`], where the addresses are known.
///
/// # Policy
/// Asks `connect` on the endpoint at each address before it is connected to.
pub(crate) fn reach_one(
    gate: &Gate,
    endpoint: &Endpoint,
    addresses: Vec<IpAddr>,
    right: Right,
    wait: &Deadline<'_>,
) -> Result<Socket> {
    let (mut denied, mut last) = (None, Error::NoSuchName("there is no address".to_owned()));
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        let endpoint = endpoint.at(address);
        let share = wait.within(wait.left() / left.max(1));
        left = left.saturating_sub(1);
        let opened = match endpoint.judge(gate, right) {
            Ok(proof) => sys::open(proof, &share),
            Err(denial) => {
                denied.get_or_insert(denial);
                continue;
            }
        };
        match opened {
            Ok(socket) => return Ok(socket),
            Err(error @ Error::Stopped(_)) => return Err(error),
            Err(error) => last = error.about(&format!("{endpoint}: ")),
        }
    }
    Err(denied.map_or(last, Error::PermissionDenied))
}

/// The addresses of the endpoint's host, those of IPv4 first; of an address, that address.
///
/// # Policy
/// Asks `connect` on the endpoint before a name is looked up.
///
/// # Errors
/// As [`look_up`].
pub(crate) fn addresses(gate: &Gate, endpoint: &Endpoint, right: Right, wait: &Deadline<'_>) -> Result<Vec<IpAddr>> {
    if let Some(address) = endpoint.address() {
        return Ok(vec![address.ip()]);
    }
    let proof = endpoint.judge(gate, right)?;
    look_up(gate, proof, &Lookup::default(), wait)
}

/// How names are looked up.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    /// The protocol.
    pub(crate) protocol: TransportProtocol,
    /// The one server to ask, without `/etc/hosts` and the search list.
    pub(crate) server: Option<IpAddr>,
}

/// The addresses of a judged host: those of `/etc/hosts`, else those that servers tell; each once, at most 64.
///
/// # Policy
/// Asks that no policy forbids what was permitted of the name for each name that the search list makes of it, before that is asked for; and
/// `connect` on each server before it is asked: of those of the host, only that no policy forbids it.
///
/// # Errors
/// `NoSuchName`, `TimedOut`, `Refused`, `MalformedAnswer`; a denial; what the system says.
pub(crate) fn look_up<A: Action, T: Named>(
    gate: &Gate,
    proof: Authorized<'_, A, T>,
    how: &Lookup,
    wait: &Deadline<'_>,
) -> Result<Vec<IpAddr>> {
    let name = match proof.target().host()? {
        Host::Address(address) => return Ok(vec![address]),
        Host::Name(name) => name,
    };
    if let Some(server) = how.server {
        let client = Client::new(gate, Servers::chosen(server, 53, how.protocol, None), *wait);
        return both(&client, &name);
    }
    let asked = proof.target();
    let files = sys::name_files(proof)?;
    let found = known(&files, &name);
    if !found.is_empty() {
        return Ok(found);
    }
    let settings = Settings::of(&files);
    let mut servers = Servers::of(&settings, how.protocol, None);
    if settings.rotate {
        servers.rotate();
    }
    let client = Client::new(gate, servers, *wait);
    for candidate in settings.candidates(&name) {
        if candidate.wire() != name.wire() {
            asked.judge_as(gate, &candidate)?;
        }
        match both(&client, &candidate) {
            Err(Error::NoSuchName(_)) => {}
            answer => return answer,
        }
    }
    Err(no_address(&name))
}

fn no_address(name: &DnsName) -> Error {
    Error::NoSuchName(format!("there is no address of `{name}`"))
}

/// What is known without asking: the names of `/etc/hosts`, and `localhost` with all below it (RFC 6761, 6.3).
pub(crate) fn known(files: &NameFiles, name: &DnsName) -> Vec<IpAddr> {
    let found = hosts(files, name);
    let text = name.to_string();
    if found.is_empty() && (text == "localhost" || text.ends_with(".localhost")) {
        return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    }
    unique(found)
}

/// The addresses of both families.
fn both(client: &Client<'_>, name: &DnsName) -> Result<Vec<IpAddr>> {
    let mut found = Vec::new();
    for kind in [RecordType::A, RecordType::Aaaa] {
        for record in client.ask(name, kind)? {
            match record.data {
                RecordData::A(address) => found.push(address.into()),
                RecordData::Aaaa(address) => found.push(address.into()),
                _ => {}
            }
        }
    }
    if found.is_empty() { Err(no_address(name)) } else { Ok(unique(found)) }
}

fn unique(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = Vec::new();
    for address in addresses {
        if !found.contains(&address) && found.len() < MOST {
            found.push(address);
        }
    }
    found
}
