//! The launcher: a process of its own that starts programs on behalf of a run that the kernel lets start none.
//!
//! It is made before the run is confined, and it is the parent of all it starts: what a program leaves behind becomes the launcher's child, whatever
//! session it moved to, and ends with the run. Where the run is gone without a word, the socket tells.

use super::child::Words;
use super::persona::Change;
use super::wire::{self, Fields, Frame};
use super::{Ends, Order, begin};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, openat, readlinkat};
use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process, kill_process_group, set_child_subreaper,
    setsid, wait, waitid, waitpid,
};
use rustix::thread::CapabilitySet;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long what is left may take to die.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often orphans that ended are looked for.
const TICK: Duration = Duration::from_millis(500);

/// Says whether the program at a path could be permitted at all.
pub type Judge = Box<dyn Fn(&str) -> bool>;

/// What is asked of the launcher.
mod request {
    pub(super) const START: u64 = 1;
    pub(super) const KILL: u64 = 2;
    pub(super) const WAIT: u64 = 3;
}

/// What it answers.
mod answer {
    pub(super) const STARTED: u64 = 1;
    pub(super) const FAILED: u64 = 2;
    pub(super) const NAMESPACE: u64 = 3;
    pub(super) const ENDED: u64 = 4;
}

static CLIENT: OnceLock<Client> = OnceLock::new();

/// The run's end of the way to the launcher.
#[derive(Debug)]
pub(super) struct Client {
    socket: Mutex<UnixStream>,
    /// The same, for the end, which waits for nobody.
    end: UnixStream,
    pid: Pid,
}

/// How starting ended.
pub(super) enum Begun {
    /// It runs: its number at the launcher, and a descriptor that tells when it ended.
    Started(u64, OwnedFd),
    /// Why it did not come to be the program.
    Failed(String),
    /// Why the namespace could not be entered.
    Namespace(String),
}

/// The process that starts the programs of this run.
#[derive(Debug)]
pub enum Launcher {}

impl Launcher {
    /// Makes the launcher. `confine` runs in it before it starts anything, and holds for all that it starts. Call it once, where no other thread of
    /// this process holds a lock: before the run begins.
    ///
    /// # Errors
    /// What the system says; what `confine` gives.
    pub fn start(judge: Judge, confine: impl FnOnce() -> Result<(), String>) -> io::Result<()> {
        let (own, theirs) = UnixStream::pair()?;
        let end = own.try_clone()?;
        // SAFETY: the child goes on in a copy of this thread alone. The C library makes its allocator usable there, fork(3), and of the locks of this
        // program the child takes none that another thread could hold: the supervising thread waits in a channel.
        let forked = unsafe { nix::libc::fork() };
        match forked {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                // What belongs to the run must not be written or waited for here.
                std::panic::set_hook(Box::new(|_| std::process::abort()));
                drop((own, end));
                serve(&theirs, &judge, confine);
                // SAFETY: it ends this process alone, without what a program does at its end: that is for the one that it is a copy of.
                unsafe { nix::libc::_exit(0) }
            }
            pid => {
                drop(theirs);
                // The launcher says that it is ready, or why not.
                let ready = wire::receive(&own)?.map(|(bytes, _)| bytes);
                let problem = match ready {
                    None => Some("it ended".to_owned()),
                    Some(bytes) => Fields(&bytes).bytes().map(|text| String::from_utf8_lossy(text).into_owned()),
                };
                if let Some(problem) = problem.filter(|problem| !problem.is_empty()) {
                    return Err(io::Error::other(problem));
                }
                let pid = Pid::from_raw(pid).ok_or(Errno::SRCH)?;
                let _ = CLIENT.set(Client { socket: Mutex::new(own), end, pid });
                Ok(())
            }
        }
    }

    /// Ends all that programs have left, and waits for that, at most for `time`. Without a launcher there is nothing to do.
    pub fn end(time: Duration) {
        let Some(client) = CLIENT.get() else { return };
        let _ = client.end.shutdown(std::net::Shutdown::Write);
        let time = Timespec::try_from(time).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 });
        let mut gone = [PollFd::new(&client.end, PollFlags::IN)];
        if poll(&mut gone, Some(&time)).is_ok_and(|count| count > 0) {
            let _ = waitpid(Some(client.pid), WaitOptions::empty());
        }
    }
}

