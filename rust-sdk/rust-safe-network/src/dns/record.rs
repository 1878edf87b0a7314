//! What servers answer with: records, by their types.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::fmt;

/// The types of records that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::Display, strum::VariantNames)]
#[strum(serialize_all = "UPPERCASE")]
pub enum RecordType {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// The name that another name stands for.
    Cname,
    /// A server that takes mail.
    Mx,
    /// A name server.
    Ns,
    /// The name of an address.
    Ptr,
    /// What the zone is kept by.
    Soa,
    /// A server of a service.
    Srv,
    /// Text.
    Txt,
}

/// One record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name that it belongs to, in lower case.
    pub name: String,
    /// For how many seconds it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: RecordData,
}

/// What a record says. Names are in lower case, without a dot at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordData {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name that another name stands for.
    Cname(String),
    /// A server that takes mail: its preference, the least first, and its name.
    Mx(u16, String),
    /// A name server.
    Ns(String),
    /// The name of an address.
    Ptr(String),
    /// What the zone is kept by.
    Soa {
        /// The first name server.
        server: String,
        /// The address of who is responsible, as a name.
        mailbox: String,
        /// The number of this state of the zone.
        serial: u32,
        /// After how many seconds other servers look for a new state.
        refresh: u32,
        /// After how many seconds they try again.
        retry: u32,
        /// After how many seconds they give up.
        expire: u32,
        /// For how many seconds it may be kept that a name is not there.
        minimum: u32,
    },
    /// A server of a service.
    Srv {
        /// The least is tried first.
        priority: u16,
        /// The share among those of one priority.
        weight: u16,
        /// Its port.
        port: u16,
        /// Its name.
        target: String,
    },
    /// Texts of up to 255 bytes each.
    Txt(Vec<Vec<u8>>),
}

impl RecordType {
    /// The type by its name, in letters of either case.
    pub fn parse(text: &str) -> Option<Self> {
        text.to_ascii_uppercase().parse().ok()
    }

    /// The names of all types.
    pub fn names() -> &'static [&'static str] {
        <Self as strum::VariantNames>::VARIANTS
    }
}

impl RecordData {
    /// Its type.
    pub fn record_type(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::Aaaa,
            Self::Cname(_) => RecordType::Cname,
            Self::Mx(..) => RecordType::Mx,
            Self::Ns(_) => RecordType::Ns,
            Self::Ptr(_) => RecordType::Ptr,
            Self::Soa { .. } => RecordType::Soa,
            Self::Srv { .. } => RecordType::Srv,
            Self::Txt(_) => RecordType::Txt,
        }
    }

    /// The texts of a `TXT` record put together; invalid UTF-8 is replaced.
    pub fn text(&self) -> Option<String> {
        let Self::Txt(texts) = self else { return None };
        Some(String::from_utf8_lossy(&texts.concat()).into_owned())
    }
}

/// As dig(1) shows it, `TXT` without quotes. Control characters are replaced: whoever runs the server chose them.
impl fmt::Display for RecordData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => address.fmt(f),
            Self::Aaaa(address) => address.fmt(f),
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) => name.fmt(f),
            Self::Mx(preference, name) => write!(f, "{preference} {name}"),
            Self::Soa { server, mailbox, serial, refresh, retry, expire, minimum } => {
                write!(f, "{server} {mailbox} {serial} {refresh} {retry} {expire} {minimum}")
            }
            Self::Srv { priority, weight, port, target } => write!(f, "{priority} {weight} {port} {target}"),
            Self::Txt(_) => {
                let text = self.text().unwrap_or_default();
                text.chars().try_for_each(|letter| {
                    let shown = if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
                    write!(f, "{shown}")
                })
            }
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} IN {} {}", self.name, self.ttl, self.data.record_type(), self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, RecordData, RecordType};

    #[test]
    fn types_have_names_and_records_show() {
        assert_eq!(RecordType::parse("aaaa"), Some(RecordType::Aaaa));
        assert_eq!(RecordType::parse("ANY"), None);
        assert!(
            RecordType::names().iter().all(|name| RecordType::parse(name).is_some_and(|of| of.to_string() == *name))
        );
        let texts = vec![b"v=spf1 ".to_vec(), b"\x1b[2J\xff".to_vec()];
        let record = Record { name: "rex.test".to_owned(), ttl: 60, data: RecordData::Txt(texts) };
        assert_eq!(record.to_string(), "rex.test 60 IN TXT v=spf1 \u{fffd}[2J\u{fffd}");
        assert_eq!(record.data.text().unwrap(), "v=spf1 \u{1b}[2J\u{fffd}");
    }
}
