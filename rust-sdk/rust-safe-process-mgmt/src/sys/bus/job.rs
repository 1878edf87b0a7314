//! Jobs: what the manager does with a unit, and how it ended.

use super::unit::{UNIT, Unit, interface};
use super::{ANSWER, Failure, MANAGER, MANAGER_INTERFACE, MANAGER_PATH, Refused, answered, wait};
use crate::{Error, Result};
use rex_cedar_auth::action::systemd::{Reload, Restart, Start, Stop};
use rex_cedar_auth::{Authorized, Gate};
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::time::{Duration, Instant};
use zbus::export::futures_core::Stream;
use zbus::message::Type;
use zbus::{MatchRule, Message, MessageStream, OwnedObjectPath};

/// How long a job is waited for. The manager's own limits end most much earlier; it goes on where they do not.
const JOB: Duration = Duration::from_secs(300);
/// The first wait for the word that a job has ended; later ones are longer, up to the second.
const FIRST_WAIT: Duration = Duration::from_millis(5);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// So many words about jobs of others may wait to be read.
const QUEUE: usize = 1024;

/// Starts a unit, and waits until that is done. See `StartUnit` in org.freedesktop.systemd1(5), as the others.
pub(crate) fn start(proof: Authorized<'_, Start, Unit>, gate: &Gate) -> Result<()> {
    run(proof.target(), gate, "StartUnit", "start")
}

/// Stops a unit.
pub(crate) fn stop(proof: Authorized<'_, Stop, Unit>, gate: &Gate) -> Result<()> {
    run(proof.target(), gate, "StopUnit", "stop")
}

/// Restarts a unit, or starts it.
pub(crate) fn restart(proof: Authorized<'_, Restart, Unit>, gate: &Gate) -> Result<()> {
    run(proof.target(), gate, "RestartUnit", "restart")
}

/// Restarts a unit if it runs.
pub(crate) fn try_restart(proof: Authorized<'_, Restart, Unit>, gate: &Gate) -> Result<()> {
    run(proof.target(), gate, "TryRestartUnit", "restart")
}

/// Makes a unit read its configuration again.
pub(crate) fn reload(proof: Authorized<'_, Reload, Unit>, gate: &Gate) -> Result<()> {
    run(proof.target(), gate, "ReloadUnit", "reload")
}

fn run(unit: &Unit, gate: &Gate, method: &str, doing: &'static str) -> Result<()> {
    let about = Refused { doing, unit: Some(&unit.id) };
    let failed = |failure: Failure| failure.about(&about);
    // RACE: the signal of a short job comes before the answer to the call that made it, so it is listened for first.
    let mut ended = Ended::listen(unit, gate).map_err(failed)?;
    let queued = unit.bus.manager(gate, method, &(unit.id.as_str(), "replace"));
    let job = queued.and_then(|message| answered::<OwnedObjectPath>(&message)).map_err(failed)?;
    let started = Instant::now();
    let mut pause = FIRST_WAIT;
    let result = loop {
        if let Some(result) = ended.wait(gate, &job, pause).map_err(failed)? {
            break Some(result);
        }
        if !exists(unit, gate, &job).map_err(failed)? {
            // RACE: the manager tells the end of a job before it forgets it, and its words arrive in order.
            break ended.wait(gate, &job, Duration::ZERO).map_err(failed)?;
        }
        if started.elapsed() > JOB {
            let text =
                format!("D-Bus operation failed: the job to {doing} `{}` goes on after {} s", unit.id, JOB.as_secs());
            return Err(Error::DBusError(text));
        }
        pause = pause.saturating_mul(2).min(LONGEST_WAIT);
    };
    let state = match result.as_deref() {
        Some("done" | "skipped") => return Ok(()),
        Some(result) => result.to_owned(),
        // Nobody told how it ended; the unit shows it.
        None => match unit.read(gate, UNIT).map_err(failed)?.text("ActiveState") {
            state if state == "failed" && doing != "stop" => state,
            _ => return Ok(()),
        },
    };
    Err(sick(unit, gate, doing, &state))
}