impl Client {
    /// The one of this process, where there is one.
    pub(super) fn get() -> Option<&'static Self> {
        CLIENT.get()
    }

    fn ask(&self, frame: &Frame, descriptors: &[&OwnedFd]) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        wire::send(&socket, frame, &wire::borrowed(descriptors.iter().copied()))?;
        wire::receive(&socket)?.ok_or_else(|| io::Error::other("the process that starts programs is gone"))
    }

    /// Starts what `order` says.
    pub(super) fn start(&self, order: &Order, program: &OwnedFd, ends: &Ends) -> io::Result<Begun> {
        let mut frame = Frame::default();
        frame.number(request::START);
        frame.texts(order.argv.iter().map(String::as_bytes));
        frame.texts(order.environment.iter().map(String::as_bytes));
        frame.number(order.capabilities.bits());
        frame.number(order.target.map_or(0, u64::from));
        frame.number(u64::from(order.memory.is_some()));
        frame.number(order.memory.unwrap_or_default());
        match &order.change {
            None => frame.number(0),
            Some(change) => {
                frame.number(1);
                frame.number(change.user.map_or(u64::MAX, |user| user.as_raw().into()));
                frame.number(change.group.as_raw().into());
                let groups: Vec<u8> = change.groups.iter().flat_map(|group| group.as_raw().to_le_bytes()).collect();
                frame.bytes(&groups);
            }
        }
        let [stdout, stderr] = &ends.outputs;
        let mut sent = vec![program, stdout, stderr];
        sent.extend(&ends.input);
        let (bytes, mut descriptors) = self.ask(&frame, &sent)?;
        let mut fields = Fields(&bytes);
        let kind = fields.number();
        let text = |fields: &mut Fields<'_>| String::from_utf8_lossy(fields.bytes().unwrap_or_default()).into_owned();
        match (kind, descriptors.pop()) {
            (Some(answer::STARTED), Some(pidfd)) => Ok(Begun::Started(fields.number().unwrap_or_default(), pidfd)),
            (Some(answer::FAILED), _) => Ok(Begun::Failed(text(&mut fields))),
            (Some(answer::NAMESPACE), _) => Ok(Begun::Namespace(text(&mut fields))),
            _ => Err(io::Error::other("the process that starts programs gave no answer")),
        }
    }

    /// Kills a program and its process group.
    pub(super) fn kill(&self, job: u64) -> io::Result<()> {
        self.ask(&simple(request::KILL, job), &[]).map(drop)
    }

    /// Waits for the end of a program; gives its exit code, or minus the number of a signal.
    pub(super) fn wait(&self, job: u64) -> io::Result<i64> {
        let (bytes, _) = self.ask(&simple(request::WAIT, job), &[])?;
        let mut fields = Fields(&bytes);
        let _kind = fields.number();
        Ok(fields.number().map_or(-1, u64::cast_signed))
    }
}

fn simple(kind: u64, number: u64) -> Frame {
    let mut frame = Frame::default();
    frame.number(kind);
    frame.number(number);
    frame
}

/// A program that was started.
struct Job {
    pid: Pid,
    /// Its exit code, or minus a signal, once it was reaped.
    ended: Option<i64>,
    /// Keeps the thread alive that is its parent.
    _host: Option<Sender<()>>,
}

struct Server<'j> {
    jobs: BTreeMap<u64, Job>,
    next: u64,
    judge: &'j Judge,
}

/// What the launcher does from its beginning to its end.
fn serve(socket: &UnixStream, judge: &Judge, confine: impl FnOnce() -> Result<(), String>) {
    let ready = settle(socket).map_err(|error| error.to_string()).and_then(|()| confine());
    let mut frame = Frame::default();
    frame.bytes(ready.as_ref().err().map(String::as_bytes).unwrap_or_default());
    if wire::send(socket, &frame, &[]).is_err() || ready.is_err() {
        return;
    }
    let mut server = Server { jobs: BTreeMap::new(), next: 1, judge };
    loop {
        let tick = Timespec::try_from(TICK).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
        let mut waited = [PollFd::new(socket, PollFlags::IN)];
        let asked = poll(&mut waited, Some(&tick));
        server.reap();
        if !asked.is_ok_and(|count| count > 0) {
            continue;
        }
        let Ok(Some((bytes, descriptors))) = wire::receive(socket) else { break };
        let (frame, told) = server.answer(&bytes, descriptors);
        if wire::send(socket, &frame, &wire::borrowed(told.iter())).is_err() {
            break;
        }
    }
    server.end();
}

