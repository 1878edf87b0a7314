//! One run's records.

use crate::chain::{Log, Signed};
use crate::ocsf::Class;
use crate::record::{Control, Event, Own, Severity, Status};
use crate::seal::Head;
use crate::text::bounded;
use crate::{Effect, End, Error, Extent, Facts, Judgement, Redaction, Start};
use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

/// After how many records of a run the chain is signed again.
const CHECKPOINT: u64 = 1000;
/// How many argument names are recorded.
const ARGUMENTS: usize = 64;

/// Writes the records of one run. After an error the run has to end: what comes after a gap proves nothing.
#[derive(Debug)]
pub struct Run {
    log: Log,
    facts: Facts,
    redaction: Redaction,
    records: u64,
    head: Head,
}

impl Run {
    /// Writes the start of a run into `log`.
    ///
    /// # Errors
    /// It cannot be written; the run must not start.
    pub fn start(log: Log, facts: Facts, redaction: Redaction, start: &Start<'_>) -> Result<Self, Error> {
        let facts = Facts {
            script: bound(facts.script),
            policy: bound(facts.policy),
            principal: bounded(&facts.principal).into_owned(),
            host: bounded(&facts.host).into_owned(),
            signer: facts.signer.map(|signer| bounded(&signer).into_owned()),
            ..facts
        };
        let mut run = Self { log, facts, redaction, records: 0, head: Head::none() };
        let names = start.arguments.iter().take(ARGUMENTS).map(|name| bounded(name).into_owned()).collect();
        let own = Own {
            record: "run_start",
            arguments: Some(names),
            observing: start.observing.then_some(true),
            ..Own::default()
        };
        run.write(&mut Event { class: Class::RUN_START, ..Event::of_run("Start", own) }, Signed::Yes)?;
        Ok(run)
    }

    /// The real path of a log that is a file.
    pub fn path(&self) -> Option<&Path> {
        self.log.path()
    }

    /// This run's last record.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Writes a verdict.
    ///
    /// # Errors
    /// It cannot be written; the verdict must not take effect.
    pub fn judged(&mut self, judgement: &Judgement<'_>) -> Result<(), Error> {
        let Judgement { namespace, action, kind, id, denied, policies, extent, function, line } = *judgement;
        let id = self.redaction.resource(kind, id).into_owned();
        let policies: Vec<Cow<'_, str>> = policies.iter().take(ARGUMENTS).map(|name| bounded(name)).collect();
        let policies: Vec<&str> = policies.iter().map(AsRef::as_ref).collect();
        let control = match denied {
            None => Control::Allowed,
            Some(denial) if denial.passed => Control::Logged,
            Some(_) => Control::Blocked,
        };
        let own = Own {
            record: "judgement",
            function,
            line: Some(line),
            action: Some(format!("{namespace}::Action::\"{action}\"")),
            resource: Some(format!("{kind}::{id:?}")),
            extent: match extent {
                Extent::One => None,
                Extent::Directory => Some("directory"),
                Extent::UnlessForbidden => Some("unless_forbidden"),
            },
            ..Own::default()
        };
        let mut event = Event {
            class: Class::of(namespace, action, kind),
            severity: if denied.is_some() { Severity::Medium } else { Severity::Informational },
            status: if control == Control::Blocked { Status::Failure } else { Status::Success },
            detail: denied.map(|denial| bounded(denial.cause).into_owned()),
            control: Some(control),
            policies: &policies,
            resource: Some((&id, kind)),
            ..Event::of_run(action, own)
        };
        self.write(&mut event, Signed::No)
    }

    /// Writes what came of a function.
    ///
    /// # Errors
    /// It cannot be written; nothing more must happen.
    pub fn ended(&mut self, effect: &Effect<'_>) -> Result<(), Error> {
        let Effect { function, line, error, took, usage } = *effect;
        let own = Own {
            record: "effect",
            function: Some(function),
            line: Some(line),
            error,
            bytes: Some(usage.into()),
            ..Own::default()
        };
        let mut event = Event {
            class: Class::CALL,
            status: if error.is_some() { Status::Failure } else { Status::Success },
            took: Some(millis(took)),
            ..Event::of_run("Call", own)
        };
        self.write(&mut event, Signed::No)
    }

    /// Writes that a limit ends the run; `why` is text of REX.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn limit(&mut self, why: &str) -> Result<(), Error> {
        let own = Own { record: "limit", ..Own::default() };
        let detail = Some(bounded(why).into_owned());
        let mut event =
            Event { severity: Severity::Medium, status: Status::Failure, detail, ..Event::of_run("Limit", own) };
        self.write(&mut event, Signed::No)
    }

    /// Writes the end of the run, and gives the head of the log that it makes: whoever keeps that elsewhere finds out when the log is
    /// cut short later.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end(&mut self, end: &End<'_>) -> Result<Head, Error> {
        let End { error, message, exit_code, took, allowed, denied, usage } = *end;
        let own = Own {
            record: "run_end",
            error,
            exit_code: Some(exit_code),
            allowed: Some(allowed),
            denied: Some(denied),
            bytes: Some(usage.into()),
            records: Some(self.records),
            ..Own::default()
        };
        let mut event = Event {
            class: Class::RUN_END,
            status: if error.is_some() { Status::Failure } else { Status::Success },
            severity: if error.is_some() { Severity::Medium } else { Severity::Informational },
            detail: message.map(|message| self.redaction.text(message)),
            took: Some(millis(took)),
            ..Event::of_run("Stop", own)
        };
        self.write(&mut event, Signed::Yes)?;
        Ok(self.head.clone())
    }

    fn write(&mut self, event: &mut Event<'_>, signed: Signed) -> Result<(), Error> {
        self.head = self.log.append(event, &self.facts, signed)?;
        self.records = self.records.saturating_add(1);
        if self.records.is_multiple_of(CHECKPOINT) && signed == Signed::No {
            let own = Own { record: "checkpoint", records: Some(self.records), ..Own::default() };
            self.head = self.log.append(&mut checkpoint(own), &self.facts, Signed::Yes)?;
            self.records = self.records.saturating_add(1);
        }
        Ok(())
    }
}

fn checkpoint(own: Own<'_>) -> Event<'_> {
    Event::of_run("Checkpoint", own)
}

fn bound(source: crate::Source) -> crate::Source {
    crate::Source { name: bounded(&source.name).into_owned(), ..source }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
