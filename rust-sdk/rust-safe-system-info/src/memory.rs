//! Memory and swap (`proc_meminfo(5)`, `proc_swaps(5)`).

use crate::Result;
use crate::figures::{malformed, number, text};
use rex_cedar_auth::Gate;
use rust_safe_io::KernelFile;
use std::collections::BTreeMap;
use std::fmt;

const MEMINFO: KernelFile = KernelFile::at("/proc/meminfo");
const SWAPS: KernelFile = KernelFile::at("/proc/swaps");

/// What the memory of the host is used for, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// All that the kernel can use.
    pub total: u64,
    /// Used for nothing at all.
    pub free: u64,
    /// What programs could get without swapping, by the kernel's estimate.
    pub available: u64,
    /// What is not available.
    pub used: u64,
    /// Buffers of block devices.
    pub buffers: u64,
    /// The page cache, without what is in swap too.
    pub cached: u64,
    /// Shared memory and files of `tmpfs`.
    pub shared: u64,
    figures: BTreeMap<String, u64>,
}

/// How much swap there is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swap {
    /// All of it.
    pub total: u64,
    /// What is not used.
    pub free: u64,
    /// What is used.
    pub used: u64,
}

/// One place that memory is swapped to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwapDevice {
    /// The path of the device or file.
    pub path: String,
    /// `partition` or `file`.
    pub kind: String,
    /// Its size in bytes.
    pub size: u64,
    /// How much of it is used, in bytes.
    pub used: u64,
    /// The greater, the sooner it is used.
    pub priority: i64,
}

/// The memory of the host.
///
/// # Policy
/// Asks `read` on the file `/proc/meminfo`.
///
/// # Errors
/// `ProcFsError` for a file that does not tell how much there is.
pub fn memory(gate: &Gate) -> Result<Memory> {
    Memory::of(&text(gate, MEMINFO)?)
}

/// The swap of the host.
///
/// # Policy
/// Asks `read` on the file `/proc/meminfo`.
pub fn swap(gate: &Gate) -> Result<Swap> {
    Ok(Swap::of(&text(gate, MEMINFO)?))
}

/// Where memory is swapped to.
///
/// # Policy
/// Asks `read` on the file `/proc/swaps`.
pub fn swap_devices(gate: &Gate) -> Result<Vec<SwapDevice>> {
    Ok(devices(&text(gate, SWAPS)?))
}

/// The figures by their names; sizes in bytes, counts as they are. Of two with one name the first counts.
fn figures(text: &str) -> BTreeMap<String, u64> {
    let mut figures = BTreeMap::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let mut words = value.split_ascii_whitespace();
        let Some(value) = words.next().and_then(number) else { continue };
        let unit = if words.next() == Some("kB") { 1024 } else { 1 };
        figures.entry(name.trim().to_owned()).or_insert(value.saturating_mul(unit));
    }
    figures
}

impl Memory {
    fn of(text: &str) -> Result<Self> {
        let figures = figures(text);
        let figure = |name: &str| figures.get(name).copied();
        let or_none = |name: &str| figure(name).unwrap_or_default();
        let total = figure("MemTotal").ok_or_else(|| malformed(MEMINFO.path(), "`MemTotal` is missing"))?;
        let (free, buffers, cached) = (or_none("MemFree"), or_none("Buffers"), or_none("Cached"));
        let shared = or_none("Shmem");
        // LINUX: the kernel estimates since 3.14; before, what can be given up is nearly that.
        let estimate = || {
            let cache = cached.saturating_add(or_none("SReclaimable")).saturating_sub(shared);
            free.saturating_add(buffers).saturating_add(cache)
        };
        let available = figure("MemAvailable").unwrap_or_else(estimate).min(total);
        Ok(Self { total, free, available, used: total - available, buffers, cached, shared, figures })
    }

    /// A figure by the name that `/proc/meminfo` has for it, such as `Dirty`: a size in bytes, or a count for `HugePages_…`. Nothing where
    /// this kernel does not tell it.
    pub fn figure(&self, name: &str) -> Option<u64> {
        self.figures.get(name).copied()
    }

    /// All figures by the names that `/proc/meminfo` has for them.
    pub fn figures(&self) -> impl Iterator<Item = (&str, u64)> {
        self.figures.iter().map(|(name, value)| (name.as_str(), *value))
    }
}

