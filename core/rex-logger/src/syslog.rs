//! Lines for the local syslog daemon.
//!
//! `<PRI>rex_runner[PID]: LEVEL [NAME:LINE] MESSAGE`: the form of RFC 3164 that C libraries write to `/dev/log`, less the
//! timestamp. journald and rsyslog both take it; neither reads RFC 5424 there by default, and both stamp the message
//! with the time they receive it.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::sys::Socket;
use crate::{Level, text};

/// Where syslog daemons listen.
const DEV_LOG: &str = "/dev/log";

/// The facility `daemon`, times eight, as RFC 3164 section 4.1.1 counts it.
const DAEMON: u8 = 3 << 3;

/// Longest line in bytes, before the mark of a cut one; daemons take 8 KiB and more.
const MAX_LINE: usize = 4096;

#[derive(Debug)]
enum State {
    Untried,
    Connected(Socket),
    /// Nobody listens: not asked again in this run, so that a chatty run does not pay for it.
    Absent,
}

#[derive(Debug)]
pub(crate) struct Sink {
    path: PathBuf,
    state: RefCell<State>,
    line: RefCell<String>,
    unsent: Cell<u64>,
}

impl Sink {
    pub(crate) fn local() -> Self {
        Self::at(Path::new(DEV_LOG))
    }

    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            state: RefCell::new(State::Untried),
            line: RefCell::default(),
            unsent: Cell::new(0),
        }
    }

    pub(crate) fn unsent(&self) -> u64 {
        self.unsent.get()
    }

    pub(crate) fn send(&self, level: Level, message: &str, call: Option<(&'static str, usize)>) {
        let mut line = self.line.borrow_mut();
        line.clear();
        format(level, message, call, std::process::id(), &mut line);
        if !self.deliver(line.as_bytes()) {
            self.unsent.set(self.unsent.get().saturating_add(1));
        }
    }

    /// Connects, unless that was tried before.
    pub(crate) fn connect(&self) {
        Self::try_to_connect(&self.path, &mut self.state.borrow_mut());
    }

    fn try_to_connect(path: &Path, state: &mut State) {
        if matches!(*state, State::Untried) {
            *state = Socket::connect(path).map_or(State::Absent, State::Connected);
        }
    }

    /// Whether the line was handed over. Never waits: what a full queue does not take is lost.
    fn deliver(&self, line: &[u8]) -> bool {
        let mut state = self.state.borrow_mut();
        if let State::Connected(socket) = &*state {
            match socket.send(line) {
                Ok(()) => return true,
                // The daemon was restarted: its new socket needs a new connection.
                Err(error) if Socket::is_gone(&error) => *state = State::Untried,
                Err(_) => return false,
            }
        }
        Self::try_to_connect(&self.path, &mut state);
        match &*state {
            State::Connected(socket) => socket.send(line).is_ok(),
            State::Untried | State::Absent => false,
        }
    }
}

fn severity(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

fn format(level: Level, message: &str, call: Option<(&'static str, usize)>, pid: u32, line: &mut String) {
    // Writing to a `String` does not fail.
    let _ = write!(line, "<{}>rex_runner[{pid}]: {level} ", DAEMON | severity(level));
    if let Some((name, number)) = call {
        text::escape(name, line, MAX_LINE);
        let _ = write!(line, ":{number} ");
    }
    text::escape(message, line, MAX_LINE);
}

#[cfg(test)]
mod tests {
    use super::{Level, format};

    #[test]
    fn a_line_has_facility_severity_identity_pid_and_call() {
        for (level, start) in [
            (Level::Error, "<27>rex_runner[7]: ERROR "),
            (Level::Warn, "<28>rex_runner[7]: WARN "),
            (Level::Info, "<30>rex_runner[7]: INFO "),
            (Level::Debug, "<31>rex_runner[7]: DEBUG "),
            (Level::Trace, "<31>rex_runner[7]: TRACE "),
        ] {
            let mut line = String::new();
            format(level, "m", None, 7, &mut line);
            assert_eq!(line, format!("{start}m"));
        }
        let mut line = String::new();
        format(Level::Info, "a\n<8>b", Some(("cat", 12)), 7, &mut line);
        assert_eq!(line, r"<30>rex_runner[7]: INFO cat:12 a\n<8>b");
    }
}
