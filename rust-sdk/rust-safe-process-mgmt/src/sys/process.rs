//! Processes, each held through its directory in `/proc` before anything is known of it.
//!
//! INVARIANT: all that is read of a process, and all that is done to it, goes through the held directory. A process id that was given to
//! another process meanwhile leads nowhere then, never to the other.

use super::stat::{Stat, Status};
use super::table::{OnProcess, Table};
use crate::Error;
use rex_cedar_auth::kind::{self, AcceptedBy};
use rex_cedar_auth::{Accepts, Resource, RestrictedExpression, Unjudged, context::Empty};
use rustix::buffer::spare_capacity;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2, readlinkat};
use rustix::io::{Errno, read};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ffi::CStr;
use std::io;
use std::marker::PhantomData;
use std::ops::Deref;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

/// The first read of a file in `/proc`; most are shorter.
const FIRST: usize = 16 << 10;

/// No command line is longer: the kernel allows 6 MiB. A process that claims more is not judged by half of it but left out.
const MOST: usize = 8 << 20;

/// A process, or one thread of it, and what a policy can see of it.
#[derive(Debug)]
pub(crate) struct Process {
    /// `/proc/PID`, or `/proc/PID/task/TID`.
    pub(super) dir: OwnedFd,
    pid: u32,
    ppid: u32,
    stat: Stat,
    uid: u32,
    username: Option<Rc<str>>,
    command: String,
    executable: OnceCell<Option<String>>,
}

impl Process {
    /// The process of this number. A thread that is not the first of its process has none.
    pub(super) fn open(table: &Table, pid: u32) -> io::Result<Self> {
        let mut scratch = table.scratch.borrow_mut();
        let raw = Raw::read(&table.fd, pid, &mut scratch)?;
        Self::of(table, raw, &scratch)
    }

    /// The process that `raw` with `content` was read of.
    pub(super) fn of(table: &Table, raw: Raw, content: &[u8]) -> io::Result<Self> {
        let pid = raw.pid;
        let (process, tgid) = Self::parse(table, raw, content)?;
        // LINUX: a thread can be opened by its number, though it is not listed.
        if tgid == pid { Ok(process) } else { Err(Errno::SRCH.into()) }
    }

    /// The thread `tid` in the directory of all threads of the process `owner`, which is its parent in listings.
    pub(super) fn open_thread(table: &Table, tasks: &OwnedFd, tid: u32, owner: u32) -> io::Result<Self> {
        let mut scratch = table.scratch.borrow_mut();
        let raw = Raw::read(tasks, tid, &mut scratch)?;
        let (thread, _) = Self::parse(table, raw, &scratch)?;
        Ok(Self { ppid: owner, ..thread })
    }

    fn parse(table: &Table, raw: Raw, content: &[u8]) -> io::Result<(Self, u32)> {
        let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "it says what cannot be understood");
        let Raw { pid, dir, stat, status } = raw;
        let (before, command) = content.split_at_checked(status).ok_or_else(unreadable)?;
        let (first, second) = before.split_at_checked(stat).ok_or_else(unreadable)?;
        let stat = Stat::parse(first).ok_or_else(unreadable)?;
        let Status { tgid, uid, .. } = Status::parse(second).ok_or_else(unreadable)?;
        let (ppid, username, command) = (stat.ppid, table.accounts.name(uid), crate::command::shown(command));
        Ok((Self { dir, pid, ppid, stat, uid, username, command, executable: OnceCell::new() }, tgid))
    }

    /// Its number, of a thread that of the thread.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// The number of its parent, of a thread that of its process; 0 where it has none.
    pub(crate) fn ppid(&self) -> u32 {
        self.ppid
    }

    /// The name that the kernel knows, at most 15 bytes.
    pub(crate) fn name(&self) -> &str {
        &self.stat.name
    }

    /// The number of its real user.
    pub(crate) fn uid(&self) -> u32 {
        self.uid
    }

    /// The login name of its real user, where it has one.
    pub(crate) fn username(&self) -> Option<&Rc<str>> {
        self.username.as_ref()
    }

    /// Its command line, the directory of the first word left out.
    pub(crate) fn command(&self) -> &str {
        &self.command
    }

    /// What the kernel counts of it, as it was when it was found.
    pub(crate) fn stat(&self) -> &Stat {
        &self.stat
    }

    /// The path of the program that it runs, where it can be read. A process in a mount namespace of its own can make it say anything.
    pub(crate) fn executable(&self) -> Option<&str> {
        self.executable.get_or_init(|| link(&self.dir, c"exe").ok()).as_deref()
    }

    /// The directory of its threads.
    pub(super) fn tasks(&self) -> io::Result<OwnedFd> {
        open_dir(&self.dir, "task")
    }
}

/// A process as it is read: held, and where what was read of it ends in the text that `stat`, `status` and `cmdline` make together.
pub(super) struct Raw {
    pid: u32,
    dir: OwnedFd,
    stat: usize,
    status: usize,
}

impl Raw {
    /// Reads the process, or thread, `pid` in the directory `above` into `content`, in place of what was there.
    pub(super) fn read(above: &OwnedFd, pid: u32, content: &mut Vec<u8>) -> io::Result<Self> {
        let dir = open_dir(above, &format!("{pid}"))?;
        content.clear();
        add_file(&dir, c"stat", content)?;
        let stat = content.len();
        add_file(&dir, c"status", content)?;
        let status = content.len();
        add_file(&dir, c"cmdline", content)?;
        Ok(Self { pid, dir, stat, status })
    }
}

