//! Rates of input and output, from two readings of counters.

use procfs_core::{CpuTime, DiskStat};
use std::collections::HashMap;
use std::fmt;

/// `part` of `whole` in percent, 0.0 where there is no whole; never above 100.
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    (quotient(part, whole) * 100.0).min(100.0)
}

/// 0.0 where the divisor is 0.
fn quotient(dividend: u64, divisor: u64) -> f64 {
    if divisor == 0 { 0.0 } else { float(dividend) / float(divisor) }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits than a float has")]
fn float(number: u64) -> f64 {
    number as f64
}

/// How the processors spent their time, in percent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CpuShares {
    /// Programs of users, those in virtual machines among them.
    pub user: f64,
    /// Programs of lower priority.
    pub nice: f64,
    /// The system, its interrupts among it.
    pub system: f64,
    /// Idle, while something waited for a disk.
    pub iowait: f64,
    /// Taken by the machine below a virtual one.
    pub steal: f64,
    /// Idle.
    pub idle: f64,
}

impl CpuShares {
    /// Between two readings.
    pub(crate) fn between(before: Option<&CpuTime>, now: &CpuTime) -> Self {
        // LINUX: user time holds that of guests, proc_stat(5). Idle times may go back a little.
        let times = |of: &CpuTime| {
            let or = Option::unwrap_or_default;
            let system = of.system.saturating_add(or(of.irq)).saturating_add(or(of.softirq));
            [of.user, of.nice, system, or(of.iowait), or(of.steal), of.idle]
        };
        let (earlier, later) = (before.map_or([0; 6], times), times(now));
        let mut spent = [0; 6];
        for ((spent, earlier), later) in spent.iter_mut().zip(earlier).zip(later) {
            *spent = later.saturating_sub(earlier);
        }
        let all = spent.iter().fold(0, |all: u64, one| all.saturating_add(*one));
        let [user, nice, system, iowait, steal, idle] = spent.map(|part| percent(part, all));
        Self { user, nice, system, iowait, steal, idle }
    }
}

/// What a block device did. Rates are for each second, waits in milliseconds, sizes in sectors of 512 bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeviceRates {
    /// Its name.
    pub name: String,
    /// Reads that were joined to others.
    pub reads_merged: f64,
    /// Writes that were joined to others.
    pub writes_merged: f64,
    /// Reads.
    pub reads: f64,
    /// Writes.
    pub writes: f64,
    /// Read, in KiB.
    pub read_kib: f64,
    /// Written, in KiB.
    pub written_kib: f64,
    /// Discards.
    pub discards: f64,
    /// Discarded, in KiB.
    pub discarded_kib: f64,
    /// Flushes.
    pub flushes: f64,
    /// The mean size of a read or write.
    pub request_size: f64,
    /// How many requests waited or were carried out, in the mean.
    pub queue: f64,
    /// The mean time of a read or write, waiting included.
    pub wait: f64,
    /// The mean time of a read.
    pub read_wait: f64,
    /// The mean time of a write.
    pub write_wait: f64,
    /// The mean time of a discard.
    pub discard_wait: f64,
    /// The mean time of a flush.
    pub flush_wait: f64,
    /// Busy time for each read or write: of devices that do several at a time it tells nothing.
    pub service_time: f64,
    /// The share of the time in which it was busy, in percent.
    pub busy_percent: f64,
    /// Requests that it is at now.
    pub in_flight: u64,
    /// Whether it did anything at all.
    pub active: bool,
}

/// LINUX: the kernel counts milliseconds in 32 bits.
const MILLISECONDS: u64 = 1 << 32;

