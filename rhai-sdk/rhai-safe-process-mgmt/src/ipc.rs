//! `ipcs_info`: System V IPC.

use crate::error::Failure;
use crate::manager::ProcessManager;
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE};
use crate::record::{Record, map, register_map};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::Map;
use rust_safe_process_mgmt::{IpcsInfo, ipcs_info};

const NEEDS: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE];

const fn example(title: &'static str, script: &'static str) -> Example {
    Example { title, places: &["/proc/sysvipc"], script, around: NEEDS, ..Example::BASE }
}

static INFO: Function = Function {
    name: "ipcs_info",
    params: &["self"],
    doc: "Returns the tables of System V IPC as the kernel writes them: shared memory, semaphores and message queues, of the namespace of the runner.",
    needs: NEEDS,
    examples: &[Example {
        around: &[],
        ..example("The headings", r#"ProcessManager().ipcs_info().shared_memory.contains("shmid")"#)
    }],
    ..Function::METHOD
};

const fn getter(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::GETTER }
}

static MEMORY: Function = getter(
    "shared_memory",
    "The table of shared memory segments.",
    &[example("Its headings", r#"ProcessManager().ipcs_info().shared_memory.contains("shmid")"#)],
);
static QUEUES: Function = getter(
    "queues",
    "The table of message queues.",
    &[example("Its headings", r#"ProcessManager().ipcs_info().queues.contains("msqid")"#)],
);
static SEMAPHORES: Function = getter(
    "semaphores",
    "The table of semaphore arrays.",
    &[example("Its headings", r#"ProcessManager().ipcs_info().semaphores.contains("semid")"#)],
);
static TO_STRING: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The three tables, each with a title.",
    examples: &[example(
        "The first title",
        r#"ProcessManager().ipcs_info().to_string().starts_with("Shared Memory Segments:\n")"#,
    )],
    ..Function::METHOD
};
static TO_DEBUG: Function =
    Function { name: "to_debug", params: &["self"], doc: "The same as `to_string`.", ..Function::METHOD };

impl Record for IpcsInfo {
    fn map(&self) -> Map {
        map([
            ("shared_memory", self.shared_memory.clone().into()),
            ("queues", self.queues.clone().into()),
            ("semaphores", self.semaphores.clone().into()),
        ])
    }
}

pub(crate) fn register(r: &mut Registrar) {
    register_map::<IpcsInfo>(r, "IpcsInfo");
    r.function(&INFO, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager| entry.run(&call, |gate| ipcs_info(gate).map_err(Failure::from))
    });
    r.function(&MEMORY, |_| |of: &mut IpcsInfo| of.shared_memory.clone());
    r.function(&QUEUES, |_| |of: &mut IpcsInfo| of.queues.clone());
    r.function(&SEMAPHORES, |_| |of: &mut IpcsInfo| of.semaphores.clone());
    r.function(&TO_STRING, |_| |of: &mut IpcsInfo| of.to_string());
    r.function(&TO_DEBUG, |_| |of: &mut IpcsInfo| of.to_string());
}
