//! Requests over HTTP/1.1 (RFC 9110, RFC 9112): each url judged, each redirect judged anew, each connection made to the address that was judged.

mod body;
mod client;
mod download;
mod exchange;
mod link;
mod method;
mod pool;
mod request;
mod response;
mod send;

pub use client::Client;
pub use method::Method;
pub use request::Request;
pub use response::Response;

pub use crate::tls::Trust;