/// Leaves what it shares with the run: terminal, session, descriptors.
fn settle(socket: &UnixStream) -> io::Result<()> {
    setsid()?;
    set_child_subreaper(Some(getpid()))?;
    let null = openat(CWD, c"/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    drop(null);
    let kept = u32::try_from(socket.as_raw_fd()).unwrap_or(u32::MAX);
    for (first, last) in [(3, kept.saturating_sub(1)), (kept.saturating_add(1), u32::MAX)] {
        // LINUX: close_range(2) since 5.9.
        // SAFETY: what owned them in this copy of the process is never used again.
        if first <= last && unsafe { nix::libc::syscall(nix::libc::SYS_close_range, first, last, 0) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

impl Server<'_> {
    fn answer(&mut self, bytes: &[u8], descriptors: Vec<OwnedFd>) -> (Frame, Option<OwnedFd>) {
        let mut fields = Fields(bytes);
        let failed = |kind, text: &str| {
            let mut frame = Frame::default();
            frame.number(kind);
            frame.bytes(text.as_bytes());
            (frame, None)
        };
        match fields.number() {
            Some(request::START) => match self.start(&mut fields, descriptors) {
                Ok(Begun::Started(job, pidfd)) => (simple(answer::STARTED, job), Some(pidfd)),
                Ok(Begun::Failed(text)) => failed(answer::FAILED, &text),
                Ok(Begun::Namespace(text)) => failed(answer::NAMESPACE, &text),
                Err(error) => failed(answer::FAILED, &error.to_string()),
            },
            Some(request::KILL) => {
                if let Some(job) = fields.number().and_then(|job| self.jobs.get(&job)) {
                    job.kill();
                }
                (simple(answer::ENDED, 0), None)
            }
            Some(request::WAIT) => {
                let code = fields.number().and_then(|job| self.jobs.remove(&job)).map_or(-1, Job::wait);
                (simple(answer::ENDED, code.cast_unsigned()), None)
            }
            _ => failed(answer::FAILED, "it was asked for what it does not know"),
        }
    }

    fn start(&mut self, fields: &mut Fields<'_>, descriptors: Vec<OwnedFd>) -> io::Result<Begun> {
        let malformed = || io::Error::other("it was asked in a form that it does not know");
        let order = order(fields).ok_or_else(malformed)?;
        let mut descriptors = descriptors.into_iter();
        let mut next = || descriptors.next();
        let (Some(program), Some(stdout), Some(stderr), input) = (next(), next(), next(), next()) else {
            return Err(malformed());
        };
        // INVARIANT: what the run says of the program does not count, only what the descriptor is.
        let path = readlinkat(CWD, format!("/proc/self/fd/{}", program.as_raw_fd()), Vec::new())?;
        if !(self.judge)(&path.to_string_lossy()) {
            return Ok(Begun::Failed("starting the program failed: the policy can never permit it".to_owned()));
        }
        let ends = Ends { input, outputs: [stdout, stderr] };
        let (spawned, host) = match begin(&order, program, ends) {
            Ok(begun) => begun,
            Err(problem) => return Ok(Begun::Namespace(problem)),
        };
        let child = match spawned {
            Ok(child) => child,
            Err(error) => return Ok(Begun::Failed(super::child::explain(&error))),
        };
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)?;
        // RACE: it is not reaped before, so that its number is its own.
        let pidfd = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty());
        let job = Job { pid, ended: None, _host: host };
        let pidfd = match pidfd {
            Ok(pidfd) => pidfd,
            Err(errno) => {
                job.kill();
                return Err(errno.into());
            }
        };
        let number = self.next;
        self.next += 1;
        self.jobs.insert(number, job);
        Ok(Begun::Started(number, pidfd))
    }

    /// Takes note of what ended. Before a program is reaped its process group is killed: then its number still is that of its group.
    fn reap(&mut self) {
        while let Some(pid) = ended_child() {
            match self.jobs.values_mut().find(|job| job.pid == pid && job.ended.is_none()) {
                Some(job) => job.reap(),
                None => drop(waitpid(Some(pid), WaitOptions::NOHANG)),
            }
        }
    }

    /// Kills all that is left, until nothing is.
    fn end(&mut self) {
        let started = Instant::now();
        for job in self.jobs.values().filter(|job| job.ended.is_none()) {
            job.kill();
        }
        loop {
            match wait(WaitOptions::NOHANG) {
                Err(Errno::CHILD) => return,
                Ok(Some(_)) => continue,
                _ => {}
            }
            if started.elapsed() > PATIENCE {
                return;
            }
            // What dies leaves its children to this process, until none is left.
            for child in children() {
                let _ = kill_process(child, Signal::KILL);
            }
            pause();
        }
    }
}

/// A child that ended and was not reaped yet; it stays so.
fn ended_child() -> Option<Pid> {
    use nix::libc;
    let mut info = std::mem::MaybeUninit::<libc::siginfo_t>::zeroed();
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the kernel writes into the structure that is given, which is valid as zeros, waitid(2).
    let pid = unsafe {
        if libc::waitid(libc::P_ALL, 0, info.as_mut_ptr(), options) != 0 {
            return None;
        }
        info.assume_init().si_pid()
    };
    Pid::from_raw(pid)
}

#[expect(clippy::disallowed_methods, reason = "this process has nobody to heed")]
fn pause() {
    std::thread::sleep(Duration::from_millis(1));
}

/// The processes whose parent this is.
fn children() -> Vec<Pid> {
    let own = getpid().as_raw_nonzero().get().to_string();
    let Ok(list) = openat(CWD, c"/proc", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) else {
        return Vec::new();
    };
    let Ok(entries) = rustix::fs::Dir::read_from(&list) else { return Vec::new() };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str().ok()?.parse::<i32>().ok());
    numbers
        .filter(|number| {
            let Ok(stat) = openat(&list, format!("{number}/stat"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            else {
                return false;
            };
            let mut text = [0; 512];
            let length = rustix::io::read(&stat, &mut text).unwrap_or(0);
            let text = String::from_utf8_lossy(text.get(..length).unwrap_or_default()).into_owned();
            // LINUX: the name may hold anything but is the only part in parentheses; behind it are the state and the parent.
            text.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)) == Some(own.as_str())
        })
        .filter_map(Pid::from_raw)
        .collect()
}

