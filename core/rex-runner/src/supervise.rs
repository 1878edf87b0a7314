//! The thread that watches the run, and ends the process when the run itself does not come to it.

use crate::arguments;
use crate::audit::Audit;
use crate::cli::{Cli, ListFormat, OutputFormat};
use crate::confine::Supervisor;
use crate::host::Host;
use crate::panic::{self, Ended};
use crate::record::{ErrorType, exit};
use crate::report::{self, Outcome};
use crate::run;
use crate::salvage::Salvage;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use rex_cedar_auth::{Cleanup, Gate, Policies};
use rex_confinement::Inherited;
use rex_logger::{Level, Logger, Syslog};
use rex_runner_registrar::{Reason, Watch, cpu, memory, signals, sudden, walls};
use rex_runner_registrar_utils::Host as Functions;
use rust_safe_io::Launcher;
use std::io;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// The stack of the run: policies, scripts and values may be nested deeply, and all that walks them recurses.
const STACK: usize = 256 << 20;
/// Smaller ones for hosts that do not give as much address space.
const STACKS: [usize; 3] = [STACK, 64 << 20, 8 << 20];
/// How much processor time a run may take to come to its end once it has to.
const NOTICE: Duration = Duration::from_millis(40);
/// How long it may wait for something before it does: all that waits within REX looks up in less.
const WAIT: Duration = Duration::from_millis(60);
/// How long it may take on the clock, whatever it does: on a busy host it gets a processor late.
const MOST: Duration = Duration::from_millis(500);
/// How long it may take to take away what it left half done.
const CLEANUP: Duration = Duration::from_secs(10);
/// How long the report may take, on the clock.
const REPORT: Duration = Duration::from_secs(10);
/// How long what programs left behind may take to end where the run itself does not come to it.
const LAST: Duration = Duration::from_millis(50);

/// Runs what the command line asks for.
pub(crate) fn run(cli: Cli, start: Instant) -> ExitCode {
    if let Some(name) = arguments::repeated(&cli.arguments) {
        let text = format!("the argument `{name}` is given twice");
        let _ = Cli::command().error(ErrorKind::ArgumentConflict, text).print();
        return ExitCode::from(exit::USAGE);
    }
    if cli.print_functions {
        return ExitCode::from(print_functions(cli.format, &cli));
    }
    let inherited = Inherited::look();
    let host = Host::load();
    let fixed = host.as_ref().map_or(true, |host| host.policy_file.is_some());
    if cli.policy_file.is_none() && cli.signatures.bundle.is_none() && !fixed {
        let text = "the following required arguments were not provided:\n  --policy-file <PATH>";
        let _ = Cli::command().error(ErrorKind::MissingRequiredArgument, text).print();
        return ExitCode::from(exit::USAGE);
    }
    let audit = Arc::new(Audit::prepare());
    let listening = signals::listen();
    // Without it, the kernel's own end by processor time has no record; the supervisor's comes before.
    let _ = sudden::watch_time();
    let watch = Watch::new(start, walls::raise(cli.limits.limits()));
    let id = run_id();
    prepare(&cli, &id, &watch);
    if cli.observe {
        report::warn("warning: observing: denied operations are let pass; the policy protects nothing\n");
    }
    let (done, finished) = channel();
    let listening = listening.err().map(|error| error.to_string());
    let supervisor = Supervisor(done.clone());
    let salvage = Arc::new(Salvage::default());
    let signed = OnceLock::new();
    let job = Arc::new(run::Job { cli, host, watch, audit, id, salvage, signed, listening, inherited, supervisor });
    panic::end_run(done.clone());
    match spawn(&job, done) {
        Ok(()) => ExitCode::from(supervise(&job, &finished)),
        Err(error) => ExitCode::from(broken(&job, &format!("no thread could be started: {error}"))),
    }
}

/// Makes the records of a sudden end beforehand, and sets the wall where it comes.
fn prepare(cli: &Cli, id: &str, watch: &Watch) {
    let human = cli.output_format == OutputFormat::Human;
    let words = |text: String| -> Box<[u8]> {
        let outcome = Outcome::ended_suddenly(id, cli.observe, &format!("Script terminated: {text}"));
        match report::render(&outcome, cli) {
            Ok((_, err)) if human => err.into(),
            Ok((out, _)) => out.into(),
            Err(_) => Box::default(),
        }
    };
    sudden::prepare(sudden::LastWords {
        descriptor: if human { 2 } else { 1 },
        texts: sudden::Cause::ALL.map(|cause| words(cause.text(watch.limits()))),
        code: i32::from(exit::LIMIT),
    });
    if let Some(limit) = watch.limits().memory {
        memory::set_wall(limit.saturating_mul(walls::MEMORY));
    }
}

fn spawn(job: &Arc<run::Job>, done: Sender<Ended>) -> io::Result<()> {
    // A failed attempt drops what it was given, so that each attempt shares it.
    let done = Arc::new(Mutex::new(Some(done)));
    let mut failure = None;
    for size in STACKS {
        let (job, done) = (Arc::clone(job), Arc::clone(&done));
        let body = move || {
            // Without the handler a nested value too deep ends the process by a signal: the same, without a record.
            let _ = sudden::watch_stack(size);
            let code = run::run(&job);
            let sender = done.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(sender) = sender {
                let _ = sender.send(Ended::With(code));
            }
        };
        match Builder::new().name("run".to_owned()).stack_size(size).spawn(body) {
            Ok(_) => return Ok(()),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| io::Error::other("no stack size is known")))
}

