//! Sending a request, and following where the answer redirects.

use super::body::Incoming;
use super::exchange::exchange;
use super::link::Link;
use super::method::Permit;
use super::response::texts;
use super::{Client, Method, Request, Response};
use crate::deadline::Deadline;
use crate::endpoint::Right;
use crate::lookup::{addresses, reach_one};
use crate::tls::{self, Session};
use crate::url::Url;
use crate::{Error, Reason, Result};
use rex_cedar_auth::Gate;
use ureq_proto::http::{StatusCode, header};

/// Read at once.
const PIECE: usize = 64 * 1024;

/// No more than this of a body that nobody wants is read to save the connection.
const LEFT: u64 = 64 * 1024;

/// An answer whose body has not been read, and what it comes by.
pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) incoming: Incoming,
    pub(super) link: Link,
}

impl Request {
    /// Sends the request and reads the answer; any status is an answer. Redirects are followed as often as the client says, each judged as a request of
    /// its own; to another origin only harmless headers go along. A name is looked up once, and the connection goes to an address that was judged.
    ///
    /// # Policy
    /// Asks the action that bears the name of the method on the url, and whether `connect` is forbidden on the address; both again for each redirect.
    ///
    /// # Errors
    /// `Other` for what is no url; `RequestError` for what cannot be sent or is not answered, with the reason.
    pub fn send(&self, gate: &Gate) -> Result<Response> {
        let wait = Deadline::new(gate, self.client.timeout);
        let answer = self.answer(gate, &wait)?;
        let url = answer.url.clone();
        self.whole(answer, &wait).map_err(|error| about(error, &url))
    }

    /// The whole answer, no longer than the client takes.
    pub(super) fn whole(&self, answer: Answer, wait: &Deadline<'_>) -> Result<Response> {
        let Answer { url, mut incoming, mut link } = answer;
        let (most, is_limit) = match self.client.max_text_bytes {
            Some(most) => (most, true),
            None => (Client::LARGEST_BODY, false),
        };
        let too_large = || {
            let text = format!(
                "the body of the answer has more than {most} bytes; take part of it with `max_text_bytes`, or download it"
            );
            Err(Error::request(Reason::TooLarge, text))
        };
        if !is_limit && incoming.length().is_some_and(|length| length > most) {
            return too_large();
        }
        let (mut body, mut piece) = (Vec::new(), vec![0; PIECE]);
        loop {
            let room = most.saturating_sub(body.len() as u64);
            if room == 0 && is_limit {
                break;
            }
            // One byte more than fits tells whether there is more.
            let wanted =
                usize::try_from(room.saturating_add(u64::from(!is_limit))).map_or(PIECE, |room| room.min(PIECE));
            let part = incoming.read(&mut link, wait, piece.get_mut(..wanted).unwrap_or_default())?;
            if part.is_empty() {
                break;
            }
            if part.len() as u64 > room {
                return too_large();
            }
            body.extend_from_slice(part);
        }
        let (status, headers) = (incoming.status.as_u16(), texts(&incoming.headers));
        let truncated = !incoming.is_over();
        let url = self.keep(Answer { url, incoming, link });
        Ok(Response { status, url: url.as_str().to_owned(), headers, body, truncated })
    }

    /// Puts the connection back, if it is of further use.
    pub(super) fn keep(&self, answer: Answer) -> Url {
        let Answer { url, incoming, link } = answer;
        if incoming.leaves_reusable() {
            self.client.pool.put(&url, &self.client.trust, link);
        }
        url
    }

    /// Sends the request, follows redirects and gives the last answer.
    pub(super) fn answer(&self, gate: &Gate, wait: &Deadline<'_>) -> Result<Answer> {
        let mut request = self.clone();
        let mut url = Url::parse(&self.url)?.with_query(&self.query)?;
        for followed in 0.. {
            let answer = request.one(gate, &url, wait).map_err(|error| about(error, &url))?;
            let Some(next) = self.next(followed, &url, &answer.incoming).map_err(|error| about(error, &url))? else {
                return Ok(answer);
            };
            request.redirected(answer.incoming.status);
            if !next.same_origin(&url) {
                request.keep_harmless_headers();
            }
            request.discard(answer, wait);
            url = next;
        }
        Err(Error::request(Reason::Redirect, "error following redirect: too many redirects"))
    }

