//! The end of a process that cannot go on: no memory or no stack is left, or the kernel says that its time is over.
//!
//! The thread that met it stops where it stands, and the supervising thread writes the record. Where that one cannot, because it needs what
//! the stopped thread holds, or has no memory either, a record that was made beforehand is written.

use crate::{Limits, Reason};
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};

/// What is left to say when the process has to end at once.
#[derive(Debug)]
pub struct LastWords {
    /// Where it is written: 1 or 2.
    pub descriptor: i32,
    /// What is said, by [`Cause::ALL`].
    pub texts: [Box<[u8]>; 4],
    /// With what the process exits.
    pub code: i32,
}

/// Why the process has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Cause {
    /// Far more memory is used than the limit allows.
    Memory = 1,
    /// The system gives no more memory.
    NoMemory,
    /// No stack is left.
    Stack,
    /// The kernel says that the limit of processor time is passed.
    CpuTime,
}

impl Cause {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Memory, Self::NoMemory, Self::Stack, Self::CpuTime];

    /// What is said of it.
    pub fn text(self, limits: &Limits) -> String {
        match self {
            Self::Memory => Reason::Memory.text(limits),
            Self::NoMemory => {
                let (own, what) = match limits.memory {
                    Some(_) => (Reason::Memory.text(limits), "or the system gives no more"),
                    None => ("no memory is left".to_owned(), "the system gives no more"),
                };
                format!("{own}: {what} (`ulimit -v`, the memory of the host)")
            }
            Self::Stack => "a value or the policy is nested too deeply: the stack is exhausted".to_owned(),
            Self::CpuTime => Reason::CpuTime.text(limits),
        }
    }
}

static WORDS: OnceLock<LastWords> = OnceLock::new();
/// The thread that writes the record, 0 before.
static WRITER: AtomicI32 = AtomicI32::new(0);
/// The lowest address of the stack that [`watch_stack`] looks after.
static STACK: AtomicUsize = AtomicUsize::new(0);
/// Why the process has to end, 0 as long as it need not.
static PENDING: AtomicI32 = AtomicI32::new(0);
/// The thread that writes records, 0 where there is none.
static SUPERVISOR: AtomicI32 = AtomicI32::new(0);

/// How long a thread that cannot go on waits for the supervisor's record, in milliseconds.
const PATIENCE: i32 = 2000;
/// How long it sleeps meanwhile, in milliseconds.
const NAP: i32 = 20;

/// How far from the end of the stack a fault still counts as one of it.
const GUARD: usize = 1 << 20;

/// Keeps `words` for a sudden end, and the calling thread as the one that reports it. Only the first call counts.
pub fn prepare(words: LastWords) {
    let _ = WORDS.set(words);
    SUPERVISOR.store(thread(), SeqCst);
}

/// Makes the calling thread the one that reports.
pub(crate) fn supervise_here() {
    SUPERVISOR.store(thread(), SeqCst);
}

/// Stops the calling thread for good, unless it is the one that reports.
#[cold]
pub(crate) fn stop() {
    while WORDS.get().is_some() && SUPERVISOR.load(SeqCst) != thread() {
        sleep();
    }
}

/// Why a thread stopped for good, if one did. The supervisor has to write the record then, soon.
pub fn pending() -> Option<Cause> {
    let number = PENDING.load(SeqCst);
    Cause::ALL.into_iter().find(|cause| *cause as i32 == number)
}

/// Gives the calling thread the right to write the record of the run. Only one thread ever gets it.
pub fn claim() -> bool {
    WRITER.compare_exchange(0, thread(), SeqCst, SeqCst).is_ok()
}

