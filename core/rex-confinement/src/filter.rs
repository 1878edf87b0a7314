//! The filter of system calls, seccomp(2): what is not on the list fails with `EPERM`, in every thread.

use crate::calls::Calls;
use nix::libc::{self, c_int, c_long};
use program::{Answer, Condition};
use seccompiler::BpfProgram;
use std::collections::BTreeMap;

mod program;

const REFUSED: Answer = Answer::Fail(libc::EPERM);

/// The filter that lets these calls pass.
pub(crate) fn allowing(calls: &Calls) -> BpfProgram {
    let mut answers = BTreeMap::new();
    for (call, conditions) in conditional(calls) {
        let Answer::AllowIf(alternatives) = answers.entry(call).or_insert(Answer::AllowIf(Vec::new())) else {
            continue;
        };
        alternatives.push(conditions);
    }
    // A call that passes whatever its arguments does so even where there are conditions for it.
    answers.extend(calls.unconditional().into_iter().map(|call| (call, Answer::Allow)));
    // LINUX: what clone3(2) shall do is in memory, where no filter looks. Told that there is none, the C library uses clone(2).
    answers.insert(libc::SYS_clone3, Answer::Fail(libc::ENOSYS));
    program::of(&answers, &REFUSED)
}

/// A filter that refuses these calls and lets all others pass.
pub(crate) fn refusing(calls: &[c_long]) -> BpfProgram {
    program::of(&calls.iter().map(|call| (*call, REFUSED)).collect(), &Answer::Allow)
}

/// What the arguments of a call must be. One call may have several such lists; then one of them has to hold.
fn conditional(calls: &Calls) -> Vec<(c_long, Vec<Condition>)> {
    use Condition as If;
    let mut rules: Vec<(c_long, Vec<Condition>)> = Vec::new();
    let own = std::process::id();
    let socket = |family: c_int, more: Condition| (libc::SYS_socket, vec![If::is(0, word(family)), more]);
    let kind = |kind: c_int| If { argument: 1, mask: 0xf, value: word(kind) };
    // The socket of syslog takes datagrams.
    rules.push(socket(libc::AF_UNIX, kind(libc::SOCK_DGRAM)));
    if calls.services {
        rules.push(socket(libc::AF_UNIX, kind(libc::SOCK_STREAM)));
    }
    if calls.network {
        for family in [libc::AF_INET, libc::AF_INET6] {
            rules.extend([libc::SOCK_STREAM, libc::SOCK_DGRAM].map(|of| socket(family, kind(of))));
        }
    }
    if calls.netlink {
        rules.push(socket(libc::AF_NETLINK, If::is(2, word(libc::NETLINK_ROUTE))));
    }
    // Threads; where something is asked aside, copies of the process, too. Never a namespace.
    let namespaces = word(
        libc::CLONE_NEWNS
            | libc::CLONE_NEWCGROUP
            | libc::CLONE_NEWUTS
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUSER
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNET,
    );
    let thread = if calls.fork { 0 } else { word(libc::CLONE_THREAD) };
    rules.push((libc::SYS_clone, vec![If { argument: 0, mask: namespaces | thread, value: thread }]));
    // An abort is a signal to oneself.
    rules.push((libc::SYS_tgkill, vec![If::is(0, own)]));
    rules.push((libc::SYS_kill, vec![If::is(0, own)]));
    rules.extend([0, own].map(|process| (libc::SYS_prlimit64, vec![If::is(0, process)])));
    let options =
        [libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_CAPBSET_READ, libc::PR_GET_DUMPABLE, libc::PR_SET_VMA];
    rules.extend(options.map(|option| (libc::SYS_prctl, vec![If::is(0, word(option))])));
    // Not TIOCSTI, for one, which types into the terminal.
    let controls = [libc::FIONBIO, libc::FIONREAD, libc::FIOCLEX, libc::TCGETS, libc::TIOCGWINSZ];
    rules.extend(controls.map(|control| (libc::SYS_ioctl, vec![If::is(1, low(control))])));
    let not_executable = || vec![If { argument: 2, mask: word(libc::PROT_EXEC), value: 0 }];
    rules.extend([libc::SYS_mmap, libc::SYS_mprotect].map(|call| (call, not_executable())));
    rules
}

fn word(number: c_int) -> u32 {
    number.cast_unsigned()
}

/// The half of a control that the kernel looks at.
fn low(control: libc::Ioctl) -> u32 {
    u32::try_from(control & 0xffff_ffff).unwrap_or(u32::MAX)
}

/// Installs a filter for all threads of the process.
pub(crate) fn install(filter: &BpfProgram) -> Result<(), seccompiler::Error> {
    seccompiler::apply_filter_all_threads(filter)
}
