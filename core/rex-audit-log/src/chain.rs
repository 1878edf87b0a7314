//! The writer of a log: gives each event its place, seals it, and hands it over.

use crate::file::LogFile;
use crate::ocsf::Class;
use crate::record::{self, Event, Own, Severity, Torn};
use crate::seal::{self, Head};
use crate::stream::{JOURNAL, Stream};
use crate::{Destination, Error, Facts};
use jiff::Timestamp;
use std::fmt;
use std::path::Path;

/// Signs a checkpoint: the signature of the given bytes, of letters, digits and `+/=-_.:` alone.
pub type Sign = Box<dyn Fn(&[u8]) -> Result<String, String> + Send>;

/// A log that is open for writing.
pub struct Log {
    sink: Sink,
    sign: Option<Sign>,
}

#[derive(Debug)]
enum Sink {
    File(LogFile),
    Stream(Stream, Head),
}

/// Whether a record is signed, where there is a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    Yes,
    No,
}

impl Log {
    /// Opens the log at `destination`; `sign` signs its checkpoints. Done before a run is confined: later only its descriptor is used.
    ///
    /// # Errors
    /// It cannot be opened or made, is not fit to be a log, or does not end in a whole record.
    pub fn open(destination: &Destination, sign: Option<Sign>) -> Result<Self, Error> {
        let sink = match destination {
            Destination::File(path) => Sink::File(LogFile::open(path)?),
            Destination::Journald => return Self::journal_at(Path::new(JOURNAL), sign),
            Destination::Stderr => Sink::Stream(Stream::Stderr, Head::none()),
        };
        Ok(Self { sink, sign })
    }

    /// As [`Self::open`] for the journal, where it listens at `socket`.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn journal_at(socket: &Path, sign: Option<Sign>) -> Result<Self, Error> {
        Ok(Self { sink: Sink::Stream(Stream::journal(socket)?, Head::none()), sign })
    }

    /// The real path of a log that is a file, at the time it was opened.
    pub fn path(&self) -> Option<&Path> {
        match &self.sink {
            Sink::File(file) => file.path(),
            Sink::Stream(..) => None,
        }
    }

    /// Writes `event` and gives the head that it makes.
    pub(crate) fn append(&mut self, event: &mut Event<'_>, facts: &Facts, signed: Signed) -> Result<Head, Error> {
        let sign = self.sign.as_ref().filter(|_| signed == Signed::Yes);
        let mut made = Head::none();
        match &mut self.sink {
            Sink::Stream(stream, head) => {
                let (line, next) = finish(event, facts, head, sign)?;
                stream.put(&line, &facts.run)?;
                head.clone_from(&next);
                made = next;
            }
            Sink::File(file) => file.append(
                &mut |place| {
                    if event.class == Class::RUN_START {
                        event.own.follows = place.follows.map(ToString::to_string);
                    }
                    let (line, next) = finish(event, facts, place.head, sign)?;
                    made.clone_from(&next);
                    Ok((line, next))
                },
                &mut |head, torn| finish(&mended(torn), facts, head, None),
            )?,
        }
        Ok(made)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("sink", &self.sink).field("signs", &self.sign.is_some()).finish()
    }
}

/// The record of an unfinished line that was found and closed.
fn mended(torn: Torn) -> Event<'static> {
    let own = Own { record: "repair", torn: Some(torn), ..Own::default() };
    Event { severity: Severity::Medium, ..Event::of_run("Repair", own) }
}

/// The sealed line of `event` after `head`, and the head that it makes.
fn finish(event: &Event<'_>, facts: &Facts, head: &Head, sign: Option<&Sign>) -> Result<(Vec<u8>, Head), Error> {
    let mut line = record::line(event, facts, head, Timestamp::now()).map_err(Error::Record)?;
    if let Some(sign) = sign {
        let signature = sign(seal::to_be_signed(&line).map_err(Error::Record)?).map_err(Error::Sign)?;
        seal::put_signature(&mut line, &signature).map_err(Error::Sign)?;
    }
    let hash = seal::close(&mut line).map_err(Error::Record)?;
    if line.len() > crate::LONGEST_LINE {
        return Err(Error::Record("it is too long".to_owned()));
    }
    Ok((line, Head { sequence: head.sequence.saturating_add(1), hash }))
}
