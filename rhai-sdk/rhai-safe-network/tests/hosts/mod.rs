//! The host of the examples: names and the servers that tell them, a server that answers with what it gets (port 7), one that tells the time
//! (port 13), a Unix-domain socket, and a route.
#![expect(clippy::disallowed_types, reason = "the test is the servers")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::thread;

/// What a shell prepares in namespaces of its own: mounts, network, host name.
pub(crate) const PREPARE: &str = r"
set -e
mount --make-rprivate /
ip link set lo up
ip link add rex0 type veth peer name rex1
ip addr add 192.0.2.2/24 dev rex0
ip link set rex0 up
ip link set rex1 up
ip route add default via 192.0.2.1 dev rex0 metric 7
mount -t tmpfs none /mnt
echo 'nameserver 127.0.0.1' > /mnt/resolv.conf
printf '127.0.0.1 localhost\n' > /mnt/hosts
mount --bind /mnt/resolv.conf /etc/resolv.conf
mount --bind /mnt/hosts /etc/hosts
";

/// Starts the servers; they live as long as the test.
pub(crate) fn serve() {
    let (packets, streams) = (UdpSocket::bind("127.0.0.1:53").unwrap(), TcpListener::bind("127.0.0.1:53").unwrap());
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, peer)) = packets.recv_from(&mut buffer) {
            packets.send_to(&answer(&buffer[..length]), peer).unwrap();
        }
    });
    thread::spawn(move || {
        for mut stream in streams.incoming().map_while(Result::ok) {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut question = vec![0; u16::from_be_bytes(length).into()];
            stream.read_exact(&mut question).unwrap();
            let answer = answer(&question);
            stream.write_all(&[&u16::try_from(answer.len()).unwrap().to_be_bytes()[..], &answer].concat()).unwrap();
        }
    });
    let (echo, time) = (TcpListener::bind("127.0.0.1:7").unwrap(), TcpListener::bind("127.0.0.1:13").unwrap());
    thread::spawn(move || {
        for mut stream in echo.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut buffer = [0; 100];
                while let Ok(length @ 1..) = stream.read(&mut buffer) {
                    stream.write_all(&buffer[..length]).unwrap();
                }
            });
        }
    });
    thread::spawn(move || {
        for mut stream in time.incoming().map_while(Result::ok) {
            // Who only looks whether it listens is gone by now.
            let _ = stream.write_all(b"noon\n").and_then(|()| stream.shutdown(Shutdown::Write));
        }
    });
    let unix = UnixListener::bind_addr(&SocketAddr::from_abstract_name("rex-example").unwrap()).unwrap();
    std::mem::forget(unix);
}

fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat());
    labels.chain([0]).collect()
}

/// What the server knows.
fn known(asked: &str, kind: u16) -> Option<Vec<Vec<u8>>> {
    let six = "fd00::7".parse::<std::net::Ipv6Addr>().unwrap().octets().to_vec();
    let numbers = |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    Some(match (asked, kind) {
        ("db.rex.test", 1) => vec![vec![10, 1, 2, 3], vec![9, 1, 2, 3], vec![10, 1, 2, 3]],
        ("db.rex.test", 28) => vec![six],
        ("3.2.1.10.in-addr.arpa", 12) => vec![name("db.rex.test")],
        ("rex.test", 15) => vec![[numbers(&[10]), name("mail.rex.test")].concat()],
        ("rex.test", 16) => vec![b"\x06v=rex1\x04 all".to_vec()],
        ("rex.test", 6) => {
            let values = [7_u32, 1, 2, 3, 4].iter().flat_map(|value| value.to_be_bytes()).collect();
            vec![[name("ns.rex.test"), name("root.rex.test"), values].concat()]
        }
        ("_http._tcp.rex.test", 33) => vec![[numbers(&[1, 2, 8080]), name("db.rex.test")].concat()],
        ("rex.test" | "db.rex.test", _) => Vec::new(),
        _ => return None,
    })
}

fn answer(question: &[u8]) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap();
    let (mut labels, mut rest) = (Vec::new(), &question[12..end]);
    while let Some((length, after)) = rest.split_first() {
        let (label, after) = after.split_at((*length).into());
        labels.push(std::str::from_utf8(label).unwrap().to_lowercase());
        rest = after;
    }
    let kind = u16::from_be_bytes([question[end + 1], question[end + 2]]);
    let found = known(&labels.join("."), kind);
    let code = if found.is_some() { 0x80 } else { 0x83 };
    let records = found.unwrap_or_default();
    let count = u8::try_from(records.len()).unwrap();
    let mut answer = [&question[..2], &[0x85, code, 0, 1, 0, count, 0, 0, 0, 0], &question[12..end + 5]].concat();
    for data in records {
        answer.extend([0xc0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 60]);
        answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        answer.extend(data);
    }
    answer
}
