//! Units of systemd: `SystemctlManager` and what it gives.

mod act;
mod files;
mod info;
mod journal;
mod list;
mod state;

use rex_runner_registrar_utils::{Example, Function, Registrar};

/// The handle. It holds nothing: the manager is asked at each call, as the account that runs the script.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemctlManager;

static MANAGER: Function = Function {
    name: "SystemctlManager",
    doc: "Returns the handle for units of systemd. Nothing is touched before one of its methods is called.",
    examples: &[Example { title: "It cannot fail", script: "SystemctlManager(); true", ..Example::BASE }],
    ..Function::BASE
};

/// Registers the functions for units.
pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<SystemctlManager>("SystemctlManager");
    r.function(&MANAGER, |_| || SystemctlManager);
    act::register(r);
    files::register(r);
    info::register(r);
    journal::register(r);
    list::register(r);
    state::register(r);
}
