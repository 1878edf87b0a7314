//! One run, from its inputs to its result.

use crate::audit::Audit;
use crate::cli::{Cli, OutputFormat};
use crate::confine::{self, Supervisor};
use crate::host::Host;
use crate::inputs::{self, Inputs, Refused, Text};
use crate::monitor::Monitor;
use crate::record::{DenialPart, Details, ErrorPart, ErrorType, exit};
use crate::report::{self, Outcome};
use crate::salvage::Salvage;
use crate::signed::Signed;
use crate::{account, arguments, human};
use rex_cedar_auth::{Budget, Gate, Journal, Means, Policies, PolicyError};
use rex_confinement::Inherited;
use rex_logger::{Level, Logger, Syslog};
use rex_metrics_and_alarms::runner::{alarms, metrics};
use rex_runner_registrar::{Class, Failure, Limits, Options, Reason, Session, TooBig, Watch, shorten, walls};
use rex_runner_registrar_utils::Host as Functions;
use rhai::{AST, Dynamic, Scope};
use rust_safe_io::Launcher;
use std::env;
use std::mem;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The longest path that the kernel takes, in bytes.
const MAX_PATH: usize = 4096;

/// What a run is about.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) cli: Cli,
    /// What the host lays down, or why nothing runs.
    pub(crate) host: Result<Host, String>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) id: String,
    pub(crate) salvage: Arc<Salvage>,
    /// What is known of the inputs, once they are accepted.
    pub(crate) signed: OnceLock<Signed>,
    /// Why signals cannot be listened to.
    pub(crate) listening: Option<String>,
    /// What the process had open when it began.
    pub(crate) inherited: Inherited,
    pub(crate) supervisor: Supervisor,
}

/// Runs the job, reports, and gives the exit code.
pub(crate) fn run(job: &Job) -> u8 {
    job.watch.runs_here();
    let log = Rc::new(logger(&job.watch));
    job.salvage.captured(log.captured());
    if job.cli.confinement.explain_confinement {
        return confine::explain(&job.cli, &job.host);
    }
    let mut outcome = Outcome::new(&job.id, job.cli.observe);
    if let Some(problem) = &job.listening {
        outcome.alarm(alarms::INTERNAL, &format!("Signals cannot be listened to: {problem}"));
    }
    match prepared(job) {
        Err(Refused { error_type, message }) => {
            log.internal(Level::Error, &message);
            outcome.fail(error_type, message, exit::INPUT);
        }
        Ok(inputs) => {
            outcome.record.know(job.signed.get_or_init(|| inputs.signed.clone()));
            with_inputs(job, &log, inputs, &mut outcome);
        }
    }
    job.watch.report();
    // What programs left behind ends with the run, not after it.
    Launcher::end(confine::FAREWELL);
    outcome.finish(job.watch.start());
    job.audit.end(&mut outcome, job.watch.start().elapsed());
    let code = report::publish(&outcome, &job.cli);
    // The process ends now; taking a large value apart first would be for nothing.
    mem::forget(outcome);
    code
}

/// The inputs, once the start of the run is on record, with or without them.
fn prepared(job: &Job) -> Result<Inputs, Refused> {
    let unrecorded = |message| Refused { error_type: ErrorType::Communication, message };
    job.audit.open(&job.cli, job.host.as_ref().ok()).map_err(unrecorded)?;
    let inputs = inputs::load(&job.cli, &job.host);
    job.audit.start(&job.cli, &job.id, inputs.as_ref().ok()).map_err(unrecorded)?;
    inputs
}

fn logger(watch: &Arc<Watch>) -> Logger {
    let level = Level::from_env_text(env::var("LOG_LEVEL").ok().as_deref());
    let off = env::var_os("SYSLOG_ENABLE").is_some_and(|value| value == "0");
    let log = Logger::new(level, if off { Syslog::Off } else { Syslog::Local });
    match watch.limits().log {
        None => log,
        Some(most) => {
            let watch = Arc::clone(watch);
            log.bounded(most, move || watch.end(Reason::Log))
        }
    }
}

