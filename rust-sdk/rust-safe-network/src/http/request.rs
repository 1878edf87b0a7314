//! A request while it is put together. Nothing is looked at or sent before [`Request::send`].

use super::{Client, Method};
use crate::{Error, Reason, Result};
use std::rc::Rc;
use ureq_proto::http::{HeaderName, HeaderValue, header};

/// The most bytes of all headers of a request together.
const LONGEST: usize = 64 * 1024;

/// Headers that say where a request goes, how long it is and what becomes of the connection: they follow from the url and the body.
const RESERVED: [HeaderName; 9] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Headers by which servers take a request for one of another method or url than the one that was judged.
const DISGUISES: [&str; 5] =
    ["x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url"];

/// A request, which can be sent again and again.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) client: Client,
    pub(super) method: Method,
    pub(super) url: Rc<str>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<Rc<[u8]>>,
}

impl Request {
    pub(super) fn new(client: Client, method: Method, url: &str) -> Self {
        Self { client, method, url: url.into(), query: Vec::new(), headers: Vec::new(), body: None }
    }

    /// The url as it was given.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The client that it will be sent by.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The same with one more header; one that is there already under this name is replaced.
    ///
    /// # Errors
    /// `RequestError` for what is no header of HTTP, such as one with a line break, for headers that follow from the url and the body, and for those by
    /// which a server takes it for another request.
    pub fn with_header(&self, name: &str, value: &str) -> Result<Self> {
        let refused = |why: &str| {
            Error::request(Reason::Request, format!("builder error: the header `{}` {why}", name.escape_debug()))
        };
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("has no valid name"))?;
        if RESERVED.contains(&parsed) {
            return Err(refused("follows from the url and the body and cannot be set"));
        }
        if DISGUISES.contains(&parsed.as_str()) {
            return Err(refused("would make it another request for the server than the one that was judged"));
        }
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| refused("has a value with a line break or another character that no header may hold"))?;
        value.set_sensitive([header::AUTHORIZATION, header::COOKIE].contains(&parsed));
        let mut next = self.clone();
        next.headers.retain(|(other, _)| *other != parsed);
        next.headers.push((parsed, value));
        let size: usize = next.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if size > LONGEST {
            return Err(refused(&format!("is too long: all headers together have no more than {LONGEST} bytes")));
        }
        Ok(next)
    }

    /// The same with one more parameter in the query of its url.
    #[must_use]
    pub fn with_query(&self, name: &str, value: &str) -> Self {
        let mut next = self.clone();
        next.query.push((name.to_owned(), value.to_owned()));
        next
    }

    /// The same with this body, of this type where it has no header `content-type` yet.
    ///
    /// # Errors
    /// `RequestError` with the methods GET and HEAD, which have none.
    pub fn with_body(&self, body: &[u8], content_type: &'static str) -> Result<Self> {
        if matches!(self.method, Method::Get | Method::Head) {
            let text = format!("builder error: a request with the method {} has no body", self.method.in_protocol());
            return Err(Error::request(Reason::Request, text));
        }
        let mut next = self.clone();
        next.body = Some(body.into());
        if !next.headers.iter().any(|(name, _)| name == header::CONTENT_TYPE) {
            next.headers.push((header::CONTENT_TYPE, HeaderValue::from_static(content_type)));
        }
        Ok(next)
    }

    /// The headers that may go along to another origin: whatever could be a secret of the first stays behind.
    pub(super) fn keep_harmless_headers(&mut self) {
        let harmless = [header::ACCEPT, header::ACCEPT_LANGUAGE, header::CONTENT_TYPE, header::USER_AGENT];
        self.headers.retain(|(name, _)| harmless.contains(name));
    }
}
