//! Where the messages of one run go.

use std::cell::Cell;
use std::fmt;

use crate::context::Stack;
use crate::ring::Captured;
use crate::syslog::Sink;
use crate::{Entered, Level, MAX_MESSAGE, Record};

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
    captured: Captured,
    syslog: Option<Sink>,
    volume: Cell<u64>,
    bound: Option<Bound>,
}

/// How much may be logged, and who is told when it is too much.
struct Bound {
    most: u64,
    flooded: Box<dyn Fn()>,
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {} bytes", self.most)
    }
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
        let captured = Captured::default();
        let calls = Stack::seen_in(captured.clone());
        Self { level, calls, captured, syslog, volume: Cell::new(0), bound: None }
    }

    /// Bounds what is logged in all, to `most` bytes of messages. A message beyond that is dropped, and `flooded` is called.
    #[must_use]
    pub fn bounded(self, most: u64, flooded: impl Fn() + 'static) -> Self {
        Self { bound: Some(Bound { most, flooded: Box::new(flooded) }), ..self }
    }

    /// What was captured, as other threads may see it.
    pub fn captured(&self) -> Captured {
        self.captured.clone()
    }

    /// How many bytes of messages were logged so far, of each what was kept.
    pub fn volume(&self) -> u64 {
        self.volume.get()
    }

    /// Whether one more message may be logged.
    fn admits(&self, message: &str) -> bool {
        let volume = self.volume.get().saturating_add(message.len().min(MAX_MESSAGE) as u64);
        if let Some(bound) = self.bound.as_ref().filter(|bound| volume > bound.most) {
            (bound.flooded)();
            return false;
        }
        self.volume.set(volume);
        true
    }

    /// Whether a message of this level is kept; asking first saves building a message for nothing.
    pub fn enabled(&self, level: Level) -> bool {
        level <= self.level
    }

    /// The script's own message, from script line `line`: captured. It never carries a function's name.
    pub fn script(&self, level: Level, message: &str, line: usize) {
        if self.enabled(level) && self.admits(message) {
            self.captured.push(level, message, line, None);
        }
    }

    /// A message from inside a function of REX: captured with the innermost function and its script line, and sent to syslog.
    pub fn function(&self, level: Level, message: &str) {
        if !self.enabled(level) || !self.admits(message) {
            return;
        }
        let (name, line) = self.current().unzip();
        self.captured.push(level, message, line.unwrap_or(0), name);
        self.send(level, message);
    }

    /// A message for the operator only: sent to syslog, not captured.
    pub fn internal(&self, level: Level, message: &str) {
        if self.enabled(level) && self.admits(message) {
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
        self.captured.take()
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
