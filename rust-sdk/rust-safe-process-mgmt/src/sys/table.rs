//! The process table of the host, as one call sees it.

use super::accounts::Accounts;
use super::inside::ProcessDir;
use super::kept::kept;
use super::process::{Absent, Held, Process};
use crate::{Error, Result};
use rex_cedar_auth::action::Action;
use rex_cedar_auth::action::file_system::{Open, Read};
use rex_cedar_auth::context::Empty;
use rex_cedar_auth::kind::{self, AcceptedBy};
use rex_cedar_auth::{Authorized, Unjudged};
use rustix::fs::{CWD, Mode, OFlags, PROC_SUPER_MAGIC, RawDir, fstatfs, openat};
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::time::{ClockId, clock_gettime};
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// An action that can be asked for on a process.
pub(crate) trait OnProcess: Action<Context = Empty> {}
impl<A: Action<Context = Empty>> OnProcess for A where kind::Process: AcceptedBy<A> {}

/// `/proc`, held for one call, with what is looked up only once in it: names of users, sizes of the host.
pub(crate) struct Table {
    pub(super) fd: OwnedFd,
    pub(super) accounts: Accounts,
    /// What files of `/proc` are read into, over and over.
    pub(super) scratch: RefCell<Vec<u8>>,
    host: Host,
}

/// What turns the kernel's units into those of people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Host {
    /// Bytes of a page.
    pub(crate) page: u64,
    /// Clock ticks of a second.
    pub(crate) ticks: u64,
    /// Bytes of memory; 0 where unknown.
    pub(crate) memory: u64,
    /// Seconds since the start of the host.
    pub(crate) uptime: f64,
}

impl Host {
    fn now() -> Self {
        let info = rustix::system::sysinfo();
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the types differ between platforms")]
        let memory = (info.totalram as u64).saturating_mul(u64::from(info.mem_unit));
        Self {
            page: u64::try_from(page_size()).unwrap_or(4096),
            ticks: clock_ticks_per_second().max(1),
            memory,
            uptime: since_start(),
        }
    }
}

/// Seconds since the start of the host, those that it slept among them, as start times of processes are counted.
fn since_start() -> f64 {
    let now = clock_gettime(ClockId::Boottime);
    #[expect(clippy::cast_precision_loss, reason = "parts of a microsecond do not matter")]
    let seconds = now.tv_sec as f64 + now.tv_nsec as f64 / 1e9;
    seconds
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Table {
    /// The table as it is now.
    ///
    /// # Errors
    /// `ProcessEnumerationError` where `/proc` is not there, or is another file system.
    pub(crate) fn open() -> Result<Self> {
        let failed = |why: String| Error::ProcessEnumerationError(format!("/proc: {why}"));
        if let Some((fd, accounts)) = kept().map_err(|error| failed(error.to_string()))? {
            return Ok(Self { fd, accounts, scratch: RefCell::default(), host: Host::now() });
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd =
            openat(CWD, c"/proc", flags, Mode::empty()).map_err(|errno| failed(io::Error::from(errno).to_string()))?;
        if fstatfs(&fd).map_err(|errno| failed(io::Error::from(errno).to_string()))?.f_type != PROC_SUPER_MAGIC {
            return Err(failed("it is not the process file system".to_owned()));
        }
        Ok(Self { fd, accounts: Accounts::default(), scratch: RefCell::default(), host: Host::now() })
    }

    /// As [`Self::open`], for looking through all processes for what they use.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn judged(
        _open: Authorized<'_, Open, ProcessDir>,
        _read: Authorized<'_, Read, ProcessDir>,
    ) -> Result<Self> {
        Self::open()
    }

    /// The sizes of the host, and its age when the table was opened.
    pub(crate) fn host(&self) -> Host {
        self.host
    }

    /// The process ids of all processes, in ascending order. They tell nothing of a process yet.
    ///
    /// # Errors
    /// `ProcessEnumerationError` where the directory cannot be read.
    pub(crate) fn pids(&self) -> Result<Vec<u32>> {
        numbers(&self.fd).map_err(|error| Error::ProcessEnumerationError(format!("/proc: {error}")))
    }

    /// Holds the process `pid` in order to ask for `A` on it. Of a process that is not there, or is a mere thread, only the number is
    /// judged, so that a denial does not tell.
    pub(crate) fn find<A: OnProcess>(&self, pid: u32) -> std::result::Result<Unjudged<Held<A>>, Unjudged<Absent<A>>>
    where
        kind::Process: AcceptedBy<A>,
    {
        match Process::open(self, pid) {
            Ok(process) => Ok(Unjudged::new(Held::new(process))),
            Err(error) => Err(Unjudged::new(Absent::new(pid, error))),
        }
    }

    /// The threads of a held process but its first, each held in order to ask for `A` on it. Those that end meanwhile are left out.
    pub(crate) fn threads<A: OnProcess, B: OnProcess>(&self, of: &Held<B>) -> Vec<Unjudged<Held<A>>>
    where
        kind::Process: AcceptedBy<A>,
    {
        let Ok(tasks) = of.tasks() else { return Vec::new() };
        let tids = numbers(&tasks).unwrap_or_default();
        let others = tids.into_iter().filter(|tid| *tid != of.pid());
        others
            .filter_map(|tid| Some(Unjudged::new(Held::new(Process::open_thread(self, &tasks, tid, of.pid()).ok()?))))
            .collect()
    }
}

/// The names in a directory that are numbers, in ascending order.
pub(super) fn numbers(dir: &impl AsFd) -> io::Result<Vec<u32>> {
    let mut buffer = Vec::with_capacity(32 * 1024);
    let mut entries = RawDir::new(dir, buffer.spare_capacity_mut());
    let mut found = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name.first().is_some_and(u8::is_ascii_digit) {
            found.extend(std::str::from_utf8(name).ok().and_then(|name| name.parse::<u32>().ok()));
        }
    }
    found.sort_unstable();
    Ok(found)
}
