//! What REX itself touches on behalf of permitted actions, besides the resources that the policy judges.

use crate::rights::{self, Rights};
use crate::sys;
use rex_cedar_auth::action::{
    ALL, Action, Definition, file_system as fs, network as net, process_system as proc, sysctl, sysinfo, systemd,
};
use rex_cedar_auth::{Kind, Reach};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// What the run was told about its host.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// The redaction dictionary.
    pub redaction_file: Option<PathBuf>,
}

/// Which parts of REX the policy could ever let work.
#[derive(Debug)]
pub(crate) struct Parts<'r> {
    pub(crate) reach: &'r Reach,
    name_services: OnceCell<bool>,
}

pub(crate) const NAMESPACES: [&Definition; 4] = [
    proc::MountNamespace::DEFINITION,
    proc::NetworkNamespace::DEFINITION,
    proc::PidNamespace::DEFINITION,
    fs::NetworkNamespace::DEFINITION,
];

/// All actions of the namespace of one of them.
pub(crate) fn namespace_of(one: &Definition) -> impl Iterator<Item = &'static Definition> {
    ALL.iter().copied().filter(|action| action.namespace == one.namespace)
}

impl<'r> Parts<'r> {
    pub(crate) fn of(reach: &'r Reach) -> Self {
        Self { reach, name_services: OnceCell::new() }
    }

    pub(crate) fn any(&self, actions: &[&Definition]) -> bool {
        actions.iter().any(|action| self.reach.could(action))
    }

    fn any_beside(&self, one: &Definition) -> bool {
        namespace_of(one).any(|action| self.reach.could(action))
    }

    /// Whether hosts could be connected to.
    pub(crate) fn connects(&self) -> bool {
        self.any_beside(net::Connect::DEFINITION)
    }

    pub(crate) fn network(&self) -> bool {
        self.connects() || self.reach.could(sysinfo::ResolveHostname::DEFINITION)
    }

    pub(crate) fn processes(&self) -> bool {
        self.any_beside(proc::List::DEFINITION)
    }

    pub(crate) fn systemd(&self) -> bool {
        self.any_beside(systemd::List::DEFINITION)
    }

    pub(crate) fn signals(&self) -> bool {
        self.any(&[proc::Kill::DEFINITION, proc::Interrupt::DEFINITION])
    }

    pub(crate) fn executes(&self) -> bool {
        self.reach.could(fs::Execute::DEFINITION)
    }

    pub(crate) fn host_facts(&self) -> bool {
        self.any(&[sysinfo::List::DEFINITION, sysctl::Load::DEFINITION])
    }

    /// Whether something could be made, written, moved, or carry other attributes.
    pub(crate) fn changes(&self) -> bool {
        self.any(&[fs::Write::DEFINITION, fs::Create::DEFINITION, fs::Move::DEFINITION])
    }

    pub(crate) fn deletes(&self) -> bool {
        self.changes() || self.reach.could(fs::Delete::DEFINITION)
    }

    pub(crate) fn files(&self) -> bool {
        self.any_beside(fs::Open::DEFINITION)
    }

    /// Whether file systems that may hang could be asked, which a child process does.
    pub(crate) fn asks_aside(&self) -> bool {
        let of_dirs = |action: &Definition| self.reach.extent(action, Kind::Dir) != rex_cedar_auth::Coverage::Nothing;
        of_dirs(fs::Stat::DEFINITION) || of_dirs(fs::Open::DEFINITION) || self.reach.could(fs::Unmount::DEFINITION)
    }

    /// Whether a service beyond the plain files names users and groups on this host: its module is loaded when it is first asked, and asks whom
    /// it likes.
    pub(crate) fn asks_name_services(&self) -> bool {
        let names_users = self.any(&[fs::Stat::DEFINITION, fs::Chown::DEFINITION]);
        let asks = || sys::name_services().iter().any(|service| !matches!(service.as_str(), "files" | "compat"));
        names_users && *self.name_services.get_or_init(asks)
    }
}

/// A file or directory that REX reads by itself; links in its path are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) path: PathBuf,
    pub(crate) rights: Rights,
    pub(crate) for_what: &'static str,
}

/// Where certificates of authorities are, by distribution.
const AUTHORITIES: [&str; 12] = [
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/ca-trust/extracted",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/usr/share/pki",
    "/var/lib/ca-certificates",
];

/// Where modules of the C library may be.
const LIBRARIES: [&str; 5] = ["/etc/ld.so.cache", "/usr/lib", "/usr/lib64", "/lib", "/lib64"];

impl Needs {
    /// What REX reads by itself for what the policy could ever permit.
    pub(crate) fn own(&self, parts: &Parts<'_>) -> Vec<Own> {
        let mut own = Vec::new();
        let mut add = |paths: &[&str], for_what| {
            own.extend(paths.iter().map(|path| Own { path: PathBuf::from(path), rights: rights::read(), for_what }));
        };
        // Names of users and groups are told to everyone.
        add(&["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"], "names of users and groups");
        if parts.asks_name_services() {
            add(&LIBRARIES, "modules that look users and groups up (nsswitch.conf)");
            add(&["/run/systemd/userdb", "/etc/userdb", "/var/lib/sss"], "services that look users and groups up");
        }
        if parts.network() {
            add(&["/etc/hosts", "/etc/resolv.conf"], "names of hosts");
        }
        if parts.connects() {
            add(&AUTHORITIES, "certificates of authorities");
        }
        // What programs use is counted in the budget of the run.
        let facts = parts.processes() || parts.host_facts() || parts.executes();
        let rights = if facts { rights::read() } else { rights::read_dir() };
        own.push(Own { path: PathBuf::from("/proc/self"), rights: rights::read(), for_what: "its own figures" });
        own.push(Own { path: PathBuf::from("/proc"), rights, for_what: "facts of processes and of the host" });
        let mut add = |paths: &[&str], for_what| {
            own.extend(paths.iter().map(|path| Own { path: PathBuf::from(path), rights: rights::read(), for_what }));
        };
        if parts.host_facts() {
            add(&["/sys/fs/cgroup"], "how many processors may be used");
        }
        if parts.reach.could(systemd::Journal::DEFINITION) {
            add(&["/var/log/journal", "/run/log/journal", "/etc/machine-id"], "the journal");
        }
        if parts.connects() {
            for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
                let places = std::env::var_os(variable);
                let places = places.iter().flat_map(std::env::split_paths);
                own.extend(places.map(|path| Own {
                    path,
                    rights: rights::read(),
                    for_what: "certificates of authorities",
                }));
            }
        }
        if parts.reach.could(fs::RedactedRead::DEFINITION) {
            let path = self.redaction_file.as_deref().map(Path::to_owned);
            own.extend(path.map(|path| Own { path, rights: rights::read(), for_what: "the redaction dictionary" }));
        }
        own
    }
}
