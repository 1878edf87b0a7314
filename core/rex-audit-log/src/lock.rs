//! The lock that lets one process at a time write to the log.

use crate::Error;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::thread::{nanosleep, sched_yield};
use rustix::time::Timespec;
use std::time::{Duration, Instant};

/// How long another process may keep the log.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the processor is only left to others; then the wait grows from the first to the second of these, in nanoseconds.
const YIELDS: u32 = 20;
const NAPS: (i64, i64) = (20_000, 1_000_000);

/// The lock; dropped, it is free.
#[derive(Debug)]
pub(crate) struct Lock<'f>(BorrowedFd<'f>);

impl<'f> Lock<'f> {
    /// Waits for the lock, see flock(2). A process that dies frees it.
    pub(crate) fn take(file: &'f impl AsFd) -> Result<Self, Error> {
        let file = file.as_fd();
        let mut until = None;
        let (mut tries, mut nap) = (0, NAPS.0);
        loop {
            match flock(file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self(file)),
                Err(Errno::WOULDBLOCK | Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if Instant::now() >= *until.get_or_insert_with(|| Instant::now() + PATIENCE) {
                return Err(Error::Locked(PATIENCE.as_secs()));
            }
            tries += 1;
            if tries <= YIELDS {
                sched_yield();
            } else {
                // It does not matter who wakes it.
                let _ = nanosleep(&Timespec { tv_sec: 0, tv_nsec: nap });
                nap = NAPS.1.min(nap * 2);
            }
        }
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // Where this fails, the end of the process frees it.
        let _ = flock(self.0, FlockOperation::Unlock);
    }
}
