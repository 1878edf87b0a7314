//! What shall be enforced, computed from what the policy could ever permit and from what the kernel offers.

use crate::calls::Calls;
use crate::capabilities;
use crate::domain::{Domain, Ports, handled_files};
use crate::kernel::{Kernel, WHOLE};
use crate::needs::{Needs, Own, Parts, namespace_of};
use crate::places::Places;
use crate::programs::can_be_apart;
use crate::sys;
use landlock::ABI;
use rex_cedar_auth::action::{
    Action as _, Definition, file_system as fs, network as net, process_system as proc, sysinfo,
};
use rex_cedar_auth::{Coverage, Kind, Place, Reach};
use rustix::thread::CapabilitySet;
use std::collections::BTreeSet;

/// The port that servers of names are asked at.
const NAMES: u16 = 53;

/// What shall be enforced, and what is left open and why.
#[derive(Debug)]
pub struct Plan {
    pub(crate) kernel: Kernel,
    pub(crate) domain: Option<Domain>,
    pub(crate) places: Places,
    pub(crate) calls: Option<Calls>,
    pub(crate) capabilities: Option<CapabilitySet>,
    /// What the policy leaves open: what, and why.
    pub(crate) open: Vec<(&'static str, String)>,
    /// What this host does not offer.
    pub(crate) missing: Vec<String>,
}

impl Plan {
    /// Computes the plan.
    pub fn new(reach: &Reach, needs: &Needs, kernel: Kernel) -> Self {
        let parts = Parts::of(reach);
        let own = needs.own(&parts);
        let mut plan = Self {
            kernel,
            domain: None,
            places: Places::default(),
            calls: None,
            capabilities: None,
            open: Vec::new(),
            missing: Vec::new(),
        };
        if parts.executes() && !can_be_apart(&parts) {
            plan.open.push((
                "all walls but descriptors",
                "the policy permits programs to be executed, and namespaces to be entered, in which only the run itself can start them; they would \
                 inherit the floor"
                    .to_owned(),
            ));
            return plan;
        }
        if parts.executes() {
            plan.open.push((
                "what programs do",
                "the policy permits `execute`: a process apart starts them, without calls that no program of this account rightly needs; files, \
                 processes and hosts are left to the account"
                    .to_owned(),
            ));
        }
        plan.domain(&parts, &own);
        if kernel.seccomp {
            plan.calls = Some(Calls::of(&parts));
        } else {
            plan.missing.push("system calls: this kernel takes no filter of them (seccomp)".to_owned());
        }
        plan.capabilities = Some(capabilities::needed(&parts));
        plan
    }

    /// What this host lacks of a whole floor, in words; nothing where it lacks nothing.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    fn domain(&mut self, parts: &Parts<'_>, own: &[Own]) {
        let reach = parts.reach;
        if let Some(why) = looks_outside(parts) {
            self.open.push(("files, ports, signals (Landlock)", why));
            return;
        }
        let unmounts = reach.could(fs::Unmount::DEFINITION);
        let mut domain = Domain { files: !unmounts, ports: ports(reach), ..Domain::default() };
        if unmounts {
            let why = "the policy permits `unmount`, which the kernel refuses to whoever has rules on files";
            self.open.push(("files", why.to_owned()));
        }
        if domain.ports == Ports::Any {
            self.open.push(("TCP ports to connect to", "the policy bounds no port".to_owned()));
        }
        domain.signals = !parts.signals();
        if !domain.signals {
            self.open.push(("signals to other processes", "the policy permits `kill` or `interrupt`".to_owned()));
        }
        let abstract_bus = std::env::var("DBUS_SYSTEM_BUS_ADDRESS").is_ok_and(|address| address.contains("abstract"));
        domain.abstract_sockets = !(parts.systemd() && abstract_bus);
        if !domain.abstract_sockets {
            let why = "the policy permits systemd, whose bus has an abstract address here (DBUS_SYSTEM_BUS_ADDRESS)";
            self.open.push(("abstract sockets", why.to_owned()));
        }
        let abi = self.kernel.landlock;
        if abi < WHOLE {
            self.missing.push(lacking(abi));
        }
        if abi == ABI::Unsupported || domain.is_idle(abi) {
            return;
        }
        if domain.files {
            self.places = Places::of(reach, own);
            if self.places.everywhere().contains(handled_files(abi)) {
                self.open.push(("files", "the policy permits everything everywhere".to_owned()));
                domain.files = false;
            }
        }
        self.domain = Some(domain);
    }
}

