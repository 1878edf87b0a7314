//! Starting judged files as programs.

#[expect(unsafe_code, reason = "what happens between fork and exec has no safe form")]
mod child;
#[expect(unsafe_code, reason = "a copy of this process is made, and ends by itself")]
mod launcher;
mod persona;
mod running;
mod wire;

pub use launcher::{Judge, Launcher};
pub(crate) use running::{Progress, Running};

use super::descriptor::Object;
use crate::{Error, ExecuteOptions, Result};
use child::Plan;
use persona::Persona;
use rex_cedar_auth::action::file_system::Execute;
use rex_cedar_auth::context::{Argument, Execution};
use rex_cedar_auth::{Accepts, Gate, Means, Resource, Unjudged, kind};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::thread::{CapabilitySet, ThreadNameSpaceType, move_into_thread_name_spaces};
use std::borrow::Cow;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};

/// A set of capabilities, `capabilities(7)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities(pub(super) CapabilitySet);

impl Default for Capabilities {
    fn default() -> Self {
        Self(CapabilitySet::empty())
    }
}

impl Capabilities {
    /// Adds the capability of this exact name, such as `CAP_NET_ADMIN`. Gives whether there is one.
    #[must_use]
    pub fn add(&mut self, name: &str) -> bool {
        let known = name.strip_prefix("CAP_").and_then(CapabilitySet::from_name);
        self.0 |= known.unwrap_or(CapabilitySet::empty());
        known.is_some()
    }
}

/// A program to be started, as it is judged.
pub(crate) struct Launch<'o> {
    object: &'o Object,
    name: String,
    options: &'o ExecuteOptions,
    persona: Persona,
}

/// Puts together what will be started: the object itself, whatever its name comes to stand for. A user or group that is not there is
/// judged as number -1, so that a denial does not tell which there are.
pub(crate) fn launch<'o>(object: &'o Object, name: &str, options: &'o ExecuteOptions) -> Unjudged<Launch<'o>> {
    let persona = Persona::of(options.user.as_deref(), options.group.as_deref());
    Unjudged::new(Launch { object, name: name.to_owned(), options, persona })
}

impl Resource for Launch<'_> {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.object.path())
    }
}

impl Accepts<Execute> for Launch<'_> {
    fn context(&self) -> Execution {
        Execution {
            name: self.name.clone(),
            arguments: self.options.arguments.clone(),
            environment: self.options.environment.clone(),
            user: self.persona.user.clone(),
            group: self.persona.group.clone(),
            target_process_id: self.options.target_process,
        }
    }
}

impl Launch<'_> {
    /// Starts it; or tells why the new process did not come to be the program.
    ///
    /// # Errors
    /// `IdentityResolutionError`; `Other` or `ProcessNamespaceFatalError` for the namespace; what the system says.
    pub(crate) fn start(self, gate: &Gate) -> Result<std::result::Result<Running, String>> {
        let order = Order {
            argv: std::iter::once(self.name.as_str())
                .chain(self.options.arguments.iter().flat_map(Argument::words))
                .map(str::to_owned)
                .collect(),
            environment: self.options.environment.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            change: self.persona.change()?,
            capabilities: self.options.capabilities.0,
            memory: gate.budget().program_memory,
            target: self.options.target_process,
        };
        let stdin = self.options.stdin.clone();
        let (theirs, input) = stdin.as_ref().map(|_| pipe_with(PipeFlags::CLOEXEC)).transpose()?.unzip();
        let (stdout, their_stdout) = pipe_with(PipeFlags::CLOEXEC)?;
        let (stderr, their_stderr) = pipe_with(PipeFlags::CLOEXEC)?;
        let own = Pipes { input, outputs: [stdout, stderr] };
        let ends = Ends { input: theirs, outputs: [their_stdout, their_stderr] };
        // The program's descriptor has to live as long as what is made of the order.
        let program = self.object.fd.try_clone().map_err(Error::from)?;
        gate.spend(Means::Children, 1)?;
        if let Some(client) = launcher::Client::get() {
            return match client.start(&order, &program, &ends)? {
                launcher::Begun::Started(job, pidfd) => Ok(Ok(Running::launched(client, job, pidfd, own, stdin)?)),
                launcher::Begun::Failed(text) => Ok(Err(text)),
                launcher::Begun::Namespace(text) => Err(namespace_error(text)),
            };
        }
        let (spawned, host) = begin(&order, program, ends).map_err(namespace_error)?;
        match spawned {
            Ok(process) => Ok(Ok(Running::own(process, host, own, stdin)?)),
            Err(error) => Ok(Err(child::explain(&error))),
        }
    }
}

