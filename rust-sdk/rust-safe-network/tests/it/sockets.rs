//! The sockets of a network of one's own, and whose they are.

use crate::inside::inside;
use rex_test_utils::gate;
use rust_safe_network::{NetworkProtocol, TcpState, UnixProtocol, UnixSocketState, owned_sockets, sockets};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::process::{Command, Stdio};

const TABLES: &str = r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"read"], resource in file_system::Dir::"/proc/net");"#;
const OWNERS: &str = r#"permit(principal, action == process_system::Action::"list_fds", resource);"#;

#[test]
fn sockets_of_both_families_and_unix_are_told_as_they_are() {
    inside("sockets::sockets_of_both_families_and_unix_are_told_as_they_are", "", || {
        let (four, six) = (TcpListener::bind("127.0.0.1:80").unwrap(), TcpListener::bind("[::1]:81").unwrap());
        let udp = UdpSocket::bind("[::1]:82").unwrap();
        let client = TcpStream::connect("127.0.0.1:80").unwrap();
        let unix = UnixListener::bind_addr(&SocketAddr::from_abstract_name("rex a").unwrap()).unwrap();
        let datagram = UnixDatagram::unbound().unwrap();
        let found = owned_sockets(&gate(&format!("{TABLES}{OWNERS}"))).unwrap();
        let shown: Vec<String> = found
            .internet
            .iter()
            .map(|of| format!("{} {} {} {}", of.protocol, of.local, of.remote, of.state))
            .collect();
        let port = client.local_addr().unwrap().port();
        for expected in [
            "Tcp 127.0.0.1:80 0.0.0.0:0 Listen".to_owned(),
            "Tcp6 [::1]:81 [::]:0 Listen".to_owned(),
            "Udp6 [::1]:82 [::]:0 None".to_owned(),
            format!("Tcp 127.0.0.1:{port} 127.0.0.1:80 Established"),
        ] {
            assert!(shown.contains(&expected), "{expected} is not in {shown:?}");
        }
        let listening = found.internet.iter().find(|of| of.state == TcpState::Listen).unwrap();
        assert_eq!((listening.protocol, listening.recv_queue), (NetworkProtocol::Tcp, 1));
        assert_eq!(listening.owners.iter().map(|of| of.pid).collect::<Vec<_>>(), [std::process::id()]);
        let unix_socket = found.unix.iter().find(|of| of.path == "@rex a").unwrap();
        assert_eq!((unix_socket.protocol, unix_socket.state), (UnixProtocol::Stream, UnixSocketState::Unconnected));
        assert_eq!(unix_socket.owners[0].pid, std::process::id());
        assert!(found.unix.iter().any(|of| of.protocol == UnixProtocol::Dgram && of.path.is_empty()));
        drop((four, six, udp, unix, datagram));
    });
}

#[test]
fn owners_are_named_only_as_far_as_each_process_may_be_looked_into() {
    inside("sockets::owners_are_named_only_as_far_as_each_process_may_be_looked_into", "", || {
        let listener = TcpListener::bind("127.0.0.1:80").unwrap();
        // The child has the socket too: it is its standard input.
        let shared: std::os::fd::OwnedFd = listener.try_clone().unwrap().into();
        let mut child = Command::new("sleep").arg("100").stdin(Stdio::from(shared)).spawn().unwrap();
        let owners = |policy: &str| {
            let found = owned_sockets(&gate(&format!("{TABLES}{policy}"))).unwrap();
            let listening = found.internet.into_iter().find(|of| of.state == TcpState::Listen).unwrap();
            (listening.owners.iter().map(|of| of.pid).collect::<Vec<_>>(), found.denied > 0)
        };
        // Which name the kernel tells depends on whether the child runs its program yet.
        let child_alone = format!(
            "permit(principal, action == process_system::Action::\"list_fds\", resource == process_system::Process::\"{}\");",
            child.id()
        );
        assert_eq!(owners(""), (Vec::new(), true));
        assert_eq!(owners(&child_alone), (vec![child.id()], true));
        assert_eq!(owners(OWNERS), (vec![std::process::id(), child.id()], false));
        child.kill().unwrap();
        child.wait().unwrap();
        let found = sockets(&gate(TABLES)).unwrap();
        assert!(found.internet.iter().all(|of| of.owners.is_empty()) && found.denied == 0);
    });
}

#[test]
fn each_table_is_judged() {
    for name in ["tcp", "tcp6", "udp", "udp6", "unix"] {
        let forbid = format!(
            r#"{TABLES}forbid(principal, action == file_system::Action::"read", resource == file_system::File::"/proc/net/{name}");"#
        );
        let error = sockets(&gate(&forbid)).unwrap_err();
        assert_eq!(error.kind(), "PermissionDenied");
        assert!(error.to_string().contains(&format!("/proc/net/{name}")), "{error}");
    }
    let error = sockets(&gate(&TABLES.replace("file_system::Action::\"open\", ", ""))).unwrap_err();
    assert!(error.to_string().contains(r#"file_system::Action::"open""#), "{error}");
}

#[test]
fn what_is_mounted_over_the_tables_is_not_believed() {
    inside(
        "sockets::what_is_mounted_over_the_tables_is_not_believed",
        "mkdir -p /mnt/x && mount -t tmpfs none /proc",
        || {
            let error = sockets(&gate(TABLES)).unwrap_err();
            assert_eq!(error.kind(), "Other");
            assert!(error.to_string().starts_with("/proc/net/tcp: "), "{error}");
        },
    );
}
