//! The filter of system calls, seccomp(2): what is not on the list fails with `EPERM`, in every thread.

use crate::calls::Calls;
use nix::libc::{self, c_long};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::collections::BTreeMap;

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// A condition on an argument: its number, how it is compared, and with what. Every such argument has 32 bits.
type Condition = (u8, SeccompCmpOp, u64);

/// The filters, to be installed in this order.
pub(crate) fn filters(calls: &Calls) -> Result<[BpfProgram; 2], BackendError> {
    let mut rules: Rules = calls.unconditional().into_iter().map(|call| (call, Vec::new())).collect();
    for (call, conditions) in conditional(calls) {
        let conditions = conditions
            .iter()
            .map(|(argument, operator, value)| {
                SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, operator.clone(), *value)
            })
            .collect::<Result<Vec<_>, _>>()?;
        // A call that passes whatever its arguments stays so.
        match rules.get_mut(&call) {
            Some(alternatives) if alternatives.is_empty() => {}
            Some(alternatives) => alternatives.push(SeccompRule::new(conditions)?),
            None => drop(rules.insert(call, vec![SeccompRule::new(conditions)?])),
        }
    }
    // Answered by the other filter.
    rules.insert(libc::SYS_clone3, Vec::new());
    let arch = std::env::consts::ARCH.try_into()?;
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let allowed = SeccompFilter::new(rules, refused, SeccompAction::Allow, arch)?.try_into()?;
    // LINUX: what clone3(2) shall do is in memory, where no filter looks. Told that there is none, the C library uses clone(2).
    let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let clone3 = Rules::from([(libc::SYS_clone3, Vec::new())]);
    let absent = SeccompFilter::new(clone3, SeccompAction::Allow, unknown, arch)?.try_into()?;
    Ok([absent, allowed])
}

fn conditional(calls: &Calls) -> Vec<(c_long, Vec<Condition>)> {
    use SeccompCmpOp::{Eq, MaskedEq};
    let word = |number: i32| u64::from(number.unsigned_abs());
    let own = u64::from(std::process::id());
    let mut rules: Vec<(c_long, Vec<Condition>)> = Vec::new();
    // The socket of syslog takes datagrams.
    let kind = |kind: i32| (1, MaskedEq(0xf), word(kind));
    rules.push((libc::SYS_socket, vec![(0, Eq, word(libc::AF_UNIX)), kind(libc::SOCK_DGRAM)]));
    if calls.services {
        rules.push((libc::SYS_socket, vec![(0, Eq, word(libc::AF_UNIX)), kind(libc::SOCK_STREAM)]));
    }
    if calls.network {
        for family in [libc::AF_INET, libc::AF_INET6] {
            for socket in [libc::SOCK_STREAM, libc::SOCK_DGRAM] {
                rules.push((libc::SYS_socket, vec![(0, Eq, word(family)), kind(socket)]));
            }
        }
    }
    if calls.netlink {
        rules.push((libc::SYS_socket, vec![(0, Eq, word(libc::AF_NETLINK)), (2, Eq, word(libc::NETLINK_ROUTE))]));
    }
    // Threads; where something is asked aside, copies of the process, too. Never a namespace.
    let namespaces = libc::CLONE_NEWNS
        | libc::CLONE_NEWCGROUP
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUSER
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET;
    let namespaces = word(namespaces);
    if calls.fork {
        rules.push((libc::SYS_clone, vec![(0, MaskedEq(namespaces), 0)]));
    } else {
        let thread = word(libc::CLONE_THREAD);
        rules.push((libc::SYS_clone, vec![(0, MaskedEq(namespaces | thread), thread)]));
    }
    // An abort is a signal to oneself.
    rules.push((libc::SYS_tgkill, vec![(0, Eq, own)]));
    rules.push((libc::SYS_kill, vec![(0, Eq, own)]));
    for process in [0, own] {
        rules.push((libc::SYS_prlimit64, vec![(0, Eq, process)]));
    }
    for option in [libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_CAPBSET_READ, libc::PR_GET_DUMPABLE, libc::PR_SET_VMA]
    {
        rules.push((libc::SYS_prctl, vec![(0, Eq, word(option))]));
    }
    // Not TIOCSTI, for one, which types into the terminal.
    for control in [libc::FIONBIO, libc::FIONREAD, libc::FIOCLEX, libc::TCGETS, libc::TIOCGWINSZ] {
        rules.push((libc::SYS_ioctl, vec![(1, Eq, control)]));
    }
    let executable = word(libc::PROT_EXEC);
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.push((call, vec![(2, MaskedEq(executable), 0)]));
    }
    rules
}

/// A filter that refuses these calls and lets all others pass.
pub(crate) fn refusing(calls: &[c_long]) -> Result<BpfProgram, BackendError> {
    let rules: Rules = calls.iter().map(|call| (*call, Vec::new())).collect();
    let arch = std::env::consts::ARCH.try_into()?;
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refused, arch)?.try_into()
}

/// Installs the filters for all threads of the process.
pub(crate) fn install(filters: &[BpfProgram]) -> Result<(), seccompiler::Error> {
    filters.iter().try_for_each(|filter| seccompiler::apply_filter_all_threads(filter))
}
