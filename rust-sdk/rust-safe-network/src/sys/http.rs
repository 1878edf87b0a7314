//! What requests need of a socket besides: to take what is there without waiting, and to wait apart from that.

use super::socket::Socket;
use crate::Result;
use crate::deadline::Deadline;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvFlags, SendFlags, recv, send};
use std::io;

impl Socket {
    /// Waits until there is something to receive.
    pub(crate) fn readable(&self, wait: &Deadline<'_>) -> Result<()> {
        self.ready(PollFlags::IN, wait)
    }

    /// Waits until something can be sent.
    pub(crate) fn writable(&self, wait: &Deadline<'_>) -> Result<()> {
        self.ready(PollFlags::OUT, wait)
    }

    /// Whether nothing came in, its end neither.
    pub(crate) fn is_quiet(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(&self.fd, PollFlags::IN)], Some(&now)) == Ok(0)
    }
}

impl io::Read for &Socket {
    /// What is there; `WouldBlock` where nothing is.
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let (length, _) = recv(&self.fd, bytes, RecvFlags::DONTWAIT)?;
        Ok(length)
    }
}

impl io::Write for &Socket {
    /// As much as goes now; `WouldBlock` where nothing does.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(&self.fd, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
