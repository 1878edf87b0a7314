//! Brings the result out of the process.

use crate::cli::{Cli, OutputFormat};
use crate::human;
use crate::record::{ErrorPart, ErrorType, Record, Status, exit};
use crate::signed::SignaturePart;
use rex_metrics_and_alarms::runner::{alarms, metrics};
use rex_metrics_and_alarms::{Alarm, Metric};
use rex_runner_registrar::{shorten, sudden};
use std::io::{self, Write as _};
use std::time::Instant;

/// A result on its way out.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) record: Record,
    pub(crate) code: u8,
    /// With `human`: the place of the error, and what to do about it.
    pub(crate) place: String,
}

impl Outcome {
    /// The outcome of a run that has not failed so far.
    pub(crate) fn new(run_id: &str, observing: bool) -> Self {
        let record = Record {
            output: String::new(),
            status: Status::Success,
            error: None,
            alarms: Vec::new(),
            metrics: Vec::new(),
            logs: None,
            value: None,
            denials: Vec::new(),
            denials_left_out: 0,
            confinement: None,
            observing,
            run_id: run_id.to_owned(),
            signature: SignaturePart::default(),
            script_digest: None,
            policy_digest: None,
            audit_head: None,
            duration_ms: None,
        };
        Self { record, code: exit::SUCCESS, place: String::new() }
    }

    /// Makes it a failure.
    pub(crate) fn fail(&mut self, error_type: ErrorType, message: String, code: u8) {
        let message =
            if message.is_empty() { "Error message could not be included into the result".to_owned() } else { message };
        let message = shorten(message);
        self.record.status = Status::Error;
        self.record.output = String::new();
        self.record.value = None;
        self.record.error =
            Some(ErrorPart { error_type, message, line: None, column: None, path: None, details: None, help: None });
        self.code = code;
    }

    /// Adds the alarm `kind`.
    pub(crate) fn alarm(&mut self, kind: &str, details: &str) {
        self.record.alarms.extend(Alarm::builder().kind(kind).details(details).build());
    }

    /// Adds a metric that could be made.
    pub(crate) fn metric(&mut self, metric: Result<Metric, rex_metrics_and_alarms::Error>) {
        self.record.metrics.extend(metric);
    }

    /// A run that was ended from outside: the run itself can say nothing any more.
    pub(crate) fn ended(run_id: &str, observing: bool, message: String) -> Self {
        let mut outcome = Self::new(run_id, observing);
        outcome.fail(ErrorType::LimitExceeded, message, exit::LIMIT);
        outcome
    }

    /// The same, as it is said beforehand, without anything of the run.
    pub(crate) fn ended_suddenly(run_id: &str, observing: bool, message: &str) -> Self {
        let mut outcome = Self::ended(run_id, observing, message.to_owned());
        outcome.alarm(alarms::SCRIPT_EXECUTION_FAILURE, &format!("Failed to execute script: {message}"));
        outcome.metric(metrics::SCRIPT_EXECUTION_FAILURE_COUNT.metric(1.0));
        outcome
    }

    /// Sets how long the run took.
    pub(crate) fn finish(&mut self, start: Instant) {
        let took = start.elapsed();
        self.record.duration_ms = Some((took.as_secs_f64() * 1e6).round() / 1e3);
    }
}

/// The bytes for standard output and those for standard error.
pub(crate) fn render(outcome: &Outcome, cli: &Cli) -> serde_json::Result<(Vec<u8>, Vec<u8>)> {
    let record = &outcome.record;
    Ok(match cli.output_format {
        OutputFormat::Json => (serde_json::to_vec(record)?, Vec::new()),
        OutputFormat::PrettyJson => (serde_json::to_vec_pretty(record)?, Vec::new()),
        OutputFormat::Human => {
            let errors = human::stderr(record, &outcome.place, cli.verbose);
            (human::stdout(record, cli.verbose).into_bytes(), errors.into_bytes())
        }
    })
}

/// Writes the result, if no other thread does, and gives the exit code.
pub(crate) fn publish(outcome: &Outcome, cli: &Cli) -> u8 {
    let Ok((out, err)) = render(outcome, cli) else {
        warn("error: the result could not be written as JSON\n");
        return exit::INTERNAL;
    };
    if !sudden::claim() {
        // The thread that writes the record also ends the process.
        loop {
            std::thread::park();
        }
    }
    let written = write(&mut io::stdout(), &out).and_then(|()| write(&mut io::stderr(), &err));
    match written {
        Ok(()) => outcome.code,
        Err(error) => {
            warn(&format!("error: the result could not be written: {error}\n"));
            exit::INTERNAL
        }
    }
}

/// Writes everything to `stream`.
pub(crate) fn write(stream: &mut dyn io::Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

/// Says something on standard error, where it can be said.
pub(crate) fn warn(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
