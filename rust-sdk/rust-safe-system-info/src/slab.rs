//! What the kernel keeps its own objects in (slabinfo(5)).

use crate::figures::number;
use crate::sys::Units;
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rust_safe_io::{DirHandle, DirOptions, FileOptions};
use std::fmt;

/// A cache of objects of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlabCache {
    /// Its name.
    pub name: String,
    /// Objects that it has room for.
    pub objects: u64,
    /// Objects that are used.
    pub active: u64,
    /// The size of an object in bytes.
    pub object_size: u64,
    /// Slabs in which an object is used.
    pub slabs: u64,
    /// Slabs in all.
    pub total_slabs: u64,
    /// Objects in a slab.
    pub objects_per_slab: u64,
    /// Pages in a slab.
    pub pages_per_slab: u64,
}

/// The caches, the one with the most objects first, and their sums.
#[derive(Debug, Clone, PartialEq)]
pub struct Slabs {
    /// The caches.
    pub caches: Vec<SlabCache>,
    /// The sums.
    pub summary: SlabSummary,
}

/// Sums over all caches.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SlabSummary {
    /// Objects that are used.
    pub active_objects: u64,
    /// Objects that there is room for.
    pub total_objects: u64,
    /// Slabs in which an object is used.
    pub active_slabs: u64,
    /// Slabs.
    pub total_slabs: u64,
    /// Caches in which an object is used.
    pub active_caches: u64,
    /// Caches.
    pub total_caches: u64,
    /// The size of the objects that are used, in bytes.
    pub active_size: u64,
    /// The size of all objects, in bytes.
    pub total_size: u64,
    /// The size of the smallest objects, in bytes.
    pub least_size: u64,
    /// The size of the largest objects, in bytes.
    pub greatest_size: u64,
}

/// Far above what the kernel prints.
const MOST: u64 = 64 << 20;

/// The caches of the kernel.
///
/// # Policy
/// Asks `open` on the directory `/proc`, `open` and `read` on the file `/proc/slabinfo`.
///
/// # Errors
/// `Other` for a file that is not of version 2.1, or holds no caches, or none that can be read; what the system says: only root may read it.
pub fn slabs(gate: &Gate) -> Result<Slabs> {
    let read = || {
        let dir = DirHandle::open(gate, "/proc", DirOptions::default())?;
        let options = FileOptions { read: true, ..FileOptions::default() };
        dir.open_file(gate, "slabinfo", options)?.read_bytes(gate, 0, MOST)
    };
    Slabs::of(&String::from_utf8_lossy(&read()?))
}

fn failed(why: impl fmt::Display) -> Error {
    Error::Other(format!("Failed to parse slabinfo data: {why}"))
}

impl Slabs {
    fn of(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        let version = lines.next().and_then(|line| line.trim().strip_prefix("slabinfo - version:"));
        let version = version.ok_or_else(|| failed("Missing version line in /proc/slabinfo"))?.trim();
        // LINUX: a kernel that was built to check itself adds `(statistics)` and columns at the end.
        if version.split_ascii_whitespace().next() != Some("2.1") {
            return Err(Error::Other(format!(
                "Failed to parse slabinfo. This version {version} of slabinfo is not supported"
            )));
        }
        let lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let mut caches = lines.map(SlabCache::of).collect::<Result<Vec<_>>>()?;
        if caches.is_empty() {
            return Err(failed("No slab entries found"));
        }
        caches.sort_by_key(|cache| std::cmp::Reverse(cache.objects));
        let summary = SlabSummary::of(&caches);
        Ok(Self { caches, summary })
    }
}

impl SlabCache {
    /// Names may hold blanks and colons, so that a line is read from its end.
    fn of(line: &str) -> Result<Self> {
        let (rest, slab_data) =
            line.rsplit_once(" : slabdata").ok_or_else(|| failed(format!("Missing slabdata: {line}")))?;
        let rest = rest.rsplit_once(" : tunables").map_or(rest, |(before, _)| before);
        let mut numbers = [0; 5];
        let mut name = rest;
        let columns = ["pagesperslab", "objperslab", "objsize", "num_objs", "active_objs"];
        for (slot, column) in numbers.iter_mut().zip(columns) {
            let missing = || failed(format!("Missing {column} field for slab: {}", name.trim()));
            let (before, word) = name.trim_end().rsplit_once(char::is_whitespace).ok_or_else(missing)?;
            *slot = number(word).ok_or_else(missing)?;
            name = before;
        }
        let name = name.trim();
        let mut words = slab_data.split_ascii_whitespace();
        let mut column = |column| {
            words.next().and_then(number).ok_or_else(|| failed(format!("Missing {column} field for slab: {name}")))
        };
        let (slabs, total_slabs) = (column("active_slabs")?, column("num_slabs")?);
        let [pages_per_slab, objects_per_slab, object_size, objects, active] = numbers;
        let name = name.to_owned();
        Ok(Self { name, objects, active, object_size, slabs, total_slabs, objects_per_slab, pages_per_slab })
    }