/// Whether the manager still has the job.
fn exists(unit: &Unit, gate: &Gate, job: &OwnedObjectPath) -> std::result::Result<bool, Failure> {
    let call = (job.as_str(), "org.freedesktop.DBus.Properties", "Get");
    match unit.bus.call(gate, ANSWER, call, &("org.freedesktop.systemd1.Job", "State")) {
        Ok(_) => Ok(true),
        Err(failure) if failure.is_answer() => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// The error of a job that ended badly: how, what became of the unit, and where more is to be read.
fn sick(unit: &Unit, gate: &Gate, doing: &str, result: &str) -> Error {
    let name = &unit.id;
    // The job's own end is what counts; its unit may be gone by now.
    let now = unit.read(gate, UNIT).unwrap_or_default();
    let own = interface(name).and_then(|interface| unit.read(gate, interface).ok()).unwrap_or_default();
    let (active, sub) = (now.text("ActiveState"), now.text("SubState"));
    let state = if active.is_empty() { String::new() } else { format!("; the unit is `{active}` (`{sub}`)") };
    let cause = Some(own.text("Result")).filter(|cause| !cause.is_empty() && cause != "success");
    let cause = cause.map(|cause| format!(" because of `{cause}`")).unwrap_or_default();
    let status = own.number("ExecMainStatus").filter(|status| *status != 0);
    let status = status.map(|status| format!(", exit status {status}")).unwrap_or_default();
    let more = format!("see `SystemctlManager().journal(JournalOptions().unit(\"{name}\").build())`");
    let text = format!("not able to {doing} `{name}`: the job ended as `{result}`{state}{cause}{status}; {more}");
    Error::ServiceFailed(text)
}

/// Words of the manager that jobs have ended.
struct Ended {
    words: MessageStream,
    /// The name of the manager's connection: others may say such words, too.
    manager: String,
}

impl Ended {
    fn listen(unit: &Unit, gate: &Gate) -> std::result::Result<Self, Failure> {
        let bus = &unit.bus;
        let owner = bus.connection.call_method(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            Some("org.freedesktop.DBus"),
            "GetNameOwner",
            &(MANAGER,),
        );
        let manager = answered::<String>(&within(gate, owner)?)?;
        let rule = MatchRule::builder().msg_type(Type::Signal).path(MANAGER_PATH);
        let rule = rule.interface(MANAGER_INTERFACE).member("JobRemoved").build().map_err(Failure::Bus)?;
        let words = MessageStream::for_match_rule(rule, &bus.connection, NonZeroUsize::new(QUEUE));
        let words = within(gate, words)?;
        // The manager tells nobody who has not asked to be told. One that cannot be asked is looked at instead.
        match bus.manager(gate, "Subscribe", &()) {
            Err(failure) if !failure.is_answer() => Err(failure),
            _ => Ok(Self { words, manager }),
        }
    }

    /// How the job ended, if that is told within `limit`.
    fn wait(
        &mut self,
        gate: &Gate,
        job: &OwnedObjectPath,
        limit: Duration,
    ) -> std::result::Result<Option<String>, Failure> {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let next = poll_fn(|context| Pin::new(&mut self.words).poll_next(context));
            match wait(gate, left, next).map_err(Failure::Ended)? {
                None => return Ok(None),
                Some(None) => {
                    return Err(Failure::Bus(zbus::Error::InputOutput(std::sync::Arc::new(
                        std::io::ErrorKind::ConnectionAborted.into(),
                    ))));
                }
                Some(Some(word)) => {
                    let word = word.map_err(Failure::Bus)?;
                    if let Some(result) = self.told(&word, job) {
                        return Ok(Some(result));
                    }
                }
            }
        }
    }

    fn told(&self, word: &Message, job: &OwnedObjectPath) -> Option<String> {
        if word.header().sender().is_none_or(|sender| sender.as_str() != self.manager) {
            return None;
        }
        let (_, ended, _, result): (u32, OwnedObjectPath, String, String) = word.body().deserialize().ok()?;
        (ended == *job).then_some(result)
    }
}

/// What a call to the bus comes to.
fn within<T>(gate: &Gate, call: impl Future<Output = zbus::Result<T>>) -> std::result::Result<T, Failure> {
    match wait(gate, ANSWER, call) {
        Err(stopped) => Err(Failure::Ended(stopped)),
        Ok(None) => Err(Failure::Late),
        Ok(Some(answer)) => answer.map_err(Failure::Bus),
    }
}