/// Waits for the run, and ends it where it does not end itself.
fn supervise(job: &run::Job, finished: &Receiver<Ended>) -> u8 {
    let mut due: Option<(Instant, Duration)> = None;
    let mut told = job.cli.output_format != OutputFormat::Human;
    loop {
        match finished.recv_timeout(job.watch.patience()) {
            Ok(Ended::With(code)) => {
                #[cfg(feature = "opentelemetry")]
                job.audit.send();
                return code;
            }
            Ok(Ended::Panicked(text)) => return broken(job, &text),
            Ok(Ended::Confine(request)) => {
                request.fulfil();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return broken(job, "the run ended without a result"),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(cause) = sudden::pending() {
            memory::stop_others();
            walls::open_memory();
            return end(job, &cause.text(job.watch.limits()), After);
        }
        if !told && signals::request().is_some_and(|request| request.reason == Reason::Interrupt) {
            told = true;
            report::warn("interrupted: the script has ten seconds to end; interrupt again to end it at once\n");
        }
        let Some(reason) = job.watch.look_closely() else { continue };
        let (since, busy) = *due.get_or_insert_with(|| (Instant::now(), cpu::own()));
        if is_late(job, since.elapsed(), cpu::own().saturating_sub(busy)) && sudden::claim() {
            memory::stop_others();
            walls::open_memory();
            return end(job, &reason.text(job.watch.limits()), Before);
        }
    }
}

/// Whether a run that has to end has had the time for it, on the clock and of the processor.
fn is_late(job: &run::Job, took: Duration, busy: Duration) -> bool {
    if job.watch.reporting() {
        return took >= REPORT;
    }
    if Cleanup::is_going_on() {
        return took >= CLEANUP;
    }
    took >= MOST || busy >= NOTICE || (took >= WAIT && job.watch.is_blocked())
}

/// When the right to write the record is taken: before it is put together, or only after, since a thread that was stopped may hold what that
/// needs, and writes its own then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    Before,
    After,
}
use Claim::{After, Before};

/// Writes the record on behalf of a run that does not come to it.
fn end(job: &run::Job, text: &str, claim: Claim) -> u8 {
    let mut outcome = Outcome::ended(&job.id, job.cli.observe, format!("Script terminated: {text}"));
    job.salvage.complete(&mut outcome, job.watch.start(), !run::monitoring_disabled());
    last_words(job, outcome, claim)
}

fn last_words(job: &run::Job, mut outcome: Outcome, claim: Claim) -> u8 {
    if let Some(signed) = job.signed.get() {
        outcome.record.know(signed);
    }
    Launcher::end(LAST);
    outcome.finish(job.watch.start());
    job.audit.end_for(&mut outcome, job.watch.start().elapsed());
    let Ok((out, err)) = report::render(&outcome, &job.cli) else { return exit::INTERNAL };
    if claim == After && !sudden::claim() {
        // The thread that writes the record also ends the process.
        loop {
            std::thread::park();
        }
    }
    let written = report::write(&mut io::stdout(), &out).and_then(|()| report::write(&mut io::stderr(), &err));
    let code = if written.is_ok() { outcome.code } else { exit::INTERNAL };
    #[cfg(feature = "opentelemetry")]
    job.audit.send();
    let_go();
    code
}

/// Ends standard output and standard error. A thread that no signal reaches keeps the process from ending; whoever reads its output need not
/// wait for that.
fn let_go() {
    if let Ok((_, nowhere)) = rustix::pipe::pipe() {
        let _ = rustix::stdio::dup2_stdout(&nowhere);
        let _ = rustix::stdio::dup2_stderr(&nowhere);
    }
}

fn broken(job: &run::Job, text: &str) -> u8 {
    if !sudden::claim() {
        return exit::INTERNAL;
    }
    let mut outcome = Outcome::new(&job.id, job.cli.observe);
    outcome.fail(ErrorType::Internal, format!("Internal error, please report it: {text}"), exit::INTERNAL);
    last_words(job, outcome, Before)
}

/// A random UUID (version 4) that names the run.
fn run_id() -> String {
    let mut bytes = [0_u8; 16];
    // A run without a proper name is better than no run.
    let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::NONBLOCK);
    let number = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
    let text = format!("{number:032x}");
    let parts: Vec<&str> =
        [0..8, 8..12, 12..16, 16..20, 20..32].into_iter().filter_map(|part| text.get(part)).collect();
    parts.join("-")
}

fn print_functions(format: ListFormat, cli: &Cli) -> u8 {
    let Ok(policies) = Policies::load("none", "") else { return exit::INTERNAL };
    let host = Functions::new(Gate::new(policies, ""), Rc::new(Logger::new(Level::Info, Syslog::Off)));
    let options = rex_runner_registrar::Options { redaction_file: cli.redaction_file.clone() };
    let (functions, names) = rex_runner_registrar::list(&host, &options);
    let format = match format {
        ListFormat::Text => rex_sdk_registry::Format::Text,
        ListFormat::Json => rex_sdk_registry::Format::Json,
        ListFormat::Markdown => rex_sdk_registry::Format::Markdown,
        ListFormat::Rhai => rex_sdk_registry::Format::Rhai,
    };
    let text = rex_sdk_registry::print(&functions, &names, format);
    match report::write(&mut io::stdout(), text.as_bytes()) {
        // A reader that has seen enough is no failure.
        Ok(()) => exit::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::SUCCESS,
        Err(_) => exit::INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use super::run_id;

    #[test]
    fn each_run_has_its_own_name() {
        let (one, other) = (run_id(), run_id());
        assert_ne!(one, other);
        assert_eq!(one.len(), 36);
        assert_eq!(one.chars().nth(14), Some('4'));
        assert!("89ab".contains(one.chars().nth(19).unwrap()), "{one}");
    }
}
