//! Reading the journal of systemd, entry by entry as the policy lets it.

mod file;
mod options;
mod payload;

pub(crate) use file::ReadAt;
pub use options::JournalOptions;

use crate::Result;
use crate::sys;
use crate::systemd::{Manager, Service};
use file::{Field, File, Raw};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::systemd::Journal;
use rust_sdk_common_utils::DateTime;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The run is asked after so many entries whether it may go on.
const STRIDE: usize = 256;
/// No more text than this is held at a time, in bytes; where it is reached, older entries are left out.
const MOST_TEXT: usize = 32 * 1024 * 1024;
/// What an entry takes besides its text.
const ENTRY: usize = 256;

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// When journald received it.
    pub time: DateTime,
    /// What it says, at most 64 KiB of it; bytes that are not UTF-8 are shown as `\u{fffd}`.
    pub message: String,
    /// How bad it is, from 0 (emergency) to 7 (debug), where it says so.
    pub priority: Option<u8>,
    /// The unit it belongs to. What the service manager says of a unit belongs to that unit.
    pub unit: Option<String>,
    /// The name that the program goes by.
    pub identifier: Option<String>,
    /// The process that wrote it.
    pub pid: Option<u32>,
    /// The account that the process ran as.
    pub uid: Option<u32>,
}

/// What reading the journal gave.
#[derive(Debug, Default)]
pub struct JournalRead {
    /// The entries, the newest last.
    pub entries: Vec<JournalEntry>,
    /// How many the policy does not let be read.
    pub hidden: usize,
    /// How many entries could not be read, damaged or packed in an unknown way, and how many files.
    pub unreadable: (usize, usize),
    /// Whether older entries were left out because the text was too much.
    pub cut: bool,
}

/// The newest entries of the journal that `options` ask for, the newest last.
///
/// # Policy
/// Asks `journal` on the unit that `options` name, or, where they name none, on the service manager, whose are the entries of no unit; then on
/// the unit of each entry. Entries of other units are left out. An entry is known by the primary name of its unit.
///
/// # Errors
/// `PrivilegeError` where this account may read no file of the journal; `Other` where there is none.
pub fn journal(gate: &Gate, options: &JournalOptions) -> Result<JournalRead> {
    let opened = match &options.unit {
        Some(unit) => {
            let unit = Service::named(unit.as_str());
            let proof = gate.authorize::<Journal, _>(&unit)?;
            unit.check()?;
            sys::journal::open(proof, gate)?
        }
        None => sys::journal::open(gate.authorize::<Journal, _>(&Manager)?, gate)?,
    };
    let mut reader = Reader {
        gate,
        options,
        verdicts: HashMap::new(),
        newest: Newest::new(options.limit),
        read: JournalRead::default(),
    };
    let mut files = Vec::new();
    reader.read.unreadable.1 = opened.unreadable;
    for (source, length) in opened.files {
        match File::new(source, length) {
            Some(file) => files.push(file),
            None => reader.read.unreadable.1 += 1,
        }
    }
    // Those with the newest entries first: then most of the others need not be looked through.
    files.sort_by_key(|file| Reverse(file.newest));
    for file in files {
        reader.look_through(file)?;
    }
    let Reader { newest, mut read, .. } = reader;
    read.cut = newest.cut;
    read.entries = newest.in_order();
    Ok(read)
}

/// Reads file after file.
struct Reader<'r> {
    gate: &'r Gate,
    options: &'r JournalOptions,
    /// What was decided of a unit; of none, of the service manager.
    verdicts: HashMap<Option<String>, bool>,
    newest: Newest,
    read: JournalRead,
}

