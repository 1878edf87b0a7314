//! Connections to servers that are slow, close early or break off.

use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::{gate, principal};
use rust_safe_network::{Connection, Error, TransportProtocol, connect, listens};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

const ALL: &str = r#"permit(principal, action == network::Action::"connect", resource);"#;
const SOON: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_secs(5);

/// A server that does this with each connection.
fn server(act: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(act));
    address
}

fn to(gate: &Gate, address: SocketAddr) -> Connection {
    connect(gate, &address.ip().to_string(), address.port(), TransportProtocol::Tcp, LATE).unwrap()
}

#[test]
fn what_is_sent_comes_back_until_both_are_done() {
    let echo = server(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(&all).unwrap();
    });
    let gate = gate(ALL);
    let connection = to(&gate, echo);
    let sent = vec![7; 3_000_000];
    connection.send(&gate, &sent, LATE).unwrap();
    connection.finish().unwrap();
    assert_eq!(connection.receive(&gate, 10, LATE).unwrap().len(), 10);
    assert_eq!(connection.receive_all(&gate, usize::MAX, LATE).unwrap().len(), sent.len() - 10);
    assert_eq!(connection.receive(&gate, 10, LATE).unwrap(), b"");
    assert_eq!(connection.send(&gate, b"more", LATE).unwrap_err().kind(), "Other");
    let copy = connection.clone();
    connection.close();
    assert!(copy.is_closed());
    assert!(copy.receive(&gate, 10, LATE).unwrap_err().to_string().contains("closed"));
    assert!(copy.finish().is_err());
}

#[test]
fn no_more_is_taken_than_was_asked_for() {
    let address = server(|mut stream| while stream.write_all(&[1; 4096]).is_ok() {});
    let gate = gate(ALL);
    let connection = to(&gate, address);
    assert_eq!(connection.receive_all(&gate, 100_000, LATE).unwrap().len(), 100_000);
    assert_eq!(connection.receive(&gate, 0, LATE).unwrap(), b"");
    assert!(connection.receive(&gate, usize::MAX, LATE).unwrap().len() <= 65_536);
}

