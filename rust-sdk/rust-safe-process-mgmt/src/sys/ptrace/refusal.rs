//! Why a process cannot be traced, in words that say what is lacking.

use rustix::fs::{CWD, Mode, OFlags, openat, readlinkat};
use rustix::io::{Errno, read};
use rustix::process::getpid;
use std::os::fd::{AsFd, OwnedFd};

/// Why not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refusal(String);

impl Refusal {
    pub(super) fn ended() -> Self {
        Self("the run ended".to_owned())
    }

    pub(super) fn changed() -> Self {
        Self("it has become another program since it was judged, try again".to_owned())
    }
}

/// LINUX: in the flags of a thread, that it is one of the kernel's (`PF_KTHREAD`).
const KERNEL_THREAD: u64 = 0x0020_0000;

/// Makes sure that the numbers in this `/proc` are those that `ptrace(2)` takes: in one of another pid namespace they are others.
pub(super) fn check_numbers(process: &OwnedFd, pid: u32) -> Result<(), Refusal> {
    let own = getpid().as_raw_nonzero().get().to_string();
    let is_self = readlinkat(process, "../self", Vec::new()).is_ok_and(|name| name.as_bytes() == own.as_bytes());
    // LINUX: one number for each namespace from that of this `/proc` down to the process's own.
    let status = text(process, "../self/status");
    let numbers = field(&status, "NSpid:").map(|numbers| numbers.split_ascii_whitespace().count());
    if is_self && numbers.is_none_or(|count| count == 1) {
        return Ok(());
    }
    Err(Refusal(format!(
        "process {pid} is a number of another pid namespace than the runner's, which cannot be traced by it"
    )))
}

/// What is lacking, where the system said no.
pub(super) fn explain(process: &OwnedFd, pid: u32, errno: Errno) -> Refusal {
    let status = text(process, "status");
    let state = field(&status, "State:").unwrap_or("");
    if state.starts_with('Z') || state.starts_with('X') {
        return Refusal("it has ended, and only waits for its parent to ask for its exit code".to_owned());
    }
    if status.is_empty() || errno == Errno::SRCH {
        return Refusal("it has ended".to_owned());
    }
    if pid == getpid().as_raw_nonzero().get().unsigned_abs() {
        return Refusal("it is the runner itself, and no process can stop itself".to_owned());
    }
    let flags =
        text(process, "stat").rsplit_once(')').and_then(|(_, rest)| rest.split(' ').nth(7)?.parse::<u64>().ok());
    if flags.is_some_and(|flags| flags & KERNEL_THREAD != 0) {
        return Refusal("it is a thread of the kernel".to_owned());
    }
    if let Some(tracer) = field(&status, "TracerPid:").filter(|tracer| *tracer != "0") {
        return Refusal(format!("process {tracer} is tracing it already"));
    }
    if ![Errno::PERM, Errno::ACCESS].contains(&errno) {
        return Refusal(std::io::Error::from(errno).to_string());
    }
    let scope = text(&CWD, "/proc/sys/kernel/yama/ptrace_scope");
    let also = match scope.trim() {
        "1" => " The setting `kernel.yama.ptrace_scope` is 1: without it only descendants can be traced.",
        "2" => " The setting `kernel.yama.ptrace_scope` is 2: without it nothing can be traced.",
        "3" => {
            return Refusal(
                "the setting `kernel.yama.ptrace_scope` is 3: nothing can be traced on this host".to_owned(),
            );
        }
        _ => "",
    };
    let owner = field(&status, "Uid:").and_then(|ids| ids.split_ascii_whitespace().next()).unwrap_or("unknown");
    Refusal(format!(
        "Likely you need to set the CAP_SYS_PTRACE linux capability. The process is of the user with the number {owner}.{also}"
    ))
}

/// The number of the user that a process belongs to.
pub(super) fn user(process: &OwnedFd) -> Option<u32> {
    field(&text(process, "status"), "Uid:")?.split_ascii_whitespace().next()?.parse().ok()
}

fn field<'t>(status: &'t str, name: &str) -> Option<&'t str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

/// The beginning of a file of the kernel, or nothing.
fn text(dir: &impl AsFd, name: &str) -> String {
    let mut bytes = vec![0; 8192];
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = openat(dir, name, flags, Mode::empty());
    let size = file.and_then(|file| read(&file, &mut bytes)).unwrap_or(0);
    String::from_utf8_lossy(bytes.get(..size).unwrap_or_default()).into_owned()
}