    /// The share of the objects that is used, in whole percent; 0 where there is none.
    pub fn use_percent(&self) -> u64 {
        let percent = u128::from(self.active) * 100 / u128::from(self.objects.max(1));
        u64::try_from(percent).unwrap_or(u64::MAX)
    }

    /// The size of the slabs in which an object is used, in KiB.
    pub fn cache_size_kib(&self) -> u64 {
        self.slabs.saturating_mul(self.pages_per_slab).saturating_mul(Units::page_kib())
    }

    /// The size of an object in KiB.
    pub fn object_size_kib(&self) -> f64 {
        kib(self.object_size)
    }

    /// The part of the size of its slabs that objects use, in KiB.
    pub fn active_size_kib(&self) -> f64 {
        if self.objects == 0 { 0.0 } else { float(self.cache_size_kib()) * float(self.active) / float(self.objects) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes for people need no more digits")]
fn float(number: u64) -> f64 {
    number as f64
}

fn kib(bytes: u64) -> f64 {
    float(bytes) / 1024.0
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { float(part) * 100.0 / float(whole) }
}

impl SlabSummary {
    fn of(caches: &[SlabCache]) -> Self {
        let sizes = || caches.iter().map(|cache| cache.object_size);
        let mut sum = Self {
            total_caches: caches.len() as u64,
            least_size: sizes().min().unwrap_or_default(),
            greatest_size: sizes().max().unwrap_or_default(),
            ..Self::default()
        };
        for cache in caches {
            let add = |sum: &mut u64, number: u64| *sum = sum.saturating_add(number);
            add(&mut sum.active_objects, cache.active);
            add(&mut sum.total_objects, cache.objects);
            add(&mut sum.active_slabs, cache.slabs);
            add(&mut sum.total_slabs, cache.total_slabs);
            add(&mut sum.active_caches, u64::from(cache.active > 0));
            add(&mut sum.active_size, cache.active.saturating_mul(cache.object_size));
            add(&mut sum.total_size, cache.objects.saturating_mul(cache.object_size));
        }
        sum
    }

    /// Used objects in percent of all.
    pub fn objects_usage_percent(&self) -> f64 {
        percent(self.active_objects, self.total_objects)
    }

    /// Used slabs in percent of all.
    pub fn slabs_usage_percent(&self) -> f64 {
        percent(self.active_slabs, self.total_slabs)
    }

    /// Used caches in percent of all.
    pub fn caches_usage_percent(&self) -> f64 {
        percent(self.active_caches, self.total_caches)
    }

    /// The size of used objects in percent of that of all.
    pub fn size_usage_percent(&self) -> f64 {
        percent(self.active_size, self.total_size)
    }

    /// The size of used objects in KiB.
    pub fn active_size_kib(&self) -> f64 {
        kib(self.active_size)
    }

    /// The size of all objects in KiB.
    pub fn total_size_kib(&self) -> f64 {
        kib(self.total_size)
    }

    /// The size of the smallest objects in KiB.
    pub fn least_size_kib(&self) -> f64 {
        kib(self.least_size)
    }

    /// The mean size of objects in KiB; 0 where there is none.
    pub fn mean_size_kib(&self) -> f64 {
        if self.total_objects == 0 { 0.0 } else { kib(self.total_size) / float(self.total_objects) }
    }

    /// The size of the largest objects in KiB.
    pub fn greatest_size_kib(&self) -> f64 {
        kib(self.greatest_size)
    }
}

impl fmt::Display for SlabSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut share = |what: &str, active: u64, total: u64, percent: f64| {
            writeln!(f, "{:<35}: {active} / {total} ({percent:.1}%)", format!("Active / Total {what} (% used)"))
        };
        share("Objects", self.active_objects, self.total_objects, self.objects_usage_percent())?;
        share("Slabs", self.active_slabs, self.total_slabs, self.slabs_usage_percent())?;
        share("Caches", self.active_caches, self.total_caches, self.caches_usage_percent())?;
        let (active, total) = (self.active_size_kib(), self.total_size_kib());
        let used = self.size_usage_percent();
        writeln!(f, "{:<35}: {active:.2}K / {total:.2}K ({used:.1}%)", "Active / Total Size (% used)")?;
        let (least, mean, greatest) = (self.least_size_kib(), self.mean_size_kib(), self.greatest_size_kib());
        write!(f, "{:<35}: {least:.2}K / {mean:.2}K / {greatest:.2}K", "Minimum / Average / Maximum Object")
    }
}

#[cfg(test)]
mod tests {
    use super::{SlabCache, Slabs};
    use proptest::prelude::*;

