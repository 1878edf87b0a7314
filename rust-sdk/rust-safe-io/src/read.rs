//! Reading a whole file as text, plain or redacted.

use crate::open::{open_file, spot_file};
use crate::path::{FilePath, Role};
use crate::sys::{self, Follow, Readable, Reader};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Read, RedactedRead};
use rex_cedar_auth::{Authorized, Either, Gate};
use rex_redaction::Dictionary;
use std::cell::OnceCell;
use std::io::{self, Read as _};
use std::rc::Rc;

/// Read between two looks at the deadline.
const CHUNK: usize = 1 << 20;

/// Where the redaction dictionary is, and the dictionary once it was needed.
#[derive(Debug)]
pub struct Redaction {
    path: String,
    dictionary: OnceCell<Rc<Dictionary>>,
}

impl Redaction {
    /// The dictionary at `path`, an absolute path of the host owner's choice. It is read when it is first needed.
    pub fn at(path: impl Into<String>) -> Self {
        Self { path: path.into(), dictionary: OnceCell::new() }
    }

    /// The dictionary.
    ///
    /// # Policy
    /// Asks `open` on its directory, `open` and `read` on the file, the first time.
    fn dictionary(&self, gate: &Gate) -> Result<Rc<Dictionary>> {
        if let Some(dictionary) = self.dictionary.get() {
            return Ok(Rc::clone(dictionary));
        }
        let failed = |error: Error| match error {
            Error::NotFound { .. } => {
                Error::FileError { reason: "Failed to open redaction dictionary file", path: self.path.clone() }
            }
            error => error,
        };
        // It is the host's, whichever mount namespace it is first needed in.
        let open = || open_file(gate, &self.path, Role::File, Follow::Links);
        let object = sys::Elsewhere::at_home(open).map_err(failed)?;
        let text = text(gate, &mut sys::read(gate.authorize::<Read, _>(&object)?)?)?;
        let dictionary = Dictionary::parse(&text)
            .map_err(|error| Error::ValidationError(format!("redaction dictionary {}: {error}", self.path)))?;
        Ok(Rc::clone(self.dictionary.get_or_init(|| Rc::new(dictionary))))
    }

    /// Whether `path` is that of the dictionary itself.
    fn is_dictionary(&self, path: &str) -> bool {
        FilePath::parse(&self.path, Role::File).is_ok_and(|dictionary| dictionary.text() == path)
    }
}

/// How a file may be read. What the second holds can only be given to code that redacts.
pub(crate) enum ReadAs<'o, T> {
    Plain(Authorized<'o, Read, T>),
    Redacted(Authorized<'o, RedactedRead, T>),
}

impl<'o, T: Readable> ReadAs<'o, T> {
    /// # Policy
    /// Asks `read` on the file, and where that is denied `redacted_read`. Where both are, the first denial counts.
    pub(crate) fn ask(gate: &Gate, file: &'o T) -> Result<Self> {
        Ok(match gate.authorize_either::<Read, RedactedRead, _>(file)? {
            Either::First(proof) => Self::Plain(proof),
            Either::Second(proof) => Self::Redacted(proof),
        })
    }

    /// The text that may be seen, and whether lines are hidden in it.
    pub(crate) fn text(self, gate: &Gate, redaction: &Redaction) -> Result<Text> {
        self.text_from(gate, redaction, 0)
    }

    /// As [`Self::text`], of what comes after `position` bytes.
    pub(crate) fn text_from(self, gate: &Gate, redaction: &Redaction, position: u64) -> Result<Text> {
        match self {
            Self::Plain(proof) => {
                Ok(Text { content: text(gate, &mut from(sys::read(proof)?, position)?)?, redacted: false })
            }
            Self::Redacted(proof) => {
                if redaction.is_dictionary(&proof.target().id()) {
                    let message = "Trying to redacted_read the redaction dictionary is not supported/allowed";
                    return Err(Error::UnsupportedOperationError(message.to_owned()));
                }
                let dictionary = redaction.dictionary(gate)?;
                let raw = text(gate, &mut from(sys::redacted_read(proof)?, position)?)?;
                Ok(Text { content: dictionary.redact(&raw), redacted: true })
            }
        }
    }
}

/// The text of a file as its reader may see it.
#[derive(Debug)]
pub struct Text {
    /// The text.
    pub content: String,
    /// Whether lines are hidden in it.
    pub redacted: bool,
}

/// Reads the whole file at `path`, which must be UTF-8. Where only `redacted_read` is permitted, lines that the dictionary does not
/// know are `[REDACTED]`.
///
/// # Policy
/// Asks `open` on the directory and the file, then `read` on the file, or `redacted_read` where that is denied; then for the dictionary
/// `open` on its directory, `open` and `read` on its file.
///
/// # Errors
/// `NotFound`, `FileError` for a link, `ValidationError` for what is no file, `Utf8Error`, `IoError`.
pub fn read(gate: &Gate, redaction: &Redaction, path: &str) -> Result<Text> {
    let file = spot_file(gate, path)?;
    ReadAs::ask(gate, &file)?.text(gate, redaction)
}

/// The reader, moved to `position`; files that cannot be moved in are read from their beginning anyway.
pub(crate) fn from(mut reader: Reader, position: u64) -> Result<Reader> {
    if position > 0 {
        reader.seek(position).map_err(Error::FileReadError)?;
    }
    Ok(reader)
}

/// What a failed read was: the end of the run, which a reader that unpacks cannot tell, or the file's fault.
pub(crate) fn failure(gate: &Gate, error: io::Error) -> Error {
    match (gate.proceed(), error.get_ref().and_then(|inner| inner.downcast_ref::<TooLarge>())) {
        (Err(stopped), _) => stopped.into(),
        (Ok(()), Some(TooLarge(text))) => Error::FileContentTooLargeError(text.clone()),
        (Ok(()), None) => Error::FileReadError(error),
    }
}

/// What a reader fails with that has given as much as it may.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TooLarge(String);

impl TooLarge {
    pub(crate) fn error(text: String) -> io::Error {
        io::Error::other(Self(text))
    }
}

/// All that `reader` holds, as text.
pub(crate) fn text(gate: &Gate, reader: &mut Reader) -> Result<String> {
    String::from_utf8(content(gate, reader)?).map_err(|_| Error::Utf8Error)
}

/// All that `reader` holds.
pub(crate) fn content(gate: &Gate, reader: &mut Reader) -> Result<Vec<u8>> {
    let size = usize::try_from(reader.size_hint()).unwrap_or(usize::MAX);
    let mut content = Vec::new();
    if (1..CHUNK).contains(&size) {
        // One byte more is asked for: a file that gives exactly its size has come to its end, which saves asking again. What fails
        // fails again below, or was an interruption.
        content.resize(size + 1, 0);
        let read = reader.read(&mut content).unwrap_or(0);
        content.truncate(read);
        if read == size {
            return Ok(content);
        }
    } else {
        content.reserve_exact(size.saturating_add(1).min(16 * CHUNK));
    }
    loop {
        let wanted = u64::try_from(CHUNK.max(content.capacity() - content.len())).unwrap_or(u64::MAX);
        let read =
            reader.by_ref().take(wanted.min(16 << 20)).read_to_end(&mut content).map_err(Error::FileReadError)?;
        if read == 0 || (size > 0 && content.len() == size) {
            return Ok(content);
        }
        gate.proceed()?;
    }
}