impl DeviceRates {
    /// Between two readings that are `millis` milliseconds apart.
    pub(crate) fn between(before: Option<&DiskStat>, now: &DiskStat, millis: u64) -> Self {
        // A device that counts fewer than before is another of the same name.
        let before = before.filter(|before| before.reads <= now.reads && before.writes <= now.writes);
        let count = |of: fn(&DiskStat) -> Option<u64>| {
            let [before, now] = [before.and_then(of), of(now)].map(Option::unwrap_or_default);
            now.saturating_sub(before)
        };
        let time = |of: fn(&DiskStat) -> Option<u64>| {
            let [before, now] = [before.and_then(of), of(now)].map(Option::unwrap_or_default);
            now.checked_sub(before).unwrap_or_else(|| now.saturating_add(MILLISECONDS).saturating_sub(before))
        };
        let per_second = |count: u64| quotient(count, millis) * 1000.0;
        let kib = |sectors: u64| per_second(sectors) / 2.0;

        let (reads, writes) = (count(|of| Some(of.reads)), count(|of| Some(of.writes)));
        let (read_sectors, written_sectors) = (count(|of| Some(of.sectors_read)), count(|of| Some(of.sectors_written)));
        let (read_time, write_time) = (time(|of| Some(of.time_reading)), time(|of| Some(of.time_writing)));
        let (discards, flushes) = (count(|of| of.discards), count(|of| of.flushes));
        let busy = time(|of| Some(of.time_in_progress));
        let requests = reads.saturating_add(writes);
        Self {
            name: now.name.clone(),
            reads_merged: per_second(count(|of| Some(of.merged))),
            writes_merged: per_second(count(|of| Some(of.writes_merged))),
            reads: per_second(reads),
            writes: per_second(writes),
            read_kib: kib(read_sectors),
            written_kib: kib(written_sectors),
            discards: per_second(discards),
            discarded_kib: kib(count(|of| of.sectors_discarded)),
            flushes: per_second(flushes),
            request_size: quotient(read_sectors.saturating_add(written_sectors), requests),
            queue: quotient(time(|of| Some(of.weighted_time_in_progress)), millis),
            wait: quotient(read_time.saturating_add(write_time), requests),
            read_wait: quotient(read_time, reads),
            write_wait: quotient(write_time, writes),
            discard_wait: quotient(time(|of| of.time_discarding), discards),
            flush_wait: quotient(time(|of| of.time_flushing), flushes),
            service_time: quotient(busy, requests),
            busy_percent: percent(busy, millis),
            in_flight: now.in_progress,
            active: requests > 0 || discards > 0 || flushes > 0 || now.in_progress > 0,
        }
    }
}

/// What processors and block devices did in some time.
#[derive(Debug, Clone, PartialEq)]
pub struct IoStatSnapshot {
    /// How long that time was, in seconds.
    pub seconds: f64,
    /// The processors, all together.
    pub cpu: CpuShares,
    /// Each device, in the order of the system.
    pub devices: Vec<DeviceRates>,
}

/// One reading of the counters.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) cpu: CpuTime,
    pub(crate) disks: Vec<DiskStat>,
}

impl IoStatSnapshot {
    /// Between two readings that are `millis` milliseconds apart; without the first, since the counters began.
    pub(crate) fn between(before: Option<&Reading>, now: &Reading, millis: u64) -> Self {
        let earlier: HashMap<&str, &DiskStat> =
            before.into_iter().flat_map(|before| &before.disks).map(|disk| (disk.name.as_str(), disk)).collect();
        let rates = |disk: &DiskStat| DeviceRates::between(earlier.get(disk.name.as_str()).copied(), disk, millis);
        Self {
            seconds: float(millis) / 1000.0,
            cpu: CpuShares::between(before.map(|before| &before.cpu), &now.cpu),
            devices: now.disks.iter().map(rates).collect(),
        }
    }
}

