//! Stopping the threads of a process and letting them go on, `ptrace(2)`.
//!
//! INVARIANT: a thread is stopped only while a [`Standing`] holds it, and the thread that made it lives: where that ends, the kernel lets
//! all of them go on.

use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid as Number;
use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, statat};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// More threads are not looked at.
const MOST_THREADS: usize = 4096;
/// How long threads may take to stop: those that wait for a device do not.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long is waited at once.
const LOOK: Duration = Duration::from_micros(300);
/// LINUX: `__WALL`, which `rustix` does not name: threads are waited for like processes.
const ALL_THREADS: WaitIdOptions = WaitIdOptions::from_bits_retain(0x4000_0000);

/// The threads of a process while they stand still. They go on when it is dropped.
#[derive(Default)]
pub(super) struct Standing {
    threads: Vec<Thread>,
}

/// One of them.
pub(super) struct Thread {
    pub(super) tid: i32,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It was told to stop.
    Moving,
    /// It stands; the signal is the one that it was about to receive, or 0.
    Stands(i32),
    /// It has ended.
    Ended,
}

impl Thread {
    pub(super) fn stands(&self) -> bool {
        matches!(self.state, State::Stands(_))
    }

    /// Its registers; nothing where it does not stand.
    pub(super) fn registers(&self) -> Option<Vec<u64>> {
        if !self.stands() {
            return None;
        }
        words(&ptrace::getregs(Number::from_raw(self.tid)).ok()?)
    }

    /// Looks whether it stands by now.
    fn look(&mut self) {
        let Some(pid) = Pid::from_raw(self.tid).filter(|_| self.state == State::Moving) else { return };
        // Only looked at: a process that is the runner's own child is not taken from whoever waits for it.
        let options = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.state = match waitid(WaitId::Pid(pid), options | ALL_THREADS) {
            Ok(Some(status)) => match status.trapping_signal().or_else(|| status.stopping_signal()) {
                // LINUX: what stands above the signal says that the kernel stopped it by itself, and no signal is due.
                Some(signal) => State::Stands(if signal >> 8 == 0 { signal } else { 0 }),
                None => State::Ended,
            },
            Ok(None) | Err(Errno::INTR) => State::Moving,
            Err(_) => State::Ended,
        };
    }
}

impl Standing {
    /// Stops all threads of the process whose directory in /proc is `process`, also those that begin meanwhile.
    ///
    /// # Errors
    /// What the system says where no thread could be stopped; `SRCH` where there is none.
    pub(super) fn stop(process: &OwnedFd, ended: &dyn Fn() -> bool) -> Result<Self, Errno> {
        let (mut standing, mut seen, mut refused) = (Self::default(), HashSet::new(), None);
        let begun = Instant::now();
        let late = || ended() || begun.elapsed() >= PATIENCE;
        loop {
            let task = openat(process, "task", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
            let new: Vec<i32> = list(&task)?.into_iter().filter(|tid| seen.insert(*tid)).collect();
            let nothing_new = new.is_empty();
            for tid in new {
                if late() || standing.threads.len() >= MOST_THREADS {
                    break;
                }
                match seize(&task, tid) {
                    Ok(true) => standing.threads.push(Thread { tid, state: State::Moving }),
                    Ok(false) => {}
                    Err(errno) => refused = refused.or(Some(errno)),
                }
            }
            standing.wait(&late);
            // All that stand begin no thread: what is new next time was begun before.
            if nothing_new || late() {
                break;
            }
        }
        standing.threads.retain(|thread| thread.state != State::Ended);
        match refused {
            Some(errno) if standing.threads.is_empty() => Err(errno),
            None if standing.threads.is_empty() => Err(Errno::SRCH),
            _ => Ok(standing),
        }
    }

    pub(super) fn threads(&self) -> &[Thread] {
        &self.threads
    }

    fn wait(&mut self, late: &dyn Fn() -> bool) {
        loop {
            self.threads.iter_mut().for_each(Thread::look);
            if late() || self.threads.iter().all(|thread| thread.state != State::Moving) {
                return;
            }
            nap();
        }
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        for thread in &mut self.threads {
            thread.look();
            if let State::Stands(signal) = thread.state {
                detach(thread.tid, signal);
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "far shorter than any deadline, and each turn looks whether the run ended"
)]
fn nap() {
    std::thread::sleep(LOOK);
}

/// The threads in a directory of them.
fn list(task: &OwnedFd) -> Result<Vec<i32>, Errno> {
    let mut tids = Vec::new();
    for entry in Dir::read_from(task)? {
        let entry = entry?;
        tids.extend(entry.file_name().to_str().ok().and_then(|name| name.parse::<i32>().ok()));
    }
    Ok(tids)
}

/// Begins to trace a thread and tells it to stop. Gives whether there is one.
fn seize(task: &OwnedFd, tid: i32) -> Result<bool, Errno> {
    let number = Number::from_raw(tid);
    match ptrace::seize(number, ptrace::Options::empty()) {
        Ok(()) => {}
        Err(nix::Error::ESRCH) => return Ok(false),
        Err(error) => return Err(Errno::from_raw_os_error(error as i32)),
    }
    // RACE: its number may have become that of another process's thread before. From now on it is its own. One that was taken by mistake
    // was not stopped, and is let go with this thread.
    if statat(task, tid.to_string(), AtFlags::empty()).is_err() {
        return Ok(false);
    }
    Ok(ptrace::interrupt(number).is_ok())
}

/// Lets a thread go on, with the signal that it was about to receive.
#[expect(unsafe_code, reason = "the safe form knows no real-time signals, which must not be lost")]
fn detach(tid: i32, signal: i32) {
    let signal = usize::try_from(signal).unwrap_or(0);
    // SAFETY: the request takes two numbers and no address.
    let _ = unsafe { libc::ptrace(libc::PTRACE_DETACH, tid, 0_usize, signal) };
}

/// The registers in the order of the kernel's structure; nothing for a 32-bit program.
#[cfg(target_arch = "x86_64")]
fn words(registers: &libc::user_regs_struct) -> Option<Vec<u64>> {
    /// LINUX: the code segment of 64-bit programs.
    const CODE_64: u64 = 0x33;
    let r = registers;
    let words = [
        r.r15, r.r14, r.r13, r.r12, r.rbp, r.rbx, r.r11, r.r10, r.r9, r.r8, r.rax, r.rcx, r.rdx, r.rsi, r.rdi,
        r.orig_rax, r.rip, r.cs, r.eflags, r.rsp,
    ];
    (r.cs == CODE_64).then(|| words.to_vec())
}

/// The registers in the order of the kernel's structure.
#[cfg(target_arch = "aarch64")]
fn words(registers: &libc::user_regs_struct) -> Option<Vec<u64>> {
    Some(registers.regs.iter().copied().chain([registers.sp, registers.pc]).collect())
}
