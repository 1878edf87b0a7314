//! Capabilities that no permitted action needs, `capabilities(7)`.

use crate::needs::{NAMESPACES, Parts};
use rex_cedar_auth::action::{Action as _, file_system as fs, process_system as proc};
use rustix::io::Errno;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities,
};

/// Those that permitted actions may need.
pub(crate) fn needed(parts: &Parts<'_>) -> CapabilitySet {
    let mut needed = CapabilitySet::empty();
    if parts.files() || parts.host_facts() {
        needed |= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
    }
    if parts.reach.could(fs::Read::DEFINITION) {
        // LINUX: the kernel's messages, where `kernel.dmesg_restrict` is set.
        needed |= CapabilitySet::SYSLOG;
    }
    if parts.deletes() {
        // A sticky directory, or files of other users.
        needed |= CapabilitySet::FOWNER;
    }
    if parts.changes() || parts.any(&[fs::Chmod::DEFINITION, fs::Chown::DEFINITION, fs::SetXAttr::DEFINITION]) {
        needed |= CapabilitySet::CHOWN | CapabilitySet::FOWNER | CapabilitySet::FSETID | CapabilitySet::SETFCAP;
    }
    if parts.changes() || parts.any(&[fs::SetXAttr::DEFINITION, fs::Unmount::DEFINITION]) || parts.any(&NAMESPACES) {
        // LINUX: attributes of the name spaces `trusted` and `security` take it. Most else that it stands for, the filter refuses.
        needed |= CapabilitySet::SYS_ADMIN;
    }
    if parts.changes() {
        // LINUX: parameters of the kernel ask for these when they are written.
        needed |= CapabilitySet::NET_ADMIN | CapabilitySet::SYS_RESOURCE | CapabilitySet::LINUX_IMMUTABLE;
    }
    if parts.signals() {
        needed |= CapabilitySet::KILL;
    }
    if looks_into_processes(parts) {
        needed |= CapabilitySet::SYS_PTRACE;
    }
    if parts.any(&[proc::Trace::DEFINITION]) {
        needed |= CapabilitySet::CHECKPOINT_RESTORE | CapabilitySet::SYS_ADMIN;
    }
    if parts.any(&NAMESPACES) {
        needed |= CapabilitySet::SYS_CHROOT | CapabilitySet::SYS_PTRACE | CapabilitySet::NET_ADMIN;
    }
    needed
}

/// Whether something of a process could be read that only who may trace it reads.
fn looks_into_processes(parts: &Parts<'_>) -> bool {
    // Where `/proc` hides processes, listing takes it, too; and files of `/proc` can be read as any other.
    parts.processes() || parts.any(&[fs::Read::DEFINITION, fs::RedactedRead::DEFINITION])
}

/// Takes these from the calling thread, also for what it starts.
pub(crate) fn drop(dropped: CapabilitySet) -> rustix::io::Result<()> {
    let own = capabilities(None)?;
    for capability in dropped.iter() {
        match remove_capability_from_bounding_set(capability) {
            Err(Errno::PERM) => break,
            Ok(()) | Err(Errno::INVAL) => {}
            Err(errno) => return Err(errno),
        }
    }
    set_capabilities(
        None,
        CapabilitySets {
            effective: own.effective.difference(dropped),
            permitted: own.permitted.difference(dropped),
            inheritable: own.inheritable.difference(dropped),
        },
    )
}

/// Lets the calling thread keep these alone, also for what it starts. Gives what it has then.
pub(crate) fn keep(needed: CapabilitySet) -> rustix::io::Result<CapabilitySet> {
    clear_ambient_capability_set()?;
    for capability in CapabilitySet::all().difference(needed).iter() {
        match remove_capability_from_bounding_set(capability) {
            // LINUX: without CAP_SETPCAP the set stays, and counts for nothing: `no_new_privs` is set.
            Err(Errno::PERM) => break,
            // This kernel does not know it.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(errno) => return Err(errno),
        }
    }
    let own = capabilities(None)?;
    let kept = own.permitted & needed;
    set_capabilities(
        None,
        CapabilitySets { effective: own.effective & kept, permitted: kept, inheritable: CapabilitySet::empty() },
    )?;
    Ok(kept)
}
