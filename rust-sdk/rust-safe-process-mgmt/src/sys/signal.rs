//! Sending signals to held processes.

use super::process::{Held, Process};
use super::table::{OnProcess, Table};
use crate::Signal;
use crate::kill::Criteria;
use rex_cedar_auth::Unjudged;
use rex_cedar_auth::action::process_system::{Interrupt, Kill, List};
use rustix::io::Errno;
use std::io;

impl Signal {
    pub(crate) const fn raw(self) -> rustix::process::Signal {
        use rustix::process::Signal as Raw;
        match self {
            Self::Hup => Raw::HUP,
            Self::Int => Raw::INT,
            Self::Quit => Raw::QUIT,
            Self::Kill => Raw::KILL,
            Self::Usr1 => Raw::USR1,
            Self::Usr2 => Raw::USR2,
            Self::Term => Raw::TERM,
            Self::Cont => Raw::CONT,
            Self::Stop => Raw::STOP,
        }
    }
}

/// An action that stands for sending signals of a sort.
pub(crate) trait Sends: OnProcess {
    /// Whether it is the action for `signal`.
    fn covers(signal: Signal) -> bool;
}

impl Sends for Kill {
    fn covers(signal: Signal) -> bool {
        !signal.interrupts()
    }
}

impl Sends for Interrupt {
    fn covers(signal: Signal) -> bool {
        signal.interrupts()
    }
}

impl<A: Sends> Held<A> {
    /// Sends `signal` to this very process.
    ///
    /// LINUX: the directory of a process serves as its pidfd (`pidfd_send_signal(2)`, 5.1).
    ///
    /// # Errors
    /// What the system says, `ESRCH` where it has ended. A signal that `A` does not stand for is refused.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        if !A::covers(signal) {
            return Err(Errno::PERM.into());
        }
        Ok(rustix::process::pidfd_send_signal(&self.dir, signal.raw())?)
    }
}

impl Table {
    /// The number of this process itself.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn own_pid(&self) -> io::Result<u32> {
        // The number in the pid namespace that `/proc` shows, which may be another than that of this process.
        super::process::link(&self.fd, c"self")?.parse().map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// The process `pid`, held in order to ask for `A` or `list` on it, where it is there and meets `criteria`.
    pub(crate) fn matching<A: Sends>(
        &self,
        pid: u32,
        criteria: &Criteria,
    ) -> Option<(Unjudged<Held<A>>, Unjudged<Held<List>>)> {
        let process = Process::open(self, pid).ok()?;
        let username = process.username().map(AsRef::as_ref);
        if !criteria.meets(process.name(), username, process.command()) {
            return None;
        }
        let held = Held::<A>::new(process);
        let listed = held.also();
        Some((Unjudged::new(held), listed))
    }
}
