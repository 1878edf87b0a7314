//! What scripts get of the kernel's messages: `DmesgOptions`, `DmesgEntry`.

use crate::needs::READ_FILE;
use crate::record::{Record, int, map, register as record};
use rex_runner_registrar_utils::builder::{constructor, number as fits, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::{ImmutableString, Map};
use rust_safe_system_info::{LogEntry, LogOptions};
use rust_sdk_common_utils::DateTime;

const ENTRY: &[Example] = &[Example {
    title: "The newest message",
    script: "let m = SystemInfo().dmesg_info(DmesgOptions().last(1).build()); m.len() == 1 && m[0].level <= 7 && m[0].message != \"\"",
    places: &["/dev"],
    around: &[READ_FILE],
    ..Example::BASE
}];

static OPTIONS: Function = constructor(
    "DmesgOptions",
    "Begins the options for reading the messages of the kernel. Everything that is set must hold of a message.",
    &[Example {
        title: "Words are checked",
        script: "let said = \"\"; try { DmesgOptions().level(\"loud\"); } catch (e) { said = e; } said.contains(\"levels are emerg\")",
        ..Example::BASE
    }],
);
static HUMAN: Function = setter(
    "human_readable_time",
    "Tell the time of day in UTC, such as `Tue Oct 21 14:30:00 2025`, instead of the seconds since the start of the system.",
);
static LEVEL: Function = setter(
    "level",
    "Those at least as urgent as this: `emerg`, `alert`, `crit`, `err`, `warn`, `notice`, `info` or `debug`.",
);
static FACILITY: Function =
    setter("facility", "Those of this facility: `kern`, `user`, `daemon` or another word of syslog(3).");
static SINCE: Function = setter("since", "Those from this moment on.");
static UNTIL: Function = setter("until", "Those up to this moment.");
static AFTER: Function = setter("after_sequence", "Those behind the one with this number, to read on later.");
static LAST: Function = setter("last", "Of those that everything else admits, the newest so many.");

impl Record for LogEntry {
    fn map(&self) -> Map {
        map([("timestamp_from_system_start", self.time.clone().into()), ("message", self.message.clone().into())])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

pub(crate) fn register(r: &mut Registrar) {
    options::<LogOptions>(r, "DmesgOptions", "DmesgOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &HUMAN, |of: &mut LogOptions, value: bool| of.human_readable_time = value);
    set_checked(r, &LEVEL, |of: &mut LogOptions, word: ImmutableString| {
        of.level = Some(LogOptions::level_of(&word)?);
        Ok(())
    });
    set_checked(r, &FACILITY, |of: &mut LogOptions, word: ImmutableString| {
        of.facility = Some(LogOptions::facility_of(&word)?);
        Ok(())
    });
    set(r, &SINCE, |of: &mut LogOptions, moment: DateTime| of.since = Some(moment));
    set(r, &UNTIL, |of: &mut LogOptions, moment: DateTime| of.until = Some(moment));
    set_checked(r, &AFTER, |of: &mut LogOptions, number: i64| {
        of.after = Some(fits("after_sequence", number)?);
        Ok(())
    });
    set_checked(r, &LAST, |of: &mut LogOptions, count: i64| {
        of.last = Some(fits("last", count)?);
        Ok(())
    });
    record::<LogEntry>(r, "DmesgEntry");
    getters! { r, LogEntry, ENTRY,
        "timestamp_from_system_start" "Its time as text: seconds since the start of the system, or the time of day where that was asked for." |m| m.time.clone();
        "message" "What it says. What no terminal should see stands there as `\\x1b`." |m| m.message.clone();
        "microseconds" "Its time, in microseconds since the start of the system, without those in which it slept." |m| int(m.microseconds);
        "level" "How urgent it is, 0 (the system is unusable) to 7 (for developers)." |m| i64::from(m.level);
        "level_name" "The word for its level, such as `warn`." LogEntry::level_name;
        "facility" "What it is about, as syslog(3) numbers it; 0 for the kernel itself." |m| int(m.facility);
        "facility_name" "The word for its facility, such as `kern`; empty where it has none." LogEntry::facility_name;
        "sequence" "Its number; the next message has a greater one." |m| int(m.sequence);
        "details" "What else is known, as a map: `SUBSYSTEM` and `DEVICE`, for example."
            |m| -> Map { m.details.iter().map(|(name, value)| (name.as_str().into(), value.clone().into())).collect() };
    }
}
