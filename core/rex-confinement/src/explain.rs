//! Telling what is enforced, and what is not and why.

use crate::domain::Ports;
use crate::plan::Plan;
use crate::rights;
use landlock::ABI;
use std::fmt::Write as _;

/// A plan in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The walls that hold, and by which feature of the kernel.
    pub enforced: Vec<String>,
    /// What the policy leaves open, and why.
    pub open: Vec<String>,
    /// What this host does not offer.
    pub missing: Vec<String>,
}

impl Plan {
    /// In a few words, for the record and the log.
    pub fn summary(&self) -> Summary {
        let abi = self.kernel.landlock;
        let mut enforced = Vec::new();
        if let Some(domain) = &self.domain {
            if domain.files {
                enforced.push(format!("files (Landlock ABI {abi})"));
            }
            if abi >= ABI::V4 {
                let ports = if domain.ports == Ports::Any { "TCP ports to listen on" } else { "TCP ports" };
                enforced.push(format!("{ports} (Landlock ABI {abi})"));
            }
            if abi >= ABI::V6 && domain.signals {
                enforced.push(format!("signals (Landlock ABI {abi})"));
            }
            if abi >= ABI::V6 && domain.abstract_sockets {
                enforced.push(format!("abstract sockets (Landlock ABI {abi})"));
            }
        }
        if self.calls.is_some() {
            enforced.push("system calls (seccomp)".to_owned());
        }
        if self.domain.is_some() || self.calls.is_some() {
            enforced.push("no rights by programs (no_new_privs)".to_owned());
        }
        if self.capabilities.is_some() {
            enforced.push("capabilities (capset, bounding set)".to_owned());
        }
        enforced.push("descriptors that were left open (close)".to_owned());
        let open = self.open.iter().map(|(what, why)| format!("{what}: {why}")).collect();
        Summary { enforced, open, missing: self.missing.clone() }
    }

    /// At length, for people.
    pub fn explain(&self) -> String {
        let summary = self.summary();
        let mut text = String::from("What the policy can never permit, the kernel refuses to the whole process:\n");
        let mut list = |title: &str, lines: &[String]| {
            if lines.is_empty() {
                return;
            }
            let _ = writeln!(text, "\n{title}");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        };
        list("Enforced", &summary.enforced);
        if let Some(domain) = &self.domain {
            if domain.files {
                let rule = |(path, rule): (&str, &crate::places::Rule)| {
                    let own = rule.own.map(|own| format!("  (REX itself: {own})")).unwrap_or_default();
                    format!("{:<11} {path}{own}", format!("{}:", rights::words(rule.grantable())))
                };
                list(
                    "Files that remain within reach, with all below them",
                    &self.places.rules().map(rule).collect::<Vec<_>>(),
                );
                list("Wider than the policy, because the kernel knows no narrower rule", &self.places.widened);
                list("Permitted by the policy and refused by the kernel all the same", &self.places.left_out);
            }
            if let Ports::Only(ports) = &domain.ports {
                let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
                let ports = if ports.is_empty() { "none".to_owned() } else { ports.join(", ") };
                list("TCP ports that remain within reach, of whatever host", &[ports]);
            }
        }
        if let Some(calls) = &self.calls {
            let kinds = [
                (calls.change, "make, write, link and rename files"),
                (calls.delete, "remove files"),
                (calls.chmod, "set permissions"),
                (calls.chown, "set owners"),
                (calls.attributes, "set extended attributes"),
                (calls.network, "TCP and UDP sockets"),
                (calls.services, "sockets of services of this host"),
                (calls.netlink, "tables of interfaces and routes"),
                (calls.signals, "signals"),
                (calls.fork, "copies of the runner, to ask file systems that may hang"),
                (calls.trace, "trace"),
                (calls.namespaces, "enter namespaces"),
                (calls.unmount, "unmount"),
                (calls.modules, "load modules of the C library"),
            ];
            let (pass, fail): (Vec<_>, Vec<_>) = kinds.into_iter().partition(|(passes, _)| *passes);
            let words =
                |kinds: Vec<(bool, &str)>| kinds.into_iter().map(|(_, word)| word.to_owned()).collect::<Vec<_>>();
            list("System calls that remain, beside reading, memory, time and threads", &words(pass));
            let mut refused = words(fail);
            refused.push(
                "execute programs, listen, mount, load kernel modules, bpf, io_uring, keys, devices, new namespaces"
                    .to_owned(),
            );
            list("System calls that are refused", &refused);
        }
        if let Some(kept) = self.capabilities {
            let names: Vec<String> = kept.iter_names().map(|(name, _)| format!("CAP_{name}")).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            list("Capabilities that remain, where the account has them", &[names]);
        }
        list("Left open by the policy", &summary.open);
        list("Not on this host", &summary.missing);
        list(
            "By nature of these features",
            &[
                "hosts: the kernel knows ports, not names; the gate judges hosts".to_owned(),
                "metadata of files can be read anywhere, as far as the account may".to_owned(),
                "UDP ports and sockets that have a path are judged as a whole, by the kind of socket".to_owned(),
            ],
        );
        text
    }
}
