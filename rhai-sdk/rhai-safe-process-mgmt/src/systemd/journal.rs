//! Reading the journal: `JournalOptions`, `journal` and `JournalEntry`.

use super::SystemctlManager;
use crate::error::Failure;
use rex_cedar_auth::action::systemd::Journal;
use rex_cedar_auth::{Need, kind, need};
use rex_logger::{Level, Logger};
use rex_runner_registrar_utils::builder::{constructor, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_process_mgmt::journal::{self, JournalEntry, JournalOptions, JournalRead};
use rust_sdk_common_utils::{DateTime, DateTimeFormat};

const UNIT_JOURNAL: Need = need::<Journal, kind::Service>();
const HOST_JOURNAL: Need = need::<Journal, kind::Systemd>();

static OPTIONS: Function = constructor(
    "JournalOptions",
    "Begins the options for reading the journal: by default the newest 1000 entries.",
    &[],
);
static UNIT: Function = setter("unit", "Only entries of the unit with this primary name.");
static SINCE: Function = setter("since", "Only entries received at this `DateTime` or later.");
static UNTIL: Function = setter("until", "Only entries received at this `DateTime` or earlier.");
static PRIORITY: Function = setter(
    "priority",
    "Only entries at least as important: 0 is an emergency, 3 an error, 6 information, 7 for finding faults.",
);
static CONTAINS: Function = setter("contains", "Only entries whose message contains this text.");
static LIMIT: Function = setter("limit", "No more than so many entries, the newest ones: 1 to 100000.");

static JOURNAL: Function = Function {
    name: "journal",
    params: &["self", "options"],
    doc: "Returns entries of the journal of systemd as an array of `JournalEntry`, the newest last. Where the options name a unit, \
          `journal` is asked for it; else for the service manager, to which the entries of no unit belong, and then for the unit of each \
          entry: entries of other units are left out. The files of the journal are read as the account that runs the script.",
    needs: &[UNIT_JOURNAL, HOST_JOURNAL],
    examples: &[
        Example {
            title: "What the service manager says of a unit, or the unit itself",
            script: r#"SystemctlManager().journal(JournalOptions().unit("rex-running.service").build()).some(|e| e.message.contains("says hello"))"#,
            ..Example::BASE
        },
        Example {
            title: "The newest errors of all units",
            script: r#"SystemctlManager().journal(JournalOptions().priority(3).limit(5).build()).some(|e| e.unit == "rex-running.service")"#,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

macro_rules! of_an_entry {
    ($test:literal) => {
        concat!(
            r#"let e = SystemctlManager().journal(JournalOptions().unit("rex-running.service").contains("says hello").build())[0]; "#,
            $test
        )
    };
}

const fn part(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::GETTER }
}

const fn whole(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, params: &["self"], examples, ..Function::METHOD }
}

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, script, around: &[UNIT_JOURNAL], ..Example::BASE }
}

