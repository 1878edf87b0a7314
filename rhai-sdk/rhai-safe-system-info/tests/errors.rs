//! How errors reach scripts: as maps or texts, under the kinds that they know.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use rex_test_utils::{denial, eval};
use rhai::{Dynamic, EvalAltResult};

fn run(policy: &str, script: &str) -> Result<Dynamic, Box<EvalAltResult>> {
    eval(|registrar, _| rhai_safe_system_info::register(registrar), policy, "/", script)
}

/// What the script makes of the error of `call`, which it catches as `e`.
fn caught(policy: &str, call: &str, e: &str) -> String {
    run(policy, &format!("let t = \"no error\"; try {{ {call}; }} catch (e) {{ t = `${{{e}}}`; }} t"))
        .unwrap()
        .to_string()
}

const NOTHING: &str = "";
const ALL: &str = "permit(principal, action, resource);";

#[test]
fn commands_throw_texts_and_methods_maps() {
    for call in [
        "free()",
        "uname()",
        "nproc()",
        "hostname()",
        "dmesg()",
        "sysctl_read(\"kernel.ostype\")",
        "sysctl_find(\"x\")",
        "sysctl_write(\"kernel.ostype\", \"x\")",
    ] {
        assert_eq!(caught(NOTHING, call, "type_of(e)"), "string", "{call}");
        assert!(caught(NOTHING, call, "e").starts_with("Permission denied: tester unauthorized to perform "), "{call}");
    }
    for call in [
        "memory_info()",
        "swap_info()",
        "swap_devices()",
        "cpu_count()",
        "hostname()",
        "kernel_stats()",
        "load_average()",
        "pressure()",
        "users()",
    ] {
        let call = format!("SystemInfo().{call}");
        assert_eq!(caught(NOTHING, &call, "e.kind"), "PermissionDenied", "{call}");
        assert_eq!(caught(NOTHING, &call, "e.source"), "SysteminfoErrorKind", "{call}");
    }
}

#[test]
fn a_denial_of_a_file_is_of_kind_other_and_stays_a_denial() {
    for call in [
        "SystemInfo().slab_info()",
        "SysctlManager().read(\"kernel.ostype\")",
        "SysctlManager().write(\"kernel.ostype\", \"x\")",
        "SysctlManager().write(\"kernel.ostype\", 1)",
        "SysctlManager().find(\"x\")",
    ] {
        assert_eq!(caught(NOTHING, call, "e.kind"), "Other", "{call}");
        let error = run(NOTHING, call).unwrap_err();
        assert_eq!(denial(&error).unwrap().action().name, "open", "{call}");
    }
    assert_eq!(caught(NOTHING, "SysctlManager().load_system()", "e.kind"), "PermissionDenied");
}

#[test]
fn nothing_is_asked_before_a_method_is_called() {
    assert_eq!(run(NOTHING, "SystemInfo(); SysctlManager(); 1").unwrap().as_int().unwrap(), 1);
}

#[test]
fn kinds_tell_what_is_wrong() {
    let kind = |call: &str| caught(ALL, &format!("SysctlManager().{call}"), "e.kind");
    assert_eq!(kind("read(\"kernel..ostype\")"), "IoError");
    assert_eq!(kind("read(\"kernel.no_such\")"), "Other");
    assert_eq!(kind("write(\"kernel.no_such\", \"1\")"), "InvalidParameter");
    assert_eq!(kind("find(\"(\")"), "InvalidParameter");
    assert_eq!(kind("write(\"kernel.ostype\", \"x\")"), "PrivilegeError");
    assert_eq!(
        caught(ALL, "DmesgOptions().last(-1)", "e"),
        "Parameter conversion failed for last: out of range integral type conversion attempted"
    );
}

#[test]
fn numbers_mix_and_results_are_shown() {
    for truth in [
        "let m = free().memory; m.total / 1024 > 1 && m.total - m.available == m.used",
        "let m = free().memory; `${m}`.starts_with(\"Memory Info:\\n  Total: \" + m.total + \" bytes\") && m.to_debug() == m.to_string()",
        "let m = free().memory; m.to_map().keys() == [\"available\", \"buffers\", \"cached\", \"free\", \"shared_mem\", \"total\", \"used\"]",
        "let s = SystemInfo().kernel_stats(); s.to_map().cpu_time[0].user_ticks >= 0 && s.cpu_time[0].cpu == 0 && s.total_cpu_time.cpu == ()",
        "let u = uname(); `${u}` == u.kernel_name + \" \" + u.nodename + \" \" + u.kernel_release + \" \" + u.kernel_version + \" \" + u.machine + \" \" + u.machine + \" \" + u.machine + \" GNU/Linux\"",
        "sysctl_find(\"^kernel.ostype$\") == [#{key: \"kernel.ostype\", value: \"Linux\"}]",
        "`${SysctlManager().find(\"^kernel.ostype$\")[0]}` == \"kernel.ostype = Linux\"",
    ] {
        assert_eq!(run(ALL, truth).unwrap().as_bool(), Ok(true), "{truth}");
    }
}