fn thread() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Stops the calling thread for good; the supervisor writes the record, and if it does not come to it, this thread writes the prepared one and
/// ends the process. It returns only where none was prepared.
///
/// It allocates nothing and takes no lock, so that an allocator and a signal handler can call it.
#[cold]
pub(crate) fn end(cause: Cause) {
    let Some(words) = WORDS.get() else { return };
    let _ = PENDING.compare_exchange(0, cause as i32, SeqCst, SeqCst);
    if SUPERVISOR.load(SeqCst) != thread() {
        for _ in 0..PATIENCE / NAP {
            sleep();
        }
    }
    if !claim() {
        if WRITER.load(SeqCst) == thread() {
            // The record was already written, or its writing failed; there is nothing to add.
            exit(words.code);
        }
        loop {
            sleep();
        }
    }
    let text = words.texts.iter().zip(Cause::ALL).find(|(_, of)| *of == cause).map(|(text, _)| text);
    write(words.descriptor, text.map_or(&[], |text| text));
    exit(words.code);
}

fn write(descriptor: i32, mut text: &[u8]) {
    while !text.is_empty() {
        #[expect(unsafe_code, reason = "the plain system call, which a signal handler may use")]
        // SAFETY: the pointer and the length are those of a slice.
        let written = unsafe { libc::write(descriptor, text.as_ptr().cast(), text.len()) };
        match usize::try_from(written) {
            Ok(written) if written > 0 => text = text.get(written..).unwrap_or_default(),
            _ => return,
        }
    }
}

fn exit(code: i32) -> ! {
    #[expect(unsafe_code, reason = "the exit that runs no handlers, which a signal handler may use")]
    // SAFETY: it takes any number and does not return.
    unsafe {
        libc::_exit(code)
    }
}

fn sleep() {
    #[expect(unsafe_code, reason = "waits for the thread that ends the process")]
    // SAFETY: no descriptors are given, so that the address is not used.
    unsafe {
        libc::poll(std::ptr::null_mut(), 0, NAP);
    }
}

/// Ends the run when the kernel says that the process used more processor time than it may (`RLIMIT_CPU`).
///
/// # Errors
/// The handler could not be installed.
pub fn watch_time() -> std::io::Result<()> {
    let flags = SaFlags::SA_ONSTACK | SaFlags::SA_RESTART;
    let action = SigAction::new(SigHandler::Handler(on_time), flags, SigSet::empty());
    #[expect(unsafe_code, reason = "installing a handler")]
    // SAFETY: the handler uses nothing that a signal handler may not use.
    unsafe { sigaction(Signal::SIGXCPU, &action) }.map_err(std::io::Error::from)?;
    Ok(())
}

extern "C" fn on_time(_: libc::c_int) {
    // A record that is being written is not disturbed.
    if WRITER.load(SeqCst) == 0 {
        end(Cause::CpuTime);
    }
}

/// Ends the process with its record when the calling thread, whose stack has `size` bytes, runs out of it.
///
/// # Errors
/// The handler could not be installed.
pub fn watch_stack(size: usize) -> std::io::Result<()> {
    let here = 0_u8;
    STACK.store((&raw const here).addr().saturating_sub(size), SeqCst);
    let flags = SaFlags::SA_ONSTACK | SaFlags::SA_SIGINFO;
    let action = SigAction::new(SigHandler::SigAction(on_fault), flags, SigSet::empty());
    for signal in [Signal::SIGSEGV, Signal::SIGBUS] {
        #[expect(unsafe_code, reason = "installing a handler")]
        // SAFETY: the handler uses nothing that a signal handler may not use; the standard library gives each thread the
        // alternate stack that it runs on.
        unsafe { sigaction(signal, &action) }.map_err(std::io::Error::from)?;
    }
    Ok(())
}

extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    #[expect(unsafe_code, reason = "reads the address of the fault")]
    // SAFETY: the kernel gives a valid `siginfo_t` for a handler installed with SA_SIGINFO, and these signals carry an address.
    let address = unsafe { (*info).si_addr() }.addr();
    if address.abs_diff(STACK.load(SeqCst)) <= GUARD {
        end(Cause::Stack);
    }
    #[expect(unsafe_code, reason = "gives the signal its ordinary meaning back")]
    // SAFETY: returning runs the faulting instruction again, which then ends the process in the ordinary way.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
    }
}
