//! `ProcessManager`, the receiver of most functions.

use rex_runner_registrar_utils::{Example, Function, Registrar};

/// Grants nothing and keeps nothing: each of its functions looks at the processes as they are then, and is judged then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessManager;

static NEW: Function = Function {
    name: "ProcessManager",
    doc: "Returns what the functions on processes are called on. It touches nothing and remembers nothing: each call looks at the processes anew.",
    examples: &[Example {
        title: "One for all calls",
        script: r#"let pm = ProcessManager(); type_of(pm) == "ProcessManager""#,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<ProcessManager>("ProcessManager");
    r.function(&NEW, |_| || ProcessManager);
}
