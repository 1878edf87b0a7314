//! `trace`: what the threads of a living process are doing.

use crate::error::Failure;
use crate::manager::ProcessManager;
use crate::needs::{LIST, TRACE};
use rex_runner_registrar_utils::builder::{constructor, missing, number as fits, options, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, number};
use rust_safe_process_mgmt::{trace, trace_within};

/// Which pid namespace a number is one of.
#[derive(Debug, Clone, Default)]
struct TraceOptions {
    namespace: Option<u32>,
}

static OPTIONS: Function = constructor(
    "TraceOptions",
    "Begins the options for the stacks of a process in another pid namespace.",
    &[Example {
        title: "The namespace must be told",
        script: r#"let why = ""; try { TraceOptions().build(); } catch (e) { why = e; } why == "Field not initialized: ns_pid""#,
        ..Example::BASE
    }],
);
static NS_PID: Function = setter(
    "ns_pid",
    "The number, on the host, of any process in the pid namespace that the traced process is named in.",
);

static TRACE_PID: Function = Function {
    name: "trace",
    params: &["self", "pid"],
    doc: "Returns what each thread of the process `pid` is doing: the functions that it is in, with source file and line where the program was compiled with \
          debug information (`-g`), as `backtrace()` does for a core dump. No debugger is run. The process stands still while registers and stacks are copied, a few \
          milliseconds; of the system calls that threads wait in, the few that no stop leaves whole end with EINTR (`signal(7)`). A stopped process stays \
          stopped. Where the system refuses, the error says what is lacking. The files in the memory of the process are read for names; they are \
          not asked for. At most 256 functions of a thread are told, and the innermost MiB of its stack is looked at.",
    needs: &[TRACE],
    examples: &[Example {
        title: "A process that is not there any more",
        script: r#"let kind = ""; try { ProcessManager().trace(4194304).threads; } catch (e) { kind = e.kind.to_string(); } kind == "ProcessNotFound""#,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static TRACE_WITHIN: Function = Function {
    name: "trace",
    params: &["self", "pid", "options"],
    doc: "As the other form, where `pid` is the number of the process in the pid namespace that the options name: the one that programs in a container know. \
          The policy judges `list` on the process that names the namespace and `trace` on the process that was found, by its number on the host.",
    needs: &[LIST, TRACE],
    examples: &[Example {
        title: "No such process in the namespace",
        script: r#"let options = TraceOptions().ns_pid(1).build(); let kind = "";
            try { ProcessManager().trace(4194304, options); } catch (e) { kind = e.kind.to_string(); } kind == "ProcessNotFound""#,
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    options::<TraceOptions>(r, "TraceOptions", "TraceOptionsBuilder", &OPTIONS, |options| match options.namespace {
        Some(_) => Ok(()),
        None => Err(missing("ns_pid")),
    });
    set_checked(r, &NS_PID, |options: &mut TraceOptions, pid: i64| {
        options.namespace = Some(fits("ns_pid", pid)?);
        Ok(())
    });
    r.function(&TRACE_PID, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, pid: i64| {
            entry.run(&call, |gate| Ok::<_, Failure>(trace(gate, number("pid", pid)?)?))
        }
    });
    r.function(&TRACE_WITHIN, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, pid: i64, options: TraceOptions| {
            entry.run(&call, |gate| {
                let (inner, namespace) = (number("pid", pid)?, options.namespace.unwrap_or_default());
                Ok::<_, Failure>(trace_within(gate, inner, namespace)?)
            })
        }
    });
}