impl Swap {
    fn of(text: &str) -> Self {
        let figures = figures(text);
        let figure = |name: &str| figures.get(name).copied().unwrap_or_default();
        let (total, free) = (figure("SwapTotal"), figure("SwapFree"));
        Self { total, free, used: total.saturating_sub(free) }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { total, free, available, used, buffers, cached, shared, .. } = self;
        write!(f, "Memory Info:\n  Total: {total} bytes\n  Free: {free} bytes\n  Available: {available} bytes\n")?;
        write!(
            f,
            "  Used: {used} bytes\n  Buffers: {buffers} bytes\n  Cached: {cached} bytes\n  Shared: {shared} bytes"
        )
    }
}

impl fmt::Display for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { total, free, used } = self;
        write!(f, "Swap Info:\n  Total: {total} bytes\n  Free: {free} bytes\n  Used: {used} bytes")
    }
}

impl fmt::Display for SwapDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, kind, size, used, priority } = self;
        write!(f, "{path}: {kind}, {used} of {size} bytes used, priority {priority}")
    }
}

fn devices(text: &str) -> Vec<SwapDevice> {
    let device = |line: &str| {
        // The path is escaped, so that it holds no blank.
        let mut words = line.split_ascii_whitespace();
        let mut next = || words.next();
        let (path, kind) = (next()?, next()?);
        let (size, used) = (number(next()?)?, number(next()?)?);
        let priority = next()?.parse().ok()?;
        let (path, kind) = (unescaped(path), kind.to_owned());
        Some(SwapDevice { path, kind, size: size.saturating_mul(1024), used: used.saturating_mul(1024), priority })
    };
    text.lines().skip(1).filter_map(device).collect()
}

/// A path in which the kernel wrote blanks and backslashes as `\040` and the like.
fn unescaped(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|digits| digits.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        if let (b'\\', Some(digits)) = (first, octal) {
            let value = digits.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            bytes.push(u8::try_from(value).unwrap_or(b'?'));
            rest = after.get(3..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Memory, Swap, devices};
    use proptest::prelude::*;

    const TEXT: &str = "MemTotal:  100 kB\nMemFree: 10 kB\nMemAvailable: 60 kB\nBuffers: 1 kB\nCached: 30 kB\nShmem: 2 kB\n\
                        Dirty: 3 kB\nHugePages_Total: 4\nSwapTotal: 8 kB\nSwapFree: 5 kB\n";

    #[test]
    fn figures_are_bytes_and_counts() {
        let memory = Memory::of(TEXT).unwrap();
        assert_eq!((memory.total, memory.available, memory.used), (102_400, 61_440, 40_960));
        assert_eq!(
            (memory.figure("Dirty"), memory.figure("HugePages_Total"), memory.figure("None")),
            (Some(3072), Some(4), None)
        );
        assert_eq!(Swap::of(TEXT), Swap { total: 8192, free: 5120, used: 3072 });
        assert_eq!(
            Swap::of(TEXT).to_string(),
            "Swap Info:\n  Total: 8192 bytes\n  Free: 5120 bytes\n  Used: 3072 bytes"
        );
        assert!(
            memory
                .to_string()
                .ends_with("\n  Used: 40960 bytes\n  Buffers: 1024 bytes\n  Cached: 30720 bytes\n  Shared: 2048 bytes")
        );
    }

    #[test]
    fn an_old_kernel_is_estimated_for_and_nothing_is_below_zero() {
        let old =
            Memory::of("MemTotal: 100 kB\nMemFree: 10 kB\nCached: 20 kB\nSReclaimable: 5 kB\nShmem: 1 kB\n").unwrap();
        assert_eq!(old.available, 34 * 1024);
        let odd = Memory::of("MemTotal: 1 kB\nMemAvailable: 9 kB\nCached: 1 kB\nShmem: 5 kB\n").unwrap();
        assert_eq!((odd.used, odd.available), (0, 1024));
        assert_eq!(Swap::of("SwapTotal: 1 kB\nSwapFree: 2 kB\n").used, 0);
        assert_eq!(Memory::of("MemFree: 1 kB\n").unwrap_err().kind(), "ProcFsError");
    }

    #[test]
    fn swap_files_may_have_blanks_in_their_path() {
        let text =
            "Filename\tType\tSize\tUsed\tPriority\n/swap\\040one\\134   file  2048 1024 -2\n/dev/sda partition x 1 1\n";
        let found = devices(text);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].path.as_str(), found[0].size, found[0].used, found[0].priority),
            ("/swap one\\", 2 << 20, 1 << 20, -2)
        );
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "(MemTotal|Mem|SwapFree|[^:]{0,9}):? *[0-9]{0,30} ?(kB|MB|)\n?.{0,40}(\\\\[0-9]{0,4}|.){0,20}") {
            let _ = Memory::of(&text);
            Swap::of(&text);
            devices(&text);
        }
    }
}
