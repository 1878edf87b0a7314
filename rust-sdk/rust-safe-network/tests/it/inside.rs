//! Tests that need a network of their own: they start themselves again in namespaces.

use std::process::Command;

/// Says that the namespaces are there.
const INSIDE: &str = "REX_TEST_INSIDE";

/// Runs `body` in namespaces of its own for mounts, network and processes, after `prepare`, a shell script. `test` is the full name of the test
/// that calls it.
pub(crate) fn inside(test: &str, prepare: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let script = format!(
        "set -e\nmount --make-rprivate /\nip link set lo up\n{prepare}\nexec \"$0\" --exact {test} --nocapture"
    );
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--mount-proc"]);
    command.args(["sh", "-c", &script]).arg(std::env::current_exe().unwrap());
    let output = command.env(INSIDE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Puts a file over one of `/etc`.
pub(crate) fn etc(name: &str, content: &str) -> String {
    format!(
        "mountpoint -q /mnt || mount -t tmpfs none /mnt\ncat > /mnt/{name} <<'END'\n{content}\nEND\nmount --bind /mnt/{name} /etc/{name}\n"
    )
}
