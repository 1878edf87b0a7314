//! The end of a process that cannot go on: no memory or no stack is left. It writes a record that was made beforehand.

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering::SeqCst};

/// What is left to say when the process has to end at once.
#[derive(Debug)]
pub struct LastWords {
    /// Where it is written: 1 or 2.
    pub descriptor: i32,
    /// Said when no memory is left.
    pub memory: Box<[u8]>,
    /// Said when no stack is left.
    pub stack: Box<[u8]>,
    /// With what the process exits.
    pub code: i32,
}

/// Why the process has to end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause {
    Memory,
    Stack,
}

static WORDS: OnceLock<LastWords> = OnceLock::new();
/// The thread that writes the record, 0 before.
static WRITER: AtomicI32 = AtomicI32::new(0);
/// The lowest address of the stack that [`watch_stack`] looks after.
static STACK: AtomicUsize = AtomicUsize::new(0);
static ENDED: AtomicBool = AtomicBool::new(false);

/// How far from the end of the stack a fault still counts as one of it.
const GUARD: usize = 1 << 20;

/// Keeps `words` for a sudden end. Only the first call counts.
pub fn prepare(words: LastWords) {
    let _ = WORDS.set(words);
}

/// Gives the calling thread the right to write the record of the run. Only one thread ever gets it.
pub fn claim() -> bool {
    WRITER.compare_exchange(0, thread(), SeqCst, SeqCst).is_ok()
}

fn thread() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Writes the prepared record and ends the process. It returns only where none was prepared.
///
/// It allocates nothing and takes no lock, so that an allocator and a signal handler can call it.
#[cold]
pub(crate) fn end(cause: Cause) {
    let Some(words) = WORDS.get() else { return };
    if ENDED.swap(true, SeqCst) {
        exit(words.code);
    }
    if !claim() {
        if WRITER.load(SeqCst) == thread() {
            // The record was already written, or its writing failed; there is nothing to add.
            exit(words.code);
        }
        loop {
            pause();
        }
    }
    let text = match cause {
        Cause::Memory => &words.memory,
        Cause::Stack => &words.stack,
    };
    write(words.descriptor, text);
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

fn pause() {
    #[expect(unsafe_code, reason = "waits for the thread that ends the process")]
    // SAFETY: it has no arguments.
    unsafe {
        libc::pause();
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
