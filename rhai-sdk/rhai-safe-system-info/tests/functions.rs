//! Every function of this crate is what it says: doc, needs, examples.
//!
//! Examples set kernel parameters and load the configuration of the host. They do so in namespaces of their own, with a configuration of
//! their own: of the host itself nothing is changed.
#![expect(clippy::disallowed_methods, reason = "the test starts itself")]

use std::process::Command;

/// Says that the namespaces are there.
const INSIDE: &str = "REX_TEST_INSIDE";

/// Puts a configuration in the place of the host's, then goes on as the test.
const PREPARE: &str = r#"
set -e
mount --make-rprivate /
for dir in /etc /run /usr/local/lib/sysctl.d /usr/lib/sysctl.d; do
    if [ -d "$dir" ]; then mount -t tmpfs none "$dir"; fi
done
mkdir /etc/sysctl.d
echo 'net.ipv4.conf.lo.forwarding = 1' > /etc/sysctl.d/10-test.conf
exec "$0" every_function --nocapture
"#;

#[test]
fn every_function_holds_to_its_needs_and_examples() {
    if std::env::var_os(INSIDE).is_some() {
        return rex_test_utils::check_functions(|registrar, _| rhai_safe_system_info::register(registrar));
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "--uts", "sh", "-c", PREPARE]).arg(std::env::current_exe().unwrap());
    let output = command.env(INSIDE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if text.contains("unshare failed: Operation not permitted") {
        eprintln!("skipped: only root can give the examples a host of their own");
        return;
    }
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
