//! What a new process does before it becomes the program: between fork and exec, where it may neither allocate nor lock.

use super::persona::Change;
use crate::{Error, Result};
use nix::libc;
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::process::{
    Pid, Resource, Rlimit, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit, setsid,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, configure_capability_in_ambient_set,
    set_capabilities, set_keep_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// All that the child needs, made before the fork.
pub(super) struct Plan {
    pub(super) program: OwnedFd,
    pub(super) argv: Words,
    pub(super) environment: Words,
    pub(super) change: Option<Change>,
    pub(super) capabilities: CapabilitySet,
    /// The address space that it gets, where the runner's own was narrowed.
    pub(super) memory: Option<Rlimit>,
    /// The process that starts it, where the child can see it.
    pub(super) parent: Option<Pid>,
}

/// The limit of address space of a program that may have `bytes` of it.
pub(super) fn memory(bytes: u64) -> Rlimit {
    let current = (bytes != u64::MAX).then_some(bytes);
    Rlimit { current, ..getrlimit(Resource::As) }
}

/// Texts as `execve` takes them: addresses of C strings, and a null at the end.
pub(super) struct Words {
    #[expect(dead_code, reason = "the addresses are those of these texts")]
    texts: Vec<CString>,
    addresses: Vec<usize>,
}

impl Words {
    pub(super) fn new(words: impl Iterator<Item = String>) -> Result<Self> {
        let texts = words.map(CString::new).collect::<std::result::Result<Vec<_>, _>>();
        let texts = texts.map_err(|_| Error::ValidationError("a word for a program holds NUL".to_owned()))?;
        let addresses = texts.iter().map(|text| text.as_ptr().expose_provenance()).chain([0]).collect();
        Ok(Self { texts, addresses })
    }

    fn as_ptr(&self) -> *const *const libc::c_char {
        self.addresses.as_ptr().cast()
    }
}

/// A step that can fail, with the words for it.
#[derive(Clone, Copy)]
#[repr(i32)]
enum Step {
    Session = 1,
    Limits,
    Groups,
    Group,
    User,
    Capabilities,
    Privileges,
    Parent,
    Descriptors,
    Program,
}

const STEPS: [(Step, &str); 10] = [
    (Step::Session, "beginning a session"),
    (Step::Limits, "setting its limits"),
    (Step::Groups, "changing the other groups"),
    (Step::Group, "changing the group"),
    (Step::User, "changing the user"),
    (Step::Capabilities, "setting the capabilities"),
    (Step::Privileges, "giving up new privileges"),
    (Step::Parent, "following the end of the runner"),
    (Step::Descriptors, "closing descriptors"),
    (Step::Program, "starting the program"),
];

/// Error numbers are below this; what stands above says at which step. `Command` carries one number from the child to its parent.
const STEP: i32 = 1 << 16;

fn at(step: Step) -> impl Fn(Errno) -> io::Error {
    move |errno| io::Error::from_raw_os_error(step as i32 * STEP + errno.raw_os_error())
}

/// What failed, in words.
pub(super) fn explain(error: &io::Error) -> String {
    let Some(number) = error.raw_os_error() else { return format!("starting the program failed: {error}") };
    let step = STEPS.iter().find(|(step, _)| *step as i32 == number / STEP);
    let words = step.map_or("making a process", |(_, words)| *words);
    format!("{words} failed: {}", io::Error::from_raw_os_error(number % STEP))
}

/// Lets the child of `command` carry `plan` out.
pub(super) fn enact(command: &mut Command, plan: Plan) {
    // SAFETY: the closure runs in a copy of this process that has one thread, whatever locks others held. It allocates nothing, takes no
    // lock and makes only system calls, those of rustix without libc and the others by `syscall`. An error is a number, which does not
    // allocate.
    unsafe {
        command.pre_exec(move || Err(carry_out(&plan)));
    }
}

/// Becomes the program, or gives what failed.
fn carry_out(plan: &Plan) -> io::Error {
    match prepare(plan) {
        Ok(()) => at(Step::Program)(become_program(plan)),
        Err(error) => error,
    }
}

fn prepare(plan: &Plan) -> io::Result<()> {
    reset_signals();
    setsid().map_err(at(Step::Session))?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(at(Step::Limits))?;
    if let Some(memory) = plan.memory {
        setrlimit(Resource::As, memory).map_err(at(Step::Limits))?;
    }
    let other_user = plan.change.as_ref().is_some_and(|change| change.user.is_some());
    if let Some(change) = &plan.change {
        // The user last: afterwards nothing may be changed any more.
        set_thread_groups(&change.groups).map_err(at(Step::Groups))?;
        let group = change.group;
        set_thread_res_gid(group, group, group).map_err(at(Step::Group))?;
        if let Some(user) = change.user {
            set_keep_capabilities(!plan.capabilities.is_empty()).map_err(at(Step::User))?;
            set_thread_res_uid(user, user, user).map_err(at(Step::User))?;
        }
    }
    set_own_capabilities(plan.capabilities, other_user).map_err(at(Step::Capabilities))?;
    // What was judged is what runs: no set-user-ID bit makes it another user's.
    set_no_new_privs(true).map_err(at(Step::Privileges))?;
    // LINUX: changing the user clears it, so that it comes after.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(at(Step::Parent))?;
    if plan.parent.is_some_and(|parent| getppid() != Some(parent)) {
        return Err(at(Step::Parent)(Errno::SRCH));
    }
    close_descriptors().map_err(at(Step::Descriptors))
}

/// A program starts with default dispositions and nothing blocked, whatever the runner inherited or chose.
fn reset_signals() {
    const SET_SIZE: usize = size_of::<u64>();
    // LINUX: zeros are the default action without flags, rt_sigaction(2), and the empty set.
    let (default, none) = ([0_usize; 4], 0_u64);
    for signal in 1..=64 {
        // SAFETY: the array is at least as long as the kernel's structure. Signals that cannot be changed are refused. The libc's own
        // function would refuse those that it uses itself, which somebody may have ignored before the runner began.
        let _ = unsafe {
            let none = std::ptr::null_mut::<usize>();
            libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), none, SET_SIZE)
        };
    }
    // SAFETY: the set has the size that is given with it.
    let _ = unsafe {
        let old = std::ptr::null_mut::<u64>();
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const none, old, SET_SIZE)
    };
}

