//! Requests, connections, names and sockets, each judged before a byte leaves the host.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate). Nothing outside the private module `sys` touches the system, and `sys`
//! acts only on proofs that the gate made.

mod connection;
mod deadline;
mod dig;
mod dns;
mod endpoint;
mod error;
#[cfg(test)]
mod fuzz;
mod host;
mod http;
mod interfaces;
mod lookup;
mod resolve;
mod sockets;
mod sys;
mod tls;
mod transport;
mod url;

pub use connection::{Connection, USUAL_TIMEOUT, connect, listens};
pub use dig::{DigOptions, dig};
pub use dns::{Record, RecordData, RecordType};
pub use error::{Error, Reason, Result};
pub use http::{Client, Method, Request, Response, Trust};
pub use interfaces::{Counters, Interface, Route, interfaces, routes};
pub use resolve::{ResolveOptions, resolve};
pub use rust_safe_io::CertificateInfo;
pub use rust_safe_process_mgmt::SocketOwner;
pub use sockets::{
    InternetSocket, NetworkProtocol, Sockets, TcpState, UnixProtocol, UnixSocket, UnixSocketState, owned_sockets,
    sockets,
};
pub use tls::{TlsInfo, TlsOptions, tls_info};
pub use transport::TransportProtocol;