impl Reader<'_> {
    fn look_through<R: ReadAt>(&mut self, mut file: File<R>) -> Result<()> {
        self.gate.proceed()?;
        let mut backwards = file.backwards();
        let mut count = 0_usize;
        while let Some(offset) = file.next(&mut backwards) {
            count += 1;
            if count.is_multiple_of(STRIDE) {
                self.gate.proceed()?;
            }
            let Some(time) = file.time(offset) else {
                self.read.unreadable.0 += 1;
                continue;
            };
            if self.options.until.is_some_and(|until| time > until) {
                continue;
            }
            // Entries stand in the order in which they came.
            if self.options.since.is_some_and(|since| time < since) || !self.newest.takes(time) {
                break;
            }
            self.gate.proceed()?;
            match file.entry(offset) {
                Some(raw) => self.consider(&raw),
                None => self.read.unreadable.0 += 1,
            }
        }
        Ok(())
    }

    /// Takes an entry in, if it is asked for and the policy lets it be read.
    fn consider(&mut self, raw: &Raw) {
        let Ok(unit) = unit(raw) else {
            self.read.unreadable.0 += 1;
            return;
        };
        if self.options.unit.as_ref().is_some_and(|asked| Some(asked.as_str()) != unit) {
            return;
        }
        let priority =
            raw.value(Field::Priority).and_then(|value| value.parse::<u8>().ok()).filter(|value| *value <= 7);
        if self.options.priority.is_some_and(|most| priority.is_none_or(|priority| priority > most)) {
            return;
        }
        let message = raw.value(Field::Message).map(ToString::to_string).unwrap_or_default();
        if self.options.contains.as_ref().is_some_and(|text| !message.contains(text.as_str())) {
            return;
        }
        if !self.allowed(unit) {
            self.read.hidden += 1;
            return;
        }
        let Some(time) = moment(raw.time) else {
            self.read.unreadable.0 += 1;
            return;
        };
        let text = |field| raw.value(field).map(ToString::to_string);
        let number = |field| raw.value(field).and_then(|value| value.parse().ok());
        let entry = JournalEntry {
            time,
            message,
            priority,
            unit: unit.map(str::to_owned),
            identifier: text(Field::Identifier).or_else(|| text(Field::Command)),
            pid: number(Field::Pid),
            uid: number(Field::Uid),
        };
        self.newest.take(raw.time, entry);
    }

    fn allowed(&mut self, unit: Option<&str>) -> bool {
        let unit = unit.map(str::to_owned);
        if let Some(verdict) = self.verdicts.get(&unit) {
            return *verdict;
        }
        let verdict = match &unit {
            Some(unit) => self.gate.authorize::<Journal, _>(&Service::named(unit.as_str())).is_ok(),
            None => self.gate.authorize::<Journal, _>(&Manager).is_ok(),
        };
        self.verdicts.insert(unit, verdict);
        verdict
    }
}

/// Whose an entry is cannot be told.
struct Unclear;

/// The unit that an entry belongs to. Only what journald found out itself counts, and what the service manager says of units: any program can write
/// the other fields.
fn unit(raw: &Raw) -> std::result::Result<Option<&str>, Unclear> {
    let of = |field| match raw.value(field) {
        None if raw.has(field) => Err(Unclear),
        value => Ok(value.map(AsRef::as_ref)),
    };
    let own = of(Field::Unit)?;
    match (own, of(Field::Pid)?) {
        // A field that could not be read may be the unit.
        (None, _) if raw.unreadable => Err(Unclear),
        (Some("init.scope"), Some("1")) => Ok(of(Field::About)?.or(own)),
        _ => Ok(own),
    }
}

fn moment(micros: u64) -> Option<DateTime> {
    let seconds = i64::try_from(micros / 1_000_000).ok()?;
    DateTime::from_epoch_nanos(seconds, i64::try_from(micros % 1_000_000).ok()?.checked_mul(1000)?).ok()
}

/// The newest entries of those that came by.
struct Newest {
    limit: usize,
    /// The oldest on top. Of entries of the same moment, the one that came by first is the newer one.
    held: BinaryHeap<Reverse<Dated>>,
    count: usize,
    text: usize,
    /// Nothing as old as this is taken any more.
    floor: Option<u64>,
    cut: bool,
}

/// An entry ordered by when it was received.
struct Dated {
    key: (u64, Reverse<usize>),
    entry: JournalEntry,
}

impl PartialEq for Dated {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for Dated {}
impl PartialOrd for Dated {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Dated {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Newest {
    fn new(limit: usize) -> Self {
        Self { limit, held: BinaryHeap::new(), count: 0, text: 0, floor: None, cut: false }
    }

    /// Whether an entry of this time would be held.
    fn takes(&self, time: u64) -> bool {
        self.floor.is_none_or(|floor| time > floor)
    }

    fn take(&mut self, time: u64, entry: JournalEntry) {
        self.text += entry.message.len() + ENTRY;
        self.count += 1;
        self.held.push(Reverse(Dated { key: (time, Reverse(self.count)), entry }));
        self.cut |= self.text > MOST_TEXT;
        while self.held.len() > self.limit || self.text > MOST_TEXT {
            let Some(Reverse(oldest)) = self.held.pop() else { break };
            self.text = self.text.saturating_sub(oldest.entry.message.len() + ENTRY);
            self.floor = self.floor.max(Some(oldest.key.0));
        }
    }

    fn in_order(self) -> Vec<JournalEntry> {
        let mut all: Vec<Dated> = self.held.into_iter().map(|Reverse(dated)| dated).collect();
        all.sort();
        all.into_iter().map(|dated| dated.entry).collect()
    }
}
