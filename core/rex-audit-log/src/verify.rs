//! Tells whether a log is what was written.

mod report;

pub use report::{Problem, Report};

use crate::parse::{Entry, Placed, Torn};
use crate::seal::{Head, NONE, Sealed, digest};
use report::Note;
use std::collections::HashMap;
use std::io::{self, BufRead};

/// No record is longer, in bytes with the end of the line.
pub const LONGEST_LINE: usize = 256 * 1024;
/// Of so many runs it is known that they have not ended; of so many problems and notes the words are kept.
const OPEN_RUNS: usize = 100_000;
const KEPT: usize = 1000;

/// Says who made a signature, the second text, of the given bytes.
pub type Check<'c> = &'c dyn Fn(&[u8], &str) -> Result<String, String>;

/// A line that is no record of the chain, unless the next one says that it was left unfinished.
#[derive(Debug, Clone)]
struct Suspect {
    problem: Problem,
    length: u64,
    sha256: String,
    /// What it claims to be, where it has the form of a record.
    claims: Option<Head>,
}

/// Reads a log line by line. What it has found so far does not depend on what comes.
#[derive(Clone)]
pub struct Verifier<'c> {
    check: Option<Check<'c>>,
    expected: Vec<Head>,
    line: u64,
    offset: u64,
    head: Head,
    /// Whether the head is only what a damaged record claims to be.
    guessed: bool,
    suspect: Option<Suspect>,
    /// Runs that have begun and not ended: how many records they have, and how many problems there were when they began.
    open: HashMap<String, (u64, u64)>,
    report: Report,
}

/// Reads the log `from`.
///
/// # Errors
/// It cannot be read.
pub fn verify(from: impl BufRead, mut verifier: Verifier<'_>) -> io::Result<Report> {
    lines(from, |part| verifier.part(part))?;
    Ok(verifier.finish())
}

/// Reads the log `from` and gives every line that is a record in itself, with what it says.
///
/// # Errors
/// It cannot be read.
pub fn records(from: impl BufRead, mut each: impl FnMut(&[u8], &Entry)) -> io::Result<Report> {
    let mut verifier = Verifier::new(None);
    lines(from, |part| {
        if let Part::Line(line) = part
            && let Some(entry) = Entry::parse(line)
        {
            each(line, &entry);
        }
        verifier.part(part);
    })?;
    Ok(verifier.finish())
}

