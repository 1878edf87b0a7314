//! The Landlock domain: files, ports, signals, abstract sockets.
//!
//! LINUX: ABI 1 is known since 5.13, 2 (moving between directories) since 5.19, 3 (truncation) since 6.2, 4 (TCP ports) since 6.7,
//! 5 (controls of devices) since 6.10, 6 (signals, abstract sockets) since 6.12, 10 (UDP ports) since 7.2.

use crate::places::Places;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, NetPort, PathBeneath, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, Scope,
};
use std::collections::BTreeSet;

/// What a domain keeps from whom.
#[derive(Debug, Default)]
pub(crate) struct Domain {
    /// Whether files are judged at all.
    pub(crate) files: bool,
    pub(crate) ports: Ports,
    /// Whether signals to processes outside are refused.
    pub(crate) signals: bool,
    /// Whether abstract sockets of processes outside are refused.
    pub(crate) abstract_sockets: bool,
}

/// Which ports may be connected to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Ports {
    /// All.
    #[default]
    Any,
    /// These.
    Only(BTreeSet<u16>),
}

/// The rights on files that this program knows, of a kernel with this ABI.
///
/// LINUX: sockets that have a path (ABI 9) are left out: no rule here names them.
pub(crate) fn handled_files(abi: ABI) -> BitFlags<AccessFs> {
    AccessFs::from_all(abi.min(ABI::V8))
}

impl Domain {
    /// Makes the rules. They hold for nobody yet.
    pub(crate) fn prepare(&self, abi: ABI, places: &Places) -> Result<RulesetCreated, RulesetError> {
        let mut ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        if self.files {
            ruleset = ruleset.handle_access(handled_files(abi))?;
        }
        let mut net = BitFlags::EMPTY;
        if abi >= ABI::V4 {
            net |= AccessNet::BindTcp;
            if self.ports != Ports::Any {
                net |= AccessNet::ConnectTcp;
            }
        }
        if abi >= ABI::V10 && self.ports != Ports::Any {
            net |= AccessNet::ConnectSendUdp;
        }
        if !net.is_empty() {
            ruleset = ruleset.handle_access(net)?;
        }
        if abi >= ABI::V6 {
            if self.signals {
                ruleset = ruleset.scope(Scope::Signal)?;
            }
            if self.abstract_sockets {
                ruleset = ruleset.scope(Scope::AbstractUnixSocket)?;
            }
        }
        let mut created = ruleset.create()?;
        if self.files {
            for (_, rule) in places.rules() {
                let rights = rule.grantable() & handled_files(abi);
                if !rights.is_empty() {
                    created = created.add_rule(PathBeneath::new(rule.fd(), rights))?;
                }
            }
        }
        if let Ports::Only(ports) = &self.ports {
            let connect = net & (AccessNet::ConnectTcp | AccessNet::ConnectSendUdp);
            if !connect.is_empty() {
                for port in ports {
                    created = created.add_rule(NetPort::new(*port, connect))?;
                }
            }
        }
        Ok(created)
    }

    /// Whether it would keep nothing from anybody on a kernel with this ABI.
    pub(crate) fn is_idle(&self, abi: ABI) -> bool {
        !self.files && abi < ABI::V4
    }
}
