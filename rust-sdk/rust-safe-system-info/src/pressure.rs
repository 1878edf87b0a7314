//! How much time is lost in waiting for a resource (Documentation/accounting/psi.rst of the kernel).

use crate::figures::{decimal, malformed, number, text};
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rust_safe_io::KernelFile;
use std::fmt;

/// What can be short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scarce {
    /// Processors.
    Cpu,
    /// Memory.
    Memory,
    /// Devices.
    Io,
}

/// How much time is lost in waiting for one resource.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pressure {
    /// Time in which at least one task waited.
    pub some: Stall,
    /// Time in which all that had something to do waited; nothing where the kernel does not tell it.
    pub full: Option<Stall>,
}

/// A share of the time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Stall {
    /// Percent of the last ten seconds.
    pub avg10: f64,
    /// Percent of the last minute.
    pub avg60: f64,
    /// Percent of the last five minutes.
    pub avg300: f64,
    /// Microseconds since the start of the system.
    pub total_us: u64,
}

impl Scarce {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Memory, Self::Io];

    /// The word for it: `cpu`, `memory` or `io`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Io => "io",
        }
    }

    /// The resource with this word.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn parse(word: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|scarce| scarce.word() == word);
        known.ok_or_else(|| Error::InvalidParameter(format!("`{word}`: pressure is told of `cpu`, `memory` and `io`")))
    }

    const fn file(self) -> KernelFile {
        KernelFile::at(match self {
            Self::Cpu => "/proc/pressure/cpu",
            Self::Memory => "/proc/pressure/memory",
            Self::Io => "/proc/pressure/io",
        })
    }
}

/// How much time is lost in waiting for `scarce`.
///
/// # Policy
/// Asks `read` on the file `/proc/pressure/cpu`, `/proc/pressure/memory` or `/proc/pressure/io`.
///
/// # Errors
/// `Other` where the kernel keeps no such figures; `ProcFsError` for a file that does not tell them.
pub fn pressure(gate: &Gate, scarce: Scarce) -> Result<Pressure> {
    let file = scarce.file();
    let text = text(gate, file).map_err(|error| match error {
        Error::Other(reason) => Error::Other(format!(
            "the kernel tells no pressure (it must be built with PSI and may need `psi=1` at boot): {reason}"
        )),
        error => error,
    })?;
    Pressure::of(&text).ok_or_else(|| malformed(file.path(), "the line `some` is missing"))
}

impl Pressure {
    fn of(text: &str) -> Option<Self> {
        let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(Stall::of));
        Some(Self { some: line("some")?, full: line("full") })
    }
}

impl Stall {
    fn of(text: &str) -> Self {
        let mut stall = Self::default();
        for (name, value) in text.split_ascii_whitespace().filter_map(|word| word.split_once('=')) {
            let percent = decimal(value).unwrap_or_default();
            match name {
                "avg10" => stall.avg10 = percent,
                "avg60" => stall.avg60 = percent,
                "avg300" => stall.avg300 = percent,
                "total" => stall.total_us = number(value).unwrap_or_default(),
                _ => {}
            }
        }
        stall
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "avg10={:.2} avg60={:.2} avg300={:.2} total={}", self.avg10, self.avg60, self.avg300, self.total_us)
    }
}

impl fmt::Display for Pressure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "some {}", self.some)?;
        self.full.map_or(Ok(()), |full| write!(f, "\nfull {full}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pressure, Scarce};
    use proptest::prelude::*;

    #[test]
    fn some_and_full() {
        let text =
            "some avg10=4.95 avg60=2.94 avg300=2.97 total=12581260700\nfull avg10=0.10 avg60=0.00 avg300=0.00 total=1";
        let found = Pressure::of(text).unwrap();
        assert_eq!((found.some.avg10, found.some.total_us, found.full.unwrap().avg10), (4.95, 12_581_260_700, 0.1));
        assert_eq!(found.to_string(), text);
        assert_eq!(Pressure::of("some avg10=1.00\n").unwrap().full, None);
        assert_eq!(Pressure::of("some"), None);
        assert_eq!(Scarce::parse("disk").unwrap_err().kind(), "InvalidParameter");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "((some|full|.{0,4}) ?(avg10|total|.{0,3})=?[0-9.-]{0,30}.{0,9}\n?){0,5}") {
            Pressure::of(&text);
        }
    }
}