/// A part of a log.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'p> {
    /// A line, without its end.
    Line(&'p [u8]),
    /// A piece of a line that is too long to be a record.
    Piece(&'p [u8]),
    /// What comes after the last end of a line.
    Rest(&'p [u8]),
}

/// Gives the parts of a log in turn.
pub(crate) fn lines(mut from: impl BufRead, mut each: impl FnMut(Part<'_>)) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        io::Read::take(&mut from, LONGEST_LINE as u64).read_until(b'\n', &mut line)?;
        match line.split_last() {
            None => return Ok(()),
            Some((b'\n', line)) => each(Part::Line(line)),
            Some(_) if line.len() == LONGEST_LINE => each(Part::Piece(&line)),
            Some(_) => each(Part::Rest(&line)),
        }
    }
}

impl<'c> Verifier<'c> {
    /// One that has read nothing. `check` checks signatures; without it they prove nothing.
    pub fn new(check: Option<Check<'c>>) -> Self {
        Self {
            check,
            expected: Vec::new(),
            line: 0,
            offset: 0,
            head: Head::none(),
            guessed: false,
            suspect: None,
            open: HashMap::new(),
            report: Report::default(),
        }
    }

    /// Expects that the record with this number has this hash, as it was kept elsewhere.
    #[must_use]
    pub fn expecting(mut self, head: Head) -> Self {
        self.expected.push(head);
        self
    }

    /// Whether something is wrong so far.
    pub fn has_found(&self) -> bool {
        !self.report.problems.is_empty()
    }

    pub(crate) fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Line(line) => self.line(line),
            Part::Rest(rest) => self.rest(rest),
            Part::Piece(piece) => {
                self.suspect(piece, "this line is too long to be a record", None);
                self.settle();
                self.offset += piece.len() as u64;
            }
        }
    }

    /// Takes a line, given without its end.
    pub fn line(&mut self, line: &[u8]) {
        self.line += 1;
        self.judge(line);
        self.offset += line.len() as u64 + 1;
    }

    /// Takes what comes after the last end of a line.
    pub fn rest(&mut self, rest: &[u8]) {
        self.line += 1;
        self.settle();
        self.report.unfinished = Some((self.offset, rest.len() as u64));
        self.offset += rest.len() as u64;
    }

    /// What was found in all.
    pub fn finish(mut self) -> Report {
        self.settle();
        let missing: Vec<Head> = std::mem::take(&mut self.expected);
        for head in missing {
            let end = &self.head;
            let text = if head.sequence > end.sequence {
                format!(
                    "the log ends with record {}, but record {} was there: it was cut short",
                    end.sequence, head.sequence
                )
            } else {
                format!("record {} is not the one that was there: the log was written anew", head.sequence)
            };
            self.line += 1;
            self.found(Some(head.sequence), text);
        }
        if self.check.is_some() && self.report.records > 0 && self.report.signed == 0 {
            self.found(None, "no record is signed".to_owned());
        }
        let mut open: Vec<String> = self.open.into_keys().collect();
        open.sort();
        self.report.open_runs = open;
        self.report.head = self.head;
        self.report
    }

    fn judge(&mut self, line: &[u8]) {
        let sealed = Sealed::new(line);
        let placed: Option<Placed> = sealed.and_then(|_| serde_json::from_slice(line).ok());
        let (Some(sealed), Some(placed)) = (sealed, placed) else {
            return self.suspect(line, "this is no record", None);
        };
        let claims = Head { sequence: placed.metadata.sequence, hash: sealed.hash.to_owned() };
        if !sealed.holds() {
            return self.suspect(line, "this record was changed", Some(claims));
        }
        self.clear(&placed);
        self.place(&placed, &claims);
        self.sign(&sealed, &placed);
        self.follow(&placed);
        if self.report.first.is_none() {
            self.report.follows = placed.unmapped.follows;
            self.report.first = Some(claims.clone());
        }
        self.expected.retain(|expected| *expected != claims);
        self.head = claims;
        self.guessed = false;
        self.report.records += 1;
    }

    fn suspect(&mut self, line: &[u8], what: &str, claims: Option<Head>) {
        self.settle();
        let sequence = claims.as_ref().map(|claims| claims.sequence);
        let problem = Problem { line: self.line, offset: self.offset, sequence, text: what.to_owned() };
        self.suspect = Some(Suspect { problem, length: line.len() as u64, sha256: digest(line), claims });
    }

    /// Clears the line before of suspicion where this record tells of it.
    fn clear(&mut self, placed: &Placed) {
        let told = match (&self.suspect, &placed.unmapped.torn) {
            (Some(suspect), Some(Torn { bytes, sha256 })) => {
                placed.unmapped.record == "repair" && suspect.length == *bytes && suspect.sha256 == *sha256
            }
            _ => false,
        };
        match self.suspect.take() {
            Some(suspect) if told => {
                let note = Note { line: suspect.problem.line, offset: suspect.problem.offset, bytes: suspect.length };
                self.report.torn += 1;
                if self.report.notes.len() < KEPT {
                    self.report.notes.push(note);
                }
            }
            suspect => {
                self.suspect = suspect;
                self.settle();
            }
        }
    }

    /// Makes of a suspect line what it is: a problem.
    fn settle(&mut self) {
        let Some(Suspect { problem, claims, .. }) = self.suspect.take() else { return };
        // One that was changed claims what it was, so that it is not held against the next one as well.
        self.guessed = true;
        if let Some(claims) = claims.filter(|claims| self.head.sequence.checked_add(1) == Some(claims.sequence)) {
            self.head = claims;
        }
        self.keep(problem);
    }

    /// Whether the record comes after the one before.
    fn place(&mut self, placed: &Placed, claims: &Head) {
        let (last, here) = (self.head.sequence, claims.sequence);
        let follows = placed.unmapped.prev == self.head.hash;
        let sequence = Some(here);
        if last.checked_add(1) == Some(here) && follows {
            return;
        }
        if last.checked_add(1) == Some(here) {
            if last == 0 && placed.unmapped.prev != NONE {
                self.found(
                    sequence,
                    "the first record says that others came before it: the beginning was removed".to_owned(),
                );
            } else if !self.guessed {
                self.found(sequence, format!("this record does not follow record {last}: one of the two was replaced"));
            }
        } else if here > last {
            // A damaged line stands for the one record that is missing.
            if !(self.guessed && last.checked_add(2) == Some(here)) {
                let first = last.saturating_add(1);
                let words = if here - first == 1 {
                    format!("record {first} is missing")
                } else {
                    format!("records {first} to {} are missing", here - 1)
                };
                self.found(sequence, format!("{words} before this one"));
            }
        } else {
            self.found(
                sequence,
                format!("record {here} comes after record {last}: it was repeated, moved or inserted"),
            );
        }
    }

    fn sign(&mut self, sealed: &Sealed<'_>, placed: &Placed) {
        let sequence = placed.metadata.sequence;
        let Some(check) = self.check else {
            self.report.unchecked += u64::from(placed.unmapped.signature.is_some());
            return;
        };
        let Some(signature) = &placed.unmapped.signature else {
            if matches!(placed.unmapped.record.as_str(), "run_start" | "checkpoint" | "run_end") {
                self.found(Some(sequence), format!("the record `{}` is not signed", placed.unmapped.record));
            }
            return;
        };
        match sealed
            .signed(signature)
            .ok_or_else(|| "it does not stand in its place".to_owned())
            .and_then(|bytes| check(bytes, signature))
        {
            Ok(signer) => {
                self.report.signed += 1;
                self.report.signed_to = sequence;
                self.report.signers.insert(signer);
            }
            Err(why) => self.found(Some(sequence), format!("its signature does not hold: {why}")),
        }
    }

    /// Whether the runs are whole.
    fn follow(&mut self, placed: &Placed) {
        let (run, sequence) = (&placed.metadata.correlation_uid, Some(placed.metadata.sequence));
        let record = placed.unmapped.record.as_str();
        // It belongs to the log, and may be written before its run starts.
        if record == "repair" {
            return;
        }
        if record == "run_start" {
            self.report.runs += 1;
            if self.open.len() < OPEN_RUNS && self.open.insert(run.clone(), (1, self.report.found)).is_some() {
                self.found(sequence, "this run has started before".to_owned());
            }
            return;
        }
        let full = self.open.len() >= OPEN_RUNS;
        match self.open.get_mut(run) {
            Some((records, _)) if record != "run_end" => *records += 1,
            Some(run_so_far) => {
                let ((counted, found), said) = (*run_so_far, placed.unmapped.records);
                self.open.remove(run);
                self.report.ended += 1;
                // Where something was found in between, a wrong number is no news.
                if said != Some(counted) && self.report.found == found {
                    let said = said.map_or_else(|| "none".to_owned(), |said| said.to_string());
                    self.found(
                        sequence,
                        format!("the end of this run counts {said} records before it, and {counted} are there"),
                    );
                }
            }
            None if !full => {
                self.found(sequence, "this record is of a run that has not started, or has ended".to_owned());
            }
            None => {}
        }
    }

    fn found(&mut self, sequence: Option<u64>, text: String) {
        self.keep(Problem { line: self.line, offset: self.offset, sequence, text });
    }

    fn keep(&mut self, problem: Problem) {
        self.report.found += 1;
        if self.report.sound_to.is_none() {
            // What was read before the first problem.
            self.report.sound_to = Some((self.report.records, problem.offset));
        }
        if self.report.problems.len() < KEPT {
            self.report.problems.push(problem);
        }
    }
}
