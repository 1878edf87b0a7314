//! Putting the body of an answer into a file.

use super::send::about;
use super::{Request, Response};
use crate::deadline::Deadline;
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rust_safe_io::NewContent;

/// Read at once.
const PIECE: usize = 256 * 1024;

impl Request {
    /// Sends the request and gives the file at `path` the body of the answer, of any length, in one step: what was there stays until the whole is there. Where the
    /// status tells no success, the file stays as it is. The body of the result is empty then, or the answer's where there was no success.
    ///
    /// # Policy
    /// Asks `open` on the directory, then `open`, `create` and `write` on the file, and then as [`Self::send`].
    ///
    /// # Errors
    /// As [`Self::send`] and [`rust_safe_io::write`]; `RequestError` when the body ends early. The file has its old content then.
    pub fn download(&self, gate: &Gate, path: &str) -> Result<Response> {
        let file = NewContent::at(gate, path)?;
        let wait = Deadline::new(gate, self.client.timeout);
        let mut answer = self.answer(gate, &wait)?;
        let url = answer.url.clone();
        if !answer.incoming.status.is_success() {
            return self.whole(answer, &wait).map_err(|error| about(error, &url));
        }
        let mut piece = vec![0; PIECE];
        let mut begun = false;
        file.write(gate, |writer| {
            if core::mem::replace(&mut begun, true) {
                return Err(Error::Other(format!("it was replaced by someone else during the download: {path}")));
            }
            loop {
                let part = answer.incoming.read(&mut answer.link, &wait, &mut piece);
                let part = part.map_err(|error| about(error, &url))?;
                if part.is_empty() {
                    return Ok(());
                }
                writer.write(part)?;
            }
        })?;
        let (status, headers) = (answer.incoming.status.as_u16(), super::response::texts(&answer.incoming.headers));
        let url = self.keep(answer);
        Ok(Response { status, url: url.as_str().to_owned(), headers, body: Vec::new(), truncated: false })
    }
}