static TIME: Function = part(
    "time",
    "When the entry was received, as a `DateTime`.",
    &[shown("A moment", of_an_entry!(r#"type_of(e.time) != "()""#))],
);
static MESSAGE: Function = part(
    "message",
    "What the entry says, at most 64 KiB of it.",
    &[shown("A text", of_an_entry!(r#"e.message == "it says hello""#))],
);
static ENTRY_PRIORITY: Function = part(
    "priority",
    "How bad it is, from 0 (emergency) to 7 (for finding faults), or `()`.",
    &[shown("An error", of_an_entry!("e.priority == 3"))],
);
static ENTRY_UNIT: Function = part(
    "unit",
    "The unit that the entry belongs to, or `()`. What the service manager says of a unit belongs to that unit.",
    &[shown("A name", of_an_entry!(r#"e.unit == "rex-running.service""#))],
);
static IDENTIFIER: Function = part(
    "identifier",
    "The name that the program goes by, or `()`.",
    &[shown("A name", of_an_entry!(r#"e.identifier == "rex-demo""#))],
);
static PID: Function =
    part("pid", "The process that wrote the entry, or `()`.", &[shown("A number", of_an_entry!("e.pid > 1"))]);
static UID: Function = part(
    "uid",
    "The number of the account that wrote the entry, or `()`.",
    &[shown("Root", of_an_entry!("e.uid == 0"))],
);
static TO_MAP: Function = whole(
    "to_map",
    "The entry as a map with the keys `time` (RFC 3339 text), `message`, `priority`, `unit`, `identifier`, `pid` and `uid`.",
    &[shown("Report an entry", of_an_entry!(r#"let m = e.to_map(); m.message == e.message && m.time.ends_with("Z")"#))],
);
static TO_STRING: Function = whole(
    "to_string",
    "The entry as a line of text: time, program, process and message.",
    &[shown("Show it", of_an_entry!(r#"e.to_string().ends_with("]: it says hello")"#))],
);
static TO_DEBUG: Function = whole(
    "to_debug",
    "The entry as a line of text, as `to_string` gives it.",
    &[shown("The same text", of_an_entry!("e.to_debug() == e.to_string()"))],
);

pub(super) fn register(r: &mut Registrar) {
    options::<JournalOptions>(r, "JournalOptions", "JournalOptionsBuilder", &OPTIONS, |of| {
        of.check().map_err(|error| error.to_string())
    });
    set(r, &UNIT, |of: &mut JournalOptions, unit: String| of.unit(&unit));
    set(r, &SINCE, |of: &mut JournalOptions, moment: DateTime| of.since(moment));
    set(r, &UNTIL, |of: &mut JournalOptions, moment: DateTime| of.until(moment));
    set(r, &CONTAINS, |of: &mut JournalOptions, text: String| of.contains(&text));
    set_checked(r, &PRIORITY, |of: &mut JournalOptions, value: i64| {
        of.priority(value).map_err(|error| error.to_string())
    });
    set_checked(r, &LIMIT, |of: &mut JournalOptions, value: i64| of.limit(value).map_err(|error| error.to_string()));

    r.type_name::<JournalEntry>("JournalEntry");
    r.type_name::<DateTime>("DateTime");
    r.function(&JOURNAL, |entry| {
        move |call: Call<'_>, _: &mut SystemctlManager, options: JournalOptions| {
            entry.run(&call, |gate| {
                let read = journal::journal(gate, &options).map_err(Failure::from)?;
                tell(entry.log(), &read);
                Ok::<Array, Failure>(read.entries.into_iter().map(Dynamic::from).collect())
            })
        }
    });
    r.function(&TIME, |_| |of: &mut JournalEntry| -> DateTime { of.time });
    r.function(&MESSAGE, |_| |of: &mut JournalEntry| of.message.clone());
    r.function(&ENTRY_PRIORITY, |_| |of: &mut JournalEntry| number(of.priority));
    r.function(&ENTRY_UNIT, |_| |of: &mut JournalEntry| text(of.unit.as_ref()));
    r.function(&IDENTIFIER, |_| |of: &mut JournalEntry| text(of.identifier.as_ref()));
    r.function(&PID, |_| |of: &mut JournalEntry| number(of.pid));
    r.function(&UID, |_| |of: &mut JournalEntry| number(of.uid));
    r.function(&TO_MAP, |_| to_map);
    r.function(&TO_STRING, |_| |of: &mut JournalEntry| line(of));
    r.function(&TO_DEBUG, |_| |of: &mut JournalEntry| line(of));
}

/// Tells the log what was left out, so that nothing is missing in silence.
fn tell(log: &Logger, read: &JournalRead) {
    let (entries, files) = read.unreadable;
    let told = [
        (read.hidden > 0, format!("journal: left out {} entries that the policy does not let be read", read.hidden)),
        (entries > 0, format!("journal: left out {entries} entries that cannot be read")),
        (files > 0, format!("journal: left out {files} files that cannot be read")),
        (read.cut, "journal: left out older entries, the text of all was too much".to_owned()),
    ];
    for (_, text) in told.iter().filter(|(told, _)| *told) {
        log.function(Level::Warn, text);
    }
}

fn text(value: Option<&String>) -> Dynamic {
    value.map_or(Dynamic::UNIT, |value| value.clone().into())
}

fn number(value: Option<impl Into<i64>>) -> Dynamic {
    value.map_or(Dynamic::UNIT, |value| Dynamic::from(value.into()))
}

fn time(of: &JournalEntry) -> String {
    of.time.format(DateTimeFormat::Rfc3339).unwrap_or_default()
}

fn to_map(of: &mut JournalEntry) -> Map {
    Map::from([
        ("time".into(), time(of).into()),
        ("message".into(), of.message.clone().into()),
        ("priority".into(), number(of.priority)),
        ("unit".into(), text(of.unit.as_ref())),
        ("identifier".into(), text(of.identifier.as_ref())),
        ("pid".into(), number(of.pid)),
        ("uid".into(), number(of.uid)),
    ])
}

fn line(of: &JournalEntry) -> String {
    let program = of.identifier.as_deref().unwrap_or("unknown");
    let pid = of.pid.map(|pid| format!("[{pid}]")).unwrap_or_default();
    format!("{} {program}{pid}: {}", time(of), of.message)
}
