//! What the floor refuses to native code: a process confines itself for a policy and then calls the kernel directly, past the gate.
#![cfg(test)]
#![expect(
    unsafe_code,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::exit,
    clippy::too_many_lines,
    reason = "the test starts itself, and calls the kernel as no library would"
)]

use nix::libc;
use rex_cedar_auth::Policies;
use rex_confinement::{Kernel, Needs, Plan};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Says to the process that it is the probe, and where its stage is.
const ROLE: &str = "REX_TEST_PROBE";
const NOBODY: u32 = 65534;

/// A folder with a part that policies name, `in`, and one that they do not, `out`; a listener on two ports; an abstract socket.
struct Stage {
    folder: tempfile::TempDir,
    ports: [TcpListener; 2],
    _abstract_socket: UnixListener,
    program: PathBuf,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("rex-probe-").tempdir().unwrap();
        for part in ["in", "out"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
        }
        // The program's own place may be closed to another account.
        let program = folder.path().join("program");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let name = folder.path().to_str().unwrap().to_owned();
        let socket = UnixListener::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
        let ports = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        Self { folder, ports, _abstract_socket: socket, program }
    }

    /// What a probe under this policy could do, and the error number of what it could not. Without a policy there is no floor.
    fn probe(&self, policy: Option<&str>, user: Option<u32>) -> BTreeMap<String, i32> {
        let policy = policy.map_or_else(|| "none".to_owned(), |text| self.filled(text));
        std::fs::write(self.folder.path().join("policy"), policy).unwrap();
        for (part, name) in ["in", "out"].iter().flat_map(|part| ["file", "gone", "moved"].map(|name| (part, name))) {
            std::fs::write(self.folder.path().join(part).join(name), "content").unwrap();
        }
        let owner = user.map_or_else(nix::unistd::Uid::effective, nix::unistd::Uid::from_raw).to_string();
        let own = "chmod -R a+rwX \"$0\" && { [ \"$(id -u)\" != 0 ] || chown -R \"$1\" \"$0\"; }";
        let status = Command::new("sh").args(["-c", own]).arg(self.folder.path()).arg(owner).status().unwrap();
        assert!(status.success());
        let ports = self.ports.each_ref().map(|port| port.local_addr().unwrap().port().to_string());
        let mut command = Command::new(&self.program);
        command
            .args(["--exact", "probe_itself", "--nocapture", "--include-ignored"])
            .env(ROLE, self.folder.path())
            .env("REX_TEST_PORTS", ports.join(","))
            .stdin(Stdio::null());
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("probe: end"), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        let lines = text.lines().filter_map(|line| line.split("probe: ").nth(1)?.split_once('='));
        lines.map(|(name, errno)| (name.to_owned(), errno.parse().unwrap())).collect()
    }

    fn filled(&self, policy: &str) -> String {
        let [port, _] = self.ports.each_ref().map(|port| port.local_addr().unwrap().port().to_string());
        policy.replace("{dir}", self.folder.path().to_str().unwrap()).replace("{port}", &port)
    }
}

/// What was refused by a wall, not for another reason.
fn refused(told: &BTreeMap<String, i32>) -> BTreeSet<&str> {
    let refused = |errno: &i32| [libc::EPERM, libc::EACCES].contains(errno);
    told.iter().filter(|(_, errno)| refused(errno)).map(|(name, _)| name.as_str()).collect()
}

const READ_IN: &str = r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"read"], resource in file_system::Dir::"{dir}/in");"#;
const WRITE_FILE: &str = r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"write", file_system::Action::"create"],
    resource in file_system::Dir::"{dir}/in");"#;
const ONE_PORT: &str =
    r#"permit(principal, action == network::Action::"connect", resource) when { resource.port == {port} };"#;
const KILL: &str = r#"permit(principal, action == process_system::Action::"kill", resource);"#;
const CHMOD: &str =
    r#"permit(principal, action == file_system::Action::"chmod", resource in file_system::Dir::"{dir}/in");"#;
const DELETE: &str = r#"permit(principal, action == file_system::Action::"delete", resource is file_system::File in file_system::Dir::"{dir}/in");"#;

