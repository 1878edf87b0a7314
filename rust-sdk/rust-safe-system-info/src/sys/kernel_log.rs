//! Reading the kernel log, one record at a time.

use crate::kernel_log::KernelLog;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Read;
use rust_safe_io::Elsewhere;
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, major, minor, openat, openat2};
use rustix::io::Errno;
use rustix::path::DecInt;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

// LINUX: /dev/kmsg is the character device 1:11 (Documentation/admin-guide/devices.txt).
const DEVICE: (u32, u32) = (1, 11);

/// LINUX: the kernel gives no record longer than 8 KiB (`PRINTK_MESSAGE_MAX` is 2 KiB, escaped and with its details more).
const LONGEST: usize = 16 << 10;

/// The records of the kernel log, from the oldest that is kept.
#[derive(Debug)]
pub(crate) struct Records {
    fd: OwnedFd,
    buffer: Vec<u8>,
    /// Nanoseconds from 1970 to the start of the system.
    boot: i128,
}

/// Opens the kernel log. Nothing is removed from it, and nothing waits for more.
///
/// # Errors
/// What the system says; an error where something else is at its place.
pub(crate) fn kernel_log(_read: Authorized<'_, Read, KernelLog>) -> io::Result<Records> {
    let find = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let found = openat2(CWD, KernelLog::PATH, find, Mode::empty(), resolve)?;
    let stat = fstat(&found)?;
    let device = (major(stat.st_rdev), minor(stat.st_rdev));
    if FileType::from_raw_mode(stat.st_mode) != FileType::CharacterDevice || device != DEVICE {
        return Err(io::Error::other("it is not the kernel log: something else is at its place"));
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let fd =
        Elsewhere::with_own_descriptors(|own| Ok(openat(own, DecInt::new(found.as_raw_fd()), flags, Mode::empty())?))?;
    let boot = nanoseconds(clock_gettime(ClockId::Realtime)) - nanoseconds(clock_gettime(ClockId::Boottime));
    Ok(Records { fd, buffer: vec![0; LONGEST], boot })
}

fn nanoseconds(time: Timespec) -> i128 {
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

impl Records {
    /// When the system started, in nanoseconds since 1970. The records count from there.
    pub(crate) fn boot(&self) -> i128 {
        self.boot
    }

    /// The next record; nothing behind the newest.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            match rustix::io::read(&self.fd, &mut self.buffer) {
                Ok(0) | Err(Errno::AGAIN) => return Ok(None),
                Ok(length) => return Ok(self.buffer.get(..length)),
                // LINUX: the record was overwritten meanwhile; the next read gives the oldest that is still there.
                Err(Errno::PIPE | Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}