/// What a program is started with, besides its descriptors.
#[derive(Debug)]
struct Order {
    argv: Vec<String>,
    environment: Vec<String>,
    change: Option<persona::Change>,
    capabilities: CapabilitySet,
    /// The address space that it gets, in bytes, where the runner's own was narrowed.
    memory: Option<u64>,
    /// The process whose pid namespace it runs in.
    target: Option<u32>,
}

/// This side's ends of a program's pipes.
#[derive(Debug)]
struct Pipes {
    input: Option<OwnedFd>,
    outputs: [OwnedFd; 2],
}

/// The program's ends of its pipes. Without input there is nothing to read.
#[derive(Debug)]
struct Ends {
    input: Option<OwnedFd>,
    outputs: [OwnedFd; 2],
}

/// A process that came to be the program, or what failed; and what keeps its parent alive.
type Spawned = (io::Result<Child>, Option<Sender<()>>);

/// What no pidfd could be had for says so otherwise.
const NO_PIDFD: &str = "File descriptor operation failed: ";

fn namespace_error(text: String) -> Error {
    if text.starts_with(NO_PIDFD) { Error::other(text) } else { Error::ProcessNamespaceFatalError(text) }
}

/// Starts the program with these descriptors as a child of this process.
///
/// # Errors
/// Why the namespace could not be entered, or a word cannot be given.
fn begin(order: &Order, program: OwnedFd, ends: Ends) -> std::result::Result<Spawned, String> {
    let words = |words: &[String]| child::Words::new(words.iter().cloned()).map_err(|error| error.to_string());
    let plan = Plan {
        program,
        argv: words(&order.argv)?,
        environment: words(&order.environment)?,
        change: order.change.clone(),
        capabilities: order.capabilities,
        memory: order.memory.map(child::memory),
        parent: order.target.is_none().then(rustix::process::getpid),
    };
    let command = command(plan, ends);
    match order.target {
        None => Ok((spawn(command), None)),
        Some(target) => spawn_within(target, command).map(|(spawned, host)| (spawned, Some(host))),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where programs are started")]
fn command(plan: Plan, ends: Ends) -> Command {
    let Ends { input, outputs: [stdout, stderr] } = ends;
    // The name is never used: the plan replaces the process before.
    let mut command = Command::new("execveat");
    command.stdin(input.map_or_else(Stdio::null, Stdio::from)).stdout(stdout).stderr(stderr).current_dir("/");
    child::enact(&mut command, plan);
    command
}

fn spawn(mut command: Command) -> io::Result<Child> {
    command.spawn()
}

/// Starts it in the pid namespace of the process `target`. Gives besides what keeps its parent alive: a thread of its own, because
/// entering a namespace cannot be undone by who may not enter its own, and because the child ends with the thread that made it.
fn spawn_within(target: u32, command: Command) -> std::result::Result<(io::Result<Child>, Sender<()>), String> {
    let no_pidfd = || format!("{NO_PIDFD}Failed to open pidfd for PID {target}");
    let pid = i32::try_from(target).ok().and_then(Pid::from_raw).ok_or_else(no_pidfd)?;
    let namespace: OwnedFd = pidfd_open(pid, PidfdFlags::empty()).map_err(|_| no_pidfd())?;
    let (tell, told) = channel();
    let (host, ends) = channel();
    let body = move || {
        let entered = move_into_thread_name_spaces(namespace.as_fd(), ThreadNameSpaceType::PROCESS_ID);
        let _ = tell.send(entered.map(|()| spawn(command)));
        // Until the other end is dropped.
        let _ = ends.recv();
    };
    std::thread::Builder::new().name("namespace".to_owned()).spawn(body).map_err(|error| error.to_string())?;
    match told.recv() {
        Ok(Ok(spawned)) => Ok((spawned, host)),
        Ok(Err(errno)) => Err(format!("Failed to switch to namespace using pidfd: {}", io::Error::from(errno))),
        Err(_) => Err("the thread that starts the program ended".to_owned()),
    }
}
