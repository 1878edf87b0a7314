//! Where connections go, as policies know it: `network::url`, asked for `connect`.

use crate::Result;
use crate::host::{DnsName, Host, Named, canonical};
use core::net::{IpAddr, SocketAddr};
use rex_cedar_auth::action::network::Connect;
use rex_cedar_auth::{Authorized, Denied, Gate, Resource, RestrictedExpression, accepts, kind};
use std::borrow::Cow;
use std::fmt;

/// What carries the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// A stream.
    Tcp,
    /// Packets.
    Udp,
}

impl Carrier {
    /// The word that policies know as the scheme.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// The end of a connection that is not here: a host, and once that is known, its address.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    carrier: Carrier,
    host: Host,
    text: String,
    port: u16,
    address: Option<IpAddr>,
}

/// What a policy has to say to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// It must permit it.
    Permit,
    /// It must not forbid it: something else that is permitted needs it.
    NoForbid,
}

impl Endpoint {
    /// The endpoint at a host; of an address, that address.
    pub(crate) fn new(carrier: Carrier, host: Host, port: u16) -> Self {
        let address = match host {
            Host::Address(address) => Some(address),
            Host::Name(_) => None,
        };
        Self { carrier, text: host.to_string(), host, port, address }
    }

    /// The same endpoint at one address of its host.
    pub(crate) fn at(&self, address: IpAddr) -> Self {
        Self { address: Some(canonical(address)), ..self.clone() }
    }

    /// The same with another carrier.
    pub(crate) fn over(&self, carrier: Carrier) -> Self {
        Self { carrier, ..self.clone() }
    }

    /// What carries the bytes.
    pub(crate) fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// Address and port, where the address is known.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.address?, self.port))
    }

    /// Asks whether the policy lets it be connected to; without an address, whether its address may be looked up for that.
    ///
    /// # Errors
    /// [`Denied`].
    pub(crate) fn judge(
        &self,
        gate: &Gate,
        right: Right,
    ) -> std::result::Result<Authorized<'_, Connect, Self>, Denied> {
        match right {
            Right::Permit => gate.authorize::<Connect, _>(self),
            Right::NoForbid => gate.authorize_unless_forbidden::<Connect, _>(self),
        }
    }
}

impl Resource for Endpoint {
    type Kind = kind::Url;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let mut attributes = vec![
            ("url".to_owned(), text(&self.text)),
            ("scheme".to_owned(), text(self.carrier.word())),
            ("host".to_owned(), text(&self.text)),
            ("port".to_owned(), RestrictedExpression::new_long(self.port.into())),
            ("path".to_owned(), text("")),
        ];
        if let Some(address) = self.address {
            attributes.push(("ip".to_owned(), RestrictedExpression::new_ip(address.to_string())));
        }
        attributes
    }
}

accepts!(Endpoint: Connect);

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address() {
            Some(address) => address.fmt(f),
            None => write!(f, "{}:{}", self.text, self.port),
        }
    }
}

impl Named for Endpoint {
    fn host(&self) -> Result<Host> {
        Ok(self.host.clone())
    }

    fn judge_as(&self, gate: &Gate, name: &DnsName) -> std::result::Result<(), Denied> {
        let other = Self::new(self.carrier, Host::Name(name.clone()), self.port);
        other.judge(gate, Right::NoForbid).map(drop)
    }
}
