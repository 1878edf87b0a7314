//! Hosts: names and addresses, each in one spelling, so that no other spelling of it passes by a policy.

use crate::{Error, Result};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use domain::base::Name;
use rex_cedar_auth::action::sysinfo::ResolveHostname;
use rex_cedar_auth::{Denied, Gate, Resource, RestrictedExpression, accepts, kind};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr as _;

/// A name of the domain name system (RFC 1035), in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DnsName {
    name: Name<Vec<u8>>,
    /// It ended in a dot: nothing is to be appended.
    absolute: bool,
}

/// What a request or connection goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// A name.
    Name(DnsName),
    /// An address, as [`canonical`] makes it.
    Address(IpAddr),
}

impl DnsName {
    /// The name that `text` spells. Letters beyond ASCII are encoded as IDNA says (UTS 46).
    ///
    /// # Errors
    /// `Other` for a text that is no name.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &dyn fmt::Display| Error::Other(format!("`{}` is no host name: {why}", text.escape_debug()));
        let ascii = if text.is_ascii() {
            Cow::Borrowed(text)
        } else {
            match url::Host::parse(text) {
                Ok(url::Host::Domain(name)) => Cow::Owned(name),
                Ok(_) => return Err(wrong(&"it is an address")),
                Err(error) => return Err(wrong(&error)),
            }
        };
        if ascii.is_empty() || ascii == "." {
            return Err(wrong(&"it is empty"));
        }
        if ascii.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()) {
            return Err(wrong(&"it holds blanks or control characters"));
        }
        let mut name = Name::from_str(&ascii).map_err(|error| wrong(&error))?;
        // Not the text but the name: it may spell letters by their numbers, as `\065`.
        name.make_canonical();
        let absolute = ascii.ends_with('.') && !ascii.ends_with("\\.");
        Ok(Self { name, absolute })
    }

    /// The name with `suffix` behind it, where that is not too long.
    pub(crate) fn below(&self, suffix: &Self) -> Option<Self> {
        let relative = self.name.clone().into_relative();
        let name = relative.chain(suffix.name.clone()).ok()?;
        let name = domain::base::name::ToName::try_to_name::<Vec<u8>>(&name).ok()?;
        Some(Self { name, absolute: true })
    }

    /// The name under which an address is looked up (RFC 1035, 3.5; RFC 3596, 2.5).
    ///
    /// # Errors
    /// Never, as far as is known.
    pub(crate) fn of_address(address: IpAddr) -> Result<Self> {
        let text = match address {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
            }
            IpAddr::V6(address) => {
                let digits = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
                let digits: Vec<String> = digits.map(|digit| format!("{digit:x}.")).collect();
                let digits = digits.concat();
                format!("{digits}ip6.arpa.")
            }
        };
        Self::parse(&text)
    }

    /// As the wire has it.
    pub(crate) fn wire(&self) -> &Name<Vec<u8>> {
        &self.name
    }

    /// From what a server sent.
    pub(crate) fn of_wire(name: &impl domain::base::name::ToName) -> Option<Self> {
        let mut name: Name<Vec<u8>> = name.try_to_name().ok()?;
        name.make_canonical();
        Some(Self { name, absolute: true })
    }

    /// Whether nothing is to be appended to it.
    pub(crate) fn is_absolute(&self) -> bool {
        self.absolute
    }

    /// The dots within it.
    pub(crate) fn dots(&self) -> usize {
        // The root counts as a label.
        self.name.label_count().saturating_sub(2)
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl Host {
    /// The host that `text` spells: a name, or an address, IPv6 with or without brackets, IPv4 in any of the spellings that `inet_aton(3)` takes.
    ///
    /// # Errors
    /// `Other` for a text that is neither.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Address(canonical(address)));
        }
        match url::Host::parse(text) {
            Ok(url::Host::Ipv4(address)) => Ok(Self::Address(canonical(address.into()))),
            Ok(url::Host::Ipv6(address)) => Ok(Self::Address(canonical(address.into()))),
            Ok(url::Host::Domain(name)) => Ok(Self::Name(DnsName::parse(&name)?)),
            Err(error) => Err(Error::Other(format!("`{}` is no host: {error}", text.escape_debug()))),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// The address that is reached: an IPv4 address in the clothes of IPv6 is itself, and none at all is the host's own (`ip(7)`).
pub(crate) fn canonical(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

/// A host that is to be looked up, as policies know it: `sysinfo::Hostname`.
#[derive(Debug, Clone)]
pub(crate) struct Hostname {
    host: Host,
    text: String,
}

impl Hostname {
    /// The resource for a host.
    pub(crate) fn of(host: Host) -> Self {
        Self { text: host.to_string(), host }
    }
}

impl Resource for Hostname {
    type Kind = kind::Hostname;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        vec![("hostname".to_owned(), RestrictedExpression::new_string(self.text.clone()))]
    }
}

accepts!(Hostname: ResolveHostname);

/// What was judged as a host that is looked up.
pub(crate) trait Named: Resource {
    /// The host.
    ///
    /// # Errors
    /// `Other` for what is none.
    fn host(&self) -> Result<Host>;

    /// Asks whether no policy forbids the same of another name, which the search list makes of this one.
    ///
    /// # Errors
    /// [`Denied`].
    fn judge_as(&self, gate: &Gate, name: &DnsName) -> std::result::Result<(), Denied>;
}

impl Named for Hostname {
    fn host(&self) -> Result<Host> {
        Ok(self.host.clone())
    }

    fn judge_as(&self, gate: &Gate, name: &DnsName) -> std::result::Result<(), Denied> {
        gate.authorize_unless_forbidden::<ResolveHostname, _>(&Self::of(Host::Name(name.clone()))).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::{DnsName, Host, canonical};

    #[test]
    fn a_host_has_one_spelling() {
        let shown = |text: &str| Host::parse(text).map(|host| host.to_string()).unwrap_or_default();
        for (text, expected) in [
            ("DB.Example.", "db.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("_dmarc.example", "_dmarc.example"),
            ("[::1]", "::1"),
            ("::FFFF:127.0.0.1", "127.0.0.1"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("0x7f.1", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0", "127.0.0.1"),
            ("::", "::1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("ex%61mple", "example"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        for text in
            ["", ".", "a b", "a..b", "http://a", "a/b", "a:1", "[::1", &"a".repeat(64), &"a.".repeat(200), "a\0b"]
        {
            assert_eq!(shown(text), "", "{text:?}");
        }
    }

    #[test]
    fn a_name_has_one_spelling() {
        let parsed = |text: &str| DnsName::parse(text).map(|name| (name.to_string(), name.is_absolute()));
        for (text, expected) in [
            (r"\065bc.\116est.", ("abc.test", true)),
            (r"A\bc.test", ("abc.test", false)),
            (r"a\.b.test", (r"a\.b.test", false)),
            ("0/25.2.0.192.in-addr.arpa", ("0/25.2.0.192.in-addr.arpa", false)),
        ] {
            assert_eq!(parsed(text).unwrap(), (expected.0.to_owned(), expected.1), "{text}");
        }
        for text in ["a b", "a\tb", "a\u{1b}", r"a\", r"a\06", r"a\256"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_addresses_and_below_others() {
        let of = |text: &str| DnsName::of_address(text.parse().unwrap()).unwrap();
        assert_eq!(of("192.0.2.7").to_string(), "7.2.0.192.in-addr.arpa");
        assert!(of("2001:db8::7").to_string().starts_with("7.0.0.0."));
        assert!(of("2001:db8::7").to_string().ends_with("8.b.d.0.1.0.0.2.ip6.arpa"));
        let (short, long) = (DnsName::parse("db").unwrap(), DnsName::parse(&"a.".repeat(126)).unwrap());
        let below = short.below(&DnsName::parse("rex.test").unwrap()).unwrap();
        assert_eq!((below.to_string().as_str(), below.is_absolute(), below.dots()), ("db.rex.test", true, 2));
        assert_eq!(short.below(&long), None);
        assert_eq!((short.dots(), short.is_absolute()), (0, false));
        assert_eq!(canonical("::ffff:10.0.0.1".parse().unwrap()).to_string(), "10.0.0.1");
    }
}
