//! The figures of mounted file systems.

use super::aside::{Aside, Reply, wait};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::Stat;
use rex_cedar_auth::{Authorized, Gate, Means, Resource, accepts, kind};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, StatxAttributes, StatxFlags, fstatfs, openat2, statx};
use rustix::io::Errno;
use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::{CStr, CString};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A directory that a file system is mounted on, by its path in the mount table, which has no link in it.
#[derive(Debug, Clone)]
pub(crate) struct MountPoint {
    path: CString,
    text: String,
}

impl MountPoint {
    /// The mount point at `path`; nothing for bytes that are no path.
    pub(crate) fn new(path: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(path).into_owned();
        CString::new(path).ok().filter(|_| path.starts_with(b"/")).map(|path| Self { path, text })
    }
}

impl Resource for MountPoint {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}
accepts!(MountPoint: Stat);

/// What a file system says of its room, as statfs(2) does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Blocks in all.
    pub(crate) blocks: u64,
    /// Free blocks.
    pub(crate) free: u64,
    /// Free blocks for ordinary users.
    pub(crate) available: u64,
    /// Inodes in all.
    pub(crate) inodes: u64,
    /// Free inodes.
    pub(crate) inodes_free: u64,
    /// Bytes of a block.
    pub(crate) block_size: u64,
}

/// What came of asking a file system.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Its figures.
    Figures(Figures),
    /// No file system is to be seen at the mount point: another mount covers it, or it has gone.
    Covered,
    /// The system's error.
    Failed(io::Error),
    /// Nothing, in all the time that it had.
    Silent,
}

/// One that has not answered for so long no longer holds the others up.
const SLOW: Duration = Duration::from_millis(50);

/// So many may hang at a time before those that come after wait for them.
const MOST: usize = 16;

/// How often the run is asked whether it goes on.
const TICK: Duration = Duration::from_millis(20);

/// So many children may hang at one mount point; then it is not asked any more. More than one, since what hangs may be a mount that has
/// made room for another.
const MOST_AT_ONE: usize = 3;

thread_local! {
    /// Children that were given up, and the mount points that they hang at.
    static GIVEN_UP: RefCell<Vec<(CString, Aside)>> = const { RefCell::new(Vec::new()) };
}

/// Whether so many hang at a mount point that it is not asked once more.
fn is_hopeless(path: &CString) -> bool {
    GIVEN_UP.with_borrow_mut(|given_up| {
        given_up.retain_mut(|(_, aside)| !aside.has_ended());
        given_up.iter().filter(|(at, _)| at == path).count() >= MOST_AT_ONE
    })
}

fn give_up(path: &CString, mut aside: Aside) {
    aside.kill();
    GIVEN_UP.with_borrow_mut(|given_up| given_up.push((path.clone(), aside)));
}

/// A child that asks file systems, and which of them since when.
struct Worker {
    aside: Aside,
    busy: Option<(usize, Instant)>,
}

/// Asks each file system for its figures, in the order given, and gives up on one after `patience`.
///
/// # Errors
/// A child process cannot be made; the run has to end.
pub(crate) fn figures(
    stats: Vec<Authorized<'_, Stat, MountPoint>>,
    patience: Duration,
    gate: &Gate,
) -> Result<Vec<Answer>> {
    let paths: Arc<[CString]> = stats.iter().map(|stat| stat.target().path.clone()).collect();
    let mut answers: Vec<Option<Answer>> = stats.iter().map(|_| None).collect();
    let mut workers: Vec<Worker> = Vec::new();
    let mut next = 0;
    loop {
        while let Some(path) = paths.get(next) {
            if is_hopeless(path) {
                if let Some(place) = answers.get_mut(next) {
                    *place = Some(Answer::Silent);
                }
                next += 1;
                continue;
            }
            let free = workers.iter_mut().find(|worker| worker.busy.is_none());
            let Some(worker) = free else {
                let all_slow =
                    workers.iter().all(|worker| worker.busy.is_some_and(|(_, since)| since.elapsed() >= SLOW));
                if workers.len() < MOST && all_slow {
                    gate.spend(Means::Children, 1)?;
                    workers.push(Worker { aside: start(&paths).map_err(no_child)?, busy: None });
                    continue;
                }
                break;
            };
            let number = u32::try_from(next).map_err(|_| Error::TryFromIntError)?;
            worker.aside.ask(number).map_err(no_child)?;
            worker.busy = Some((next, Instant::now()));
            next += 1;
        }
        if answers.iter().all(Option::is_some) {
            return Ok(answers.into_iter().flatten().collect());
        }
        gate.proceed()?;
        wait(workers.iter().filter(|worker| worker.busy.is_some()).map(|worker| &worker.aside), TICK);
        let mut busy = Vec::with_capacity(workers.len());
        for mut worker in workers {
            let Some((at, since)) = worker.busy else {
                busy.push(worker);
                continue;
            };
            let (answer, lives) = match worker.aside.reply() {
                Ok(Some(reply)) => (answer(reply), true),
                Ok(None) if since.elapsed() < patience => {
                    busy.push(worker);
                    continue;
                }
                Ok(None) => (Answer::Silent, false),
                Err(error) => (Answer::Failed(error), false),
            };
            if let Some(place) = answers.get_mut(at) {
                *place = Some(answer);
            }
            worker.busy = None;
            if lives {
                busy.push(worker);
            } else if let Some(path) = paths.get(at) {
                give_up(path, worker.aside);
            }
        }
        workers = busy;
    }
}

fn no_child(error: io::Error) -> Error {
    Error::SystemError(format!("no child process can be made to ask file systems: {error}"))
}

fn start(paths: &Arc<[CString]>) -> io::Result<Aside> {
    let paths = Arc::clone(paths);
    Aside::start(None, move |number| {
        let path = usize::try_from(number).ok().and_then(|at| paths.get(at));
        path.map_or_else(|| failed(Errno::INVAL), |path| look(path).unwrap_or_else(failed))
    })
}

const FIGURES: u64 = 0;
const COVERED: u64 = 1;
const FAILED: u64 = 2;

fn failed(errno: Errno) -> Reply {
    [FAILED, u64::try_from(errno.raw_os_error()).unwrap_or_default(), 0, 0, 0, 0, 0, 0]
}

fn answer([what, blocks, free, available, inodes, inodes_free, block_size, _]: Reply) -> Answer {
    match what {
        FIGURES => Answer::Figures(Figures { blocks, free, available, inodes, inodes_free, block_size }),
        FAILED => match Errno::from_raw_os_error(i32::try_from(blocks).unwrap_or_default()) {
            // The mount point has gone, or what covers a directory above it has no such place.
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Answer::Covered,
            errno => Answer::Failed(errno.into()),
        },
        _ => Answer::Covered,
    }
}

/// Asks the file system that is mounted at the path. Runs in the child.
fn look(path: &CStr) -> rustix::io::Result<Reply> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let fd = openat2(CWD, path, flags, Mode::empty(), resolve)?;
    // LINUX: what is known without asking a server is enough; the attribute is told since 5.8.
    let seen = statx(&fd, c"", AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC, StatxFlags::empty())?;
    let known = seen.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT);
    if known && !seen.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) {
        return Ok([COVERED, 0, 0, 0, 0, 0, 0, 0]);
    }
    let told = fstatfs(&fd)?;
    let [fragment, block] = [told.f_frsize, told.f_bsize].map(|size| u64::try_from(size).unwrap_or_default());
    let block_size = if fragment == 0 { block } else { fragment };
    Ok([FIGURES, told.f_blocks, told.f_bfree, told.f_bavail, told.f_files, told.f_ffree, block_size, 0])
}
