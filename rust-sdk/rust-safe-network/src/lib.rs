//! Requests, connections, names and sockets, each judged before a byte leaves the host.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate). Nothing outside the private module `sys` touches the system, and `sys`
//! acts only on proofs that the gate made.

mod deadline;
mod dns;
mod endpoint;
mod error;
mod host;
mod lookup;
mod sys;
mod transport;

pub use dns::{Record, RecordData, RecordType};
pub use error::{Error, Result};
pub use transport::TransportProtocol;
