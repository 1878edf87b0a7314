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

/// A process that meets criteria, held in order to ask for `A` on it, and for `list`.
pub(crate) type Matched<A> = (Unjudged<Held<A>>, Unjudged<Held<List>>);

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
    pub(crate) fn matching<A: Sends>(&self, pid: u32, criteria: &Criteria) -> Option<Matched<A>> {
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

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test starts processes by itself")]
mod tests {
    use super::{Held, Process, Table};
    use crate::Signal;
    use rex_cedar_auth::action::process_system::Kill;
    use std::process::{Child, Command};

    fn sleeper() -> Child {
        Command::new("sleep").arg("86399").spawn().unwrap()
    }

    /// A process that got the number of the held one after its end.
    fn successor(pid: u32) -> Option<Child> {
        for _ in 0..500 {
            std::fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).ok()?;
            let mut child = sleeper();
            if child.id() == pid {
                return Some(child);
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        None
    }

    #[test]
    fn who_got_the_number_of_a_held_process_is_not_hit() {
        let (table, mut first) = (Table::open().unwrap(), sleeper());
        let pid = first.id();
        let held = Held::<Kill>::new(Process::open(&table, pid).unwrap());
        first.kill().unwrap();
        first.wait().unwrap();
        let Some(mut second) = successor(pid) else {
            eprintln!("skipped: the number of a process cannot be chosen here");
            return;
        };
        let sent = held.signal(Signal::Kill);
        std::thread::sleep(std::time::Duration::from_millis(50));
        let ended = second.try_wait().unwrap();
        second.kill().unwrap();
        second.wait().unwrap();
        assert_eq!(ended, None, "the successor was hit");
        assert_eq!(sent.unwrap_err().raw_os_error(), Some(3));
        assert!(Held::<Kill>::new(Process::open(&table, 1).unwrap()).signal(Signal::Hup).is_err(), "not its action");
    }
}
