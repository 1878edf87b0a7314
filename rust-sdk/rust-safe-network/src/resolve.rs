//! The addresses of a host, as scripts ask for them.

use crate::deadline::Deadline;
use crate::host::{Host, Hostname};
use crate::lookup::{Lookup, look_up};
use crate::transport::TransportProtocol;
use crate::{Error, Result};
use core::net::IpAddr;
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::sysinfo::ResolveHostname;
use std::time::Duration;

/// Which host, and how it is looked up.
#[derive(Debug, Clone)]
pub struct ResolveOptions {
    /// The host.
    pub hostname: Option<String>,
    /// What carries questions and answers.
    pub protocol: TransportProtocol,
    /// The address of the one server to ask, without `/etc/hosts` and the search list; else those of the host.
    pub resolver: Option<String>,
    /// How long the whole may take.
    pub timeout: Duration,
}

impl Default for ResolveOptions {
    fn default() -> Self {
        Self { hostname: None, protocol: TransportProtocol::Auto, resolver: None, timeout: Duration::from_secs(5) }
    }
}

impl ResolveOptions {
    /// The usual options for a host.
    pub fn of(hostname: &str) -> Self {
        Self { hostname: Some(hostname.to_owned()), ..Self::default() }
    }
}

/// The addresses of a host, each once, IPv4 before IPv6, in ascending order.
///
/// # Policy
/// Asks `resolve_hostname` on the host in its normal form: lower case, no dot at the end. On the server that the options name, `connect`; on
/// servers of the host, that no policy forbids it.
///
/// # Errors
/// `NoSuchName` for a host without address, `TimedOut`, `Refused` by all servers, `MalformedAnswer`; `Other` for what is no host.
pub fn resolve(gate: &Gate, options: &ResolveOptions) -> Result<Vec<String>> {
    let host = options.hostname.as_deref().unwrap_or_default();
    let failed = |error: Error| error.about(&format!("DNS resolution failed for hostname: {host}, reason: "));
    let server = options.resolver.as_deref().map(server).transpose()?;
    let hostname = Hostname::of(Host::parse(host).map_err(failed)?);
    let proof = gate.authorize::<ResolveHostname, _>(&hostname)?;
    let wait = Deadline::new(gate, options.timeout);
    let how = Lookup { protocol: options.protocol, server };
    let mut found = look_up(gate, proof, &how, &wait).map_err(failed)?;
    found.sort_unstable();
    Ok(found.iter().map(ToString::to_string).collect())
}

/// The address of a server.
pub(crate) fn server(text: &str) -> Result<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|error| Error::Other(format!("failed to parse resolver IP address: {error}")))
}