/// What a policy sees of a process; of one that is not there, nothing but its number.
struct Seen<'p> {
    name: &'p str,
    username: String,
    command: &'p str,
    numbers: [i64; 3],
}

impl Seen<'_> {
    fn attributes(self) -> Vec<(String, RestrictedExpression)> {
        let text = |name: &str, value: String| (name.to_owned(), RestrictedExpression::new_string(value));
        let number = |name: &str, value| (name.to_owned(), RestrictedExpression::new_long(value));
        let [pid, uid, ppid] = self.numbers;
        vec![
            text("name", self.name.to_owned()),
            text("username", self.username),
            text("command", self.command.to_owned()),
            number("pid", pid),
            number("uid", uid),
            number("ppid", ppid),
        ]
    }
}

/// A process held in order to ask for the action `A` on it. Once the gate released it, `A` may be done to it.
pub(crate) struct Held<A> {
    process: Rc<Process>,
    action: PhantomData<A>,
}

impl<A> Held<A> {
    pub(super) fn new(process: Process) -> Self {
        Self { process: Rc::new(process), action: PhantomData }
    }

    /// The same process, held in order to ask for another action on it besides.
    pub(crate) fn also<B: OnProcess>(&self) -> Unjudged<Held<B>> {
        Unjudged::new(Held { process: Rc::clone(&self.process), action: PhantomData })
    }
}

impl<A> Deref for Held<A> {
    type Target = Process;
    fn deref(&self) -> &Process {
        &self.process
    }
}

impl<A> Resource for Held<A> {
    type Kind = kind::Process;
    fn id(&self) -> Cow<'_, str> {
        self.pid.to_string().into()
    }
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        let username = self.username.as_deref().map_or_else(|| self.uid.to_string(), str::to_owned);
        let numbers = [self.pid.into(), self.uid.into(), self.ppid.into()];
        Seen { name: self.name(), username, command: &self.command, numbers }.attributes()
    }
    fn executable_attribute(&self) -> Option<String> {
        self.executable().map(str::to_owned)
    }
}

impl<A: OnProcess> Accepts<A> for Held<A>
where
    kind::Process: AcceptedBy<A>,
{
    fn context(&self) -> Empty {
        Empty
    }
}

/// The number of a process that is not there, or cannot be looked at. It is judged as one of which nothing is known: its user and parent
/// are number -1.
#[derive(Debug)]
pub(crate) struct Absent<A> {
    pid: u32,
    error: io::Error,
    action: PhantomData<A>,
}

impl<A> Absent<A> {
    pub(super) fn new(pid: u32, error: io::Error) -> Self {
        Self { pid, error, action: PhantomData }
    }

    /// Why it cannot be looked at.
    pub(crate) fn into_error(self, reason: &str) -> Error {
        let Self { pid, error, .. } = self;
        let gone = [Errno::NOENT, Errno::SRCH].iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()));
        let reason = if gone { reason.to_owned() } else { format!("{reason}: {error}") };
        Error::ProcessNotFound { reason, pid }
    }
}

impl<A> Resource for Absent<A> {
    type Kind = kind::Process;
    fn id(&self) -> Cow<'_, str> {
        self.pid.to_string().into()
    }
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        let numbers = [self.pid.into(), -1, -1];
        Seen { name: "", username: String::new(), command: "", numbers }.attributes()
    }
}

impl<A: OnProcess> Accepts<A> for Absent<A>
where
    kind::Process: AcceptedBy<A>,
{
    fn context(&self) -> Empty {
        Empty
    }
}

/// Opens a directory of `/proc` by its name in another; whatever was mounted over it is refused. It is open for reading, because signals
/// are not sent through `O_PATH` descriptors.
fn open_dir(above: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    Ok(openat2(above, name, flags, Mode::empty(), resolve)?)
}

/// Reads a file of `/proc` from a held directory into `content`, in place of what was there.
pub(super) fn read_file(dir: &OwnedFd, name: &CStr, content: &mut Vec<u8>) -> io::Result<()> {
    content.clear();
    add_file(dir, name, content)
}

/// As [`read_file`], behind what is there.
fn add_file(dir: &OwnedFd, name: &CStr, content: &mut Vec<u8>) -> io::Result<()> {
    let file = openat(dir, name, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let most = content.len().saturating_add(MOST);
    if read_to_end(&file, content, most)? { Ok(()) } else { Err(io::ErrorKind::FileTooLarge.into()) }
}

/// Reads all of a file, or gives `false` where it holds more than `most` bytes.
///
/// LINUX: a file of `/proc` that tells of one thing, and gives less than it is asked for, has come to its end.
pub(super) fn read_to_end(file: &impl AsFd, content: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    let begin = content.len();
    loop {
        content.reserve(FIRST.max(content.len() - begin));
        let room = content.capacity() - content.len();
        match read(file, spare_capacity(content)) {
            Ok(length) if length < room => return Ok(content.len() <= most),
            Ok(_) if content.len() > most => return Ok(false),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// What a link of a held directory says.
pub(super) fn link(dir: &OwnedFd, name: &CStr) -> io::Result<String> {
    Ok(readlinkat(dir, name, Vec::new())?.to_string_lossy().into_owned())
}