    const HEAD: &str = "slabinfo - version: 2.1\n# name            <active_objs> <num_objs>\n";

    fn line(name: &str, active: u64, objects: u64, size: u64) -> String {
        format!(
            "{name:<17} {active} {objects} {size} 13    2 : tunables    0    0    0 : slabdata      3      4      0\n"
        )
    }

    #[test]
    fn the_largest_first_and_their_sums() {
        let slabs = Slabs::of(&format!("{HEAD}{}{}", line("small", 5, 10, 2048), line("large", 0, 30, 1024))).unwrap();
        assert_eq!(slabs.caches.iter().map(|cache| cache.name.as_str()).collect::<Vec<_>>(), ["large", "small"]);
        let small = &slabs.caches[1];
        assert_eq!((small.slabs, small.total_slabs, small.use_percent(), small.pages_per_slab), (3, 4, 50, 2));
        assert!((small.active_size_kib() * 2.0 - super::float(small.cache_size_kib())).abs() < 0.001);
        let text = slabs.summary.to_string();
        let want = [
            "Active / Total Objects (% used)    : 5 / 40 (12.5%)",
            "Active / Total Slabs (% used)      : 6 / 8 (75.0%)",
            "Active / Total Caches (% used)     : 1 / 2 (50.0%)",
            "Active / Total Size (% used)       : 10.00K / 50.00K (20.0%)",
            "Minimum / Average / Maximum Object : 1.00K / 1.25K / 2.00K",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), want);
    }

    #[test]
    fn odd_names_do_not_shift_the_columns() {
        for name in [":t-0000192", "a : b", "two words", "x : tunables 1 : slabdata 2"] {
            let slabs = Slabs::of(&format!("{HEAD}{}", line(name, 1, 2, 3))).unwrap();
            assert_eq!((slabs.caches[0].name.as_str(), slabs.caches[0].objects), (name, 2));
        }
        let twice = Slabs::of(&format!("{HEAD}{}{}", line("same", 1, 2, 3), line("same", 4, 5, 6))).unwrap();
        assert_eq!(twice.caches.iter().map(|cache| cache.objects).collect::<Vec<_>>(), [5, 2]);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let told = |text: &str| Slabs::of(text).unwrap_err().to_string();
        assert_eq!(told(""), "Failed to parse slabinfo data: Missing version line in /proc/slabinfo");
        assert_eq!(
            told("slabinfo - version: 3.0\n"),
            "Failed to parse slabinfo. This version 3.0 of slabinfo is not supported"
        );
        assert_eq!(told(HEAD), "Failed to parse slabinfo data: No slab entries found");
        assert!(
            told(&format!("{HEAD}name 1 x 3 4 5 : tunables 0 0 0 : slabdata 1 1 1\n"))
                .ends_with("Missing num_objs field for slab: name 1 x")
        );
        assert!(told(&format!("{HEAD}name 1 2 3 4 5\n")).contains("Missing slabdata"));
        assert!(Slabs::of(&format!("slabinfo - version: 2.1 (statistics)\n{}", line("n", 1, 2, 3))).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "slabinfo - version: (2.1|.{0,3})\n(.{0,9}( [0-9]{0,30}){0,6} ?( : tunables)? ?( : slabdata)?( [0-9]{0,30}){0,3}\n){0,5}") {
            if let Ok(slabs) = Slabs::of(&text) {
                let _ = slabs.summary.to_string();
                let _: Vec<_> = slabs.caches.iter().map(|cache: &SlabCache| (cache.use_percent(), cache.active_size_kib())).collect();
            }
        }
    }
}
