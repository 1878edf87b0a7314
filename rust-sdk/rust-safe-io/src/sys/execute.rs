//! Starting judged files as programs.

#[expect(unsafe_code, reason = "what happens between fork and exec has no safe form")]
mod child;
mod persona;
mod running;

pub(crate) use running::{Progress, Running};

use super::descriptor::Object;
use crate::{Error, ExecuteOptions, Result};
use child::Plan;
use persona::Persona;
use rex_cedar_auth::action::file_system::Execute;
use rex_cedar_auth::context::{Argument, Execution};
use rex_cedar_auth::{Accepts, Gate, Means, Resource, Unjudged, kind};
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
        let change = self.persona.change()?;
        let words = self.options.arguments.iter().flat_map(Argument::words);
        let argv = std::iter::once(self.name.as_str()).chain(words).map(str::to_owned);
        let environment = self.options.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let plan = Plan {
            // The child's exec needs a descriptor that lives as long as the plan.
            program: self.object.fd.try_clone().map_err(Error::from)?,
            argv: child::Words::new(argv)?,
            environment: child::Words::new(environment)?,
            change,
            capabilities: self.options.capabilities.0,
            memory: gate.budget().program_memory.map(child::memory),
            parent: self.options.target_process.is_none().then(rustix::process::getpid),
        };
        let stdin = self.options.stdin.clone();
        gate.spend(Means::Children, 1)?;
        let command = command(plan, stdin.is_some());
        let (spawned, host) = match self.options.target_process {
            None => (spawn(command), None),
            Some(target) => {
                let (spawned, host) = spawn_within(target, command)?;
                (spawned, Some(host))
            }
        };
        match spawned {
            Ok(process) => Ok(Ok(Running::new(process, stdin, host)?)),
            Err(error) => Ok(Err(child::explain(&error))),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where programs are started")]
fn command(plan: Plan, stdin: bool) -> Command {
    // The name is never used: the plan replaces the process before.
    let mut command = Command::new("execveat");
    let input = if stdin { Stdio::piped() } else { Stdio::null() };
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir("/");
    child::enact(&mut command, plan);
    command
}

fn spawn(mut command: Command) -> io::Result<Child> {
    command.spawn()
}

/// Starts it in the pid namespace of the process `target`. Gives besides what keeps its parent alive: a thread of its own, because
/// entering a namespace cannot be undone by who may not enter its own, and because the child ends with the thread that made it.
fn spawn_within(target: u32, command: Command) -> Result<(io::Result<Child>, Sender<()>)> {
    let no_pidfd = || Error::other(format!("File descriptor operation failed: Failed to open pidfd for PID {target}"));
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
    std::thread::Builder::new().name("namespace".to_owned()).spawn(body).map_err(Error::from)?;
    match told.recv() {
        Ok(Ok(spawned)) => Ok((spawned, host)),
        Ok(Err(errno)) => Err(Error::ProcessNamespaceFatalError(format!(
            "Failed to switch to namespace using pidfd: {}",
            io::Error::from(errno)
        ))),
        Err(_) => Err(Error::other("the thread that starts the program ended".to_owned())),
    }
}
