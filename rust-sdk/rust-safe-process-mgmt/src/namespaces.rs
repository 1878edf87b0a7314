//! Running something in other namespaces.

use crate::find::{MISSING, find};
use crate::sys::{Entered, Namespace, Table, netns};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{NetworkNamespace as NamedNetwork, Open};
use rex_cedar_auth::action::process_system::{MountNamespace, NetworkNamespace, PidNamespace};
use rex_cedar_auth::{Gate, Stopped};

/// Which namespaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceOptions {
    /// The mount namespace of the process.
    pub mount: bool,
    /// The network namespace of the process.
    pub net: bool,
    /// The pid namespace of the process, for programs that are started within.
    pub pid_ns: bool,
    /// The process.
    pub pid: Option<u32>,
    /// A network namespace by its name in `/run/netns`.
    pub net_ns_name: Option<String>,
}

impl NamespaceOptions {
    /// Checks whether they make sense together.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn check(&self) -> Result<()> {
        let of_process = self.mount || self.net || self.pid_ns;
        let invalid = match (&self.pid, &self.net_ns_name) {
            (None, None) => "At least one namespace must be enabled. Must specify pid or namespace filename",
            (Some(_), _) if !of_process => "At least one namespace type (mount or net) must be enabled",
            (Some(_), Some(_)) => NAME_ALONE,
            (None, Some(_)) if self.mount || self.pid_ns => NAME_ALONE,
            _ => return Ok(()),
        };
        Err(Error::ValidationError(invalid.to_owned()))
    }
}

const NAME_ALONE: &str = "Cannot set both name and pid, and entering a mount namespace by filename is not supported";

/// Runs `callback` with the calling thread in other namespaces, and comes back from them, whatever comes of it: where that fails, the run
/// ends. Other threads of the process stay where they are.
///
/// In another mount namespace every path is what it is there, and is judged by how it reads there: `/etc/passwd` is the file that a process within
/// finds at this path. Handles keep what they were opened on, and their path. Processes, their users and the redaction dictionary are those of
/// the run's own namespaces everywhere; names of users and groups of files are not looked up within, their numbers are told. A pid namespace holds for
/// programs that are started within.
///
/// # Policy
/// By process: asks `mount_namespace`, `network_namespace` and `pid_namespace` on it, those of them that are to be entered. By name: asks
/// `network_namespace` on the file, `open` on `/run/netns`, `open` on the file. All before anything is opened; what `callback` does is judged
/// as ever.
///
/// # Errors
/// `ValidationError` for options that make no sense, `ProcessNotFound`, `NamespaceOperationError` where the system refuses. A run that cannot come
/// back has to end: no script catches that.
pub fn nsenter<R>(gate: &Gate, options: &NamespaceOptions, callback: impl FnOnce() -> R) -> Result<R> {
    options.check()?;
    let namespaces = match (options.pid, &options.net_ns_name) {
        (Some(pid), _) => of_process(gate, pid, options)?,
        (None, Some(name)) => vec![by_name(gate, name)?],
        (None, None) => Vec::new(),
    };
    let entered = Entered::enter(namespaces).map_err(|why| lost(&why))??;
    let result = callback();
    entered.leave().map_err(|why| lost(&why))?;
    Ok(result)
}

fn of_process(gate: &Gate, pid: u32, options: &NamespaceOptions) -> Result<Vec<Namespace>> {
    let table = Table::open()?;
    let mount = options.mount.then(|| find::<MountNamespace>(gate, &table, pid, MISSING)).transpose()?;
    let network = match &mount {
        _ if !options.net => None,
        Some(held) => Some(gate.release::<NetworkNamespace, _>(held.also())?),
        None => Some(find::<NetworkNamespace>(gate, &table, pid, MISSING)?),
    };
    let pids = match (&mount, &network) {
        _ if !options.pid_ns => None,
        (Some(held), _) => Some(gate.release::<PidNamespace, _>(held.also())?),
        (None, Some(held)) => Some(gate.release::<PidNamespace, _>(held.also())?),
        (None, None) => Some(find::<PidNamespace>(gate, &table, pid, MISSING)?),
    };
    let mut namespaces = Vec::new();
    namespaces.extend(mount.map(|held| held.mounts()).transpose()?);
    namespaces.extend(network.map(|held| held.network()).transpose()?);
    namespaces.extend(pids.map(|held| held.pids()).transpose()?);
    Ok(namespaces)
}

fn by_name(gate: &Gate, name: &str) -> Result<Namespace> {
    let invalid = || {
        let text: String = name.chars().take(100).collect();
        Error::ValidationError(format!("`{}` is no name of a network namespace", text.escape_debug()))
    };
    let file = netns::Name::parse(name).ok_or_else(invalid)?;
    let enter = gate.authorize::<NamedNetwork, _>(&file)?;
    let directory = gate.authorize::<Open, _>(&netns::Names)?;
    let open = gate.authorize::<Open, _>(&file)?;
    netns::by_name(enter, directory, open).map_err(|error| Error::NamespaceOperationError {
        reason: format!("Failed to open network namespace at {}", netns::DIRECTORY),
        error: error.to_string(),
    })
}

/// The end of a run that is where it must not go on.
fn lost(why: &str) -> Error {
    Error::Stopped(Stopped(format!("Namespace operation failed: {why}").into()))
}

#[cfg(test)]
mod tests {
    use super::{NAME_ALONE, NamespaceOptions};

    #[test]
    fn what_makes_no_sense() {
        let none = NamespaceOptions::default();
        let said =
            |options: &NamespaceOptions| options.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned());
        let nothing =
            "Validation error: At least one namespace must be enabled. Must specify pid or namespace filename";
        let no_type = "Validation error: At least one namespace type (mount or net) must be enabled";
        let both = format!("Validation error: {NAME_ALONE}");
        let name = || Some("n".to_owned());
        for (options, expected) in [
            (none.clone(), nothing),
            (NamespaceOptions { mount: true, net: true, ..none.clone() }, nothing),
            (NamespaceOptions { pid: Some(1), ..none.clone() }, no_type),
            (NamespaceOptions { pid: Some(1), net_ns_name: name(), ..none.clone() }, no_type),
            (NamespaceOptions { pid: Some(1), net: true, net_ns_name: name(), ..none.clone() }, &both),
            (NamespaceOptions { mount: true, net_ns_name: name(), ..none.clone() }, &both),
            (NamespaceOptions { pid_ns: true, net_ns_name: name(), ..none.clone() }, &both),
            (NamespaceOptions { net: true, net_ns_name: name(), ..none.clone() }, "fine"),
            (NamespaceOptions { net_ns_name: name(), ..none.clone() }, "fine"),
            (NamespaceOptions { pid: Some(1), pid_ns: true, ..none.clone() }, "fine"),
        ] {
            assert_eq!(said(&options), expected, "{options:?}");
        }
    }
}
