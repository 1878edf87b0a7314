//! The signals that scripts can send.

use crate::{Error, Result};

/// A signal (`signal(7)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Hang up; daemons read their configuration again.
    Hup,
    /// Interrupt, as Ctrl-C does.
    Int,
    /// Quit with a core dump.
    Quit,
    /// End at once; cannot be refused.
    Kill,
    /// What the program makes of it.
    Usr1,
    /// What the program makes of it.
    Usr2,
    /// End in an orderly way.
    Term,
    /// Go on after a stop.
    Cont,
    /// Stop; cannot be refused.
    Stop,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 9] =
        [Self::Hup, Self::Int, Self::Quit, Self::Kill, Self::Usr1, Self::Usr2, Self::Term, Self::Cont, Self::Stop];

    /// The name that scripts know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hup => "SIGHUP",
            Self::Int => "SIGINT",
            Self::Quit => "SIGQUIT",
            Self::Kill => "SIGKILL",
            Self::Usr1 => "SIGUSR1",
            Self::Usr2 => "SIGUSR2",
            Self::Term => "SIGTERM",
            Self::Cont => "SIGCONT",
            Self::Stop => "SIGSTOP",
        }
    }

    /// The signal of this number on this host.
    ///
    /// # Errors
    /// `ValidationError` for every other number.
    pub fn of_number(number: i64) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|signal| i64::from(signal.raw().as_raw()) == number);
        known.ok_or_else(|| Error::ValidationError(format!("kill: unsupported signal number {number}")))
    }

    /// Whether a policy calls it `interrupt`: programs go on after it, or do what they made of it. All others are `kill`.
    pub const fn interrupts(self) -> bool {
        matches!(self, Self::Hup | Self::Usr1 | Self::Usr2 | Self::Cont)
    }
}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn each_number_is_one_signal() {
        for signal in Signal::ALL {
            assert_eq!(Signal::of_number(signal.raw().as_raw().into()).unwrap(), signal);
        }
        assert_eq!(Signal::of_number(15).unwrap(), Signal::Term);
        for number in [0, -1, 11, 64, i64::MAX] {
            let error = Signal::of_number(number).unwrap_err().to_string();
            assert_eq!(error, format!("Validation error: kill: unsupported signal number {number}"));
        }
    }
}
