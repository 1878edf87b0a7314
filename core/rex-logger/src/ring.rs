//! The newest records, and whether older ones had to go.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::{Level, Record, text};

/// Most records kept; the oldest go first.
pub const CAPACITY: usize = 1000;

/// The message of the record that stands first when older ones were dropped.
pub const DROPPED: &str =
    "Warning: Log buffer capacity exceeded. Some earlier log entries were removed to fit new logs.";

#[derive(Debug, Default)]
pub(crate) struct Ring {
    records: VecDeque<Record>,
    dropped: bool,
}

impl Ring {
    pub(crate) fn push(&mut self, level: Level, message: &str, line: usize, function: Option<&'static str>) {
        let mut text = String::new();
        if self.records.len() >= CAPACITY {
            self.dropped = true;
            // A flood writes into the memory of the records it pushes out.
            text = self.records.pop_front().map_or(text, |oldest| oldest.message);
        }
        text::cut(message, &mut text);
        self.records.push_back(Record { timestamp: Timestamp::now(), level, message: text, line, function });
    }

    /// All records, oldest first, led by one that tells of dropped ones. The ring is empty and forgetful afterwards.
    pub(crate) fn take(&mut self) -> Vec<Record> {
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
