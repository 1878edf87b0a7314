//! What an operation left out, so that nothing is missing in silence.

use std::fmt;

/// Why something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The policy forbids it.
    Denied,
    /// It did not answer in time.
    Silent,
    /// The system refused it.
    Failed,
}

/// Something that an operation left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The mount point, or the name of the device.
    pub name: String,
    /// Why.
    pub why: Why,
    /// Why, in words.
    pub reason: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}
