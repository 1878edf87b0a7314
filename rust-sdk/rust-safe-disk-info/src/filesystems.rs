//! Listing file systems with their figures, as `df` does.

use crate::mount_table::{self, Line};
use crate::select::{is_local, select, topmost};
use crate::sys::{Answer, MountPoint, MountTable};
use crate::{Absolute, Error, Filesystem, Result, Skipped, Why, sys};
use procfs_core::{DiskStats, FromBufRead as _};
use rex_cedar_auth::action::file_system::{Read, Stat};
use rex_cedar_auth::{Cause, Gate};
use rust_safe_io::KernelFile;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// The counters of block devices.
pub(crate) const DISKSTATS: KernelFile = KernelFile::at("/proc/diskstats");

/// Which file systems to list.
#[derive(Debug, Clone)]
pub struct FilesystemOptions {
    /// Those mounted at or below one of these; where none is, the one that holds the path. None: all.
    pub targets: Vec<Absolute>,
    /// Only those that lie on this machine.
    pub local: bool,
    /// Only those of these types. None: all.
    pub kinds: Vec<String>,
    /// Those that hold nothing to be filled too, such as `/proc`.
    pub all: bool,
    /// How long one may take to answer.
    pub timeout: Duration,
}

impl Default for FilesystemOptions {
    fn default() -> Self {
        Self { targets: Vec::new(), local: false, kinds: Vec::new(), all: false, timeout: Duration::from_secs(2) }
    }
}

/// File systems, and what was left out.
#[derive(Debug, Clone)]
pub struct Survey {
    /// In the order in which they were mounted.
    pub filesystems: Vec<Filesystem>,
    /// Those that policy forbids, that did not answer in time, or of which the system refuses to tell.
    pub skipped: Vec<Skipped>,
}

/// Lists mounted file systems with their figures. One that does not answer in time delays none but itself.
///
/// # Policy
/// Asks `read` on the files `/proc/mounts` and `/proc/diskstats`, which tells block devices; then `stat` on the directory of each mount,
/// and only what is allowed is touched.
pub fn filesystems(gate: &Gate, options: &FilesystemOptions) -> Result<Survey> {
    let mut table = sys::mount_table(gate.authorize::<Read, _>(&MountTable::MOUNTS)?)?;
    let disks = disks(gate)?;
    let lines = mount_table::mounts(&table.read()?);
    let mut skipped = Vec::new();
    let mut asked: Vec<(&Line, MountPoint)> = Vec::new();
    let mut proofs = Vec::new();
    for line in select(&lines, options, |line| is_local(line, &disks)) {
        gate.proceed()?;
        asked.extend(MountPoint::new(&line.point).map(|point| (line, point)));
    }
    let mut allowed = Vec::new();
    for (line, point) in &asked {
        gate.proceed()?;
        match gate.authorize::<Stat, _>(point) {
            Ok(proof) => {
                proofs.push(proof);
                allowed.push(*line);
            }
            Err(denied) if matches!(denied.cause(), Cause::Undeclared { .. }) => return Err(denied.into()),
            Err(denied) => skipped.push(left_out(line, Why::Denied, denied.to_string())),
        }
    }
    let answers = sys::figures(proofs, options.timeout, gate)?;
    // RACE: another file system may have been mounted there since the table was read; its figures are not the line's.
    let lines_now = mount_table::mounts(&table.read()?);
    let now: HashMap<&[u8], &Line> =
        topmost(&lines_now).into_iter().map(|line| (line.point.as_slice(), line)).collect();
    let mut filesystems = Vec::new();
    for (line, answer) in allowed.into_iter().zip(answers) {
        let same =
            now.get(line.point.as_slice()).is_some_and(|now| (&now.source, &now.kind) == (&line.source, &line.kind));
        match answer {
            Answer::Figures(_) if !same => {
                skipped.push(left_out(line, Why::Failed, "mounts changed there meanwhile".to_owned()));
            }
            Answer::Figures(figures) => filesystems.push(Filesystem {
                device: line.source.clone(),
                kind: line.kind.clone(),
                mounted_on: point(line),
                options: line.options.clone(),
                local: is_local(line, &disks),
                figures,
            }),
            Answer::Covered => {}
            Answer::Failed(error) => skipped.push(left_out(line, Why::Failed, error.to_string())),
            Answer::Silent => {
                let reason = format!("no answer within {} s", options.timeout.as_secs_f64());
                skipped.push(left_out(line, Why::Silent, reason));
            }
        }
    }
    Ok(Survey { filesystems, skipped })
}

fn point(line: &Line) -> String {
    String::from_utf8_lossy(&line.point).into_owned()
}

fn left_out(line: &Line, why: Why, reason: String) -> Skipped {
    Skipped { name: point(line), why, reason }
}

/// The names of the block devices.
///
/// # Policy
/// Asks `read` on the file `/proc/diskstats`.
fn disks(gate: &Gate) -> Result<BTreeSet<String>> {
    match DISKSTATS.read(gate).map_err(Error::from) {
        Ok(table) => {
            let stats = DiskStats::from_buf_read(table.as_slice());
            Ok(stats.map(|stats| stats.0.into_iter().map(|disk| disk.name).collect()).unwrap_or_default())
        }
        Err(error @ Error::PermissionDenied(_)) => Err(error),
        Err(error) if error.is_final() => Err(error),
        // Where the kernel tells none, types alone tell what is local.
        Err(_) => Ok(BTreeSet::new()),
    }
}