fn with_inputs(job: &Job, log: &Rc<Logger>, inputs: Inputs, outcome: &mut Outcome) {
    let Inputs { script, policy, arguments, signed, redaction_file } = inputs;
    let policies = match Policies::load(&policy.source, &policy.text) {
        Ok(policies) => policies,
        Err(error) => return refuse_policy(job, log, &policy, &error, outcome),
    };
    for warning in policies.warnings() {
        log.internal(Level::Warn, &format!("policy {}: {warning}", policy.source));
        if job.cli.output_format == OutputFormat::Human {
            report::warn(&human::escape(&format!("warning: {warning}\n")));
        }
    }
    let monitor = (!monitoring_disabled()).then(|| Rc::new(Monitor::new()));
    let principal = account::principal();
    let reach = confine::reach(&job.cli, &policies, &principal);
    match confine::enforce(&job.cli, &reach, &redaction_file, &job.inherited, &job.supervisor) {
        Ok(confinement) => {
            for missing in confinement.iter().flat_map(|part| &part.missing) {
                log.internal(Level::Warn, &format!("not confined by the kernel: {missing}"));
            }
            outcome.record.confinement = confinement;
        }
        Err(message) => {
            log.internal(Level::Error, &message);
            total_time(job, outcome);
            outcome.fail(ErrorType::Internal, message, exit::INPUT);
            return;
        }
    }
    let host = host(job, log, policies, &principal, &signed);
    let options = Options { redaction_file };
    let looking = monitor.clone();
    let session = Session::new(&host, &job.watch, &options, &script.text, move || {
        if let Some(monitor) = &looking {
            monitor.look();
        }
    });
    job.salvage.published(session.published());
    if let Some(name) = arguments::too_deep(&arguments) {
        let message =
            format!("Script arguments depth validation failed: Argument '{name}': Maximum nesting depth of 2 exceeded");
        outcome.alarm(alarms::SCRIPT_ARGUMENT_VALIDATION_FAILURE, &message);
        total_time(job, outcome);
        outcome.metric(metrics::SCRIPT_ARGUMENT_VALIDATION_FAILURE_COUNT.metric(1.0));
        outcome.fail(ErrorType::Validation, message, exit::INPUT);
        return;
    }
    for name in arguments.keys().filter(|name| !arguments::is_identifier(name)) {
        log.internal(Level::Warn, &format!("no script can reach the argument `{name}`: it is no variable name"));
    }
    let mut scope = arguments::scope(arguments, job.cli.arguments.clone());
    match session.compile(&scope, &script.text) {
        Err(failure) => {
            outcome
                .alarm(alarms::SCRIPT_COMPILATION_FAILURE, &format!("Failed to compile script: {}", failure.message));
            outcome.metric(metrics::SCRIPT_COMPILATION_FAILURE_COUNT.metric(1.0));
            fail(&script, failure, outcome);
        }
        Ok(ast) => evaluate(job, &session, &mut scope, &ast, &script, outcome),
    }
    total_time(job, outcome);
    outcome.record.metrics.extend(monitor.iter().flat_map(|monitor| monitor.metrics()));
    let (published, raised) = session.published().copy();
    outcome.record.metrics.extend(published);
    // What the script raised came before what became of it.
    outcome.record.alarms.splice(0..0, raised);
    outcome.record.logs = Some(log.take());
    job.audit.used(host.gate().usage());
    outcome.record.denials = host.gate().journal().denials().iter().map(DenialPart::new).collect();
    outcome.record.denials_left_out = host.gate().journal().left_out();
    mem::forget((session, scope, host));
}

pub(crate) fn monitoring_disabled() -> bool {
    env::var("REX_RUNNER_DISABLE_MONITORING").is_ok_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
}

fn total_time(job: &Job, outcome: &mut Outcome) {
    outcome.metric(metrics::TOTAL_EXECUTION_TIME.metric(nanoseconds(job.watch.start())));
}

fn nanoseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e9
}

fn refuse_policy(job: &Job, log: &Logger, policy: &Text, error: &PolicyError, outcome: &mut Outcome) {
    let message = format!("Failed to create Rhai engine: {error}");
    log.internal(Level::Error, &message);
    total_time(job, outcome);
    outcome.fail(ErrorType::Internal, message, exit::INPUT);
    if job.cli.output_format == OutputFormat::Human {
        outcome.place = human::policy(policy, error);
    }
}

