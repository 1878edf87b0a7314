//! A client: how requests are sent, and the connections that they share.

use super::pool::Pool;
use super::{Method, Request};
use crate::tls::Trust;
use std::rc::Rc;
use std::time::Duration;

/// How requests are sent. Copies with other settings share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) pool: Rc<Pool>,
    pub(super) max_text_bytes: Option<u64>,
    pub(super) timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) redirects: u32,
    pub(super) trust: Trust,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            pool: Rc::default(),
            max_text_bytes: None,
            timeout: Self::TIMEOUT,
            connect_timeout: Self::CONNECT_TIMEOUT,
            redirects: Self::REDIRECTS,
            trust: Trust::system(),
        }
    }
}

impl Client {
    /// How long a request may take as a whole unless another time is set.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// How long it may take to connect unless another time is set.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// How many redirects are followed unless another number is set.
    pub const REDIRECTS: u32 = 10;
    /// The largest body that is taken where no limit is set, in bytes.
    pub const LARGEST_BODY: u64 = 16 << 20;

    /// The same with another limit: no more than so many bytes of a body are read, the rest is left.
    #[must_use]
    pub fn with_max_text_bytes(&self, bytes: u64) -> Self {
        Self { max_text_bytes: Some(bytes), ..self.clone() }
    }

    /// The limit that was set.
    pub fn max_text_bytes(&self) -> Option<u64> {
        self.max_text_bytes
    }

    /// The same with another time for a request as a whole, its redirects among it.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// The same with another time for connecting.
    #[must_use]
    pub fn with_connect_timeout(&self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self.clone() }
    }

    /// The same with another number of redirects that are followed, each judged as a request of its own; 0 for none.
    #[must_use]
    pub fn with_redirects(&self, redirects: u32) -> Self {
        Self { redirects, ..self.clone() }
    }

    /// The same with other authorities that make a server's certificate trusted.
    #[must_use]
    pub fn with_trust(&self, trust: Trust) -> Self {
        Self { trust, ..self.clone() }
    }

    /// A request, which is not yet sent: the url is not even looked at.
    pub fn request(&self, method: Method, url: &str) -> Request {
        Request::new(self.clone(), method, url)
    }
}
