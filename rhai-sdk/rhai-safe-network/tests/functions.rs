//! Every function of this crate is what it says: doc, needs, examples.
//!
//! Examples talk to servers on loopback. They do so in namespaces of their own, where nothing else listens, nothing leaves, and names are what
//! the test says.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the test starts itself, and a failing unwrap is a failing test"
)]

mod hosts;
mod pages;

use rex_runner_registrar_utils::{Function, Registrar};
use rhai_safe_system_info::SystemInfo;
use std::process::Command;

/// Says that the namespaces are there.
const INSIDE: &str = "REX_TEST_INSIDE";

/// Of another crate, for the examples of what this one adds to its type.
static NEW: Function =
    Function { name: "SystemInfo", doc: "Returns a value for asking about the host.", ..Function::BASE };

fn register(r: &mut Registrar) {
    rhai_safe_network::register(r);
    r.type_name::<SystemInfo>("SystemInfo");
    r.function(&NEW, |_| || SystemInfo);
}

#[test]
fn every_function_holds_to_its_needs_and_examples() {
    if std::env::var_os(INSIDE).is_some() {
        hosts::serve();
        pages::serve();
        return rex_test_utils::check_functions(|registrar, _| register(registrar));
    }
    let prepare = format!("{}exec \"$0\" every_function --nocapture", hosts::PREPARE);
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "--uts", "sh", "-c", &prepare]).arg(std::env::current_exe().unwrap());
    let output = command.env(INSIDE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
