//! The newest records, and whether older ones had to go.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::{Level, Record, text};

/// Most records kept; the oldest go first.
pub const CAPACITY: usize = 1000;

/// The message of the record that stands first when older ones were dropped.
pub const DROPPED: &str =
    "Warning: Log buffer capacity exceeded. Some earlier log entries were removed to fit new logs.";

/// The captured records of a run, for whoever has to report when the thread that logs cannot any more.
#[derive(Debug, Clone, Default)]
pub struct Captured(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    ring: Mutex<Ring>,
    /// The script line of the function that runs, 0 for none.
    line: AtomicUsize,
}

impl Captured {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, level: Level, message: &str, line: usize, function: Option<&'static str>) {
        // Whoever reports meanwhile never waits for memory.
        let mut text = self.ring().make_room();
        text::cut(message, &mut text);
        let record = Record { timestamp: Timestamp::now(), level, message: text, line, function };
        self.ring().records.push_back(record);
    }

    pub(crate) fn take(&self) -> Vec<Record> {
        self.ring().take()
    }

    #[inline]
    pub(crate) fn set_line(&self, line: usize) {
        self.0.line.store(line, Relaxed);
    }

    /// The script line of the function of REX that runs at present.
    pub fn line(&self) -> Option<usize> {
        Some(self.0.line.load(Relaxed)).filter(|line| *line > 0)
    }

    /// The records so far, as [`Logger::take`](crate::Logger::take) gives them. Nothing where the thread that logs was stopped in the middle
    /// of it.
    pub fn copy(&self) -> Option<Vec<Record>> {
        let ring = self.0.ring.try_lock().ok()?;
        Some(Ring { records: ring.records.clone(), dropped: ring.dropped }.take())
    }
}

#[derive(Debug, Default)]
struct Ring {
    records: VecDeque<Record>,
    dropped: bool,
}

impl Ring {
    /// Makes room for one more. A flood writes into the memory of the records it pushes out, which is the result.
    fn make_room(&mut self) -> String {
        if self.records.len() < CAPACITY {
            self.records.reserve(1);
            return String::new();
        }
        self.dropped = true;
        self.records.pop_front().map_or_else(String::new, |oldest| oldest.message)
    }

    /// All records, oldest first, led by one that tells of dropped ones. The ring is empty and forgetful afterwards.
    fn take(&mut self) -> Vec<Record> {
        let dropped = std::mem::take(&mut self.dropped);
        if let Some(first) = self.records.front().filter(|_| dropped) {
            let notice = Record {
                timestamp: first.timestamp,
                level: Level::Warn,
                message: DROPPED.to_owned(),
                line: 0,
                function: None,
            };
            self.records.push_front(notice);
        }
        std::mem::take(&mut self.records).into()
    }
}