/// For each policy, all that must remain possible. All else must be refused.
const CASES: &[(&str, &str, &[&str])] = &[
    ("nothing", "", &[]),
    ("reading", READ_IN, &["read in", "list in"]),
    (
        "writing",
        WRITE_FILE,
        // What is made is named, written and dressed like what it replaces; so names go, too.
        &[
            "list in",
            "write in",
            "create in",
            "truncate in",
            "unlink in",
            "rename in",
            "link in",
            "symlink in",
            "chmod in",
            "chmod out",
            "utimes out",
            "setxattr out",
            "chown out",
        ],
    ),
    ("one port", ONE_PORT, &["inet socket", "udp socket", "netlink socket", "connect permitted port"]),
    ("kill", KILL, &["signal outside"]),
    ("chmod", CHMOD, &["chmod in", "chmod out"]),
    ("delete", DELETE, &["list in", "unlink in", "rename in"]),
];

fn hold(user: Option<u32>) {
    let stage = Stage::new();
    let free = stage.probe(None, user);
    let by_account = refused(&free).into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    if user.is_none() {
        // Without a floor root is refused next to nothing: so what follows shows the floor, not the account.
        assert!(by_account.len() <= 3, "the machine refuses to root: {by_account:?}");
    }
    for (name, policy, possible) in CASES {
        let told = stage.probe(Some(policy), user);
        let possible: BTreeSet<&str> = possible.iter().copied().collect();
        let refused = refused(&told);
        let open: Vec<_> = told
            .keys()
            .map(String::as_str)
            .filter(|call| !refused.contains(call) && !possible.contains(call) && !ALWAYS.contains(call))
            .collect();
        assert!(open.is_empty(), "under `{name}` these remain possible: {open:?}\n{told:?}");
        let lost: Vec<_> =
            possible.iter().filter(|call| refused.contains(*call) && !by_account.contains(**call)).collect();
        assert!(lost.is_empty(), "under `{name}` these are refused: {lost:?}\n{told:?}");
    }
}

/// What no rule of this kernel is about, see SECURITY.md.
const ALWAYS: [&str; 2] = ["stat out", "unix datagram socket"];

#[test]
fn native_code_of_root_can_do_what_the_policy_could_permit_and_no_more() {
    if !nix::unistd::Uid::effective().is_root() {
        return println!("skipped: needs root");
    }
    hold(None);
}

#[test]
fn native_code_of_an_ordinary_user_can_do_no_more() {
    let root = nix::unistd::Uid::effective().is_root();
    hold(root.then_some(NOBODY));
}

#[test]
#[ignore = "a role that the other tests play in a process of their own"]
fn probe_itself() {
    let stage = std::env::var(ROLE).expect("the other tests start it, and say where its stage is");
    let policy = std::fs::read_to_string(format!("{stage}/policy")).unwrap();
    let floor = policy != "none";
    if floor {
        let policies = Policies::load("probe", &policy).unwrap();
        let plan = Plan::new(&policies.reach("tester"), &Needs::default(), Kernel::look());
        assert!(plan.missing().is_empty(), "{:?}", plan.missing());
        let floor = plan.prepare().unwrap();
        floor.restrict_thread().unwrap();
        floor.seal().unwrap();
        std::mem::forget(floor);
    }
    for (name, errno) in calls(&stage) {
        println!("probe: {name}={errno}");
    }
    println!("probe: end");
    std::process::exit(0);
}

/// The error number of a call, 0 where it succeeds.
fn errno(result: i64) -> i32 {
    if result >= 0 { 0 } else { std::io::Error::last_os_error().raw_os_error().unwrap() }
}

macro_rules! call {
    ($number:expr $(, $argument:expr)*) => {
        // SAFETY: what is given is valid, or refused by the kernel before it is looked at.
        errno(unsafe { libc::syscall($number $(, $argument)*) })
    };
}

fn c(path: &str) -> CString {
    CString::new(path).unwrap()
}

fn open(path: &str, flags: i32) -> i32 {
    call!(libc::SYS_openat, libc::AT_FDCWD, c(path).as_ptr(), flags | libc::O_CLOEXEC, 0o600)
}

fn connect(port: &str) -> i32 {
    // The standard library calls what any code would.
    std::net::TcpStream::connect(("127.0.0.1", port.parse().unwrap()))
        .map_or_else(|error| error.raw_os_error().unwrap(), |_| 0)
}