impl Job {
    fn kill(&self) {
        if self.ended.is_none() {
            // Nobody may be left in it.
            let _ = kill_process_group(self.pid, Signal::KILL);
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }

    fn reap(&mut self) {
        let _ = kill_process_group(self.pid, Signal::KILL);
        self.ended = Some(match waitpid(Some(self.pid), WaitOptions::empty()) {
            Ok(Some((_, status))) => {
                let by_signal = status.terminating_signal().map(|signal| -i64::from(signal));
                status.exit_status().map(i64::from).or(by_signal).unwrap_or(-1)
            }
            _ => -1,
        });
    }

    fn wait(mut self) -> i64 {
        if self.ended.is_none() {
            // LINUX: it stays as it ended until it is reaped, and its group can be killed.
            let _ = waitid(WaitId::Pid(self.pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            self.reap();
        }
        self.ended.unwrap_or(-1)
    }
}

fn order(fields: &mut Fields<'_>) -> Option<Order> {
    let words =
        |texts: Vec<Vec<u8>>| texts.into_iter().map(|text| String::from_utf8(text).ok()).collect::<Option<Vec<_>>>();
    let argv = words(fields.texts()?)?;
    let environment = words(fields.texts()?)?;
    let capabilities = CapabilitySet::from_bits_retain(fields.number()?);
    let target = u32::try_from(fields.number()?).ok().filter(|target| *target != 0);
    let (is_narrowed, bytes) = (fields.number()? == 1, fields.number()?);
    let memory = is_narrowed.then_some(bytes);
    let change = if fields.number()? == 0 {
        None
    } else {
        let user = u32::try_from(fields.number()?).ok().map(rustix::fs::Uid::from_raw);
        let group = rustix::fs::Gid::from_raw(u32::try_from(fields.number()?).ok()?);
        let groups = fields.bytes()?.as_chunks().0.iter().map(|raw| u32::from_le_bytes(*raw));
        Some(Change { user, group, groups: groups.map(rustix::fs::Gid::from_raw).collect() })
    };
    // Words with NUL are refused where they are used.
    Words::new(argv.iter().chain(&environment).cloned()).ok()?;
    Some(Order { argv, environment, change, capabilities, memory, target })
}
