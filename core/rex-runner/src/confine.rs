//! The kernel floor of a run: its flags, when it takes hold, and what is told of it.

use crate::account;
use crate::cli::Cli;
use crate::host::Host;
use crate::inputs;
use crate::panic::Ended;
use crate::record::exit;
use crate::report;
use clap::ValueEnum;
use rex_cedar_auth::{Policies, Reach};
use rex_confinement::{Floor, Inherited, Kernel, Needs, Plan, Programs, Summary};
use rust_safe_io::Launcher;
use serde::Serialize;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use std::time::Duration;

/// How long the end of a run waits for the end of what its programs left behind.
pub(crate) const FAREWELL: Duration = Duration::from_secs(5);

/// What the kernel refuses beneath the policy.
#[derive(Debug, clap::Args)]
pub(crate) struct Confinement {
    /// Whether what the policy can never permit is refused by the kernel, too: as far as this host can (`auto`), or not without all of it
    /// (`required`). What the policy itself leaves open is no failure.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", help_heading = "Policy")]
    pub(crate) confine: Mode,

    /// Print what `--confine` would enforce for this policy, by which feature of the kernel, and what stays open and why; and end.
    #[arg(long, help_heading = "Policy")]
    pub(crate) explain_confinement: bool,
}

/// Whether there is a floor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// As far as this host can.
    #[default]
    Auto,
    /// All of it, or no run.
    Required,
    /// None.
    Off,
}

/// What held beneath the run.
#[derive(Debug, Serialize)]
pub(crate) struct Part {
    mode: Mode,
    pub(crate) enforced: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing: Vec<String>,
}

/// The way to the supervising thread, which has to restrict itself as well.
#[derive(Debug)]
pub(crate) struct Supervisor(pub(crate) Sender<Ended>);

/// A floor that waits to be taken on by the supervising thread.
#[derive(Debug)]
pub(crate) struct Request {
    floor: Arc<Floor>,
    done: SyncSender<Result<(), rex_confinement::Error>>,
}

impl Request {
    /// Restricts the calling thread.
    pub(crate) fn fulfil(&self) {
        let _ = self.done.send(self.floor.restrict_thread());
    }
}

/// Lets the floor take hold, in all threads. From then on the process can only do what the policy could permit.
///
/// # Errors
/// Why there may be no run.
pub(crate) fn enforce(
    cli: &Cli,
    reach: &Reach,
    redaction_file: &Path,
    inherited: &Inherited,
    supervisor: &Supervisor,
) -> Result<Option<Part>, String> {
    let mode = cli.confinement.confine;
    let plan = plan(reach, redaction_file);
    let programs = Programs::of(reach, &plan, mode != Mode::Off);
    if mode == Mode::Off {
        start_launcher(programs)?;
        return Ok(None);
    }
    let Summary { enforced, open, missing } = plan.summary();
    if mode == Mode::Required && !missing.is_empty() {
        return Err(format!(
            "Confinement is required, and this host lacks a part of it: {}. `--confine auto` goes without; `--explain-confinement` tells all of it",
            missing.join("; ")
        ));
    }
    // Before anything holds for this process, which the new one is a copy of.
    start_launcher(programs)?;
    let failed = |error: rex_confinement::Error| format!("{error}. `--confine off` runs without a floor");
    let floor = Arc::new(plan.prepare().map_err(failed)?);
    inherited.close(&[]);
    // INVARIANT: there are two threads. The other one first: it takes calls that the filter refuses.
    let (done, fulfilled) = sync_channel(1);
    let request = Ended::Confine(Request { floor: Arc::clone(&floor), done });
    let lost = "the supervising thread could not be confined: it is gone";
    supervisor.0.send(request).map_err(|_| lost.to_owned())?;
    fulfilled.recv().map_err(|_| lost.to_owned())?.map_err(failed)?;
    floor.restrict_thread().map_err(failed)?;
    floor.seal().map_err(failed)?;
    // For as long as the process lives.
    std::mem::forget(floor);
    Ok(Some(Part { mode, enforced, open, missing }))
}

fn start_launcher(programs: Option<Programs>) -> Result<(), String> {
    let Some(programs) = programs.map(Rc::new) else { return Ok(()) };
    let judge = Rc::clone(&programs);
    Launcher::start(Box::new(move |path| judge.could_be(path)), move || programs.confine())
        .map_err(|error| format!("The process that starts programs could not be started: {error}"))
}

/// What the run could ever be permitted.
pub(crate) fn reach(cli: &Cli, policies: &Policies, principal: &str) -> Reach {
    if cli.observe { Reach::everything() } else { policies.reach(principal) }
}

fn plan(reach: &Reach, redaction_file: &Path) -> Plan {
    let needs = Needs { redaction_file: Some(redaction_file.to_owned()) };
    Plan::new(reach, &needs, Kernel::look())
}

/// Prints what would be enforced.
pub(crate) fn explain(cli: &Cli, host: &Result<Host, String>) -> u8 {
    let refused = |problem: &str| {
        report::warn(&crate::human::escape(&format!("error: {problem}\n")));
        exit::INPUT
    };
    let (policy, redaction_file) = match inputs::policy_to_explain(cli, host) {
        Ok(found) => found,
        Err(problem) => return refused(&problem),
    };
    let policies = match Policies::load(&policy.source, &policy.text) {
        Ok(policies) => policies,
        Err(error) => return refused(&error.to_string()),
    };
    let text = plan(&reach(cli, &policies, &account::principal()), &redaction_file).explain();
    match report::write(&mut io::stdout(), crate::human::escape(&text).as_bytes()) {
        Ok(()) => exit::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::SUCCESS,
        Err(_) => exit::INTERNAL,
    }
}