/// What is called, and with what it fails. Arguments are such that no harm is done where a call is let pass.
fn calls(stage: &str) -> Vec<(&'static str, i32)> {
    let ports = std::env::var("REX_TEST_PORTS").unwrap();
    let (permitted, other) = ports.split_once(',').unwrap();
    let parent = i64::from(nix::unistd::getppid().as_raw());
    let at = |name: &str| format!("{stage}/{name}");
    let (inside, outside) = (at("in"), at("out"));
    let null = std::ptr::null::<u8>();
    let fresh = std::process::id();
    let mut told = vec![
        (
            "stat out",
            call!(
                libc::SYS_newfstatat,
                libc::AT_FDCWD,
                c(&format!("{outside}/file")).as_ptr(),
                [0_u64; 64].as_mut_ptr(),
                0
            ),
        ),
        ("read the host's", open("/etc/shells", libc::O_RDONLY)),
        ("read in", open(&format!("{inside}/file"), libc::O_RDONLY)),
        ("read out", open(&format!("{outside}/file"), libc::O_RDONLY)),
        ("list in", open(&inside, libc::O_RDONLY | libc::O_DIRECTORY)),
        ("list out", open(&outside, libc::O_RDONLY | libc::O_DIRECTORY)),
        ("write in", open(&format!("{inside}/file"), libc::O_WRONLY)),
        ("write out", open(&format!("{outside}/file"), libc::O_WRONLY)),
        ("create in", open(&format!("{inside}/{fresh}"), libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL)),
        ("create out", open(&format!("{outside}/{fresh}"), libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL)),
        ("truncate in", open(&format!("{inside}/file"), libc::O_WRONLY | libc::O_TRUNC)),
        ("truncate out", call!(libc::SYS_truncate, c(&format!("{outside}/file")).as_ptr(), 0)),
    ];
    for (part, folder) in [("in", &inside), ("out", &outside)] {
        let path = |name: &str| c(&format!("{folder}/{name}"));
        let new = |name: &str| c(&format!("{folder}/{name}{fresh}"));
        let two = |one, other| if part == "in" { one } else { other };
        told.extend([
            (two("unlink in", "unlink out"), call!(libc::SYS_unlinkat, libc::AT_FDCWD, path("gone").as_ptr(), 0)),
            (
                two("rename in", "rename out"),
                call!(
                    libc::SYS_renameat2,
                    libc::AT_FDCWD,
                    path("moved").as_ptr(),
                    libc::AT_FDCWD,
                    new("r").as_ptr(),
                    0
                ),
            ),
            (
                two("link in", "link out"),
                call!(libc::SYS_linkat, libc::AT_FDCWD, path("file").as_ptr(), libc::AT_FDCWD, new("l").as_ptr(), 0),
            ),
            (
                two("symlink in", "symlink out"),
                call!(libc::SYS_symlinkat, c("x").as_ptr(), libc::AT_FDCWD, new("s").as_ptr()),
            ),
            (
                two("mknod in", "mknod out"),
                call!(libc::SYS_mknodat, libc::AT_FDCWD, new("n").as_ptr(), libc::S_IFIFO | 0o600, 0),
            ),
            (two("chmod in", "chmod out"), call!(libc::SYS_fchmodat, libc::AT_FDCWD, path("file").as_ptr(), 0o666)),
        ]);
    }
    let file = c(&format!("{outside}/file"));
    let family =
        |family: i32, kind: i32, protocol: i32| call!(libc::SYS_socket, family, kind | libc::SOCK_CLOEXEC, protocol);
    let abstract_socket = || {
        let address = SocketAddr::from_abstract_name(stage).unwrap();
        std::os::unix::net::UnixStream::connect_addr(&address).map_or_else(|error| error.raw_os_error().unwrap(), |_| 0)
    };
    told.extend([
        ("chown out", call!(libc::SYS_fchownat, libc::AT_FDCWD, file.as_ptr(), -1, -1, 0)),
        ("utimes out", call!(libc::SYS_utimensat, libc::AT_FDCWD, file.as_ptr(), null, 0)),
        ("setxattr out", call!(libc::SYS_setxattr, file.as_ptr(), c("user.rex").as_ptr(), c("x").as_ptr(), 1, 0)),
        ("inet socket", family(libc::AF_INET, libc::SOCK_STREAM, 0)),
        ("udp socket", family(libc::AF_INET, libc::SOCK_DGRAM, 0)),
        ("raw socket", family(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP)),
        ("packet socket", family(libc::AF_PACKET, libc::SOCK_RAW, 0)),
        ("netlink socket", family(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)),
        ("audit socket", family(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_AUDIT)),
        ("unix stream socket", family(libc::AF_UNIX, libc::SOCK_STREAM, 0)),
        ("unix datagram socket", family(libc::AF_UNIX, libc::SOCK_DGRAM, 0)),
        ("abstract socket outside", abstract_socket()),
        ("connect permitted port", connect(permitted)),
        ("connect other port", connect(other)),
        ("listen", call!(libc::SYS_listen, -1, 1)),
        ("bind", call!(libc::SYS_bind, -1, null, 0)),
        ("signal outside", call!(libc::SYS_kill, parent, 0)),
        ("trace outside", call!(libc::SYS_ptrace, 0x4206, parent, 0, 0x1000_0000_u64)),
        ("memory outside", open(&format!("/proc/{parent}/mem"), libc::O_RDONLY)),
        ("environment outside", open(&format!("/proc/{parent}/environ"), libc::O_RDONLY)),
        ("vm outside", call!(libc::SYS_process_vm_readv, parent, null, 0, null, 0, 0)),
        ("descriptor outside", call!(libc::SYS_pidfd_getfd, -1, 0, 0)),
        ("mount", call!(libc::SYS_mount, null, null, null, 0, null)),
        ("fsopen", call!(libc::SYS_fsopen, null, 0)),
        ("open_tree", call!(libc::SYS_open_tree, -1, null, 0)),
        ("move_mount", call!(libc::SYS_move_mount, -1, null, -1, null, 0)),
        ("unmount", call!(libc::SYS_umount2, null, 0)),
        ("pivot_root", call!(libc::SYS_pivot_root, null, null)),
        ("chroot", call!(libc::SYS_chroot, null)),
        ("setns", call!(libc::SYS_setns, -1, 0)),
        ("unshare", call!(libc::SYS_unshare, libc::CLONE_NEWUTS)),
        ("new namespace by clone", call!(libc::SYS_clone, libc::CLONE_NEWUTS | libc::CLONE_SIGHAND, 0, 0, 0, 0)),
        ("bpf", call!(libc::SYS_bpf, -1, null, 0)),
        ("keyctl", call!(libc::SYS_keyctl, -1, 0, 0, 0, 0)),
        ("add_key", call!(libc::SYS_add_key, null, null, null, 0, 0)),
        ("request_key", call!(libc::SYS_request_key, null, null, null, 0)),
        ("io_uring", call!(libc::SYS_io_uring_setup, 0, null)),
        ("userfaultfd", call!(libc::SYS_userfaultfd, -1)),
        ("kexec", call!(libc::SYS_kexec_load, 0, u64::from(u32::MAX), null, u64::MAX)),
        ("load module", call!(libc::SYS_init_module, null, 0, null)),
        ("unload module", call!(libc::SYS_delete_module, null, 0)),
        ("perf", call!(libc::SYS_perf_event_open, null, 0, 0, -1, 0)),
        ("handle", call!(libc::SYS_open_by_handle_at, -1, null, 0)),
        ("memfd", call!(libc::SYS_memfd_create, null, 0)),
        ("fanotify", call!(libc::SYS_fanotify_init, u32::MAX, 0)),
        ("swap", call!(libc::SYS_swapoff, null)),
        ("clock", call!(libc::SYS_clock_settime, -1, null)),
        ("host name", call!(libc::SYS_sethostname, null, -1)),
        ("reboot", call!(libc::SYS_reboot, 0, 0, 0, null)),
        ("quota", call!(libc::SYS_quotactl, -1, null, 0, null)),
        ("other limits", call!(libc::SYS_prlimit64, parent, libc::RLIMIT_NOFILE, null, null)),
        ("types into the terminal", call!(libc::SYS_ioctl, 0, libc::TIOCSTI, c("x").as_ptr())),
        ("new capability", call!(libc::SYS_capset, null, null)),
        ("other user", call!(libc::SYS_setresuid, -1, -1, -1)),
        ("seccomp", call!(libc::SYS_seccomp, -1, 0, null)),
        ("personality", call!(libc::SYS_personality, u32::MAX)),
        // Last: where it succeeds, the end is never told.
        ("execute", call!(libc::SYS_execveat, -1, c("").as_ptr(), null, null, libc::AT_EMPTY_PATH)),
        ("execute a file", call!(libc::SYS_execve, c("/nonexistent/program").as_ptr(), null, null)),
    ]);
    told
}
