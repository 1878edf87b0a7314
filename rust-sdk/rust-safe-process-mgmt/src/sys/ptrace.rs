//! Stopping a judged process for a moment and writing down where its threads are, `ptrace(2)`.
//!
//! A thread of its own does it. The process stands still only while its registers and stacks are copied, some milliseconds at most; what takes
//! long, reading files and making sense of stacks, comes afterwards. Whatever happens to that thread, the kernel lets the process go on.

mod maps;
mod refusal;
mod stop;

use super::process::Held;
use maps::{Loaded, Mapping};
use refusal::Refusal;
use rex_cedar_auth::action::process_system::Trace;
use rust_safe_io::{Content, Moment, MomentFile, MomentThread};
use rustix::buffer::spare_capacity;
use rustix::fs::{
    FileType, Mode, OFlags, ResolveFlags, Stat, fstat, major, minor, openat, openat2, readlinkat, statat,
};
use rustix::io::{Errno, pread};
use std::fs::File;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use stop::{Standing, Thread};

/// What is copied of one stack at most, from its innermost frame on, and of all stacks together, in bytes.
const MOST_OF_STACK: u64 = 1 << 20;
const MOST_OF_STACKS: u64 = 64 << 20;
/// More files are not looked at.
const MOST_FILES: usize = 512;
/// The kernel's own code in each process is smaller.
const MOST_OF_VDSO: u64 = 64 << 10;
/// How long the end of the thread that traces is waited for.
const PATIENCE: Duration = Duration::from_millis(20);

/// The registers that hold the stack and the instruction, in the order of the kernel's structure.
#[cfg(target_arch = "x86_64")]
const STACK_AND_INSTRUCTION: [usize; 2] = [19, 16];
#[cfg(target_arch = "aarch64")]
const STACK_AND_INSTRUCTION: [usize; 2] = [31, 32];

/// A process that is being looked at.
pub(crate) struct Tracing {
    ended: Arc<AtomicBool>,
    written: Receiver<Result<Moment, Refusal>>,
    thread: Option<JoinHandle<()>>,
}

impl Held<Trace> {
    /// Begins to look at it.
    ///
    /// # Errors
    /// In words, where no thread can be made for that.
    pub(crate) fn trace(self) -> Result<Tracing, String> {
        let process = self.dir.try_clone().map_err(|error| error.to_string())?;
        let pid = self.pid();
        let judged = Judged { uid: self.uid(), executable: self.executable().map(str::to_owned) };
        let (tell, written) = channel();
        let ended = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ended);
        let body = move || {
            let moment = look(&process, pid, &judged, &|| told.load(Ordering::Relaxed));
            let _ = tell.send(moment);
        };
        let thread = std::thread::Builder::new().name("trace".to_owned()).spawn(body);
        let thread = thread.map_err(|error| format!("no thread could be made that traces it: {error}"))?;
        Ok(Tracing { ended, written, thread: Some(thread) })
    }
}

impl Tracing {
    /// What was written down, where it is within `time`.
    pub(crate) fn attend(&self, time: Duration) -> Option<Result<Moment, String>> {
        match self.written.recv_timeout(time) {
            Ok(moment) => Some(moment.map_err(|refusal| refusal.to_string())),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Err("the thread that traces it ended".to_owned())),
        }
    }
}

