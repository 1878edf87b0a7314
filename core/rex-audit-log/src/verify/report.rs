//! What a look through a log has found.

use crate::seal::Head;
use crate::text::escape;
use std::collections::BTreeSet;
use std::fmt;

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1; for what is not there, the line where it would be.
    pub line: u64,
    /// The byte at which the line begins, counted from 0.
    pub offset: u64,
    /// The number of the record, as far as it is known.
    pub sequence: Option<u64>,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} (byte {}", self.line, self.offset)?;
        if let Some(sequence) = self.sequence {
            write!(f, ", record {sequence}")?;
        }
        write!(f, "): {}", escape(&self.text))
    }
}

/// An unfinished line that a later writer found and closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

/// What a look through a log has found.
#[derive(Debug, Clone)]
pub struct Report {
    /// How many records hold in themselves.
    pub records: u64,
    /// The last of them.
    pub head: Head,
    /// The first of them.
    pub first: Option<Head>,
    /// The head of the file before, as the first record names it.
    pub follows: Option<String>,
    /// What is wrong, at most a thousand problems.
    pub problems: Vec<Problem>,
    /// How many problems there are.
    pub found: u64,
    /// How many records, up to which byte, come before the first problem.
    pub sound_to: Option<(u64, u64)>,
    /// The byte where a last line begins that has no end, and its length.
    pub unfinished: Option<(u64, u64)>,
    /// How many lines were left unfinished and closed by the next writer.
    pub torn: u64,
    /// How many runs have started, and how many of them have ended.
    pub runs: u64,
    /// See `runs`.
    pub ended: u64,
    /// The names of runs that have not ended: they are going on, or were killed.
    pub open_runs: Vec<String>,
    /// How many signatures hold; the record up to which the last of them vouches; who made them.
    pub signed: u64,
    /// See `signed`.
    pub signed_to: u64,
    /// See `signed`.
    pub signers: BTreeSet<String>,
    /// How many signatures were not looked at, for want of who is trusted.
    pub unchecked: u64,
    pub(crate) notes: Vec<Note>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            records: 0,
            head: Head::none(),
            first: None,
            follows: None,
            problems: Vec::new(),
            found: 0,
            sound_to: None,
            unfinished: None,
            torn: 0,
            runs: 0,
            ended: 0,
            open_runs: Vec::new(),
            signed: 0,
            signed_to: 0,
            signers: BTreeSet::new(),
            unchecked: 0,
            notes: Vec::new(),
        }
    }
}

impl Report {
    /// Whether nothing is wrong. A line that has no end yet is not wrong: a writer may have died, or be at it.
    pub fn holds(&self) -> bool {
        self.found == 0
    }

    /// Whether nothing is wrong, and nothing is left open: every line and every run has its end, and where signatures were checked, the last
    /// record is signed.
    pub fn is_complete(&self) -> bool {
        let vouched = self.signed == 0 || self.signed_to == self.head.sequence;
        self.holds() && self.unfinished.is_none() && self.torn == 0 && self.open_runs.is_empty() && vouched
    }
}

/// How many runs are listed.
const LISTED: usize = 10;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "error: {problem}")?;
        }
        if self.found > self.problems.len() as u64 {
            writeln!(f, "error: and {} more", self.found - self.problems.len() as u64)?;
        }
        for Note { line, offset, bytes } in &self.notes {
            writeln!(
                f,
                "note: line {line} (byte {offset}): a writer died here; its {bytes} bytes are no record, and the next one says so"
            )?;
        }
        if let Some((offset, bytes)) = self.unfinished {
            writeln!(
                f,
                "note: the last line (byte {offset}) has {bytes} bytes and no end: a writer died here, or it was cut off"
            )?;
        }
        let open = self.open_runs.len();
        for run in self.open_runs.iter().take(LISTED) {
            writeln!(f, "note: run {} has not ended: it goes on, or was killed", escape(run))?;
        }
        if open > LISTED {
            writeln!(f, "note: and {} more runs", open - LISTED)?;
        }
        if self.unchecked > 0 {
            writeln!(f, "note: {} signatures were not checked: say who is trusted to make them", self.unchecked)?;
        }
        if self.signed > 0 {
            let signers: Vec<_> = self.signers.iter().map(|signer| escape(signer)).collect();
            let after = self.head.sequence.saturating_sub(self.signed_to);
            writeln!(f, "signed up to record {} by {}", self.signed_to, signers.join(", "))?;
            if after > 0 {
                writeln!(f, "note: nobody vouches for the {after} records after that")?;
            }
        }
        if let Some(follows) = &self.follows {
            writeln!(f, "it follows a file that ended with {}", escape(follows))?;
        }
        match self.sound_to {
            None => writeln!(f, "good: {} records of {} runs, head {}", self.records, self.runs, self.head),
            Some((records, byte)) => writeln!(f, "NOT good: only the first {records} records hold, up to byte {byte}"),
        }
    }
}
