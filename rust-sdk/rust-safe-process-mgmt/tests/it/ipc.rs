//! The tables of System V IPC.

use rex_test_utils::gate;
use rust_safe_process_mgmt::ipcs_info;

#[test]
fn the_tables_are_those_of_the_kernel() {
    let found = ipcs_info(&gate("permit(principal, action, resource);")).unwrap();
    for (text, name) in [(&found.shared_memory, "shm"), (&found.queues, "msg"), (&found.semaphores, "sem")] {
        let kernel = std::fs::read_to_string(format!("/proc/sysvipc/{name}")).unwrap();
        assert_eq!(text.lines().next(), kernel.lines().next(), "{name}");
    }
    let shown = found.to_string();
    assert!(shown.starts_with("Shared Memory Segments:\n"));
    assert!(shown.contains("\n\nMessage Queues:\n") && shown.contains("\n\nSemaphore Arrays:\n"));
}

#[test]
fn each_table_is_judged() {
    for (action, resource) in [
        ("open", "file_system::Dir::\"/proc/sysvipc\""),
        ("open", "file_system::File::\"/proc/sysvipc/shm\""),
        ("read", "file_system::File::\"/proc/sysvipc/sem\""),
        ("read", "file_system::File::\"/proc/sysvipc/msg\""),
    ] {
        let policy = format!(
            "permit(principal, action, resource); forbid(principal, action == file_system::Action::\"{action}\", resource == {resource});"
        );
        assert_eq!(ipcs_info(&gate(&policy)).unwrap_err().kind(), "PermissionDenied", "{action} {resource}");
    }
}
