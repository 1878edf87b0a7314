//! The domain name system (RFC 1034, RFC 1035): a client that asks the servers of the host, or one that a script names.
//!
//! Names are not looked up by getaddrinfo(3): it waits as long as it likes, whatever limits a run has; it loads what nsswitch.conf(5)
//! names into the process; and which servers it asks, no policy sees.

mod client;
mod message;
mod record;
mod settings;

pub(crate) use client::{Client, Servers};
pub use record::{Record, RecordData, RecordType};
pub(crate) use settings::{Settings, hosts};
