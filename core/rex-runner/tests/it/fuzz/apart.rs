//! A root of its own with nothing of the host in it, in namespaces for mounts, processes, network, names and shared memory.

use std::path::Path;
use std::process::Command;

/// Says that the calling process is inside already.
const INSIDE: &str = "REX_FUZZ_INSIDE";

/// Makes the root and starts the test in it again. No file system of the host can be seen from it; `/proc` is that of the namespace, and
/// read-only, so that no kernel parameter can be set.
const PREPARE: &str = r#"set -e
runner=$1; tests=$2; root=$3; name=$4
mount --make-rprivate /
ip link set lo up
mount -t tmpfs -o nosuid,nodev,size=1g,mode=755 none "$root"
cd "$root"
mkdir proc dev etc rex bin s tmp old
mount -t proc -o ro,nosuid,nodev,noexec none proc
mount -t tmpfs -o nosuid,size=1m none dev
for device in null zero full urandom; do : > dev/$device; mount --bind /dev/$device dev/$device; done
cp "$runner" rex/rex-runner
cp "$tests" rex/tests
for program in echo true sleep; do cp -L /bin/$program bin/$program; done
for program in rex/rex-runner rex/tests bin/echo bin/true bin/sleep; do
    ldd $program | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p ".$(dirname "$library")"
        cp -L "$library" ".$library"
    done
done
printf 'root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n' > etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' > etc/group
printf '127.0.0.1 localhost\n' > etc/hosts
printf 'public line %%d\n' > rex/redaction.config
pivot_root . old
cd /
exec /rex/tests --exact "$name" --nocapture
"#;

/// Runs `body` in the root; on a machine that does not let us, says so.
pub(super) fn inside(name: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        close_in();
        return body();
    }
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can make a root of its own");
        return;
    }
    let folder = rex_test_utils::Folder::new(&[("root/", "")]);
    let kept = std::env::var_os("REX_FUZZ_KEEP");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]);
    command.args(["sh", "-c", PREPARE, "sh", env!("CARGO_BIN_EXE_rex-runner")]);
    command.arg(std::env::current_exe().unwrap()).arg(folder.at("root")).arg(name);
    let output = command.env(INSIDE, "1").env("LC_ALL", "C").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let (text, statements) = text.split_once(KEPT).unwrap_or((&text, ""));
    let (statements, rest) = statements.split_once(KEPT).unwrap_or_default();
    if text.contains("unshare failed") {
        eprintln!("skipped, no namespaces can be made: {text}");
        return;
    }
    assert!(
        output.status.success() && (text.to_owned() + rest).contains("1 passed"),
        "{}: {text}{rest}",
        output.status
    );
    for line in text.lines().filter(|line| line.starts_with("scripts: ")) {
        eprintln!("{line}");
    }
    if let Some(path) = kept {
        std::fs::write(path, statements.trim()).unwrap();
    }
}

/// Stands before and after what the inside gives to the outside.
const KEPT: &str = "\n=====kept=====\n";

/// Gives something to the outside, which alone has a place to keep it.
pub(super) fn give(_name: &str, bytes: &[u8]) {
    eprint!("{KEPT}{}{KEPT}", String::from_utf8_lossy(bytes));
}

/// Lets go of the host's file systems, and of every right by which the machine itself could be harmed.
fn close_in() {
    use rustix::mount::{UnmountFlags, unmount};
    use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
    unmount("/old", UnmountFlags::DETACH).unwrap();
    std::fs::remove_dir("/old").unwrap();
    assert!(!Path::new("/sys").exists() && !Path::new("/usr").exists());
    assert!(std::fs::write("/proc/sys/kernel/hostname", "x").is_err(), "kernel parameters can be set");
    for right in [
        CapabilitySet::SYS_BOOT,
        CapabilitySet::SYS_MODULE,
        CapabilitySet::SYS_TIME,
        CapabilitySet::SYS_RAWIO,
        CapabilitySet::SYS_TTY_CONFIG,
        CapabilitySet::MKNOD,
        CapabilitySet::SYSLOG,
        CapabilitySet::NET_ADMIN,
        CapabilitySet::AUDIT_CONTROL,
        CapabilitySet::AUDIT_WRITE,
        CapabilitySet::MAC_ADMIN,
        CapabilitySet::MAC_OVERRIDE,
        CapabilitySet::WAKE_ALARM,
        CapabilitySet::BLOCK_SUSPEND,
        CapabilitySet::BPF,
        CapabilitySet::PERFMON,
    ] {
        // A kernel that does not know one has nothing to take away.
        let _ = remove_capability_from_bounding_set(right);
    }
}
