//! `ps`, `processes`: listing.

use crate::error::Failure;
use crate::manager::ProcessManager;
use crate::needs::{LIST, OPEN_DIR, OPEN_FILE, READ_FILE};
use rex_cedar_auth::Gate;
use rex_logger::Level;
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar, number};
use rhai::{Array, Dynamic};
use rust_safe_process_mgmt::{ProcessOptions, Processes, process, processes};

/// So many processes are named in the log for what could not be told of them; of the rest only the number.
const NAMED: usize = 20;

static OPTIONS: Function = constructor(
    "ProcessOptions",
    "Begins the options for listing processes.",
    &[Example {
        title: "Threads too",
        script: "ProcessManager().processes(ProcessOptions().include_threads(true).build()).len() > ps().len()",
        around: &[LIST],
        ..Example::BASE
    }],
);
static LOAD_NAMESPACE: Function = setter(
    "load_namespace_info",
    "Tell the pid namespace of each process. That of a process that may not be looked into so far is `()`, which the log explains.",
);
static THREADS: Function = setter(
    "include_threads",
    "List the threads of each process but its first, behind it. `pid` is then the number of the thread, `ppid` that of its process.",
);

static PS: Function = Function {
    name: "ps",
    doc: "Returns the processes of the host, in the order of their numbers. Those that the policy does not let be listed are left out, which the log \
          tells once.",
    needs: &[LIST],
    examples: &[Example { title: "All processes", script: "ps().some(|p| p.pid == 1)", ..Example::BASE }],
    ..Function::BASE
};

static PROCESSES: Function = Function {
    name: "processes",
    params: &["self"],
    doc: "As `ps()`.",
    needs: &[LIST],
    examples: &[Example {
        title: "The same as ps",
        script: "ProcessManager().processes().some(|p| p.pid == 1)",
        ..Example::BASE
    }],
    ..Function::METHOD
};

static PROCESS: Function = Function {
    name: "process",
    params: &["self", "pid"],
    doc: "Returns the process `pid`. It looks at no other, so that it is much faster than a search in a listing. That there is no such process is an error \
          of the kind `ProcessNotFound`, which also needs a permit to list it.",
    needs: &[LIST],
    examples: &[
        Example { title: "The first process", script: "ProcessManager().process(1).pid == 1", ..Example::BASE },
        Example {
            title: "Is it still there?",
            script: "let there = true; \
                     try { ProcessManager().process(999999999) } catch (e) { if e.kind != ProcessErrorKind::ProcessNotFound { throw e; } there = false; } \
                     !there",
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static WITH_OPTIONS: Function = Function {
    name: "processes",
    params: &["self", "options"],
    doc: "As `ps()`, with threads or pid namespaces where the options ask for them. A namespace is read from `/proc/PID/ns/pid` and `/proc/PID/status`, \
          which the policy judges as files.",
    needs: &[LIST, OPEN_DIR, OPEN_FILE, READ_FILE],
    examples: &[Example {
        title: "The pid namespace of processes",
        places: &["/proc"],
        script: "let found = ProcessManager().processes(ProcessOptions().load_namespace_info(true).build()).filter(|p| p.pid_namespace != ()); \
                     found.len() > 0 && found.all(|p| p.pid_namespace.namespace_id > 0 && p.pid_namespace.child_ns_pid > 0)",
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    options::<ProcessOptions>(r, "ProcessOptions", "ProcessOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &LOAD_NAMESPACE, |options: &mut ProcessOptions, value: bool| options.load_namespace_info = value);
    set(r, &THREADS, |options: &mut ProcessOptions, value: bool| options.include_threads = value);
    r.function(&PS, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| list(gate, &entry, ProcessOptions::default()))
    });
    r.function(&PROCESSES, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager| {
            entry.run(&call, |gate| list(gate, &entry, ProcessOptions::default()))
        }
    });
    r.function(&PROCESS, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, pid: i64| {
            entry.run(&call, |gate| Ok::<_, Failure>(process(gate, number::<u32>("pid", pid)?)?))
        }
    });
    r.function(&WITH_OPTIONS, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, options: ProcessOptions| {
            entry.run(&call, |gate| list(gate, &entry, options))
        }
    });
}

fn list(gate: &Gate, entry: &Entry, options: ProcessOptions) -> Result<Array, Failure> {
    let Processes { processes, denied, without_namespace } = processes(gate, options)?;
    tell_denied(entry, denied, "list");
    let named = without_namespace.iter().take(NAMED).map(|(pid, why)| format!("no namespace of process {pid}: {why}"));
    tell_skipped(entry, named, without_namespace.len());
    Ok(processes.into_iter().map(Dynamic::from).collect())
}

/// Tells the log, once, how many processes the policy withheld.
pub(crate) fn tell_denied(entry: &Entry, denied: usize, action: &str) {
    if denied > 0 {
        let text = format!("{denied} processes are left out: the policy does not permit `{action}` on them");
        entry.log().function(Level::Warn, &text);
    }
}

/// Tells the log what could not be told or done, the first ones each, of all `count` the number.
pub(crate) fn tell_skipped(entry: &Entry, texts: impl Iterator<Item = String>, count: usize) {
    for text in texts.take(NAMED) {
        entry.log().function(Level::Warn, &text);
    }
    if let Some(more) = count.checked_sub(NAMED).filter(|more| *more > 0) {
        entry.log().function(Level::Warn, &format!("and {more} more"));
    }
}
