//! The audit log of the run.

use crate::account;
use crate::cli::Cli;
use crate::commands::signer;
use crate::host::Host;
use crate::inputs::{Inputs, Text};
use crate::record::ErrorType;
use crate::report::Outcome;
use rex_audit_log::{
    Denial, Destination, Effect, End, Error, Extent, Facts, Judgement, Log, Redaction, Run, Sign, Source, Start, Usage,
};
use rex_cedar_auth::{Auditor, Cause, Stopped, Verdict};
use rex_signatures::{Hash, Use};
use std::convert::Infallible;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// How long the supervising thread waits for a run that is in the middle of a record.
const PATIENCE: Duration = Duration::from_secs(2);

/// The flags.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct AuditArgs {
    /// Keep a record of every judgement and of what came of it, each bound to the one before: in FILE, which only you can read and which
    /// several runs may share, in the journal of this host (`journald`), or on standard error (`stderr`). What cannot be recorded is not
    /// done. `rex-runner audit` reads such logs.
    #[arg(long, value_name = "FILE", help_heading = "Audit")]
    pub(crate) audit_log: Option<Destination>,

    /// The key that signs start and end of each run in the audit log, and every thousandth record: a private key as ssh-keygen makes it, or a
    /// public key whose private key ssh-agent has.
    #[arg(long, value_name = "PATH", requires = "audit_log", help_heading = "Audit")]
    pub(crate) audit_key: Option<PathBuf>,
}

/// The audit log of one run, shared by the thread that runs it and the one that watches it.
#[derive(Debug)]
pub(crate) struct Audit {
    log: Mutex<State>,
    #[cfg(feature = "opentelemetry")]
    trace: crate::telemetry::Trace,
}

#[derive(Debug, Default)]
enum State {
    /// None is kept, or it is not open yet.
    #[default]
    Off,
    Open(Box<Log>),
    Running(Box<Running>),
    /// The end is recorded, or nothing can be recorded any more.
    Over,
}

#[derive(Debug)]
struct Running {
    run: Run,
    allowed: u64,
    denied: u64,
    usage: Usage,
}

