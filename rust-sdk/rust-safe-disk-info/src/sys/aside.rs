//! Calls that may never return, in a child process: a mount whose server does not answer holds up the child alone.
//!
//! A thread would not do: one that waits where no signal reaches it keeps the whole process from ending.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat};
use rustix::io::{read, write};
use rustix::process::{Resource, Rlimit, Signal, getpid, kill_process, setrlimit};
use std::io::{self, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::time::Duration;

/// What the child answers to a number.
pub(super) type Reply = [u64; 8];

const REPLY: usize = size_of::<Reply>();

/// How long a child that was killed is waited for; one that cannot die is left to itself.
const FAREWELL: Duration = Duration::from_millis(20);

/// A child process that answers numbers.
pub(super) struct Aside {
    child: Child,
    socket: UnixStream,
}

impl Aside {
    /// Starts a child that answers each number by `work`, and holds no descriptor but `kept`.
    ///
    /// `work` runs in a copy of this process that has one thread: it may neither allocate nor lock, and makes system calls without libc
    /// alone.
    pub(super) fn start(kept: Option<RawFd>, work: impl Fn(u32) -> Reply + Send + Sync + 'static) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_nonblocking(true)?;
        // Nothing is executed: the child never comes so far.
        #[expect(clippy::disallowed_methods, reason = "no program is started, the child is a copy of this process")]
        let mut command = Command::new("/");
        // SAFETY: the closure allocates nothing, takes no lock, makes only system calls of rustix, which go without libc, and never
        // returns.
        #[expect(unsafe_code, reason = "what runs after a fork is unsafe to state")]
        unsafe {
            command.pre_exec(move || serve(&theirs, kept, &work));
        }
        let child = command.spawn()?;
        Ok(Self { child, socket })
    }

    /// Asks for the answer to `number`.
    pub(super) fn ask(&self, number: u32) -> io::Result<()> {
        (&self.socket).write_all(&number.to_ne_bytes())
    }

    /// The answer, if it is there.
    ///
    /// # Errors
    /// The child has ended.
    pub(super) fn reply(&self) -> io::Result<Option<Reply>> {
        let mut bytes = [0; REPLY];
        match (&self.socket).read(&mut bytes) {
            Ok(REPLY) => Ok(Some(decode(&bytes))),
            Ok(_) => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Aside {
    /// Kills the child. One that hangs dies only when what it waits for comes.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// Whether the child has died.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let mut ended = [PollFd::new(&self.socket, PollFlags::empty())];
        // The socket closes on the way out, where nothing can hold the child up any more.
        if poll(&mut ended, Some(&timespec(FAREWELL))).is_ok_and(|count| count > 0) {
            let _ = self.child.wait();
        }
    }
}

/// Waits until one of them has answered, or for `most`.
pub(super) fn wait<'a>(asides: impl Iterator<Item = &'a Aside>, most: Duration) {
    let mut sockets: Vec<_> = asides.map(|aside| PollFd::new(&aside.socket, PollFlags::IN)).collect();
    // A signal only wakes it early.
    let _ = poll(&mut sockets, Some(&timespec(most)));
}

fn timespec(duration: Duration) -> Timespec {
    Timespec::try_from(duration).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 })
}

fn decode(bytes: &[u8; REPLY]) -> Reply {
    let mut reply = Reply::default();
    for (number, bytes) in reply.iter_mut().zip(bytes.as_chunks().0) {
        *number = u64::from_ne_bytes(*bytes);
    }
    reply
}

/// What the child does from its beginning to its end.
fn serve(socket: &UnixStream, kept: Option<RawFd>, work: &impl Fn(u32) -> Reply) -> io::Result<()> {
    // Whoever waits for the end of the runner's output, or of its pipes, must not wait for a child that hangs.
    if close_all_but([Some(socket.as_raw_fd()), kept]).is_ok() {
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        let mut number = [0; 4];
        while let Ok(4) = read(socket, &mut number) {
            let mut bytes = [0; REPLY];
            for (place, number) in bytes.as_chunks_mut().0.iter_mut().zip(work(u32::from_ne_bytes(number))) {
                *place = number.to_ne_bytes();
            }
            if write(socket, &bytes).is_err() {
                break;
            }
        }
    }
    // Ends without what a process does at its end: that is for the one it is a copy of.
    let _ = kill_process(getpid(), Signal::KILL);
    // LINUX: the first process of a pid namespace cannot kill itself.
    std::process::abort()
}

fn close_all_but(kept: [Option<RawFd>; 2]) -> rustix::io::Result<()> {
    let list = openat(CWD, c"/proc/self/fd", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(&list, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let number = number(entry.file_name().to_bytes());
        if let Some(fd) = number.filter(|fd| *fd != list.as_raw_fd() && !kept.contains(&Some(*fd))) {
            // SAFETY: whatever owns it in this copy of the process is never used again.
            #[expect(unsafe_code, reason = "the descriptors belong to values that are out of reach")]
            unsafe {
                rustix::io::close(fd);
            }
        }
    }
    Ok(())
}

/// The number that decimal digits tell; nothing for `.` and `..`.
fn number(digits: &[u8]) -> Option<RawFd> {
    digits.iter().try_fold(0, |number: RawFd, digit| {
        let digit = digit.is_ascii_digit().then(|| RawFd::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