#[test]
fn a_silent_server_is_not_waited_for_beyond_the_time() {
    let address = server(|stream| {
        thread::sleep(Duration::from_secs(10));
        drop(stream);
    });
    let gate = gate(ALL);
    let connection = to(&gate, address);
    let begun = Instant::now();
    assert_eq!(connection.receive(&gate, 10, SOON).unwrap_err().kind(), "TimedOut");
    assert_eq!(connection.receive_all(&gate, 10, SOON).unwrap_err().kind(), "TimedOut");
    // More than the kernel keeps for a server that reads nothing.
    assert_eq!(connection.send(&gate, &vec![0; 64 << 20], SOON).unwrap_err().kind(), "TimedOut");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn a_run_that_ends_ends_the_wait() {
    let address = server(|stream| {
        thread::sleep(Duration::from_secs(10));
        drop(stream);
    });
    let begun = Instant::now();
    let stop = move || (begun.elapsed() > SOON).then(|| Stopped("enough".into()));
    let gate = Gate::new(Policies::load("test", ALL).unwrap(), principal()).with_stop(stop);
    let connection = to(&gate, address);
    assert!(matches!(connection.receive(&gate, 10, LATE), Err(Error::Stopped(_))));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn a_run_that_ends_ends_a_flood() {
    let address = server(|mut stream| while stream.write_all(&[1; 16_384]).is_ok() {});
    let begun = Instant::now();
    let stop = move || (begun.elapsed() > SOON).then(|| Stopped("enough".into()));
    let gate = Gate::new(Policies::load("test", ALL).unwrap(), principal()).with_stop(stop);
    let connection = to(&gate, address);
    assert!(matches!(connection.receive_all(&gate, usize::MAX, Duration::from_secs(600)), Err(Error::Stopped(_))));
}

#[test]
fn each_piece_asks_whether_the_run_goes_on() {
    let address = server(|mut stream| stream.write_all(&[1; 16_384].repeat(12)).unwrap());
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let count = std::rc::Rc::clone(&asked);
    let stop = move || {
        count.set(count.get() + 1);
        None
    };
    let gate = Gate::new(Policies::load("test", ALL).unwrap(), principal()).with_stop(stop);
    let connection = to(&gate, address);
    // All of it is there by now, so that nothing is waited for.
    thread::sleep(SOON);
    asked.set(0);
    assert_eq!(connection.receive_all(&gate, 190_000, LATE).unwrap().len(), 190_000);
    assert!(asked.get() >= 3, "{}", asked.get());
}

#[test]
fn a_server_that_closes_or_breaks_off_is_told() {
    let gate = gate(ALL);
    let closing = server(|mut stream| {
        stream.write_all(b"bye").unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    });
    assert_eq!(to(&gate, closing).receive_all(&gate, 100, LATE).unwrap(), b"bye");
    let breaking = server(|mut stream| {
        // What was sent and is not read when a socket closes makes the kernel reset the connection.
        stream.write_all(b"x").unwrap();
        thread::sleep(SOON);
        drop(stream);
    });
    let connection = to(&gate, breaking);
    connection.send(&gate, &[0; 1000], LATE).unwrap();
    let error = connection.receive_all(&gate, 100, LATE).unwrap_err();
    assert_eq!(error.kind(), "Other");
    assert!(error.to_string().contains("reset") && error.to_string().contains(&breaking.to_string()), "{error}");
}

#[test]
fn a_port_where_nothing_listens_refuses() {
    let gate = gate(ALL);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = |protocol| connect(&gate, "127.0.0.1", address.port(), protocol, LATE);
    for protocol in [TransportProtocol::Tcp, TransportProtocol::Auto] {
        let error = closed(protocol).unwrap_err();
        assert_eq!(error.kind(), "Other");
        assert!(error.to_string().contains("refused") && error.to_string().contains(&address.to_string()), "{error}");
    }
    assert!(closed(TransportProtocol::Udp).is_ok());
    assert!(!listens(&gate, "127.0.0.1", address.port(), LATE).unwrap());
    let open = server(drop);
    assert!(listens(&gate, "127.0.0.1", open.port(), LATE).unwrap());
    assert_eq!(listens(&gate, "not a host", 1, LATE).unwrap_err().kind(), "Other");
}

#[test]
fn what_is_no_host_is_said() {
    for host in ["", "a b", "http://rex.test", "a/b", "[::1", "256.1.1.1"] {
        let error = connect(&gate(ALL), host, 80, TransportProtocol::Tcp, LATE).unwrap_err();
        assert_eq!(error.kind(), "Other");
        assert!(error.to_string().starts_with(&format!("Invalid address format: {host}:80: ")), "{error}");
    }
}

#[test]
fn packets_go_and_come_whole() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let gate = gate(ALL);
    let connection = connect(&gate, "127.0.0.1", address.port(), TransportProtocol::Udp, LATE).unwrap();
    connection.send(&gate, b"question", LATE).unwrap();
    let mut buffer = [0; 100];
    let (length, peer) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..length], peer), (&b"question"[..], connection.local()));
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"from another", peer).unwrap();
    socket.send_to(b"answer", peer).unwrap();
    assert_eq!(connection.receive(&gate, 3, LATE).unwrap(), b"ans");
    assert_eq!(connection.receive(&gate, 100, SOON).unwrap_err().kind(), "TimedOut");
}

#[test]
fn nothing_is_opened_or_sent_without_a_permit_of_host_port_and_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let whole = format!(
        r#"permit(principal, action == network::Action::"connect", resource == network::url::"127.0.0.1")
           when {{ resource.url == "127.0.0.1" && resource.scheme == "tcp" && resource.port == {} && resource has ip && resource.ip.isLoopback() }};"#,
        address.port()
    );
    let forbid =
        r#"forbid(principal, action, resource) when { resource has ip && resource.ip.isInRange(ip("127.0.0.0/8")) };"#;
    let forbid = forbid.replace("action,", "action == network::Action::\"connect\",");
    let other_port = whole.replace(&address.port().to_string(), "1");
    for policy in ["", other_port.as_str(), &format!("{ALL}{forbid}")] {
        let error = connect(&gate(policy), "127.0.0.1", address.port(), TransportProtocol::Tcp, LATE).unwrap_err();
        assert_eq!(error.kind(), "PermissionDenied", "{policy}");
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
    let connection = to(&gate(&whole), address);
    listener.accept().unwrap();
    // A connection grants nothing by itself.
    for error in [
        connection.send(&gate(""), b"x", LATE).unwrap_err(),
        connection.receive(&gate(&other_port), 1, LATE).unwrap_err(),
        connection.receive_all(&gate(""), 1, LATE).unwrap_err(),
    ] {
        assert_eq!(error.kind(), "PermissionDenied");
    }
}