impl Audit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An audit log that is not open yet, and a trace where the environment wants one. To be called before anything holds for the process.
    pub(crate) fn prepare() -> Self {
        Self {
            log: Mutex::default(),
            #[cfg(feature = "opentelemetry")]
            trace: crate::telemetry::Trace::prepare(),
        }
    }

    /// Opens the log that the host demands, or else the command line.
    pub(crate) fn open(&self, cli: &Cli, host: Option<&Host>) -> Result<(), String> {
        let AuditArgs { audit_log, audit_key } = &cli.audit;
        let laid_down = host.and_then(|host| host.audit_log.as_deref());
        let laid_down = laid_down.map(|text| text.parse().unwrap_or_else(|never: Infallible| match never {}));
        let key = host.and_then(|host| host.audit_key.clone());
        let Some(destination) = decided("--audit-log", laid_down, audit_log.clone())? else { return Ok(()) };
        let key = decided("--audit-key", key, audit_key.clone())?;
        let sign = key.map(|path| sign(&path)).transpose()?;
        let log = Log::open(&destination, sign).map_err(|error| error.to_string())?;
        *self.state() = State::Open(Box::new(log));
        Ok(())
    }

    /// Records the start of the run `id`, of whose inputs is known what could be read.
    pub(crate) fn start(&self, cli: &Cli, id: &str, inputs: Option<&Inputs>) -> Result<(), String> {
        let redaction =
            || Redaction::new(dictionary(inputs.map_or(&cli.redaction_file, |inputs| &inputs.redaction_file)));
        #[cfg(feature = "opentelemetry")]
        if self.trace.is_on() {
            self.trace.start(facts(cli, id, inputs), redaction());
        }
        let mut state = self.state();
        let State::Open(log) = std::mem::take(&mut *state) else { return Ok(()) };
        *state = State::Over;
        let file = inputs.into_iter().flat_map(|inputs| inputs.arguments.keys());
        let names: Vec<String> = file.chain(cli.arguments.iter().map(|argument| &argument.name)).cloned().collect();
        let start = Start { arguments: &names, observing: cli.observe };
        let run = Run::start(*log, facts(cli, id, inputs), redaction(), &start).map_err(|error| error.to_string())?;
        *state = State::Running(Box::new(Running { run, allowed: 0, denied: 0, usage: Usage::default() }));
        Ok(())
    }

    /// Whether there is anything to record.
    pub(crate) fn is_on(&self) -> bool {
        #[cfg(feature = "opentelemetry")]
        if self.trace.is_on() {
            return true;
        }
        !matches!(*self.state(), State::Off)
    }

    /// What tells this log of verdicts.
    pub(crate) fn auditor(self: &Arc<Self>) -> impl Auditor + use<> {
        Recorder(Arc::clone(self))
    }

    /// Keeps what the run used in all, for the record of its end.
    pub(crate) fn used(&self, usage: rex_cedar_auth::Usage) {
        if let State::Running(running) = &mut *self.state() {
            running.usage = bytes(usage);
        }
    }

    /// Records the end of the run, which `outcome` says is so. Where that cannot be recorded, the run has failed, and `outcome` says so.
    pub(crate) fn end(&self, outcome: &mut Outcome, took: Duration) {
        Self::record_end(self.state(), outcome, took);
        #[cfg(feature = "opentelemetry")]
        self.trace.end(outcome, took);
    }

    /// As [`Self::end`], on behalf of a run that does not come to it.
    pub(crate) fn end_for(&self, outcome: &mut Outcome, took: Duration) {
        match patiently(&self.log) {
            Some(state) => Self::record_end(state, outcome, took),
            None => crate::report::warn("warning: the end of this run is not in the audit log\n"),
        }
        #[cfg(feature = "opentelemetry")]
        self.trace.end(outcome, took);
    }

    /// Sends the trace of a run that has ended and whose result is out.
    #[cfg(feature = "opentelemetry")]
    pub(crate) fn send(&self) {
        self.trace.send();
    }

    fn record_end(mut state: MutexGuard<'_, State>, outcome: &mut Outcome, took: Duration) {
        let State::Running(mut running) = std::mem::replace(&mut *state, State::Over) else { return };
        let Running { run, allowed, denied, usage } = &mut *running;
        let error = outcome.record.error.as_ref();
        let limit = error.filter(|error| error.error_type == ErrorType::LimitExceeded);
        let kept = limit.map_or(Ok(()), |error| run.limit(&error.message)).and_then(|()| {
            run.end(&End {
                error: error.map(|error| error.error_type.name()),
                message: error.map(|error| error.message.as_str()),
                exit_code: outcome.code,
                took,
                allowed: *allowed,
                denied: *denied,
                usage: *usage,
            })
        });
        match kept {
            Ok(head) => outcome.record.audit_head = Some(head.to_string()),
            // What was wrong before says more.
            Err(_) if outcome.record.error.is_some() => {}
            Err(error) => outcome.fail(ErrorType::LimitExceeded, stopped(&error), crate::record::exit::LIMIT),
        }
    }
}

/// Waits for what the run may be in the middle of, but not for ever: its thread may have been stopped there.
pub(crate) fn patiently<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    let until = Instant::now() + PATIENCE;
    loop {
        match mutex.try_lock() {
            Ok(state) => return Some(state),
            Err(TryLockError::Poisoned(state)) => return Some(state.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::yield_now(),
            Err(TryLockError::WouldBlock) => return None,
        }
    }
}

