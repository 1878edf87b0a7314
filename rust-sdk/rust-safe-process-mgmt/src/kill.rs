//! Sending signals, by number or to all that meet criteria.

use crate::find::{MISSING, find};
use crate::list::skip;
use crate::sys::{Held, Sends, Table};
use crate::{Error, Result, Signal};
use rex_cedar_auth::action::process_system::{Interrupt, Kill, List};
use rex_cedar_auth::kind::{self, AcceptedBy};
use rex_cedar_auth::{Denied, Gate};

/// Whom to send a signal.
#[derive(Debug, Clone, Default)]
pub struct KillOptions {
    /// The process of this number.
    pub pid: Option<i64>,
    /// All whose name holds this.
    pub process_name: Option<String>,
    /// All of the user with this login name.
    pub username: Option<String>,
    /// Name and command line must be the same, not only hold the text.
    pub exact_match: bool,
    /// All whose command line holds this.
    pub command: Option<String>,
    /// The signal.
    pub signal: Option<Signal>,
}

/// A process that a signal was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Killed {
    /// Its name, or its command line where that was looked for.
    pub name: String,
    /// Its number.
    pub pid: u32,
}

/// What came of sending a signal.
#[derive(Debug, Default)]
pub struct KillResult {
    /// The processes it was sent to, in the order of their numbers.
    pub killed: Vec<Killed>,
    /// Why others that meet the criteria did not get it.
    pub skipped: Vec<String>,
}

/// What processes must meet, all of it.
#[derive(Debug)]
pub(crate) struct Criteria {
    name: Option<String>,
    username: Option<String>,
    command: Option<String>,
    exact: bool,
}

impl Criteria {
    pub(crate) fn meets(&self, name: &str, username: Option<&str>, command: &str) -> bool {
        let text = |wanted: &Option<String>, found: &str| match wanted {
            None => true,
            Some(wanted) if self.exact => wanted == found,
            Some(wanted) => !wanted.is_empty() && found.contains(wanted.as_str()),
        };
        let user = self.username.as_deref().is_none_or(|wanted| username == Some(wanted));
        user && text(&self.name, name) && text(&self.command, command)
    }
}

/// How processes are told.
enum Target {
    Pid(i64),
    Criteria(Criteria),
}

impl KillOptions {
    /// Says what is wrong with them.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn check(&self) -> Result<()> {
        self.parts().map(drop)
    }

    fn parts(&self) -> Result<(Signal, Target)> {
        let wrong = |text: &str| Err(Error::ValidationError(text.to_owned()));
        let Some(signal) = self.signal else { return wrong("signal is required") };
        let Self { pid, process_name, username, command, .. } = self;
        let by_criteria = process_name.is_some() || username.is_some() || command.is_some();
        match pid {
            Some(pid) if *pid < 0 => return wrong("PID cannot be negative"),
            None if !by_criteria => {
                return wrong(
                    "At least one targeting method must be specified: pid, process_name, username, or command",
                );
            }
            Some(_) if by_criteria => {
                return wrong("pid cannot be used together with process_name, username, or command");
            }
            Some(pid) => return Ok((signal, Target::Pid(*pid))),
            None => {}
        }
        if process_name.is_some() && command.is_some() {
            return wrong(
                "process_name and command cannot be used together - choose either name-based or command-based targeting",
            );
        }
        for (what, text) in [("process_name", process_name), ("username", username), ("command", command)] {
            if text.as_deref() == Some("") {
                return wrong(&format!("{what} cannot be empty: it would mean every process"));
            }
        }
        let criteria = Criteria {
            name: process_name.clone(),
            username: username.clone(),
            command: command.clone(),
            exact: self.exact_match,
        };
        Ok((signal, Target::Criteria(criteria)))
    }
}

/// Sends a signal to the process of a number, or to all processes that meet criteria, as they are now; then never to the runner itself or
/// to process 1.
///
/// # Policy
/// Asks `interrupt` on each process for the signals that programs go on after ([`Signal::interrupts`]), `kill` for all others. Of one that
/// meets criteria and is denied also `list`: where that is denied too, the script does not learn that there is one.
///
/// # Errors
/// `PermissionDenied`, by criteria only where none could be sent the signal; `ProcessNotFound`; `ValidationError`; `Other`: what the system
/// says.
pub fn kill(gate: &Gate, options: &KillOptions) -> Result<KillResult> {
    let (signal, target) = options.parts()?;
    match (target, signal.interrupts()) {
        (Target::Pid(pid), true) => by_pid::<Interrupt>(gate, pid, signal),
        (Target::Pid(pid), false) => by_pid::<Kill>(gate, pid, signal),
        (Target::Criteria(criteria), true) => by_criteria::<Interrupt>(gate, &criteria, signal),
        (Target::Criteria(criteria), false) => by_criteria::<Kill>(gate, &criteria, signal),
    }
}

