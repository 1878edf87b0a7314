//! Methods, and the permission to use one on a url.

use crate::url::Url;
use rex_cedar_auth::action::network::{Delete, Get, Head, Patch, Post, Put};
use rex_cedar_auth::{Authorized, Denied, Gate};

/// What is to be done with a url (RFC 9110, section 9; RFC 5789).
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
pub enum Method {
    /// Fetch it.
    Get,
    /// Fetch its headers.
    Head,
    /// Send data to it.
    Post,
    /// Put data there.
    Put,
    /// Change it.
    Patch,
    /// Remove it.
    Delete,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The word that scripts know it by, such as `Get`.
    pub fn word(self) -> &'static str {
        self.into()
    }

    /// Whether to do it twice is the same as to do it once (RFC 9110, 9.2.2).
    pub(super) fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }

    /// Whether servers expect the length of a body, be it 0.
    pub(super) fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }

    /// The word of the protocol.
    pub(super) fn in_protocol(self) -> ureq_proto::http::Method {
        use ureq_proto::http::Method as Word;
        match self {
            Self::Get => Word::GET,
            Self::Head => Word::HEAD,
            Self::Post => Word::POST,
            Self::Put => Word::PUT,
            Self::Patch => Word::PATCH,
            Self::Delete => Word::DELETE,
        }
    }
}

/// Proof that a method may be used on a url.
#[derive(Debug)]
pub(super) enum Permit<'u> {
    Get(Authorized<'u, Get, Url>),
    Head(Authorized<'u, Head, Url>),
    Post(Authorized<'u, Post, Url>),
    Put(Authorized<'u, Put, Url>),
    Patch(Authorized<'u, Patch, Url>),
    Delete(Authorized<'u, Delete, Url>),
}

impl<'u> Permit<'u> {
    /// # Policy
    /// Asks the action that bears the name of the method on the url.
    pub(super) fn ask(gate: &Gate, method: Method, url: &'u Url) -> Result<Self, Denied> {
        Ok(match method {
            Method::Get => Self::Get(gate.authorize(url)?),
            Method::Head => Self::Head(gate.authorize(url)?),
            Method::Post => Self::Post(gate.authorize(url)?),
            Method::Put => Self::Put(gate.authorize(url)?),
            Method::Patch => Self::Patch(gate.authorize(url)?),
            Method::Delete => Self::Delete(gate.authorize(url)?),
        })
    }

    /// What it permits, of what.
    pub(super) fn of(&self) -> (Method, &'u Url) {
        match self {
            Self::Get(proof) => (Method::Get, proof.target()),
            Self::Head(proof) => (Method::Head, proof.target()),
            Self::Post(proof) => (Method::Post, proof.target()),
            Self::Put(proof) => (Method::Put, proof.target()),
            Self::Patch(proof) => (Method::Patch, proof.target()),
            Self::Delete(proof) => (Method::Delete, proof.target()),
        }
    }
}