/// What all that is told of the run has in common.
fn facts(cli: &Cli, id: &str, inputs: Option<&Inputs>) -> Facts {
    let source = |text: Option<&Text>, path: Option<&PathBuf>| match text {
        Some(text) => Source::new(text.source.clone(), text.text.as_bytes()),
        None => Source { name: path.map(|path| path.display().to_string()).unwrap_or_default(), sha256: None },
    };
    Facts {
        run: id.to_owned(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        principal: account::principal(),
        uid: rustix::process::geteuid().as_raw(),
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION"),
        signer: inputs.and_then(|inputs| inputs.signed.signature.signer()).map(str::to_owned),
        script: source(
            inputs.map(|inputs| &inputs.script),
            cli.script_file.as_ref().or(cli.signatures.bundle.as_ref()),
        ),
        policy: source(inputs.map(|inputs| &inputs.policy), cli.policy_file.as_ref()),
    }
}

/// What the host lays down, or else what the flag says: never something else than the host.
fn decided<T: PartialEq>(flag: &str, host: Option<T>, given: Option<T>) -> Result<Option<T>, String> {
    match (host, given) {
        (Some(host), Some(given)) if host != given => {
            Err(format!("the host's configuration decides this, not `{flag}`"))
        }
        (Some(host), _) => Ok(Some(host)),
        (None, given) => Ok(given),
    }
}

/// Signs with the key at `path`, in one line.
fn sign(path: &Path) -> Result<Sign, String> {
    let signer = signer(path).map_err(|problem| format!("the audit log cannot be signed: {problem}"))?;
    Ok(Box::new(move |bytes| {
        let text = rex_signatures::sign(&signer, bytes, Use::Audit, Hash::Sha256).map_err(|error| error.to_string())?;
        Ok(text.lines().filter(|line| !line.starts_with("-----")).collect())
    }))
}

fn stopped(error: &Error) -> String {
    format!("Script terminated: {error}")
}

fn bytes(usage: rex_cedar_auth::Usage) -> Usage {
    let rex_cedar_auth::Usage { written, sent, read, children } = usage;
    Usage { written, sent, read, children }
}

/// The text of the redaction dictionary, where there is one that can be read.
fn dictionary(path: &Path) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the runner reads its own inputs, before a script runs")]
    let file = std::fs::File::open(path).ok()?;
    let mut text = String::new();
    let most = rex_redaction::MAX_BYTES as u64 + 1;
    file.take(most).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Tells the log what the gate decides.
struct Recorder(Arc<Audit>);

impl Recorder {
    fn keep(&self, record: impl FnOnce(&mut Running) -> Result<(), String>) -> Result<(), Stopped> {
        let mut state = self.0.state();
        let running = match &mut *state {
            State::Running(running) => running,
            State::Off => return Ok(()),
            State::Open(_) | State::Over => return Err(Stopped("the run has ended".into())),
        };
        record(running).map_err(|why| Stopped(why.into()))
    }
}

impl Auditor for Recorder {
    fn judged(&self, verdict: &Verdict<'_>) -> Result<(), Stopped> {
        let explanation = verdict.denied.map(|denied| match denied.cause() {
            // The errors of a policy may tell what it looked at.
            Cause::PolicyError(_) => "a policy could not be evaluated".to_owned(),
            _ => denied.explanation(),
        });
        let policies: Vec<&str> = match verdict.denied {
            Some(denied) => denied.policies().collect(),
            None => verdict.permitted_by.iter().map(AsRef::as_ref).collect(),
        };
        let judgement = Judgement {
            namespace: verdict.action.namespace,
            action: verdict.action.name,
            kind: verdict.kind.type_name(),
            id: verdict.id,
            denied: explanation.as_deref().map(|cause| Denial { cause, passed: verdict.observing }),
            policies: &policies,
            extent: match verdict.extent {
                rex_cedar_auth::Extent::One => Extent::One,
                rex_cedar_auth::Extent::Directory => Extent::Directory,
                rex_cedar_auth::Extent::UnlessForbidden => Extent::UnlessForbidden,
            },
            function: verdict.function,
            line: verdict.line,
        };
        #[cfg(feature = "opentelemetry")]
        self.0.trace.judged(&judgement);
        self.keep(|running| {
            let Running { run, allowed, denied, .. } = running;
            let own = run.path().is_some_and(|path| path.as_os_str() == verdict.id) && changes(verdict);
            run.judged(&judgement).map_err(|error| error.to_string())?;
            let count = if verdict.denied.is_some() { denied } else { allowed };
            *count = count.saturating_add(1);
            if own && (verdict.denied.is_none() || verdict.observing) {
                return Err(format!("no script may change the audit log of its own run ({})", verdict.id));
            }
            Ok(())
        })
    }

    fn ended(&self, effect: &rex_cedar_auth::Effect<'_>) -> Result<(), Stopped> {
        self.keep(|running| {
            let usage = bytes(effect.usage);
            let sum = &mut running.usage;
            *sum = Usage {
                written: sum.written.saturating_add(usage.written),
                sent: sum.sent.saturating_add(usage.sent),
                read: sum.read.saturating_add(usage.read),
                children: sum.children.saturating_add(usage.children),
            };
            let rex_cedar_auth::Effect { function, line, error, took, .. } = *effect;
            running.run.ended(&Effect { function, line, error, took, usage }).map_err(|error| error.to_string())
        })
    }
}

/// Whether what is asked for changes a file or directory.
fn changes(verdict: &Verdict<'_>) -> bool {
    verdict.kind.is_path() && !matches!(verdict.action.name, "open" | "read" | "redacted_read" | "stat")
}
