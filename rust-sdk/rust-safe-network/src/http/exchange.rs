//! One request and the head of its answer over one connection.

use super::body::{Buffer, Incoming};
use super::link::Link;
use super::method::Permit;
use super::request::Request;
use crate::deadline::Deadline;
use crate::{Error, Reason, Result};
use ureq_proto::client::{Call, RecvResponseResult, SendRequestResult, state};
use ureq_proto::http::{self, HeaderName, HeaderValue, Response, header};

/// The longest head of an answer that is taken, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// A body of no more than this goes out in one write with the head.
const TOGETHER: usize = 64 * 1024;

/// What went wrong, and whether anything of an answer was there.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) error: Error,
    pub(super) answered: bool,
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self { error, answered: true }
    }
}

/// Sends the permitted request and reads the head of the answer.
pub(super) fn exchange(
    permit: &Permit<'_>,
    request: &Request,
    link: &mut Link,
    wait: &Deadline<'_>,
) -> core::result::Result<Incoming, Broken> {
    let mut call = Call::new(head(permit, request)?).map_err(|error| protocol(&error))?;
    if request.body.is_some() {
        call.force_send_body();
    }
    let mut call = call.proceed();
    let mut out = Vec::new();
    while !call.can_proceed() {
        let start = out.len();
        out.resize(start + 2 * LONGEST_HEAD + permit.of().1.as_str().len(), 0);
        let written = call.write(out.get_mut(start..).unwrap_or_default()).map_err(|error| protocol(&error))?;
        out.truncate(start + written);
    }
    let body = request.body.as_deref().unwrap_or_default();
    let together = body.len() <= TOGETHER;
    if together {
        out.extend_from_slice(body);
    }
    // RACE: a server may answer and close before it has read all of it. What it said then counts, if it said something.
    let mut sent = link.write(&out, wait);
    if sent.is_ok() && !together {
        sent = link.write(body, wait);
    }
    if let Err(error) = sent
        && error.reason() != Some(Reason::Closed)
    {
        return Err(Broken { error, answered: false });
    }
    receive(answer_of(call, body.len())?, link, wait)
}

/// The state in which an answer is awaited, once the body was sent.
fn answer_of(call: Call<state::SendRequest>, body: usize) -> Result<Call<state::RecvResponse>> {
    let unsent = || Error::request(Reason::Protocol, "the request could not be written as a whole");
    match call.proceed().map_err(|error| protocol(&error))?.ok_or_else(unsent)? {
        SendRequestResult::RecvResponse(call) => Ok(call),
        SendRequestResult::SendBody(mut call) => {
            call.consume_direct_write(body).map_err(|error| protocol(&error))?;
            call.proceed().ok_or_else(unsent)
        }
        SendRequestResult::Await100(_) => Err(unsent()),
    }
}

/// Reads the head of the answer. What is only informational is passed over.
fn receive(
    mut call: Call<state::RecvResponse>,
    link: &mut Link,
    wait: &Deadline<'_>,
) -> core::result::Result<Incoming, Broken> {
    let mut buffer = Buffer::default();
    let mut answered = false;
    loop {
        let got = buffer.fill(link, wait).map_err(|error| Broken { error, answered })?;
        if got == 0 {
            let text = if answered {
                "the answer ends within its headers"
            } else {
                "the connection was closed without an answer"
            };
            return Err(Broken { error: Error::request(Reason::Closed, text), answered });
        }
        answered = true;
        // Only with another line the head can be whole.
        while buffer.last(got).contains(&b'\n') {
            let (used, response) = call.try_response(buffer.bytes(), false).map_err(|error| protocol(&error))?;
            buffer.consume(used);
            if let Some(response) = response {
                return Ok(incoming(call, response, buffer)?);
            }
            if used == 0 {
                break;
            }
        }
        if buffer.bytes().len() > LONGEST_HEAD {
            let text = format!("the headers of the answer have more than {LONGEST_HEAD} bytes");
            return Err(Error::request(Reason::TooLarge, text).into());
        }
    }
}

fn incoming(call: Call<state::RecvResponse>, response: Response<()>, buffer: Buffer) -> Result<Incoming> {
    let (body, closes) = match call.proceed() {
        Some(RecvResponseResult::RecvBody(body)) => (Some(body), false),
        Some(RecvResponseResult::Redirect(call)) => (None, call.must_close_connection()),
        Some(RecvResponseResult::Cleanup(call)) => (None, call.must_close_connection()),
        None => return Err(Error::request(Reason::Protocol, "the answer has no head")),
    };
    let (head, ()) = response.into_parts();
    Ok(Incoming::new(head.status, head.headers, body, closes, buffer))
}

/// The head of the request: what was permitted, and nothing else, says where it goes.
fn head(permit: &Permit<'_>, request: &Request) -> Result<http::Request<()>> {
    let (method, url) = permit.of();
    let mut head = http::Request::builder().method(method.in_protocol()).uri(url.as_str());
    let given = |name: &HeaderName| request.headers.iter().any(|(other, _)| other == name);
    for (name, value) in [
        (header::ACCEPT, HeaderValue::from_static("*/*")),
        (header::USER_AGENT, HeaderValue::from_static(concat!("rex/", env!("CARGO_PKG_VERSION")))),
    ] {
        if !given(&name) {
            head = head.header(name, value);
        }
    }
    for (name, value) in &request.headers {
        head = head.header(name, value);
    }
    if request.body.is_some() || method.has_body() {
        head = head.header(header::CONTENT_LENGTH, request.body.as_ref().map_or(0, |body| body.len()));
    }
    let head = head.body(()).map_err(|error| Error::request(Reason::Request, format!("builder error: {error}")))?;
    let asked = url.as_str().split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest.split_at(at)));
    let sent = (
        head.uri().authority().map(http::uri::Authority::as_str),
        head.uri().path_and_query().map(http::uri::PathAndQuery::as_str),
    );
    // INVARIANT: two libraries read the url. Where they do not see the same in it, nothing is sent.
    if asked.map(|(host, target)| (Some(host), Some(target))) != Some(sent) {
        return Err(Error::request(
            Reason::Url,
            format!("builder error for url ({url}): it can be read in more than one way"),
        ));
    }
    Ok(head)
}

/// The error of what is not HTTP.
pub(super) fn protocol(error: &ureq_proto::Error) -> Error {
    Error::request(Reason::Protocol, format!("the answer is not HTTP/1.1: {error}"))
}
