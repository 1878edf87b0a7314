//! The body of an answer, as it comes in.

use super::exchange::protocol;
use super::link::Link;
use crate::deadline::Deadline;
use crate::{Error, Reason, Result};
use ureq_proto::BodyMode;
use ureq_proto::client::{Call, RecvBodyResult, state};
use ureq_proto::http::{HeaderMap, StatusCode};

/// Read from a connection at once.
const PIECE: usize = 32 * 1024;

/// The longest line between the parts of a body.
const LONGEST_LINE: usize = 16 * 1024;

/// What came in and was not used yet.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, length: usize) {
        self.start = self.start.saturating_add(length).min(self.bytes.len());
    }

    /// What came in last, of `length` bytes.
    pub(super) fn last(&self, length: usize) -> &[u8] {
        let bytes = self.bytes();
        bytes.get(bytes.len().saturating_sub(length)..).unwrap_or_default()
    }

    /// Adds what the connection gives; 0 at its end.
    pub(super) fn fill(&mut self, link: &mut Link, wait: &Deadline<'_>) -> Result<usize> {
        // Not only where one waits: what comes in without pause has to end, too.
        wait.slice()?;
        self.bytes.drain(..self.start);
        self.start = 0;
        let length = self.bytes.len();
        self.bytes.resize(length + PIECE, 0);
        let got = link.read(self.bytes.get_mut(length..).unwrap_or_default(), wait);
        self.bytes.truncate(length + got.as_ref().map_or(0, |got| *got));
        got
    }
}

/// An answer of which the head is there.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Option<Call<state::RecvBody>>,
    /// Whether the connection serves no other request.
    closes: bool,
    buffer: Buffer,
}

impl Incoming {
    pub(super) fn new(
        status: StatusCode,
        headers: HeaderMap,
        body: Option<Call<state::RecvBody>>,
        closes: bool,
        buffer: Buffer,
    ) -> Self {
        Self { status, headers, body, closes, buffer }
    }

    /// How long the body is, where the answer says so.
    pub(super) fn length(&self) -> Option<u64> {
        match self.body.as_ref().map(Call::body_mode) {
            Some(BodyMode::LengthDelimited(length)) => Some(length),
            Some(BodyMode::Chunked | BodyMode::CloseDelimited) => None,
            Some(BodyMode::NoBody) | None => Some(0),
        }
    }

    /// The next part of the body; nothing at its end.
    pub(super) fn read<'o>(&mut self, link: &mut Link, wait: &Deadline<'_>, out: &'o mut [u8]) -> Result<&'o [u8]> {
        wait.slice()?;
        let Some(body) = &mut self.body else { return Ok(&[]) };
        loop {
            let until_closed = matches!(body.body_mode(), BodyMode::CloseDelimited);
            if !until_closed && body.can_proceed() {
                return Ok(&[]);
            }
            if !self.buffer.bytes().is_empty() {
                let (used, written) = body.read(self.buffer.bytes(), out).map_err(|error| protocol(&error))?;
                self.buffer.consume(used);
                if written > 0 {
                    return Ok(out.get(..written).unwrap_or_default());
                }
                if used > 0 {
                    continue;
                }
                if self.buffer.bytes().len() > LONGEST_LINE {
                    return Err(Error::request(
                        Reason::Protocol,
                        "the body of the answer is not in chunks as its headers say",
                    ));
                }
            }
            if self.buffer.fill(link, wait)? == 0 {
                self.closes = true;
                if until_closed {
                    self.body = None;
                    return Ok(&[]);
                }
                return Err(Error::request(Reason::Closed, "the connection was closed before the end of the body"));
            }
        }
    }

    /// Whether the body is over, as far as that is known without waiting.
    pub(super) fn is_over(&mut self) -> bool {
        let Some(body) = &mut self.body else { return true };
        if !matches!(body.body_mode(), BodyMode::CloseDelimited) && body.can_proceed() {
            return true;
        }
        // The end of chunks is a line of its own. Without a place for content, nothing but such lines is used up.
        match body.read(self.buffer.bytes(), &mut []) {
            Ok((used, _)) => self.buffer.consume(used),
            Err(_) => return false,
        }
        !matches!(body.body_mode(), BodyMode::CloseDelimited) && body.can_proceed()
    }

    /// Whether the connection can serve another request after this one.
    pub(super) fn leaves_reusable(mut self) -> bool {
        if !self.is_over() || self.closes || !self.buffer.bytes().is_empty() {
            return false;
        }
        match self.body.map(Call::<state::RecvBody>::proceed) {
            None => true,
            Some(Some(RecvBodyResult::Cleanup(call))) => !call.must_close_connection(),
            Some(Some(RecvBodyResult::Redirect(call))) => !call.must_close_connection(),
            Some(None) => false,
        }
    }
}