/// The gate, whose denials go to syslog, and what else the functions share.
fn host(job: &Job, log: &Rc<Logger>, policies: Policies, principal: &str, signed: &Signed) -> Rc<Functions> {
    let gate = if job.cli.observe { Gate::observing(policies, principal) } else { Gate::new(policies, principal) };
    let (denials, salvage) = (Rc::clone(log), Arc::clone(&job.salvage));
    let journal = Journal::observed_by(move |verdict| {
        if let Some(denied) = verdict.denied {
            denials.internal(Level::Warn, &format!("{denied}: {}", denied.explanation()));
            salvage.denial(verdict);
        }
    });
    let (watch, spender) = (Arc::clone(&job.watch), Arc::clone(&job.watch));
    let gate = gate.for_run(&signed.context()).with_journal(journal).with_stop(move || watch.stopped());
    let gate = gate.with_budget(budget(job.watch.limits()), move |means| spender.stop(reason(means)));
    let gate = if job.audit.is_on() { gate.with_auditor(job.audit.auditor()) } else { gate };
    Functions::new(gate, Rc::clone(log))
}

fn budget(limits: &Limits) -> Budget {
    let Limits { written, sent, children, .. } = *limits;
    Budget { written, sent, children, program_memory: walls::program_memory() }
}

/// Why a run ends that has used all of something.
fn reason(means: Means) -> Reason {
    match means {
        Means::Written | Means::Read => Reason::Written,
        Means::Sent => Reason::Sent,
        Means::Children => Reason::Children,
        Means::Descriptors => Reason::OpenFiles,
    }
}

fn evaluate(job: &Job, session: &Session, scope: &mut Scope<'_>, ast: &AST, script: &Text, outcome: &mut Outcome) {
    let start = Instant::now();
    job.salvage.began(start);
    let result = session.evaluate(scope, ast);
    job.watch.report();
    outcome.metric(metrics::SCRIPT_EXECUTION_TIME.metric(nanoseconds(start)));
    match result {
        Ok(value) => succeed(job, session, value, outcome),
        Err(failure) => fail(script, failure, outcome),
    }
}

fn succeed(job: &Job, session: &Session, value: Dynamic, outcome: &mut Outcome) {
    match session.display(&value) {
        Ok(output) => {
            outcome.record.output = output;
            outcome.record.value = session.to_json(&value);
            outcome.metric(metrics::SCRIPT_EXECUTION_SUCCESS_COUNT.metric(1.0));
        }
        Err(too_big) => {
            let text = match too_big {
                TooBig::Long => Reason::Output.text(job.watch.limits()),
                TooBig::Deep => "the final value is nested deeper than 1000 levels".to_owned(),
            };
            failed(ErrorType::LimitExceeded, format!("Script terminated: {text}"), exit::LIMIT, outcome);
        }
    }
    mem::forget(value);
}

fn fail(script: &Text, failure: Failure, outcome: &mut Outcome) {
    let (error_type, code) = match failure.class {
        Class::Script => (ErrorType::Script, exit::SCRIPT),
        Class::Denied => (ErrorType::AccessDenied, exit::DENIED),
        Class::Terminated => (ErrorType::LimitExceeded, exit::LIMIT),
        // Tools know it as an error of the script.
        Class::TooDeep => (ErrorType::Script, exit::LIMIT),
    };
    outcome.place = human::failure(script, &failure);
    failed(error_type, failure.message, code, outcome);
    if let Some(ErrorPart { line, column, path, details, help, .. }) = &mut outcome.record.error {
        (*line, *column) = failure.position.unzip();
        // The kernel knows no longer path; a script does.
        *path = failure.path.map(String::from).map(|path| if path.len() > MAX_PATH { shorten(path) } else { path });
        *details = failure.denied.as_ref().map(Details::new);
        *help = failure.help.map(Into::into);
    }
}

/// A failure of the script, with its alarm and its metric.
fn failed(error_type: ErrorType, message: String, code: u8, outcome: &mut Outcome) {
    let (alarm, count) = if error_type == ErrorType::AccessDenied {
        (alarms::PRIVILEGE_ESCALATION, metrics::PRIVILEGE_ESCALATION_COUNT)
    } else {
        (alarms::SCRIPT_EXECUTION_FAILURE, metrics::SCRIPT_EXECUTION_FAILURE_COUNT)
    };
    outcome.alarm(alarm, &format!("Failed to execute script: {message}"));
    outcome.metric(count.metric(1.0));
    outcome.fail(error_type, message, code);
}
