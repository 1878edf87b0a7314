//! The audit log: one record for everything that a run was allowed or denied and for what came of it, each bound to the one before.
//!
//! A [`Run`] writes: a record that cannot be written is an error on which the caller ends the run. [`verify`] tells whether a log is what was
//! written, and [`Filter`] and [`Table`] show it to people. README.md says what can and what cannot be found out.

mod ascii;
mod chain;
mod destination;
mod error;
mod event;
mod file;
mod lock;
mod ocsf;
mod parse;
mod record;
mod redaction;
mod run;
mod seal;
mod show;
mod stream;
mod tail;
mod text;
mod verify;

pub use chain::{Log, Sign};
pub use destination::Destination;
pub use error::Error;
pub use event::{Denial, Effect, End, Extent, Facts, Judgement, Source, Start, Usage};
pub use parse::Entry;
pub use redaction::Redaction;
pub use run::Run;
pub use seal::Head;
pub use show::{Colour, Filter, Runs, Table};
pub use text::{bounded, escape};
pub use verify::{Check, LONGEST_LINE, Problem, Report, Verifier, records, verify};
