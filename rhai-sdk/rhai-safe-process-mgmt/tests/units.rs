//! Every function for units is what it says: doc, needs, examples. They are run beside a real systemd, where one can be started.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test waits for a program, and says when it is skipped"
)]

use rex_test_utils::ServiceManager;
use std::sync::OnceLock;

const RUNS: &str = "[Service]\nExecStart=/bin/sleep 1000\n";
const STARTED: &str = "[Unit]\nDescription=Runs for the tests\nDocumentation=man:sleep(1)\n\
                       [Service]\nSyslogIdentifier=rex-demo\nExecStart=/bin/sh -c 'echo \"<3>it says hello\"; exec /bin/sleep 1000'\n";
const INSTALLED: &str = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n";

fn manager() -> Option<&'static ServiceManager> {
    static MANAGER: OnceLock<Result<ServiceManager, String>> = OnceLock::new();
    let units = [
        ("rex-demo.service", INSTALLED),
        ("rex-other.service", INSTALLED),
        ("rex-stopped.service", RUNS),
        ("rex-static.service", RUNS),
        ("rex-running.service", STARTED),
        ("rex-reloadable.service", "[Service]\nExecStart=/bin/sleep 1000\nExecReload=/bin/true\n"),
        ("rex-failing.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n"),
    ];
    let start = || {
        let manager = ServiceManager::start(&units)?;
        let started = manager.run("systemctl", &["start", "rex-running.service", "rex-reloadable.service"]);
        assert!(started.status.success(), "{started:?}");
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(manager.run("journalctl", &["--sync"]).status.success());
        Ok(manager)
    };
    match MANAGER.get_or_init(start) {
        Ok(manager) => Some(manager),
        Err(why) => {
            eprintln!("skipped: {why}");
            None
        }
    }
}

#[test]
fn every_function_for_units_holds_to_its_needs_and_examples() {
    ServiceManager::beside(manager, "every_function_for_units_holds_to_its_needs_and_examples", || {
        rex_test_utils::check_functions(|registrar, _| rhai_safe_process_mgmt::register_units(registrar));
    });
}
