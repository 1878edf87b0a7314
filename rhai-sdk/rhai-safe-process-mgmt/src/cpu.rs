//! `monitor_processes_cpu`: watching how much of a processor processes use.

use crate::error::Failure;
use crate::manager::ProcessManager;
use crate::needs::LIST;
use crate::processes::tell_denied;
use rex_runner_registrar_utils::builder::{constructor, number, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic};
use rust_safe_process_mgmt::{MonitorOptions, monitor};

static OPTIONS: Function = constructor(
    "MonitorProcessesCpuOptions",
    "Begins the options for watching processes.",
    &[Example {
        title: "Nobody to watch",
        script: r#"let said = ""; try { MonitorProcessesCpuOptions().pids_to_monitor([]).build(); } catch (e) { said = e; } said == "Validation error: PIDs array cannot be empty""#,
        ..Example::BASE
    }],
);
static PIDS: Function =
    setter("pids_to_monitor", "The numbers of the processes; required. Negative and too large ones are left out.");
static BATCHES: Function = setter("batches", "How often to look. Without it once.");
static DELAY: Function =
    setter("delay_in_seconds", "Seconds between two looks. Without it, or with 0, 200 milliseconds.");
static THREADS: Function = setter(
    "include_threads",
    "Watch the threads of each process, too. They stand behind all processes, and the number of a process is then that of its first thread alone.",
);

static MONITOR: Function = Function {
    name: "monitor_processes_cpu",
    params: &["self", "options"],
    doc: "Watches processes: looks, and after 200 milliseconds looks again, and so on. Returns an array with one array for each look but the first, of the processes as they \
          were then; `recent_cpu_usage` is percent of one processor since the look before. Processes that have ended, and those that the policy does not let be \
          listed, are left out. The limits of the run hold while it waits.",
    needs: &[LIST],
    examples: &[Example {
        title: "Look twice at the first process",
        script: "let looks = ProcessManager().monitor_processes_cpu(MonitorProcessesCpuOptions().pids_to_monitor([1]).batches(2).build()); \
                 looks.len() == 2 && looks.all(|look| look.len() == 1 && look[0].recent_cpu_usage >= 0.0)",
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    options::<MonitorOptions>(
        r,
        "MonitorProcessesCpuOptions",
        "MonitorProcessesCpuOptionsBuilder",
        &OPTIONS,
        |options| options.check().map_err(|error| error.to_string()),
    );
    set_checked(r, &PIDS, |options: &mut MonitorOptions, value: Array| {
        let pid = |value: Dynamic| {
            value.as_int().map_err(|found| format!("Validation error: PIDs must be integers, not {found}"))
        };
        let pids = value.into_iter().map(pid).collect::<Result<Vec<i64>, String>>()?;
        options.pids = pids.into_iter().filter_map(|pid| u32::try_from(pid).ok()).collect();
        Ok(())
    });
    set_checked(r, &BATCHES, |options: &mut MonitorOptions, value: i64| {
        options.batches = number("batches", value)?;
        Ok(())
    });
    set_checked(r, &DELAY, |options: &mut MonitorOptions, value: i64| {
        options.delay_in_seconds = number("delay_in_seconds", value)?;
        Ok(())
    });
    set(r, &THREADS, |options: &mut MonitorOptions, value: bool| options.include_threads = value);
    r.function(&MONITOR, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, options: MonitorOptions| {
            entry.run(&call, |gate| {
                let monitored = monitor(gate, &options)?;
                tell_denied(&entry, monitored.denied, "list");
                let batch = |seen: Vec<_>| Dynamic::from(seen.into_iter().map(Dynamic::from).collect::<Array>());
                Ok::<Array, Failure>(monitored.batches.into_iter().map(batch).collect())
            })
        }
    });
}
