//! Requests, connections, names and sockets, each judged before a byte leaves the host.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate). Nothing outside the private module `sys` touches the system, and `sys`
//! acts only on proofs that the gate made.

mod deadline;
mod dns;
mod endpoint;
mod error;
mod host;
mod http;
mod lookup;
mod sys;
mod tls;
mod transport;
mod url;

pub use dns::{Record, RecordData, RecordType};
pub use error::{Error, Reason, Result};
pub use http::{Client, Method, Request, Response, Trust};
pub use tls::{TlsInfo, TlsOptions, tls_info};
pub use transport::TransportProtocol;