/// As `iostat -x` of old shows it.
impl fmt::Display for IoStatSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CpuShares { user, nice, system, iowait, steal, idle } = self.cpu;
        writeln!(f, "avg-cpu:  %user   %nice %system %iowait  %steal   %idle")?;
        writeln!(f, "          {user:6.2}  {nice:6.2}  {system:6.2}  {iowait:6.2}  {steal:6.2}  {idle:6.2}\n")?;
        f.write_str("Device:         rrqm/s   wrqm/s     r/s     w/s    rkB/s    wkB/s avgrq-sz avgqu-sz")?;
        f.write_str("   await r_await w_await  svctm  %util\n")?;
        for device in &self.devices {
            write!(f, "{:<15}", device.name)?;
            for (value, width) in [
                (device.reads_merged, 8),
                (device.writes_merged, 8),
                (device.reads, 7),
                (device.writes, 7),
                (device.read_kib, 8),
                (device.written_kib, 8),
                (device.request_size, 8),
                (device.queue, 8),
                (device.wait, 7),
                (device.read_wait, 7),
                (device.write_wait, 7),
                (device.service_time, 6),
                (device.busy_percent, 6),
            ] {
                write!(f, " {value:width$.2}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{CpuShares, DeviceRates, IoStatSnapshot};
    use procfs_core::DiskStat;
    use proptest::prelude::*;

    fn disk(numbers: &str) -> DiskStat {
        DiskStat::from_line(&format!("8 0 sda {numbers}")).unwrap()
    }

    #[test]
    fn rates_of_an_interval() {
        let before = disk("100 10 2000 500 40 5 800 300 2 600 900 10 0 80 20 4 8");
        let now = disk("300 30 6000 900 140 25 2800 700 1 1100 1900 30 0 1680 60 8 20");
        let rates = DeviceRates::between(Some(&before), &now, 2000);
        assert_eq!((rates.reads, rates.writes, rates.reads_merged, rates.writes_merged), (100.0, 50.0, 10.0, 10.0));
        assert_eq!((rates.read_kib, rates.written_kib, rates.discarded_kib), (1000.0, 500.0, 400.0));
        assert_eq!((rates.request_size, rates.queue, rates.busy_percent), (20.0, 0.5, 25.0));
        assert_eq!((rates.read_wait, rates.write_wait, rates.discard_wait, rates.flush_wait), (2.0, 4.0, 2.0, 3.0));
        assert!((rates.wait - 800.0 / 300.0).abs() < 1e-9 && (rates.service_time - 500.0 / 300.0).abs() < 1e-9);
        assert_eq!((rates.discards, rates.flushes, rates.in_flight, rates.active), (10.0, 2.0, 1, true));
    }

    #[test]
    fn milliseconds_of_32_bits_go_round() {
        let before = disk("1 0 8 4294967290 1 0 8 0 0 4294967000 0");
        let now = disk("2 0 16 4 1 0 8 0 0 104 0");
        let rates = DeviceRates::between(Some(&before), &now, 1000);
        assert_eq!((rates.read_wait, rates.busy_percent), (10.0, 40.0));
    }

    #[test]
    fn another_device_of_the_same_name_starts_at_nothing() {
        let rates = DeviceRates::between(Some(&disk("900 0 0 0 0 0 0 0 0 0 0")), &disk("5 0 0 0 0 0 0 0 0 0 0"), 1000);
        assert!((rates.reads - 5.0).abs() < 1e-9);
    }

    #[test]
    fn the_table_is_laid_out_as_known() {
        let cpu = CpuShares { user: 1.5, nice: 0.0, system: 10.25, iowait: 0.0, steal: 0.0, idle: 88.25 };
        let device =
            DeviceRates { name: "nvme0n1".to_owned(), reads: 12.345, busy_percent: 100.0, ..DeviceRates::default() };
        let shown = IoStatSnapshot { seconds: 1.0, cpu, devices: vec![device] }.to_string();
        let expected = "avg-cpu:  %user   %nice %system %iowait  %steal   %idle
            1.50    0.00   10.25    0.00    0.00   88.25

Device:         rrqm/s   wrqm/s     r/s     w/s    rkB/s    wkB/s avgrq-sz avgqu-sz   await r_await w_await  svctm  %util
nvme0n1             0.00     0.00   12.35    0.00     0.00     0.00     0.00     0.00    0.00    0.00    0.00   0.00 100.00
";
        assert_eq!(shown, expected);
    }

    proptest! {
        #[test]
        fn no_counters_break_it(before in proptest::collection::vec(any::<u64>(), 17), now in proptest::collection::vec(any::<u64>(), 17), millis in any::<u64>()) {
            let line = |numbers: &[u64]| disk(&numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            let rates = DeviceRates::between(Some(&line(&before)), &line(&now), millis);
            for value in [rates.reads, rates.read_kib, rates.wait, rates.queue, rates.service_time, rates.discarded_kib] {
                prop_assert!(value.is_finite() && value >= 0.0);
            }
            prop_assert!((0.0..=100.0).contains(&rates.busy_percent));
        }
    }
}
