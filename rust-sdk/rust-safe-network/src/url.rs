//! Urls: one spelling for each, which is judged and then contacted.

use crate::endpoint::{Carrier, Endpoint};
use crate::{Error, Reason, Result};
use core::net::IpAddr;
use rex_cedar_auth::action::network::{Delete, Get, Head, Patch, Post, Put};
use rex_cedar_auth::{Resource, RestrictedExpression, accepts, kind};
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use url::Host;

/// The longest url that is taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// How often an encoded text may be encoded again and is still looked through.
const LAYERS: usize = 4;

/// A url that can be requested, in its normal form (RFC 3986, section 6; WHATWG URL): lower-case scheme and host, no user, no default port, no
/// fragment, no dot segments, nothing percent-encoded that need not be.
///
/// INVARIANT: what is judged is this text, and what is contacted and sent is made of this text alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    text: url::Url,
    host: Host<String>,
    port: u16,
}

impl Url {
    /// The url that a script names.
    ///
    /// # Errors
    /// `Other` for what is no url with a host, `RequestError` for one that is not requested: of another scheme, with a user, with dot segments
    /// that only the server would see.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::request(Reason::Url, format!("builder error: a url has no more than {LONGEST} bytes")));
        }
        let url = url::Url::parse(text).map_err(|error| unparsed(text, &error.to_string()))?;
        Self::normal(url, text)
    }

    /// The url that a redirect from this one leads to.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(crate) fn join(&self, location: &str) -> Result<Self> {
        if location.len() > LONGEST {
            return Err(Error::request(Reason::Redirect, format!("a redirect to a url of more than {LONGEST} bytes")));
        }
        let url = self.text.join(location);
        Self::normal(url.map_err(|error| unparsed(location, &error.to_string()))?, location)
    }

    /// The same url with these parameters at the end of its query.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(crate) fn with_query(&self, parameters: &[(String, String)]) -> Result<Self> {
        if parameters.is_empty() {
            return Ok(self.clone());
        }
        let mut url = self.text.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        Self::parse(url.as_str())
    }

    fn normal(mut url: url::Url, given: &str) -> Result<Self> {
        let refused = |url: &url::Url, why: &str| {
            let mut shown = url.clone();
            // A password has no place in an error. What has no host has no user either.
            let _ = (shown.set_username(""), shown.set_password(None));
            Error::request(Reason::Url, format!("builder error for url ({shown}): {why}"))
        };
        let Some(host) = url.host().map(|host| host.to_owned()) else {
            return Err(unparsed(given, "it names no host"));
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(&url, "only http and https can be requested"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                &url,
                "a url must not hold a user or password; give them in the header `Authorization`",
            ));
        }
        url.set_fragment(None);
        if url.query() == Some("") {
            url.set_query(None);
        }
        let (path, query) = (plain(url.path()), url.query().map(plain));
        if hides_dots(&path) {
            return Err(refused(&url, "its path has encoded dot segments, which a server may follow elsewhere"));
        }
        url.set_path(&path);
        url.set_query(query.as_deref());
        let host = canonical(host).ok_or_else(|| refused(&url, "its host is empty"))?;
        url.set_host(Some(&host.to_string())).map_err(|error| unparsed(given, &error.to_string()))?;
        let port = url.port_or_known_default().ok_or_else(|| refused(&url, "it names no port"))?;
        if port == 0 {
            return Err(refused(&url, "0 is no port"));
        }
        Ok(Self { text: url, host, port })
    }

    /// Its text.
    pub(crate) fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Whether the connection has to be secure.
    pub(crate) fn is_https(&self) -> bool {
        self.text.scheme() == "https"
    }

    /// The host: a name, or an address without brackets.
    pub(crate) fn host(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }

    /// Where a connection for it goes.
    ///
    /// # Errors
    /// `Other` for a name that no name server knows how to look up.
    pub(crate) fn endpoint(&self) -> Result<Endpoint> {
        Ok(Endpoint::new(Carrier::Tcp, crate::host::Host::parse(&self.host())?, self.port))
    }

    /// Whether both have scheme, host and port in common (RFC 6454).
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        (self.text.scheme(), &self.host, self.port) == (other.text.scheme(), &other.host, other.port)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Resource for Url {
    type Kind = kind::Url;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        vec![
            ("url".to_owned(), text(self.as_str())),
            ("scheme".to_owned(), text(self.text.scheme())),
            ("host".to_owned(), text(&self.host())),
            ("port".to_owned(), RestrictedExpression::new_long(self.port.into())),
            ("path".to_owned(), text(self.text.path())),
        ]
    }
}

accepts!(Url: Get, Head, Post, Put, Patch, Delete);

fn unparsed(given: &str, why: &str) -> Error {
    let shown: String = given.chars().take(200).collect();
    Error::Other(format!("failed to clone request: `{}` is no url to request: {why}", shown.escape_debug()))
}

/// The one spelling of a host. Nothing where it is none to contact.
fn canonical(host: Host<String>) -> Option<Host<String>> {
    match host {
        // The dot at the end says that the name is a whole one, which it is here anyway.
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            (!name.is_empty() && !name.ends_with('.')).then(|| Host::Domain(name.to_owned()))
        }
        Host::Ipv4(address) => Some(contacted(address.into())),
        Host::Ipv6(address) => Some(contacted(address.into())),
    }
}

/// An address as it is contacted.
fn contacted(address: IpAddr) -> Host<String> {
    match crate::host::canonical(address) {
        IpAddr::V4(address) => Host::Ipv4(address),
        IpAddr::V6(address) => Host::Ipv6(address),
    }
}

/// The text with nothing percent-encoded that means the same plain (RFC 3986, 6.2.2), and all other encodings in upper case.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        rest = match encoded(after) {
            Some((byte, after)) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                plain.push(char::from(byte));
                after
            }
            Some((byte, after)) => {
                // Writing into a String cannot fail.
                let _ = write!(plain, "%{byte:02X}");
                after
            }
            None => {
                // It stands for itself. Left alone, it could make an encoding of what another one behind it stands for.
                plain.push_str("%25");
                after
            }
        };
    }
    plain.push_str(rest);
    plain
}

/// The byte that two hexadecimal digits at the beginning stand for, and what follows them.
fn encoded(text: &str) -> Option<(u8, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some((u8::from_str_radix(digits, 16).ok()?, rest))
}

/// Whether a server that decodes the path, once or again, meets dot segments in it. The url itself has none by now.
fn hides_dots(path: &str) -> bool {
    let mut bytes = path.as_bytes().to_vec();
    for _ in 0..LAYERS {
        let segments = bytes.split(|byte| matches!(byte, b'/' | b'\\'));
        // Some servers cut parameters off a segment: `..;x` is `..` then.
        let mut names = segments.map(|segment| segment.split(|byte| *byte == b';').next().unwrap_or_default());
        if names.any(|name| name == b"." || name == b"..") {
            return true;
        }
        let decoded = decode(&bytes);
        if decoded == bytes {
            return false;
        }
        bytes = decoded;
    }
    // Encoded more often than anybody has reason to.
    decode(&bytes) != bytes
}

fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let digits = after
            .split_at_checked(2)
            .and_then(|(digits, after)| Some((encoded(core::str::from_utf8(digits).ok()?)?.0, after)));
        match digits {
            Some((byte, after)) if *first == b'%' => {
                decoded.push(byte);
                rest = after;
            }
            _ => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests;