fn by_pid<A: Sends>(gate: &Gate, pid: i64, signal: Signal) -> Result<KillResult>
where
    kind::Process: AcceptedBy<A>,
{
    // No process has a number beyond.
    let pid = u32::try_from(pid).unwrap_or(u32::MAX);
    let held = find::<A>(gate, &Table::open()?, pid, MISSING)?;
    send(&held, signal)?;
    Ok(KillResult { killed: vec![Killed { name: held.name().to_owned(), pid }], skipped: Vec::new() })
}

fn send<A: Sends>(held: &Held<A>, signal: Signal) -> Result<()> {
    held.signal(signal).map_err(|error| match error.raw_os_error() {
        Some(3) => Error::ProcessNotFound { reason: MISSING.to_owned(), pid: held.pid() },
        _ => Error::Other(format!("{} was not sent to process {}: {error}", signal.name(), held.pid())),
    })
}

fn by_criteria<A: Sends>(gate: &Gate, criteria: &Criteria, signal: Signal) -> Result<KillResult>
where
    kind::Process: AcceptedBy<A>,
{
    let table = Table::open()?;
    let spared = [1, table.own_pid()?];
    let (mut result, mut denial, mut failure) = (KillResult::default(), None::<Denied>, None);
    // One process is held at a time, so that many do not take all descriptors.
    for pid in table.pids()?.into_iter().filter(|pid| !spared.contains(pid)) {
        gate.proceed()?;
        let Some((held, listed)) = table.matching::<A>(pid, criteria) else { continue };
        let held = match gate.release::<A, _>(held) {
            Ok(held) => held,
            Err(denied) => {
                skip(denied.clone())?;
                match gate.release::<List, _>(listed) {
                    Ok(_) => {
                        result.skipped.push(denied.to_string());
                        denial.get_or_insert(denied);
                    }
                    Err(unseen) => skip(unseen)?,
                }
                continue;
            }
        };
        match send(&held, signal) {
            Ok(()) => {
                let name = if criteria.command.is_some() { held.command() } else { held.name() };
                result.killed.push(Killed { name: name.to_owned(), pid });
            }
            Err(error) => {
                result.skipped.push(error.to_string());
                failure.get_or_insert(error);
            }
        }
    }
    match (result.killed.is_empty(), denial, failure) {
        (false, ..) => Ok(result),
        (true, Some(denied), _) => Err(denied.into()),
        (true, None, Some(error)) => Err(error),
        (true, None, None) => Err(Error::ProcessNotFound { reason: "No matching processes found".to_owned(), pid: 0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Criteria, KillOptions};
    use crate::Signal;

    #[test]
    fn empty_texts_mean_nobody() {
        for field in 0..3 {
            let mut options = KillOptions { signal: Some(Signal::Term), ..KillOptions::default() };
            let text = Some(String::new());
            match field {
                0 => options.process_name = text,
                1 => options.username = text,
                _ => options.command = text,
            }
            assert!(options.check().unwrap_err().to_string().contains("cannot be empty"), "{field}");
        }
        let all = Criteria { name: Some(String::new()), username: None, command: None, exact: false };
        assert!(!all.meets("sshd", None, "sshd"), "checked once more where it is used");
    }

    #[test]
    fn criteria_are_met_together() {
        let criteria =
            |exact| Criteria { name: Some("ng".to_owned()), username: Some("www".to_owned()), command: None, exact };
        assert!(criteria(false).meets("nginx", Some("www"), ""));
        assert!(!criteria(true).meets("nginx", Some("www"), ""));
        assert!(criteria(true).meets("ng", Some("www"), ""));
        assert!(!criteria(false).meets("nginx", Some("www2"), ""));
        assert!(!criteria(false).meets("nginx", None, ""));
    }
}
