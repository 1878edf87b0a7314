//! The object `SystemInfo` and what it tells.

use crate::commands::all_pressure;
use crate::error::{Failure, of_files};
use crate::needs::{LIST, OPEN_DIR, OPEN_FILE, READ_FILE, reads};
use crate::record::{array, int};
use rex_cedar_auth::{Gate, Need};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Map};
use rust_safe_system_info::{self as info, LogOptions, Result};

/// Where scripts ask about the host. It holds nothing: each method is judged anew, and reads anew.
#[derive(Debug, Clone, Copy)]
pub struct SystemInfo;

const fn method(
    name: &'static str,
    doc: &'static str,
    needs: &'static [Need],
    examples: &'static [Example],
) -> Function {
    Function { name, params: &["self"], doc, needs, examples, ..Function::METHOD }
}

/// An example of a method that asks about the host as a whole.
const fn host(title: &'static str, script: &'static str) -> Example {
    Example { title, script, ..Example::BASE }
}

const READS: &[Need] = &[READ_FILE];

static NEW: Function = Function {
    name: "SystemInfo",
    doc: "Returns a value for asking about the host. Nothing is asked or read yet.",
    ..Function::BASE
};
static MEMORY: Function = method(
    "memory_info",
    "Returns what the memory of the host is used for.",
    READS,
    &[reads("How much", "SystemInfo().memory_info().total > 0")],
);
static SWAP: Function = method(
    "swap_info",
    "Returns how much swap there is.",
    READS,
    &[reads("How much is left", "let s = SystemInfo().swap_info(); s.free <= s.total")],
);
static SWAP_DEVICES: Function = method(
    "swap_devices",
    "Returns the partitions and files that memory is swapped to.",
    READS,
    &[reads("All of them", "SystemInfo().swap_devices().len() >= 0")],
);
static CPU_COUNT: Function = method(
    "cpu_count",
    "Returns how many processors run.",
    &[LIST],
    &[host("The same as `nproc`", "SystemInfo().cpu_count() >= 1")],
);
static AVAILABLE: Function = method(
    "available_cpu_count",
    "Returns how many processors this process may use at once: those of its affinity, fewer where its control groups have a quota, never none.",
    &[LIST],
    &[Example {
        around: &[LIST],
        ..host("No more than run", "let s = SystemInfo(); s.available_cpu_count() <= s.cpu_count()")
    }],
);
static CPU_INFO: Function = method(
    "cpu_info",
    "Returns the processors that run, as far as their architecture tells about them.",
    READS,
    &[reads("Their numbers", "SystemInfo().cpu_info().len() >= 1")],
);
static HOSTNAME: Function = method(
    "hostname",
    "Returns the name of the host.",
    &[LIST],
    &[host("Where it runs", "SystemInfo().hostname().len() > 0")],
);
static UNAME: Function = method(
    "uname_info",
    "Returns the names of the system: kernel, host, architecture.",
    &[LIST],
    &[host("Which system", "SystemInfo().uname_info().operating_system == \"GNU/Linux\"")],
);
static UPTIME: Function = method(
    "uptime",
    "Returns the seconds since the start of the system, those in which it slept among them.",
    &[LIST],
    &[host("For some time", "SystemInfo().uptime() > 0.0")],
);
static LOAD: Function = method(
    "load_average",
    "Returns the load of the system: how many threads ran or waited, on average.",
    READS,
    &[reads("Threads that run now", "SystemInfo().load_average().running >= 1")],
);
static PRESSURE: Function = method(
    "pressure",
    "Returns how much time is lost in waiting for processors, memory and devices (PSI), as a map with the keys `cpu`, `memory` and `io`.",
    READS,
    &[reads("Waiting for memory", "SystemInfo().pressure().memory.some.avg10 <= 100.0")],
);
static USERS: Function = method(
    "users",
    "Returns who is logged in, as `who` does.",
    READS,
    &[Example { places: &["/run"], ..reads("How many", "SystemInfo().users().len() >= 0") }],
);
static STATS: Function = method(
    "kernel_stats",
    "Returns what the kernel counts since its start: the time of processors, processes, interrupts.",
    READS,
    &[reads("Processes that were made", "SystemInfo().kernel_stats().forks > 0")],
);
static INTERRUPTS: Function = method(
    "interrupts",
    "Returns how often each interrupt came since the start of the system.",
    READS,
    &[reads("All of them", "SystemInfo().interrupts().all(|i| i.total >= 0)")],
);
static SLABS: Function = method(
    "slab_info",
    "Returns what the kernel keeps its own objects in. Only root may read it.",
    &[OPEN_DIR, OPEN_FILE, READ_FILE],
    &[reads("Caches", "SystemInfo().slab_info().slabs.len() > 0")],
);
static DMESG: Function = Function {
    name: "dmesg_info",
    params: &["self", "options"],
    doc: "Returns the messages of the kernel that the options admit, the oldest first. None is removed, and none is waited for. The kernel may demand `CAP_SYSLOG`.",
    needs: READS,
    examples: &[Example {
        title: "Warnings of the kernel itself",
        script: "SystemInfo().dmesg_info(DmesgOptions().level(\"warn\").facility(\"kern\").build()).all(|m| m.level <= 4)",
        places: &["/dev"],
        ..Example::BASE
    }],
    ..Function::METHOD
};

/// Binds a method without parameters.
fn bind<T: Clone + 'static>(
    r: &mut Registrar,
    function: &'static Function,
    ask: impl Fn(&Gate) -> Result<T> + 'static,
    failed: fn(info::Error) -> Failure,
) {
    r.function(function, |entry| {
        move |call: Call<'_>, _: &mut SystemInfo| entry.run(&call, |gate| ask(gate).map_err(failed))
    });
}

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<SystemInfo>("SystemInfo");
    r.function(&NEW, |_| || SystemInfo);
    bind(r, &MEMORY, info::memory, Failure::from);
    bind(r, &SWAP, info::swap, Failure::from);
    bind(r, &SWAP_DEVICES, |gate| -> Result<Array> { info::swap_devices(gate).map(array) }, Failure::from);
    bind(r, &CPU_COUNT, |gate| info::cpu_count(gate).map(int), Failure::from);
    bind(r, &AVAILABLE, |gate| info::available_cpu_count(gate).map(int), Failure::from);
    bind(r, &CPU_INFO, |gate| -> Result<Array> { info::cpus(gate).map(array) }, Failure::from);
    bind(r, &HOSTNAME, info::hostname, Failure::from);
    bind(r, &UNAME, info::uname, Failure::from);
    bind(r, &UPTIME, info::uptime, Failure::from);
    bind(r, &LOAD, info::load_average, Failure::from);
    bind(r, &PRESSURE, |gate| -> Result<Map> { all_pressure(gate) }, Failure::from);
    bind(r, &USERS, |gate| -> Result<Array> { info::logins(gate).map(array) }, Failure::from);
    bind(r, &STATS, info::kernel_stats, Failure::from);
    bind(r, &INTERRUPTS, |gate| -> Result<Array> { info::interrupts(gate).map(array) }, Failure::from);
    bind(r, &SLABS, info::slabs, of_files);
    r.function(&DMESG, |entry| {
        move |call: Call<'_>, _: &mut SystemInfo, options: LogOptions| {
            entry.run(&call, |gate| -> std::result::Result<Array, Failure> {
                Ok(array(info::kernel_log(gate, &options)?))
            })
        }
    });
}
