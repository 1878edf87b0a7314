//! A filter as a program for the kernel, `Documentation/userspace-api/seccomp_filter.rst`: the answer is found in a tree, by the number of the call.
//!
//! When a filter is installed the kernel tries each number on it, to know which calls it need not ask about. With one comparison after the other that is
//! a tenth of a run's start; a tree is a third as long and takes eight comparisons.

use nix::libc::{self, c_int, c_long, seccomp_data};
use seccompiler::{BpfProgram, sock_filter};
use std::collections::BTreeMap;
use std::mem::offset_of;

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Allow,
    /// It fails with this error.
    Fail(c_int),
    /// It passes where all conditions of one of the lists hold, and fails with `EPERM` elsewhere.
    AllowIf(Vec<Vec<Condition>>),
}

/// What an argument of a call must be. Every one that is asked about has 32 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// Its number, from 0.
    pub(super) argument: u8,
    /// The bits that count.
    pub(super) mask: u32,
    pub(super) value: u32,
}

impl Condition {
    pub(super) fn is(argument: u8, value: u32) -> Self {
        Self { argument, mask: u32::MAX, value }
    }
}

// BPF_LD | BPF_W | BPF_ABS, BPF_ALU | BPF_AND | BPF_K and so on, `linux/bpf_common.h`.
const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const JUMP: u16 = 0x05;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

/// `AUDIT_ARCH_X86_64` and `AUDIT_ARCH_AARCH64`, `linux/audit.h`; elsewhere there is no filter (`Kernel::seccomp`), and this is no machine.
const MACHINE: u32 = if cfg!(target_arch = "x86_64") {
    0xc000_003e
} else if cfg!(target_arch = "aarch64") {
    0xc000_00b7
} else {
    0
};

/// LINUX: from here on x86-64 has the same calls once more under other numbers, the x32 ABI. No program of the host needs them.
const SECOND_NUMBERS: c_long = 0x4000_0000;

/// The program that gives these answers, and for all other calls `others`. Another machine's calls, such as those of 32 bits, end the process.
pub(super) fn of(answers: &BTreeMap<c_long, Answer>, others: &Answer) -> BpfProgram {
    // Each answer holds from its number up to the next one's.
    let mut pieces: Vec<(c_long, &Answer)> = vec![(0, others)];
    for (call, answer) in answers {
        put(&mut pieces, *call, answer);
        put(&mut pieces, call + 1, others);
    }
    put(&mut pieces, SECOND_NUMBERS, &Answer::Fail(libc::ENOSYS));
    let mut program = vec![
        step(LOAD, word(offset_of!(seccomp_data, arch))),
        jump(JUMP_IF_EQUAL, MACHINE, 1, 0),
        step(RETURN, libc::SECCOMP_RET_KILL_PROCESS),
        step(LOAD, word(offset_of!(seccomp_data, nr))),
    ];
    program.extend(search(&pieces));
    program
}

fn put<'a>(pieces: &mut Vec<(c_long, &'a Answer)>, from: c_long, answer: &'a Answer) {
    pieces.pop_if(|(last, _)| *last == from);
    if pieces.last().is_none_or(|(_, last)| *last != answer) {
        pieces.push((from, answer));
    }
}

fn search(pieces: &[(c_long, &Answer)]) -> BpfProgram {
    let (below, above) = pieces.split_at(pieces.len() / 2);
    let Some((from, answer)) = above.first() else { return Vec::new() };
    if below.is_empty() {
        return give(answer);
    }
    let from = u32::try_from(*from).unwrap_or(u32::MAX);
    let below = search(below);
    // A jump with a condition leads 255 steps ahead at most.
    let mut program = match u8::try_from(below.len()) {
        Ok(near) => vec![jump(JUMP_IF_AT_LEAST, from, near, 0)],
        Err(_) => vec![jump(JUMP_IF_AT_LEAST, from, 0, 1), step(JUMP, word(below.len()))],
    };
    program.extend(below);
    program.extend(search(above));
    program
}

fn give(answer: &Answer) -> BpfProgram {
    let fail = |error: c_int| step(RETURN, libc::SECCOMP_RET_ERRNO | error.unsigned_abs());
    match answer {
        Answer::Allow => vec![step(RETURN, libc::SECCOMP_RET_ALLOW)],
        Answer::Fail(error) => vec![fail(*error)],
        Answer::AllowIf(alternatives) => {
            let mut program: BpfProgram = alternatives.iter().flat_map(|conditions| allow_if(conditions)).collect();
            program.push(fail(libc::EPERM));
            program
        }
    }
}

/// Allows the call where all conditions hold, and goes on behind itself elsewhere.
fn allow_if(conditions: &[Condition]) -> BpfProgram {
    // From its end to its start: where to go on is a number of steps.
    let mut reversed = vec![step(RETURN, libc::SECCOMP_RET_ALLOW)];
    for condition in conditions {
        let rest = u8::try_from(reversed.len()).unwrap_or(u8::MAX);
        reversed.push(jump(JUMP_IF_EQUAL, condition.value, 0, rest));
        if condition.mask != u32::MAX {
            reversed.push(step(AND, condition.mask));
        }
        let arguments = offset_of!(seccomp_data, args) + if cfg!(target_endian = "big") { 4 } else { 0 };
        reversed.push(step(LOAD, word(arguments) + 8 * u32::from(condition.argument)));
    }
    reversed.reverse();
    reversed
}

fn word(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn step(code: u16, k: u32) -> sock_filter {
    jump(code, k, 0, 0)
}

fn jump(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

#[cfg(test)]
mod tests;
