//! Where the messages of one run go.

use std::cell::RefCell;

use crate::context::Stack;
use crate::ring::Ring;
use crate::syslog::Sink;
use crate::{Entered, Level, Record};

/// Whether messages also go to the system's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syslog {
    /// No message leaves the process but in the result.
    Off,
    /// To the daemon that listens on `/dev/log`.
    Local,
}

/// The log of one run. Messages less urgent than its level are dropped.
#[derive(Debug)]
pub struct Logger {
    level: Level,
    calls: Stack,
    captured: RefCell<Ring>,
    syslog: Option<Sink>,
}

impl Logger {
    /// An empty log. Nothing is opened before the first message for syslog.
    pub fn new(level: Level, syslog: Syslog) -> Self {
        let sink = match syslog {
            Syslog::Off => None,
            Syslog::Local => Some(Sink::local()),
        };
        Self::with_sink(level, sink)
    }

    pub(crate) fn with_sink(level: Level, syslog: Option<Sink>) -> Self {
        Self { level, calls: Stack::default(), captured: RefCell::default(), syslog }
    }

    /// Whether a message of this level is kept; asking first saves building a message for nothing.
    pub fn enabled(&self, level: Level) -> bool {
        level <= self.level
    }

    /// The script's own message, from script line `line`: captured. It never carries a function's name.
    pub fn script(&self, level: Level, message: &str, line: usize) {
        if self.enabled(level) {
            self.captured.borrow_mut().push(level, message, line, None);
        }
    }

    /// A message from inside a function of REX: captured with the innermost function and its script line, and sent to syslog.
    pub fn function(&self, level: Level, message: &str) {
        if !self.enabled(level) {
            return;
        }
        let (name, line) = self.current().unzip();
        self.captured.borrow_mut().push(level, message, line.unwrap_or(0), name);
        self.send(level, message);
    }

    /// A message for the operator only: sent to syslog, not captured.
    pub fn internal(&self, level: Level, message: &str) {
        if self.enabled(level) {
            self.send(level, message);
        }
    }

    /// Connects to the system's log now rather than at the first message: for what comes before the daemon can no longer be found.
    pub fn connect(&self) {
        if let Some(sink) = &self.syslog {
            sink.connect();
        }
    }

    /// Tells that the function that scripts call `name` runs, called from script line `line`, until the guard is dropped.
    pub fn enter(&self, name: &'static str, line: usize) -> Entered<'_> {
        self.calls.enter(name, line)
    }

    /// The innermost running function and the script line it was called from.
    pub fn current(&self) -> Option<(&'static str, usize)> {
        self.calls.innermost()
    }

    /// Takes the captured records, oldest first: at most [`CAPACITY`](crate::CAPACITY), and one more in front with the
    /// message [`DROPPED`](crate::DROPPED) if older ones had to go.
    pub fn take(&self) -> Vec<Record> {
        self.captured.borrow_mut().take()
    }

    /// How many messages were meant for syslog and could not be sent.
    pub fn unsent(&self) -> u64 {
        self.syslog.as_ref().map_or(0, Sink::unsent)
    }

    fn send(&self, level: Level, message: &str) {
        if let Some(sink) = &self.syslog {
            sink.send(level, message, self.current());
        }
    }
}