fn lacking(abi: ABI) -> String {
    let lacks = match abi {
        ABI::Unsupported => {
            "files, TCP ports, signals, abstract sockets: Landlock is not there, or not enabled (`lsm=` on the kernel's command line)"
        }
        ABI::V1 | ABI::V2 => "truncating files, TCP ports, controls of devices, signals, abstract sockets",
        ABI::V3 => "TCP ports, controls of devices, signals, abstract sockets",
        ABI::V4 => "controls of devices, signals, abstract sockets",
        _ => "signals, abstract sockets",
    };
    if abi == ABI::Unsupported {
        lacks.to_owned()
    } else {
        format!("{lacks}: Landlock has ABI {abi}, and 6 is needed (Linux 6.12)")
    }
}

/// Why nothing of Landlock can hold: whoever is in a domain looks into no process outside of it, which the policy permits.
///
/// LINUX: `PTRACE_MODE_READ` is refused, which `/proc/PID/exe`, `fd`, `maps`, `environ`, `ns` and others ask for; also mount(2) and whatever
/// another mount namespace holds.
fn looks_outside(parts: &Parts<'_>) -> Option<String> {
    let reach = parts.reach;
    let by_action = [
        (proc::Trace::DEFINITION, "trace"),
        (proc::ListFds::DEFINITION, "list_fds"),
        (proc::MountNamespace::DEFINITION, "mount_namespace"),
        (proc::NetworkNamespace::DEFINITION, "network_namespace"),
        (proc::PidNamespace::DEFINITION, "pid_namespace"),
    ];
    let looks = |what: &str| format!("{what}, and nobody in a domain of Landlock looks into processes outside");
    for (action, name) in by_action {
        if reach.extent(action, Kind::Process) != Coverage::Nothing {
            return Some(looks(&format!("the policy permits `{name}` on processes")));
        }
    }
    if reach.reads_executable() && parts.processes() {
        return Some(looks("a policy asks for the `executable` of a process"));
    }
    if parts.processes() && sys::proc_hides_processes() {
        return Some(looks(
            "the policy permits processes to be seen, which /proc hides here from who may not trace them (hidepid)",
        ));
    }
    let read = [
        (fs::Read::DEFINITION, Kind::File),
        (fs::RedactedRead::DEFINITION, Kind::File),
        (fs::Read::DEFINITION, Kind::Dir),
    ];
    let reads = |(action, kind): &(&Definition, Kind)| match reach.extent(action, *kind) {
        Coverage::Nothing => false,
        Coverage::Everything => !reach.forbids_tree(action, *kind, "/proc"),
        Coverage::Places(places) => places.iter().any(is_of_processes) && !reach.forbids_tree(action, *kind, "/proc"),
    };
    read.iter().any(reads).then(|| {
        looks("the policy permits files of other processes in /proc to be read")
            + "; to close it, forbid `read` and `redacted_read` in Dir::\"/proc\", or \
                    permit single files there"
    })
}

/// Whether files of any process in `/proc` are among a place.
fn is_of_processes(place: &Place) -> bool {
    match place {
        Place::Tree(path) if path == "/" || path == "/proc" => true,
        place => {
            let first = place.path().strip_prefix("/proc/").and_then(|rest| rest.split('/').next());
            first.is_some_and(|first| first.starts_with(|char: char| char.is_ascii_digit()))
        }
    }
}

/// Which ports could be connected to.
fn ports(reach: &Reach) -> Ports {
    let mut ports = BTreeSet::new();
    for action in namespace_of(net::Connect::DEFINITION) {
        match reach.ports(action) {
            Some(some) => ports.extend(some),
            None => return Ports::Any,
        }
    }
    if !ports.is_empty() || reach.could(sysinfo::ResolveHostname::DEFINITION) {
        ports.insert(NAMES);
    }
    Ports::Only(ports)
}
