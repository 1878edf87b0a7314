//! `iostat`: what processors and block devices do.

use crate::error::{Failure, as_text};
use crate::needs::{PROC, TABLES};
use crate::values::texts_of;
use rex_runner_registrar_utils::builder::{constructor, number, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::Array;
use rust_safe_disk_info::{IoStatOptions, iostat};
use std::time::Duration;

/// The longest that may be watched: a day, in milliseconds.
const MOST: u64 = 86_400_000;

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, script, places: PROC, ..Example::BASE }
}

const fn set_up(title: &'static str, script: &'static str) -> Example {
    Example { around: TABLES, ..shown(title, script) }
}

static SINCE_BOOT: Function = Function {
    name: "iostat",
    doc: "Tells what the processors and all block devices did since the boot. `iostat(seconds)` tells of the present. Errors are thrown as texts.",
    needs: TABLES,
    examples: &[shown(
        "Shares of the processors",
        "let c = iostat().cpu_stats; c.user_percent + c.nice_percent + c.system_percent + c.iowait_percent + c.steal_percent + c.idle_percent > 99.0",
    )],
    ..Function::BASE
};

static FOR_SECONDS: Function = Function {
    name: "iostat",
    params: &["seconds"],
    doc: "Watches for so many seconds, 1 to 86400, and tells what the processors and all block devices did in that time. A run that has to end does \
          not wait.",
    needs: TABLES,
    examples: &[shown("The present load", "iostat(1).seconds >= 1.0")],
    ..Function::BASE
};

static WITH: Function = Function {
    name: "iostat",
    params: &["options"],
    doc: "Tells what the processors and the chosen block devices did, since the boot or in the interval of the options.",
    needs: TABLES,
    examples: &[shown(
        "No device is called so",
        r#"iostat(IoStatOptions().devices(["no device*"]).build()).device_stats.is_empty()"#,
    )],
    ..Function::BASE
};

static OPTIONS: Function = constructor(
    "IoStatOptions",
    "Begins options for `iostat`: all devices, since the boot.",
    &[set_up(
        "As without options",
        "iostat(IoStatOptions().build()).device_stats.len() == iostat().device_stats.len()",
    )],
);
static INTERVAL: Function = Function {
    examples: &[set_up("A second", "iostat(IoStatOptions().interval(1).build()).seconds < 60.0")],
    ..setter("interval", "Watch for so many seconds, 1 to 86400, instead of telling of the time since the boot.")
};
static INTERVAL_MS: Function = Function {
    examples: &[set_up(
        "A tenth of a second",
        "let s = iostat(IoStatOptions().interval_ms(100).build()).seconds; s >= 0.1 && s < 60.0",
    )],
    ..setter(
        "interval_ms",
        "Watch for so many milliseconds, 1 to 86400000, instead of telling of the time since the boot.",
    )
};
static DEVICES: Function = Function {
    examples: &[set_up(
        "By pattern",
        r#"let all = iostat().device_stats; iostat(IoStatOptions().devices(["*"]).build()).device_stats.len() == all.len()"#,
    )],
    ..setter(
        "devices",
        "Only devices of these names; `*` stands for any characters, as in `sd*`. An empty array means all.",
    )
};
static ACTIVE: Function = Function {
    examples: &[set_up(
        "Not those that did nothing",
        "iostat(IoStatOptions().active(true).build()).device_stats.len() <= iostat().device_stats.len()",
    )],
    ..setter("active", "Only devices that did anything in the time.")
};

fn interval(name: &str, value: i64, unit: u64) -> Result<Option<Duration>, String> {
    let millis = number::<u64>(name, value)?.checked_mul(unit).filter(|millis| (1..=MOST).contains(millis));
    let millis = millis.ok_or_else(|| format!("{name} takes 1 to {}", MOST / unit))?;
    Ok(Some(Duration::from_millis(millis)))
}

pub(crate) fn register(r: &mut Registrar) {
    options::<IoStatOptions>(r, "IoStatOptions", "IoStatOptionsBuilder", &OPTIONS, |_| Ok(()));
    set_checked(r, &INTERVAL, |of: &mut IoStatOptions, value: i64| {
        of.interval = interval("interval", value, 1000)?;
        Ok(())
    });
    set_checked(r, &INTERVAL_MS, |of: &mut IoStatOptions, value: i64| {
        of.interval = interval("interval_ms", value, 1)?;
        Ok(())
    });
    set(r, &DEVICES, |of: &mut IoStatOptions, value: Array| {
        of.devices = texts_of(&value);
    });
    set(r, &ACTIVE, |of: &mut IoStatOptions, value: bool| of.active = value);
    r.function(&SINCE_BOOT, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| iostat(gate, &IoStatOptions::default()).map_err(as_text))
    });
    r.function(&FOR_SECONDS, |entry| {
        move |call: Call<'_>, seconds: i64| {
            entry.run(&call, |gate| {
                let interval = interval("seconds", seconds, 1000).map_err(ScriptError::Text)?;
                Ok::<_, Failure>(iostat(gate, &IoStatOptions { interval, ..IoStatOptions::default() })?)
            })
        }
    });
    r.function(&WITH, |entry| {
        move |call: Call<'_>, options: IoStatOptions| {
            entry.run(&call, |gate| iostat(gate, &options).map_err(Failure::from))
        }
    });
}
