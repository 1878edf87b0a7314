//! What scripts get of a process: `ProcessInfo`, `PidNamespace`.

use crate::needs::LIST;
use crate::record::{Record, int, map, optional, register as record};
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::{Dynamic, Map};
use rust_safe_process_mgmt::{PidNamespace, ProcessInfo};

/// The value of a getter, shown by an example that lists processes.
const fn getter(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::GETTER }
}

macro_rules! shown {
    ($title:literal, $script:literal) => {
        &[Example { title: $title, script: $script, around: &[LIST], ..Example::BASE }]
    };
}

static PID: Function = getter(
    "pid",
    "The number of the process; of a thread that of the thread.",
    shown!("The first", "ps().some(|p| p.pid == 1)"),
);
static NAME: Function = getter(
    "name",
    "The name that the kernel knows, at most 15 bytes. The process itself can change it.",
    shown!("Each has one", "ps().some(|p| p.name.len() > 0)"),
);
static PPID: Function = getter(
    "ppid",
    "The number of its parent, of a thread that of its process; `()` where it has none.",
    shown!("The first has none", "ps().some(|p| p.pid == 1 && p.ppid == ())"),
);
static UID: Function =
    getter("uid", "The number of its real user.", shown!("Never negative", "ps().some(|p| p.uid >= 0)"));
static USERNAME: Function = getter(
    "username",
    "The login name of its real user in the password file; empty where it has none.",
    shown!("Whose it is", r#"ps().some(|p| p.uid == 0 && p.username == "root")"#),
);
static MEMORY_USAGE: Function = getter(
    "memory_usage",
    "Bytes of memory that it occupies.",
    shown!("More than a megabyte", "ps().some(|p| p.memory_usage > 1024 * 1024)"),
);
static MEMORY_PERCENT: Function = getter(
    "memory_percent",
    "Percent of all memory that it occupies, cut after two decimals.",
    shown!("At most all", "ps().some(|p| p.memory_percent >= 0.0 && p.memory_percent <= 100.0)"),
);
static STATE: Function = getter(
    "state",
    "`Run`, `Sleep`, `Idle`, `UninterruptibleDiskSleep`, `Zombie`, `Stop`, `Tracing`, `Dead`, `Wakekill`, `Waking`, `Parked`, or `Unknown(…)` with \
     the code of the kernel's letter.",
    shown!("Somebody waits", r#"ps().some(|p| p.state == "Sleep")"#),
);
static COMMAND: Function = getter(
    "command",
    "Its command line: the words joined by spaces, the directory of the first left out; empty for threads of the kernel. The process itself can change it.",
    shown!("Some have one", r#"ps().some(|p| p.command != "")"#),
);
static RECENT: Function = getter(
    "recent_cpu_usage",
    "Percent of one processor that it used between two looks of `monitor_processes_cpu`; elsewhere `()`.",
    shown!("Not in a listing", "ps().some(|p| p.recent_cpu_usage == ())"),
);
static HISTORICAL: Function = getter(
    "historical_cpu_usage",
    "Percent of one processor that it used since it started; with several threads it may be more than 100. 0 in its first second.",
    shown!("Never negative", "ps().some(|p| p.historical_cpu_usage > 0.0)"),
);
static NAMESPACE: Function = getter(
    "pid_namespace",
    "Its pid namespace, where `load_namespace_info(true)` asked for it and it could be read; else `()`.",
    shown!("Not asked for", "ps().some(|p| p.pid_namespace == ())"),
);
static NAMESPACE_ID: Function =
    getter("namespace_id", "The number of the namespace, as in the link `/proc/PID/ns/pid`.", &[]);
static CHILD_PID: Function = getter("child_ns_pid", "The number of the process in its own namespace.", &[]);

impl Record for ProcessInfo {
    fn map(&self) -> Map {
        map([
            ("pid", i64::from(self.pid).into()),
            ("name", self.name.clone().into()),
            ("ppid", optional(self.ppid.map(i64::from))),
            ("uid", i64::from(self.uid).into()),
            ("username", Dynamic::from(self.username.to_string())),
            ("memory_usage", int(self.memory_usage).into()),
            ("memory_percent", self.memory_percent.into()),
            ("state", self.state.to_string().into()),
            ("command", self.command.clone().into()),
            ("recent_cpu_usage", optional(self.recent_cpu_usage)),
            ("historical_cpu_usage", self.historical_cpu_usage.into()),
            ("pid_namespace", self.pid_namespace.map_or(Dynamic::UNIT, |namespace| namespace.map().into())),
        ])
    }
}

impl Record for PidNamespace {
    fn map(&self) -> Map {
        map([("namespace_id", int(self.namespace_id).into()), ("child_ns_pid", i64::from(self.child_ns_pid).into())])
    }
}

pub(crate) fn register(r: &mut Registrar) {
    record::<ProcessInfo>(r, "ProcessInfo");
    r.function(&PID, |_| |of: &mut ProcessInfo| i64::from(of.pid));
    r.function(&NAME, |_| |of: &mut ProcessInfo| of.name.clone());
    r.function(&PPID, |_| |of: &mut ProcessInfo| optional(of.ppid.map(i64::from)));
    r.function(&UID, |_| |of: &mut ProcessInfo| i64::from(of.uid));
    r.function(&USERNAME, |_| |of: &mut ProcessInfo| of.username.to_string());
    r.function(&MEMORY_USAGE, |_| |of: &mut ProcessInfo| int(of.memory_usage));
    r.function(&MEMORY_PERCENT, |_| |of: &mut ProcessInfo| of.memory_percent);
    r.function(&STATE, |_| |of: &mut ProcessInfo| of.state.to_string());
    r.function(&COMMAND, |_| |of: &mut ProcessInfo| of.command.clone());
    r.function(&RECENT, |_| |of: &mut ProcessInfo| optional(of.recent_cpu_usage));
    r.function(&HISTORICAL, |_| |of: &mut ProcessInfo| of.historical_cpu_usage);
    r.function(&NAMESPACE, |_| |of: &mut ProcessInfo| of.pid_namespace.map_or(Dynamic::UNIT, Dynamic::from));
    record::<PidNamespace>(r, "PidNamespace");
    r.function(&NAMESPACE_ID, |_| |of: &mut PidNamespace| int(of.namespace_id));
    r.function(&CHILD_PID, |_| |of: &mut PidNamespace| i64::from(of.child_ns_pid));
}
