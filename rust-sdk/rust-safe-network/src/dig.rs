//! Records of the domain name system, as scripts ask for them.

use crate::deadline::Deadline;
use crate::dns::{Client, Record, RecordType, Servers, Settings};
use crate::host::{DnsName, Host, Hostname};
use crate::resolve::server;
use crate::transport::TransportProtocol;
use crate::{Error, Result, sys};
use core::net::IpAddr;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::sysinfo::ResolveHostname;
use std::time::Duration;

/// What is asked for, and how.
#[derive(Debug, Clone)]
pub struct DigOptions {
    /// The name; of `PTR` also an address.
    pub name: Option<String>,
    /// The type of records.
    pub record_type: RecordType,
    /// The address of the one server to ask; else those of the host.
    pub server: Option<String>,
    /// Its port.
    pub port: u16,
    /// What carries questions and answers.
    pub protocol: TransportProtocol,
    /// How long the whole may take.
    pub timeout: Duration,
    /// How often each server is asked before it is given up.
    pub tries: Option<u32>,
}

impl Default for DigOptions {
    fn default() -> Self {
        Self {
            name: None,
            record_type: RecordType::A,
            server: None,
            port: 53,
            protocol: TransportProtocol::Auto,
            timeout: Duration::from_secs(5),
            tries: None,
        }
    }
}

/// The records of a type that a name has, in the order of the answer; none where the name is there and has none of that type. Neither
/// `/etc/hosts` nor the search list counts.
///
/// # Policy
/// Asks `resolve_hostname` on the name in its normal form: lower case, no dot at the end; of an address, the name below `in-addr.arpa` or
/// `ip6.arpa`. On the server that the options name, `connect`; on servers of the host, that no policy forbids it.
///
/// # Errors
/// `NoSuchName` for a name that is not there, `TimedOut`, `Refused` by all servers, `MalformedAnswer`; `Other` for what is no name.
pub fn dig(gate: &Gate, options: &DigOptions) -> Result<Vec<Record>> {
    let text = options.name.as_deref().unwrap_or_default();
    let kind = options.record_type;
    let failed = |error: Error| error.about(&format!("DNS query failed for {kind} of {text}, reason: "));
    let server = options.server.as_deref().map(server).transpose()?;
    let name = match text.parse::<IpAddr>() {
        Ok(address) if kind == RecordType::Ptr => DnsName::of_address(address),
        _ => DnsName::parse(text),
    }
    .map_err(failed)?;
    let hostname = Hostname::of(Host::Name(name.clone()));
    let proof = gate.authorize::<ResolveHostname, _>(&hostname)?;
    let servers = match server {
        Some(server) => Servers::chosen(server, options.port, options.protocol, options.tries),
        None => Servers::of(&Settings::of(&sys::name_files(proof)?), options.protocol, options.tries),
    };
    Client::new(gate, servers, Deadline::new(gate, options.timeout)).ask(&name, kind).map_err(failed)
}
