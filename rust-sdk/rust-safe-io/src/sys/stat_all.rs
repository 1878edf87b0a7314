//! Metadata of many judged files at once, by two threads: the kernel's part of a look at a file is nearly all of it, and it is
//! another for each file.

use super::descriptor::FilesIn;
use super::elsewhere::Elsewhere;
use super::list::Listed;
use super::stat::Metadata;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Stat;
use rustix::fs::{AtFlags, statat};
use std::cell::OnceCell;
use std::io;
use std::num::NonZero;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Taken by a thread at once. Waking another thread costs as much as looking at so many.
const SHARE: usize = 16;

/// So long the other thread stays awake for the next directory.
const PATIENCE: Duration = Duration::from_micros(200);

type Found = io::Result<Metadata>;

/// One directory's files, of which threads take shares until none is left.
struct Job {
    dir: OwnedFd,
    files: Arc<Vec<Listed>>,
    taken: AtomicUsize,
    done: Mutex<Done>,
    all_done: Condvar,
}

#[derive(Default)]
struct Done {
    files: usize,
    shares: Vec<(usize, Vec<Found>)>,
}

impl Job {
    /// Takes shares until none is left.
    fn work(&self) {
        loop {
            let begin = self.taken.fetch_add(SHARE, Ordering::Relaxed);
            let end = self.files.len().min(begin.saturating_add(SHARE));
            let Some(share) = self.files.get(begin..end).filter(|share| !share.is_empty()) else { return };
            let found: Vec<Found> = share.iter().map(|listed| look(&self.dir, listed)).collect();
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            done.files += found.len();
            done.shares.push((begin, found));
            if done.files == self.files.len() {
                self.all_done.notify_one();
            }
        }
    }

    /// What was found, in the order of the files, once all shares are done.
    fn result(&self) -> Vec<Found> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while done.files < self.files.len() {
            done = self.all_done.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
        let mut shares = std::mem::take(&mut done.shares);
        shares.sort_unstable_by_key(|(begin, _)| *begin);
        shares.into_iter().flat_map(|(_, found)| found).collect()
    }
}

fn look(dir: &impl AsFd, listed: &Listed) -> Found {
    Ok(Metadata::of(statat(dir, &listed.name, AtFlags::SYMLINK_NOFOLLOW)?))
}

thread_local! {
    /// The other thread begins with the first large directory of a run and waits for the next.
    static OTHER: OnceCell<Option<Sender<Arc<Job>>>> = const { OnceCell::new() };
}

/// The next job. In a walk it comes soon: a thread that sleeps first would come when the work is done.
fn next(receiver: &Receiver<Arc<Job>>) -> Option<Arc<Job>> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match receiver.try_recv() {
            Ok(job) => return Some(job),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => std::hint::spin_loop(),
        }
    }
    receiver.recv().ok()
}

/// Gives a job to the other thread too, where there is one.
fn share(job: &Arc<Job>) {
    OTHER.with(|other| {
        // A thread that begins in other namespaces would stay there.
        if Elsewhere::is_anywhere_else() && other.get().is_none() {
            return;
        }
        let begin = || {
            std::thread::available_parallelism().ok().filter(|processors| *processors > NonZero::<usize>::MIN)?;
            let (sender, receiver) = channel::<Arc<Job>>();
            let serve = move || std::iter::from_fn(|| next(&receiver)).for_each(|job| job.work());
            std::thread::Builder::new().name("rex-stat".to_owned()).stack_size(128 * 1024).spawn(serve).ok()?;
            Some(sender)
        };
        if let Some(sender) = other.get_or_init(begin) {
            // Where it has ended, this thread does all.
            let _ = sender.send(Arc::clone(job));
        }
    });
}

/// The metadata of judged files that a listing named, in its order; of links, their own.
pub(crate) fn stat_all(proof: Authorized<'_, Stat, FilesIn<'_>>, files: &Arc<Vec<Listed>>) -> Vec<Found> {
    let dir = &proof.target().dir.fd;
    let shared = if files.len() > 2 * SHARE { dir.try_clone().ok() } else { None };
    let Some(dir) = shared else {
        return files.iter().map(|listed| look(dir, listed)).collect();
    };
    let job = Arc::new(Job {
        dir,
        files: Arc::clone(files),
        taken: AtomicUsize::new(0),
        done: Mutex::default(),
        all_done: Condvar::new(),
    });
    share(&job);
    job.work();
    job.result()
}
