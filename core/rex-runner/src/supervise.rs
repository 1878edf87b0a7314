//! The thread that watches the run, and ends the process when the run itself does not come to it.

use crate::arguments;
use crate::cli::{Cli, ListFormat, OutputFormat};
use crate::monitor;
use crate::panic::{self, Ended};
use crate::record::{ErrorType, exit};
use crate::report::{self, Outcome};
use crate::run;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use rex_cedar_auth::{Gate, Policies};
use rex_logger::{Level, Logger, Syslog};
use rex_runner_registrar::{Reason, Watch, memory, signals, sudden};
use rex_runner_registrar_utils::Host;
use std::io;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// The stack of the run: policies, scripts and values may be nested deeply, and all that walks them recurses.
const STACK: usize = 256 << 20;
/// Smaller ones for hosts that do not give as much address space.
const STACKS: [usize; 3] = [STACK, 64 << 20, 8 << 20];
/// How much processor time a run may take to notice that it has to end, and how long it may take on the clock: on a busy host it gets
/// the one much later than the other.
const NOTICE: [Duration; 2] = [Duration::from_millis(60), Duration::from_millis(500)];
/// The same for a run that has noticed, or uses too much memory: where memory runs away, the wall stands.
const LEAVE: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];
/// How long the report may take, on the clock.
const REPORT: Duration = Duration::from_secs(10);
/// From this many times the memory limit on the process ends at once.
const WALL: usize = 4;

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
    let listening = signals::listen();
    let watch = Watch::new(start, cli.limits());
    let id = run_id();
    prepare(&cli, &id, &watch);
    if cli.observe {
        report::warn("warning: observing: denied operations are let pass; the policy protects nothing\n");
    }
    let job = Arc::new(run::Job { cli, watch, id, listening: listening.err().map(|error| error.to_string()) });
    let (done, finished) = channel();
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
        let outcome = Outcome::ended(id, cli.observe, format!("Script terminated: {text}"));
        match report::render(&outcome, cli) {
            Ok((_, err)) if human => err.into(),
            Ok((out, _)) => out.into(),
            Err(_) => Box::default(),
        }
    };
    sudden::prepare(sudden::LastWords {
        descriptor: if human { 2 } else { 1 },
        memory: words(Reason::Memory.text(watch.limits())),
        stack: words("a value or the policy is nested too deeply: the stack is exhausted".to_owned()),
        code: i32::from(exit::LIMIT),
    });
    if let Some(limit) = watch.limits().memory {
        memory::set_wall(limit.saturating_mul(WALL));
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
            Ok(Ended::With(code)) => return code,
            Ok(Ended::Panicked(text)) => return broken(job, &text),
            Err(RecvTimeoutError::Disconnected) => return broken(job, "the run ended without a result"),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if !told && signals::request().is_some_and(|request| request.reason == Reason::Interrupt) {
            told = true;
            report::warn("interrupted: the script has ten seconds to end; interrupt again to end it at once\n");
        }
        let Some(reason) = job.watch.look() else { continue };
        let (since, busy) = *due.get_or_insert_with(|| (Instant::now(), monitor::busy()));
        let (took, busy) = (since.elapsed(), monitor::busy().saturating_sub(busy));
        let [most_busy, most] = if job.watch.noticed() || reason == Reason::Memory { LEAVE } else { NOTICE };
        let enough = if job.watch.reporting() { took >= REPORT } else { busy >= most_busy || took >= most };
        if enough && sudden::claim() {
            let text = format!("Script terminated: {}", reason.text(job.watch.limits()));
            return last_words(job, Outcome::ended(&job.id, job.cli.observe, text));
        }
    }
}

/// Writes the record on behalf of a run that does not come to it.
fn last_words(job: &run::Job, mut outcome: Outcome) -> u8 {
    outcome.finish(job.watch.start());
    let Ok((out, err)) = report::render(&outcome, &job.cli) else { return exit::INTERNAL };
    let written = report::write(&mut io::stdout(), &out).and_then(|()| report::write(&mut io::stderr(), &err));
    if written.is_ok() { outcome.code } else { exit::INTERNAL }
}

fn broken(job: &run::Job, text: &str) -> u8 {
    if !sudden::claim() {
        return exit::INTERNAL;
    }
    let mut outcome = Outcome::new(&job.id, job.cli.observe);
    outcome.fail(ErrorType::Internal, format!("Internal error, please report it: {text}"), exit::INTERNAL);
    last_words(job, outcome)
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
    let host = Host::new(Gate::new(policies, ""), Rc::new(Logger::new(Level::Info, Syslog::Off)));
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