impl Drop for Tracing {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Nothing is left to do but to let go; a thread that the kernel holds up for longer is not waited for.
        for _ in 0..50 {
            if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
                if let Some(thread) = self.thread.take() {
                    let _ = thread.join();
                }
                return;
            }
            nap();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for a thread that ends within that time")]
fn nap() {
    std::thread::sleep(PATIENCE);
}

/// What the gate saw of the process, and could change without another process taking its place.
struct Judged {
    uid: u32,
    executable: Option<String>,
}

impl Judged {
    fn is_still_true(&self, process: &OwnedFd) -> Result<(), Refusal> {
        let executable = readlinkat(process, "exe", Vec::new()).ok();
        let executable = executable.map(|path| path.to_string_lossy().into_owned());
        if refusal::user(process).is_some_and(|uid| uid == self.uid) && executable == self.executable {
            return Ok(());
        }
        Err(Refusal::changed())
    }
}

/// Writes down where the threads of a process are.
fn look(process: &OwnedFd, pid: u32, judged: &Judged, ended: &dyn Fn() -> bool) -> Result<Moment, Refusal> {
    refusal::check_numbers(process, pid)?;
    let refused = |errno| refusal::explain(process, pid, errno);
    let mut moment = Moment { pid: pid.into(), ..Moment::default() };
    let standing = Standing::stop(process, ended).map_err(refused)?;
    // RACE: it may have become another program, or another user's, since it was judged. As it stands it stays what it is.
    judged.is_still_true(process)?;
    // The first thread may have ended before the others: then the process itself shows nothing any more.
    let tid =
        standing.threads().iter().find(|thread| thread.stands()).map_or(i64::from(pid), |thread| thread.tid.into());
    let mappings = maps::parse(&read(process, &format!("task/{tid}/maps")).map_err(refused)?);
    let memory = open(process, &format!("task/{tid}/mem"), OFlags::RDONLY).map_err(refused)?;
    let mut left = MOST_OF_STACKS;
    for thread in standing.threads() {
        if ended() {
            return Err(Refusal::ended());
        }
        let registers = thread.registers().or_else(|| registers_of_blocked(process, thread)).unwrap_or_default();
        if let Some(part) = stack(&memory, &mappings, &registers, &mut left) {
            moment.memory.push(part);
        }
        moment.threads.push(MomentThread { tid: thread.tid.into(), registers });
    }
    let vdso = mappings.iter().find(|mapping| mapping.path == "[vdso]");
    let vdso = vdso.and_then(|mapping| Some((mapping, copy(&memory, mapping.start, mapping, MOST_OF_VDSO)?)));
    drop(standing);
    // From here on nothing holds the process up.
    moment.files = files(process, tid, &mappings, ended);
    moment.files.extend(vdso.map(|(mapping, bytes)| MomentFile {
        path: mapping.path.clone(),
        parts: std::iter::once(mapping.start..mapping.end).collect(),
        is_program: false,
        content: Content::Bytes(bytes),
    }));
    Ok(moment)
}

fn open(process: &OwnedFd, name: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    openat(process, name, flags | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty())
}

fn read(process: &OwnedFd, name: &str) -> Result<Vec<u8>, Errno> {
    let file = open(process, name, OFlags::RDONLY)?;
    let mut text = Vec::new();
    // LINUX: lists of /proc come by pieces. Of a longer list the beginning is as true as the whole.
    while text.len() < maps::MOST_BYTES {
        text.reserve(1 << 16);
        match rustix::io::read(&file, spare_capacity(&mut text)) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(text)
}

/// The stack and the instruction of a thread that does not stop because the kernel holds it up, `proc_pid_syscall(5)`.
fn registers_of_blocked(process: &OwnedFd, thread: &Thread) -> Option<Vec<u64>> {
    if thread.stands() {
        return None;
    }
    let text = String::from_utf8(read(process, &format!("task/{}/syscall", thread.tid)).ok()?).ok()?;
    let mut words = text.split_ascii_whitespace().rev();
    let mut number = || u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok();
    let (instruction, stack) = (number()?, number()?);
    let [stack_at, instruction_at] = STACK_AND_INSTRUCTION;
    let mut registers = vec![0; 34];
    *registers.get_mut(stack_at)? = stack;
    *registers.get_mut(instruction_at)? = instruction;
    Some(registers)
}

/// A part of a stack, from its innermost frame on.
fn stack(memory: &OwnedFd, mappings: &[Mapping], registers: &[u64], left: &mut u64) -> Option<(u64, Vec<u8>)> {
    let [stack, _] = STACK_AND_INSTRUCTION;
    let start = *registers.get(stack)?;
    // Memory of a file may take long to be had, or wait for the very process that stands still.
    let of_no_file = mappings.iter().filter(|mapping| mapping.inode == 0);
    let mapping = of_no_file.into_iter().find(|mapping| (mapping.start..mapping.end).contains(&start))?;
    let bytes = copy(memory, start, mapping, MOST_OF_STACK.min(*left))?;
    *left -= bytes.len() as u64;
    Some((start, bytes))
}

/// The memory from `start` to the end of its mapping, or as much of it as can be read, and `most` bytes.
fn copy(memory: &OwnedFd, start: u64, mapping: &Mapping, most: u64) -> Option<Vec<u8>> {
    let size = mapping.end.checked_sub(start)?.min(most);
    let mut bytes = vec![0; usize::try_from(size).ok()?];
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match pread(memory, rest, start + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(Errno::INTR) => {}
            Err(_) => break,
        }
    }
    bytes.truncate(read);
    Some(bytes)
}

/// The files that functions are in, each opened without its path where the kernel lets us.
fn files(process: &OwnedFd, tid: i64, mappings: &[Mapping], ended: &dyn Fn() -> bool) -> Vec<MomentFile> {
    let find = OFlags::PATH | OFlags::DIRECTORY;
    let root = open(process, &format!("task/{tid}/root"), find).ok();
    let program = statat(process, format!("task/{tid}/exe"), rustix::fs::AtFlags::empty()).ok();
    let loaded = maps::loaded(mappings);
    let mut files = Vec::new();
    for loaded in loaded.into_iter().take(MOST_FILES) {
        if ended() {
            break;
        }
        let Some(first) = loaded.parts.first() else { continue };
        let found = by_mapping(process, first).or_else(|| by_path(root.as_ref()?, first));
        let stat = found.as_ref().map(|(_, stat)| stat);
        let is_program = stat.zip(program.as_ref()).is_some_and(|(file, program)| identity(file) == identity(program));
        let content =
            found.and_then(|(fd, _)| reopen(process, &fd)).map_or(Content::Unknown, |file| Content::File(file.into()));
        files.push(file(&loaded, first.path.clone(), is_program, content));
    }
    files
}

fn file(loaded: &Loaded, path: String, is_program: bool, content: Content) -> MomentFile {
    MomentFile { path, parts: loaded.parts.iter().map(|part| part.start..part.end).collect(), is_program, content }
}

#[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the types differ between platforms")]
fn identity(stat: &Stat) -> (u64, u64) {
    (stat.st_dev as u64, stat.st_ino as u64)
}

/// The file of a mapping, by the kernel's own link to it: whatever its path has come to stand for, and where it has none any more.
fn by_mapping(process: &OwnedFd, mapping: &Mapping) -> Option<(OwnedFd, Stat)> {
    // LINUX: following these links needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE (5.9).
    let link = format!("map_files/{:x}-{:x}", mapping.start, mapping.end);
    let found = regular(open(process, &link, OFlags::PATH).ok()?)?;
    // RACE: the process goes on. Another file may be there by now; file systems that are made of others tell other numbers here than there.
    let same = is_mapped(&found.1, mapping)
        || readlinkat(process, link, Vec::new()).is_ok_and(|path| path.to_string_lossy() == mapping.path.as_str());
    same.then_some(found)
}

/// The file of a mapping by its path in the process's root directory, if it still is that file.
fn by_path(root: &OwnedFd, mapping: &Mapping) -> Option<(OwnedFd, Stat)> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let found = openat2(root, mapping.path.as_str(), flags, Mode::empty(), resolve).ok()?;
    regular(found).filter(|(_, stat)| is_mapped(stat, mapping))
}

fn regular(fd: OwnedFd) -> Option<(OwnedFd, Stat)> {
    let stat = fstat(&fd).ok()?;
    (FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile).then_some((fd, stat))
}

fn is_mapped(stat: &Stat, mapping: &Mapping) -> bool {
    let (device, inode) = identity(stat);
    (major(device), minor(device)) == mapping.device && inode == mapping.inode
}

/// Opens a found file for reading: the very one, by this process's own entry in the same `/proc`.
fn reopen(process: &OwnedFd, fd: &OwnedFd) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    open(process, &format!("../self/fd/{}", fd.as_raw_fd()), flags).ok().map(File::from)
}
