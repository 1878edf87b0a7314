//! What `iostat` tells, as scripts see it.

use crate::needs::{PROC, TABLES};
use crate::values::{getter, int, map, plain_record, record};
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_disk_info::{CpuShares, DeviceRates, IoStatSnapshot};

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, script, places: PROC, around: TABLES, ..Example::BASE }
}

const PARTS: &[Example] = &[shown(
    "All parts",
    "let s = iostat(); type_of(s.cpu_stats) == \"CpuStats\" && s.device_stats.len() >= 0 && s.seconds > 0.0",
)];
const SHARES: &[Example] = &[shown(
    "Each is a share",
    "let c = iostat().cpu_stats; [c.user_percent, c.nice_percent, c.system_percent, c.iowait_percent, c.steal_percent, c.idle_percent].all(|p| p >= 0.0 && p <= 100.0)",
)];
const RATES: &[Example] = &[shown(
    "Nothing is negative",
    "iostat().device_stats.all(|d| [d.rrqm_per_sec, d.wrqm_per_sec, d.read_requests_per_sec, d.write_requests_per_sec, d.rkb_per_sec, d.wkb_per_sec, d.discard_requests_per_sec, d.dkb_per_sec, d.flush_requests_per_sec].all(|n| n >= 0.0))",
)];
const TIMES: &[Example] = &[shown(
    "Nothing is negative",
    "iostat().device_stats.all(|d| [d.avg_request_size, d.avg_queue_size, d.avg_wait, d.avg_read_wait, d.avg_write_wait, d.avg_discard_wait, d.avg_flush_wait, d.svctm, d.util_percent].all(|n| n >= 0.0))",
)];
const NAMES: &[Example] =
    &[shown("Each has a name", r#"iostat().device_stats.all(|d| d.device_name != "" && d.in_flight >= 0)"#)];

static CPU: Function =
    Function { examples: PARTS, ..getter("cpu_stats", "How the processors spent their time, all together.") };
static DEVICES: Function =
    Function { examples: PARTS, ..getter("device_stats", "What each block device did, in the order of the system.") };
static SECONDS: Function =
    Function { examples: PARTS, ..getter("seconds", "How long the time is that the rates are of.") };
static TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "A table as `iostat -x` shows it. The service time `svctm` is busy time for each request and tells nothing of devices that do several \
          at a time.",
    examples: &[shown(
        "Its beginning",
        r#"iostat().to_string().starts_with("avg-cpu:  %user   %nice %system %iowait  %steal   %idle\n")"#,
    )],
    ..Function::METHOD
};
static SNAPSHOT_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "A map of `cpu_stats`, a map, and `device_stats`, an array of maps.",
    examples: &[shown("As JSON", r#"iostat().to_map().to_json().contains("\"cpu_stats\":{")"#)],
    ..Function::METHOD
};
static CPU_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "A map of all shares, by their names.",
    examples: &[shown("Six shares", "iostat().cpu_stats.to_map().len() == 6")],
    ..Function::METHOD
};
static DEVICE_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "A map of the properties that the table shows, by their names; not discards, flushes and `in_flight`.",
    examples: &[shown("The name and what the table shows", "iostat().device_stats.all(|d| d.to_map().len() == 14)")],
    ..Function::METHOD
};

static NAME: Function = Function { examples: NAMES, ..getter("device_name", "The name of the device.") };
static IN_FLIGHT: Function =
    Function { examples: NAMES, ..getter("in_flight", "How many requests it was at, at the end.") };

/// A share of the processors' time.
const fn share(name: &'static str, doc: &'static str) -> Function {
    Function { examples: SHARES, ..getter(name, doc) }
}
/// So many for each second.
const fn rate(name: &'static str, doc: &'static str) -> Function {
    Function { examples: RATES, ..getter(name, doc) }
}
/// A mean.
const fn mean(name: &'static str, doc: &'static str) -> Function {
    Function { examples: TIMES, ..getter(name, doc) }
}

type CpuValue = fn(&CpuShares) -> f64;
type DeviceValue = fn(&DeviceRates) -> f64;

