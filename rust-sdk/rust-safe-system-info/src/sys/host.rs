//! Facts about the host that the policy knows as one thing.

use crate::host::Host;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::sysinfo::List;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstatfs, openat2};
use rustix::system::Uname;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};

// LINUX: linux/magic.h.
const PROC: i64 = 0x9fa0;

/// Lines about processors stand first, and each is short.
const MOST: u64 = 16 << 20;

/// The names of the system (uname(2)).
pub(crate) fn names(_list: Authorized<'_, List, Host>) -> Uname {
    rustix::system::uname()
}

/// The time since the start of the system, in which it slept too (`CLOCK_BOOTTIME`, `clock_gettime(2)`).
pub(crate) fn uptime(_list: Authorized<'_, List, Host>) -> Timespec {
    clock_gettime(ClockId::Boottime)
}

/// How many processors run: those that `/proc/stat` counts for (`proc_stat(5)`).
///
/// # Errors
/// What the system says; an error where `/proc` is not the kernel's.
pub(crate) fn online_cpus(_list: Authorized<'_, List, Host>) -> io::Result<u64> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let fd = openat2(CWD, "/proc/stat", flags, Mode::empty(), resolve)?;
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the type differs between platforms")]
    let kind = fstatfs(&fd)?.f_type as i64;
    if kind != PROC {
        return Err(io::Error::other("/proc/stat is not the kernel's: something else is mounted there"));
    }
    let mut count = 0;
    for line in BufReader::new(File::from(fd).take(MOST)).split(b'\n') {
        let line = line?;
        let Some(rest) = line.strip_prefix(b"cpu") else { break };
        count += u64::from(rest.first().is_some_and(u8::is_ascii_digit));
    }
    Ok(count)
}

/// How many processors this process may use at once: those of its affinity, fewer where its control groups have a quota
/// (`sched_getaffinity(2)`, cgroups(7)).
///
/// # Errors
/// What the system says.
pub(crate) fn available_cpus(_list: Authorized<'_, List, Host>) -> io::Result<u64> {
    Ok(std::thread::available_parallelism()?.get() as u64)
}
