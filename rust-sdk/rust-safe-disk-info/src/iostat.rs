//! What processors and disks do, as `iostat` tells it.

use crate::filesystems::DISKSTATS;
use crate::rates::{IoStatSnapshot, Reading};
use crate::{Error, Result};
use procfs_core::{DiskStats, ExplicitSystemInfo, FromBufRead as _, FromBufReadSI as _, KernelStats};
use rex_cedar_auth::Gate;
use rust_safe_io::KernelFile;
use std::time::{Duration, Instant, SystemTime};

/// The counters of the processors, and when they began to count.
const STAT: KernelFile = KernelFile::at("/proc/stat");

/// How often the run is asked whether it goes on.
const WAKE: Duration = Duration::from_millis(20);

/// What to tell.
#[derive(Debug, Clone, Default)]
pub struct IoStatOptions {
    /// Watch for so long. Without it, tell of the whole time since the boot.
    pub interval: Option<Duration>,
    /// Only devices of these names, in which `*` stands for any characters. None: all.
    pub devices: Vec<String>,
    /// Only devices that did anything in the time.
    pub active: bool,
}

/// Tells what processors and block devices do, or did since the boot. The wait for an interval ends with the run.
///
/// # Policy
/// Asks `read` on the files `/proc/stat` and `/proc/diskstats`; with an interval once more at its end.
///
/// # Errors
/// `SystemError` where the kernel's text is not what it should be; what the system says.
pub fn iostat(gate: &Gate, options: &IoStatOptions) -> Result<IoStatSnapshot> {
    let (first, since_boot) = reading(gate)?;
    let mut snapshot = match options.interval {
        None => IoStatSnapshot::between(None, &first, millis(since_boot)),
        Some(interval) => {
            let start = Instant::now();
            while let Some(left) = interval.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) {
                gate.proceed()?;
                std::thread::park_timeout(left.min(WAKE));
            }
            let (second, _) = reading(gate)?;
            IoStatSnapshot::between(Some(&first), &second, millis(start.elapsed()))
        }
    };
    snapshot.devices.retain(|device| {
        let named = options.devices.is_empty() || options.devices.iter().any(|pattern| fits(pattern, &device.name));
        named && (!options.active || device.active)
    });
    Ok(snapshot)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The counters as they are, and for how long they have counted.
fn reading(gate: &Gate) -> Result<(Reading, Duration)> {
    // LINUX: only the numbers of ticks are used, never what they are in seconds.
    let info = ExplicitSystemInfo { boot_time_secs: 0, ticks_per_second: 100, page_size: 4096, is_little_endian: true };
    let (stat, diskstats) = (STAT.read(gate)?, DISKSTATS.read(gate)?);
    let odd = |file: KernelFile, error: &dyn std::fmt::Display| Error::SystemError(format!("{}: {error}", file.path()));
    let stat = KernelStats::from_buf_read(stat.as_slice(), &info).map_err(|error| odd(STAT, &error))?;
    let disks = DiskStats::from_buf_read(diskstats.as_slice()).map_err(|error| odd(DISKSTATS, &error))?.0;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let since_boot = now.saturating_sub(Duration::from_secs(stat.btime));
    Ok((Reading { cpu: stat.total, disks }, since_boot))
}

/// Whether `name` fits `pattern`, in which each `*` stands for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;
    use proptest::prelude::*;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("sda", "sda", true),
            ("sda", "sda1", false),
            ("sd*", "sda1", true),
            ("*", "", true),
            ("nvme*n*", "nvme0n1p2", true),
            ("nvme*p1", "nvme0n1p1", true),
            ("nvme*p1", "nvme0n1p2", false),
            ("a*a", "a", false),
            ("", "sda", false),
            ("**a", "sda", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_with_parts_left_out_fits(name in "[a-c]{0,12}", cuts in proptest::collection::vec((0_usize..12, 0_usize..12), 0..3)) {
            let mut pattern = name.clone();
            for (from, to) in cuts {
                let (from, to) = (from.min(pattern.len()), to.min(pattern.len()));
                if from < to {
                    pattern.replace_range(from..to, "*");
                }
            }
            prop_assert!(fits(&pattern, &name), "{pattern} {name}");
        }
    }
}
