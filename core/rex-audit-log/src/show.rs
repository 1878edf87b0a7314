//! Shows a log to people: which records, as a table or run by run. What a log holds is hostile: nothing of it reaches a terminal as it is.

mod filter;
mod runs;

pub use filter::Filter;
pub use runs::Runs;

use crate::Entry;
use crate::parse::Bytes;
use crate::text::escape;
use anstyle::{AnsiColor, Style};
use std::fmt::{self, Write as _};

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    Yes,
    /// For everything else.
    No,
}

impl Colour {
    fn paint(self, colour: AnsiColor, text: &str) -> String {
        match self {
            Self::No => text.to_owned(),
            Self::Yes => {
                let style = Style::new().fg_color(Some(colour.into()));
                format!("{style}{text}{style:#}")
            }
        }
    }
}

/// A table of records, one line each.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    colour: Colour,
}

/// How wide the columns are that come before those that need all room.
const VERDICT: usize = 9;
const FUNCTION: usize = 18;
const ACTION: usize = 14;

impl Table {
    /// A table in colours or without.
    pub fn new(colour: Colour) -> Self {
        Self { colour }
    }

    /// What stands above the columns.
    pub fn heading() -> String {
        format!(
            "{:>7} {:<24} {:<8} {:<VERDICT$} {:<FUNCTION$} {:<ACTION$} {}",
            "RECORD", "TIME", "RUN", "RESULT", "FUNCTION:LINE", "ACTION", "RESOURCE"
        )
    }

    /// The line of a record.
    pub fn row(self, entry: &Entry) -> String {
        let own = &entry.unmapped;
        let (word, colour) = verdict(entry);
        let word = self.colour.paint(colour, &format!("{word:<VERDICT$}"));
        let function =
            own.function.as_deref().map_or_else(String::new, |name| format!("{name}:{}", own.line.unwrap_or(0)));
        let action = own.action.as_deref().map(short).unwrap_or_default();
        let action = if action.is_empty() { own.record.as_str() } else { action };
        let mut row = format!(
            "{:>7} {:<24} {:<8} {word} {:<FUNCTION$} {:<ACTION$} ",
            entry.sequence(),
            format!("{:.3}", entry.time()),
            escape(first(entry.run(), 8)),
            escape(&function),
            escape(action),
        );
        // Writing to a `String` does not fail.
        let _ = write!(row, "{}", Detail(entry));
        row.trim_end().to_owned()
    }
}

/// The first `count` characters.
fn first(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// The name of an action without its namespace.
fn short(uid: &str) -> &str {
    uid.split('"').nth(1).unwrap_or(uid)
}

fn verdict(entry: &Entry) -> (&'static str, AnsiColor) {
    let own = &entry.unmapped;
    match (own.record.as_str(), entry.disposition.as_deref()) {
        ("judgement", Some("Allowed")) => ("allowed", AnsiColor::Green),
        ("judgement", Some("Logged")) => ("passed", AnsiColor::Yellow),
        ("judgement", _) => ("DENIED", AnsiColor::Red),
        ("effect" | "run_end", _) if own.error.is_some() => ("failed", AnsiColor::Yellow),
        ("effect", _) => ("done", AnsiColor::Green),
        ("run_start", _) => ("start", AnsiColor::Cyan),
        ("run_end", _) => ("end", AnsiColor::Cyan),
        ("limit", _) => ("LIMIT", AnsiColor::Red),
        ("repair", _) => ("repair", AnsiColor::Yellow),
        _ => ("", AnsiColor::White),
    }
}

/// What else a record tells.
struct Detail<'e>(&'e Entry);

impl fmt::Display for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(entry) = self;
        let own = &entry.unmapped;
        if let Some(resource) = &own.resource {
            write!(f, "{}", escape(resource))?;
            match own.extent.as_deref() {
                Some("directory") => f.write_str(" (all in its directory)")?,
                Some("unless_forbidden") => f.write_str(" (as a part)")?,
                _ => {}
            }
        }
        match own.record.as_str() {
            "run_start" => {
                write!(
                    f,
                    "{} as {} under {}",
                    escape(&own.script),
                    escape(&entry.actor.user.name),
                    escape(&own.policy)
                )?;
                if let Some(signer) = &own.signer {
                    write!(f, ", signed by {}", escape(signer))?;
                }
            }
            "run_end" => write!(f, "exit {}{}", own.exit_code.unwrap_or_default(), Took(entry.duration))?,
            "effect" => write!(f, "{}{}", Used(own.bytes.unwrap_or_default()), Took(entry.duration))?,
            "repair" => write!(f, "{} bytes before were left unfinished", own.torn.map_or(0, |torn| torn.bytes))?,
            _ => {}
        }
        if let Some(error) = &own.error {
            write!(f, " {}", escape(error))?;
        }
        if let Some(detail) = &entry.status_detail {
            write!(f, " ({})", escape(detail))?;
        }
        for (number, authorization) in entry.authorizations.iter().enumerate() {
            let before = if number == 0 { " by " } else { ", " };
            write!(f, "{before}{}", escape(&authorization.policy.name))?;
        }
        Ok(())
    }
}

/// Milliseconds, where they are known.
struct Took(Option<u64>);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |millis| write!(f, " in {millis} ms"))
    }
}

/// What was used, as far as anything was.
struct Used(Bytes);

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bytes { written, sent, read, children } = self.0;
        let mut before = "";
        for (amount, what) in
            [(read, "bytes read"), (written, "bytes written"), (sent, "bytes sent"), (children, "processes started")]
        {
            if amount > 0 {
                write!(f, "{before}{amount} {what}")?;
                before = ", ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
