//! The commands: functions that are named after tools. The first eight throw texts, as scripts know them.

use crate::error::{Failure, Words};
use crate::needs::{KERNEL, LIST, READ_FILE, reads};
use crate::record::array;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_system_info::{
    LogOptions, Pressure, Scarce, hostname, kernel_log, load_average, logins, memory, pressure, swap, uname, uptime,
};

const HOST: Example = Example::BASE;

static FREE: Function = Function {
    name: "free",
    doc: "Returns memory and swap, as a map with the keys `memory` and `swap`.",
    needs: &[READ_FILE],
    examples: &[reads(
        "How much is there",
        "let f = free(); f.memory.available <= f.memory.total && f.swap.free <= f.swap.total",
    )],
    ..Function::BASE
};
static UNAME: Function = Function {
    name: "uname",
    doc: "Returns the names of the system: kernel, host, architecture.",
    needs: &[LIST],
    examples: &[Example { title: "Which kernel", script: "uname().kernel_name == \"Linux\"", ..HOST }],
    ..Function::BASE
};
static NPROC: Function = Function {
    name: "nproc",
    doc: "Returns how many processors run. What this process may use of them is `SystemInfo().available_cpu_count()`.",
    needs: &[LIST],
    examples: &[Example { title: "At least one", script: "nproc() >= 1", ..HOST }],
    ..Function::BASE
};
static HOSTNAME: Function = Function {
    name: "hostname",
    doc: "Returns the name of the host.",
    needs: &[LIST],
    examples: &[Example { title: "Where it runs", script: "hostname().len() > 0", ..HOST }],
    ..Function::BASE
};
static DMESG: Function = Function {
    name: "dmesg",
    doc: "Returns the messages of the kernel, the oldest first. None is removed, and none is waited for. The kernel may demand `CAP_SYSLOG`.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "Text and time",
        script: "dmesg().all(|m| m.to_string() == `[${m.timestamp_from_system_start}] ${m.message}`)",
        places: &["/dev"],
        ..Example::BASE
    }],
    ..Function::BASE
};
static UPTIME: Function = Function {
    name: "uptime",
    doc: "Returns the seconds since the start of the system, those in which it slept among them.",
    needs: &[LIST],
    examples: &[Example { title: "For some time", script: "uptime() > 0.0", ..HOST }],
    ..Function::BASE
};
static LOADAVG: Function = Function {
    name: "loadavg",
    doc: "Returns the load of the system: how many threads ran or waited, on average.",
    needs: &[READ_FILE],
    examples: &[reads("Over fifteen minutes", "loadavg().fifteen >= 0.0")],
    ..Function::BASE
};
static WHO: Function = Function {
    name: "who",
    doc: "Returns who is logged in, as `/run/utmp` tells it; nobody where the host keeps no such file.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "Is anyone here as root?",
        script: "let n = 0; for l in who() { if l.user == \"root\" { n += 1; } } n >= 0",
        places: &["/run"],
        ..Example::BASE
    }],
    ..Function::BASE
};
static PRESSURE: Function = Function {
    name: "pressure",
    doc: "Returns how much time is lost in waiting for processors, memory and devices (PSI), as a map with the keys `cpu`, `memory` and `io`.",
    needs: &[READ_FILE],
    examples: &[reads("What is short", "pressure().keys() == [\"cpu\", \"io\", \"memory\"]")],
    ..Function::BASE
};
static PRESSURE_OF: Function = Function {
    name: "pressure",
    params: &["resource"],
    doc: "Returns how much time is lost in waiting for one resource: `cpu`, `memory` or `io`. Another word is an error of kind \
          `SysteminfoErrorKind::InvalidParameter`.",
    needs: &[READ_FILE],
    examples: &[
        reads("Is memory short?", "pressure(\"memory\").some.avg60 >= 0.0"),
        Example {
            title: "There is no pressure of disks, but of all devices",
            script: "let kind = (); try { pressure(\"disk\"); } catch (error) { kind = error.kind; } \
                     pressure(\"io\"); kind == SysteminfoErrorKind::InvalidParameter",
            ..KERNEL
        },
    ],
    ..Function::BASE
};

/// Memory and swap, each read anew.
fn memory_and_swap(gate: &rex_cedar_auth::Gate) -> rust_safe_system_info::Result<Map> {
    let (memory, swap) = (memory(gate)?, swap(gate)?);
    Ok(crate::record::map([("memory", Dynamic::from(memory)), ("swap", Dynamic::from(swap))]))
}

pub(crate) fn register(r: &mut Registrar) {
    r.function(&FREE, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| memory_and_swap(gate).map_err(Words::from))
    });
    r.function(&UNAME, |entry| move |call: Call<'_>| entry.run(&call, |gate| uname(gate).map_err(Words::from)));
    r.function(&NPROC, |entry| {
        move |call: Call<'_>| {
            entry.run(&call, |gate| rust_safe_system_info::cpu_count(gate).map(crate::record::int).map_err(Words::from))
        }
    });
    r.function(&HOSTNAME, |entry| move |call: Call<'_>| entry.run(&call, |gate| hostname(gate).map_err(Words::from)));
    r.function(&DMESG, |entry| {
        move |call: Call<'_>| {
            entry.run(&call, |gate| -> Result<Array, Words> { Ok(array(kernel_log(gate, &LogOptions::default())?)) })
        }
    });
    r.function(&UPTIME, |entry| move |call: Call<'_>| entry.run(&call, |gate| uptime(gate).map_err(Failure::from)));
    r.function(&LOADAVG, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| load_average(gate).map_err(Failure::from))
    });
    r.function(&WHO, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| -> Result<Array, Failure> { Ok(array(logins(gate)?)) })
    });
    r.function(&PRESSURE, |entry| {
        move |call: Call<'_>| entry.run(&call, |gate| all_pressure(gate).map_err(Failure::from))
    });
    r.function(&PRESSURE_OF, |entry| {
        move |call: Call<'_>, resource: &str| {
            entry.run(&call, |gate| -> Result<Pressure, Failure> { Ok(pressure(gate, Scarce::parse(resource)?)?) })
        }
    });
}

/// The pressure of each resource, by its word.
pub(crate) fn all_pressure(gate: &rex_cedar_auth::Gate) -> rust_safe_system_info::Result<Map> {
    Scarce::ALL.into_iter().map(|scarce| Ok((scarce.word().into(), Dynamic::from(pressure(gate, scarce)?)))).collect()
}