static SHARES_OF_CPU: [(Function, CpuValue); 6] = [
    (share("user_percent", "The share of programs of users, in percent, virtual machines among them."), |of| of.user),
    (share("nice_percent", "The share of programs of lower priority, in percent."), |of| of.nice),
    (share("system_percent", "The share of the system, in percent, its interrupts among it."), |of| of.system),
    (share("iowait_percent", "The share of idle time in which something waited for a disk, in percent."), |of| {
        of.iowait
    }),
    (share("steal_percent", "The share that the machine below a virtual one took, in percent."), |of| of.steal),
    (share("idle_percent", "The share of idle time, in percent."), |of| of.idle),
];

/// Those that the table shows come first, in its order.
static RATES_OF_DEVICE: [(Function, DeviceValue); 18] = [
    (rate("rrqm_per_sec", "Reads that were joined to others, each second."), |of| of.reads_merged),
    (rate("wrqm_per_sec", "Writes that were joined to others, each second."), |of| of.writes_merged),
    (rate("read_requests_per_sec", "Reads each second."), |of| of.reads),
    (rate("write_requests_per_sec", "Writes each second."), |of| of.writes),
    (rate("rkb_per_sec", "KiB read each second."), |of| of.read_kib),
    (rate("wkb_per_sec", "KiB written each second."), |of| of.written_kib),
    (mean("avg_request_size", "The mean size of a read or write, in sectors of 512 bytes."), |of| of.request_size),
    (mean("avg_queue_size", "How many requests waited or were carried out, in the mean."), |of| of.queue),
    (mean("avg_wait", "The mean time of a read or write, in milliseconds, waiting included."), |of| of.wait),
    (mean("avg_read_wait", "The mean time of a read, in milliseconds."), |of| of.read_wait),
    (mean("avg_write_wait", "The mean time of a write, in milliseconds."), |of| of.write_wait),
    (
        mean(
            "svctm",
            "Busy time for each read or write, in milliseconds; of devices that do several at a time it tells nothing.",
        ),
        |of| of.service_time,
    ),
    (mean("util_percent", "The share of the time in which it was busy, in percent."), |of| of.busy_percent),
    (rate("discard_requests_per_sec", "Discards each second."), |of| of.discards),
    (rate("dkb_per_sec", "KiB discarded each second."), |of| of.discarded_kib),
    (rate("flush_requests_per_sec", "Flushes each second."), |of| of.flushes),
    (mean("avg_discard_wait", "The mean time of a discard, in milliseconds."), |of| of.discard_wait),
    (mean("avg_flush_wait", "The mean time of a flush, in milliseconds."), |of| of.flush_wait),
];

/// How many of them the table shows.
const IN_TABLE: usize = 13;

fn cpu_map(of: &CpuShares) -> Map {
    SHARES_OF_CPU.iter().map(|(function, value)| (function.name.into(), value(of).into())).collect()
}

fn device_map(of: &DeviceRates) -> Map {
    let mut map: Map = RATES_OF_DEVICE
        .iter()
        .take(IN_TABLE)
        .map(|(function, value)| (function.name.into(), value(of).into()))
        .collect();
    map.insert("device_name".into(), of.name.clone().into());
    map
}

pub(crate) fn register(r: &mut Registrar) {
    plain_record(r, "IoStatSnapshot", &SNAPSHOT_MAP, |of: &IoStatSnapshot| {
        let devices: Array = of.devices.iter().map(|device| device_map(device).into()).collect();
        map([("cpu_stats", cpu_map(&of.cpu).into()), ("device_stats", devices.into())])
    });
    r.function(&TEXT, |_| |of: &mut IoStatSnapshot| of.to_string());
    r.function(&CPU, |_| |of: &mut IoStatSnapshot| of.cpu);
    r.function(&DEVICES, |_| {
        |of: &mut IoStatSnapshot| -> Array { of.devices.iter().cloned().map(Dynamic::from).collect() }
    });
    r.function(&SECONDS, |_| |of: &mut IoStatSnapshot| of.seconds);
    record(r, "CpuStats", &CPU_MAP, cpu_map);
    for (function, value) in &SHARES_OF_CPU {
        r.function(function, |_| move |of: &mut CpuShares| value(of));
    }
    record(r, "DeviceStats", &DEVICE_MAP, device_map);
    r.function(&NAME, |_| |of: &mut DeviceRates| of.name.clone());
    r.function(&IN_FLIGHT, |_| |of: &mut DeviceRates| int(of.in_flight));
    for (function, value) in &RATES_OF_DEVICE {
        r.function(function, |_| move |of: &mut DeviceRates| value(of));
    }
}