/// Sets what is inherited over exec; of another user's process it is all there is.
fn set_own_capabilities(wanted: CapabilitySet, other_user: bool) -> rustix::io::Result<()> {
    clear_ambient_capability_set()?;
    let own = capabilities(None)?;
    let sets = if other_user {
        CapabilitySets { effective: wanted, permitted: wanted, inheritable: wanted }
    } else {
        CapabilitySets { inheritable: wanted, ..own }
    };
    set_capabilities(None, sets)?;
    for capability in wanted.iter() {
        configure_capability_in_ambient_set(capability, true)?;
    }
    Ok(())
}

/// Lets every descriptor but 0, 1 and 2 close with exec, also those that somebody opened otherwise.
fn close_descriptors() -> rustix::io::Result<()> {
    // LINUX: close_range(2) since 5.9, the flag since 5.11.
    // SAFETY: the call takes numbers only, and closes nothing in this process.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    if closed == 0 { Ok(()) } else { Err(last_errno()) }
}

/// Executes the very object that was judged, `execveat(2)`.
fn become_program(plan: &Plan) -> Errno {
    let errno = exec(plan);
    if errno != Errno::NOENT {
        return errno;
    }
    // LINUX: a script file whose descriptor closes with exec is not found, because its interpreter is given /dev/fd/N to open. So a
    // script alone inherits its own descriptor, which can be used for nothing else (O_PATH).
    match fcntl_setfd(&plan.program, FdFlags::empty()) {
        Ok(()) => exec(plan),
        Err(errno) => errno,
    }
}

fn exec(plan: &Plan) -> Errno {
    // SAFETY: both lists end with a null and hold addresses of C strings that live as long as the plan; the path is an empty C string.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            plan.program.as_raw_fd(),
            c"".as_ptr(),
            plan.argv.as_ptr(),
            plan.environment.as_ptr(),
            libc::AT_EMPTY_PATH,
        );
    }
    last_errno()
}

fn last_errno() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)
}