    /// Where the answer redirects, if that is to be followed.
    fn next(&self, followed: u32, url: &Url, incoming: &Incoming) -> Result<Option<Url>> {
        if !matches!(incoming.status.as_u16(), 301 | 302 | 303 | 307 | 308) || self.client.redirects == 0 {
            return Ok(None);
        }
        let Some(location) = incoming.headers.get(header::LOCATION) else { return Ok(None) };
        if followed >= self.client.redirects {
            let most = self.client.redirects;
            let text = format!("error following redirect: too many redirects, more than {most}");
            return Err(Error::request(Reason::Redirect, text));
        }
        let location = core::str::from_utf8(location.as_bytes())
            .map_err(|_| Error::request(Reason::Redirect, "it redirects to what is no text"))?;
        let next = url.join(location).map_err(|error| match error {
            Error::Stopped(stopped) => stopped.into(),
            error => Error::request(Reason::Redirect, format!("error following redirect: {error}")),
        })?;
        Ok(Some(next))
    }

    /// Becomes what a redirect of this status makes of it (RFC 9110, 15.4).
    fn redirected(&mut self, status: StatusCode) {
        let becomes_get = match self.method {
            Method::Get | Method::Head => false,
            Method::Post => matches!(status.as_u16(), 301..=303),
            _ => status == StatusCode::SEE_OTHER,
        };
        if becomes_get {
            self.method = Method::Get;
            self.body = None;
            self.headers.retain(|(name, _)| name != header::CONTENT_TYPE);
        }
    }

    /// Reads a short body that nobody wants, so that the connection stays of use.
    fn discard(&self, mut answer: Answer, wait: &Deadline<'_>) {
        if answer.incoming.length().is_some_and(|length| length <= LEFT) {
            let mut piece = vec![0; PIECE];
            while let Ok([_, ..]) = answer.incoming.read(&mut answer.link, wait, &mut piece) {}
            self.keep(answer);
        }
    }

    /// Sends the request to one url.
    fn one(&self, gate: &Gate, url: &Url, wait: &Deadline<'_>) -> Result<Answer> {
        let permit = Permit::ask(gate, self.method, url)?;
        let endpoint = url.endpoint()?;
        if let Some(mut link) = self.client.pool.take(url, &self.client.trust) {
            // The connection stands, so nothing is looked up; the address it goes to is judged as a new one is.
            let here = endpoint.at(link.peer());
            let _same = here.judge(gate, Right::NoForbid)?;
            match exchange(&permit, self, &mut link, wait) {
                Ok(incoming) => return Ok(Answer { url: url.clone(), incoming, link }),
                // RACE: the server gave up waiting just now. What did not reach it is sent again, if twice is as good as once.
                Err(broken) => {
                    let gone = !broken.answered && broken.error.reason() == Some(Reason::Closed);
                    if !gone || !self.method.is_idempotent() {
                        return Err(broken.error);
                    }
                }
            }
        }
        let connecting = wait.within(self.client.connect_timeout);
        let addresses = addresses(gate, &endpoint, Right::NoForbid, &connecting).map_err(unresolved)?;
        let socket = reach_one(gate, &endpoint, addresses, Right::NoForbid, &connecting)?;
        let mut link = if url.is_https() {
            let config = self.client.trust.config()?;
            Link::Secure(Session::open(socket, config, tls::name(&url.host())?, wait)?)
        } else {
            Link::Plain(socket)
        };
        let incoming = exchange(&permit, self, &mut link, wait).map_err(|broken| broken.error)?;
        Ok(Answer { url: url.clone(), incoming, link })
    }
}

/// The error of a name that could not be looked up; where a name server cannot be reached, it is not the server of the url that cannot.
fn unresolved(error: Error) -> Error {
    match error {
        Error::System(error) => Error::request(Reason::Name, error.to_string()),
        error => error,
    }
}

/// The error, which tells of what url.
pub(super) fn about(error: Error, url: &Url) -> Error {
    match error.of_request() {
        Error::RequestError { reason, text } if !text.starts_with("builder error") => {
            Error::request(reason, format!("error sending request for url ({url}): {text}"))
        }
        error => error,
    }
}
