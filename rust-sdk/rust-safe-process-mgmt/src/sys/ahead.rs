//! Reading processes ahead: a second thread reads while the first one judges.
//!
//! Three quarters of a listing is the kernel writing the files of `/proc`, which needs nothing of the judging thread.

use super::process::{Held, Process, Raw};
use super::table::{OnProcess, Table};
use crate::Result;
use rex_cedar_auth::Unjudged;
use rex_cedar_auth::kind::{self, AcceptedBy};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{SyncSender, sync_channel};

/// With fewer processes than this a thread costs more than it gains.
const MANY: usize = 200;

/// How many processes are handed over at once, and how often before someone waits: so many are held at the same time.
const BATCH: usize = 16;
const BATCHES: usize = 2;

/// Processes that were read, each with its text.
type Batch = Vec<(Raw, Vec<u8>)>;

impl Table {
    /// Gives `take` the processes `pids` in their order, each held in order to ask for `A` on it, until it fails. Those that are not there, and
    /// mere threads, are left out.
    ///
    /// # Errors
    /// That of `take`.
    pub(crate) fn each<A: OnProcess>(
        &self,
        pids: &[u32],
        take: &mut dyn FnMut(Unjudged<Held<A>>) -> Result<()>,
    ) -> Result<()>
    where
        kind::Process: AcceptedBy<A>,
    {
        if pids.len() < MANY {
            return self.each_alone(pids, take);
        }
        std::thread::scope(|scope| {
            let (batches, read) = sync_channel(BATCHES);
            let table = &self.fd;
            let reader = std::thread::Builder::new().name("rex-ps".to_owned()).stack_size(128 * 1024);
            if reader.spawn_scoped(scope, move || read_all(table, pids, &batches)).is_err() {
                return self.each_alone(pids, take);
            }
            // Dropped with an error, the receiver ends the reader.
            for (raw, content) in read.into_iter().flatten() {
                if let Ok(process) = Process::of(self, raw, &content) {
                    take(Unjudged::new(Held::new(process)))?;
                }
            }
            Ok(())
        })
    }

    fn each_alone<A: OnProcess>(
        &self,
        pids: &[u32],
        take: &mut dyn FnMut(Unjudged<Held<A>>) -> Result<()>,
    ) -> Result<()>
    where
        kind::Process: AcceptedBy<A>,
    {
        for pid in pids {
            if let Ok(held) = self.find::<A>(*pid) {
                take(held)?;
            }
        }
        Ok(())
    }
}

fn read_all(table: &OwnedFd, pids: &[u32], batches: &SyncSender<Batch>) {
    for pids in pids.chunks(BATCH) {
        let read = |pid: &u32| {
            let mut content = Vec::new();
            let raw = Raw::read(table, *pid, &mut content).ok()?;
            content.shrink_to_fit();
            Some((raw, content))
        };
        if batches.send(pids.iter().filter_map(read).collect()).is_err() {
            return;
        }
    }
}
