//! Lines of the kernel's tables. A line that is not understood is passed over: the rest is still true.

use super::{InternetSocket, NetworkProtocol, TcpState, UnixProtocol, UnixSocket, UnixSocketState};
use core::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::collections::HashMap;

/// Adds the sockets in a table of TCP or UDP.
pub(super) fn internet(table: &[u8], protocol: NetworkProtocol, found: &mut Vec<InternetSocket>) {
    let table = String::from_utf8_lossy(table);
    found.extend(table.lines().skip(1).filter_map(|line| internet_line(line, protocol)));
}

/// LINUX: `sl local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode …`.
fn internet_line(line: &str, protocol: NetworkProtocol) -> Option<InternetSocket> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, remote) = (address(fields.next()?)?, address(fields.next()?)?);
    let state = hex(fields.next()?)?;
    let (send, recv) = fields.next()?.split_once(':')?;
    let (uid, inode) = (fields.nth(2)?.parse().ok()?, fields.nth(1)?.parse().ok()?);
    let state = match protocol {
        NetworkProtocol::Tcp | NetworkProtocol::Tcp6 => tcp_state(state),
        NetworkProtocol::Udp | NetworkProtocol::Udp6 => TcpState::None,
    };
    let (recv_queue, send_queue) = (hex(recv)?, hex(send)?);
    Some(InternetSocket { protocol, recv_queue, send_queue, local, remote, state, uid, inode, owners: Vec::new() })
}

/// LINUX: `tcp_states.h`.
fn tcp_state(number: u64) -> TcpState {
    match number {
        1 => TcpState::Established,
        2 => TcpState::SynSent,
        3 => TcpState::SynRecv,
        4 => TcpState::FinWait1,
        5 => TcpState::FinWait2,
        6 => TcpState::TimeWait,
        7 => TcpState::Close,
        8 => TcpState::CloseWait,
        9 => TcpState::LastAck,
        10 => TcpState::Listen,
        11 => TcpState::Closing,
        12 => TcpState::NewSynRecv,
        _ => TcpState::None,
    }
}

fn hex(text: &str) -> Option<u64> {
    // A sign is no digit.
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(text, 16).ok()
}

/// An address and port. LINUX: the address is in words of 32 bits, each as the machine has it in memory.
fn address(text: &str) -> Option<SocketAddr> {
    let (digits, port) = text.split_once(':')?;
    let port = u16::try_from(hex(port)?).ok()?;
    if !digits.is_ascii() || !matches!(digits.len(), 8 | 32) {
        return None;
    }
    let mut bytes = Vec::with_capacity(16);
    for word in digits.as_bytes().chunks(8) {
        let word = u32::try_from(hex(std::str::from_utf8(word).ok()?)?).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => IpAddr::from(bytes),
        Err(_) => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    Some(SocketAddr::new(address, port))
}

/// Adds the sockets in a table of Unix-domain sockets, and gives how many are of a type that is not known.
pub(super) fn unix(table: &[u8], found: &mut Vec<UnixSocket>) -> usize {
    let mut unknown = 0;
    let mut places = HashMap::new();
    for line in table.split(|byte| *byte == b'\n').skip(1) {
        let line = String::from_utf8_lossy(line);
        let Some((socket, is_known)) = unix_line(&line) else { continue };
        // A socket has one line: where there are two, somebody wrote a line end into the name of a socket to make one up, and neither path is
        // believed.
        if let Some(first) = places.get(&socket.inode).and_then(|place: &usize| found.get_mut(*place)) {
            first.path.clear();
            continue;
        }
        places.insert(socket.inode, found.len());
        unknown += usize::from(!is_known);
        found.push(socket);
    }
    unknown
}

/// LINUX: `Num: RefCount Protocol Flags Type St Inode Path`; the path may hold blanks.
fn unix_line(line: &str) -> Option<(UnixSocket, bool)> {
    let (mut rest, mut fields) = (line, [""; 7]);
    for field in &mut fields {
        let (first, after) = rest.trim_start_matches(' ').split_once(' ').unwrap_or((rest.trim_start_matches(' '), ""));
        (*field, rest) = (first, after);
    }
    let [number, count, _, _, kind, state, inode] = fields;
    number.strip_suffix(':')?;
    let (protocol, is_known) = match hex(kind)? {
        1 => (UnixProtocol::Stream, true),
        2 => (UnixProtocol::Dgram, true),
        5 => (UnixProtocol::Seqpacket, true),
        _ => (UnixProtocol::Stream, false),
    };
    let state = match hex(state)? {
        2 => UnixSocketState::Connecting,
        3 => UnixSocketState::Connected,
        4 => UnixSocketState::Disconnecting,
        _ => UnixSocketState::Unconnected,
    };
    let (ref_count, inode) = (hex(count)?, inode.parse().ok()?);
    Some((UnixSocket { protocol, ref_count, state, inode, path: rest.to_owned(), owners: Vec::new() }, is_known))
}

#[cfg(test)]
mod tests {
    use super::{internet, unix};
    use crate::fuzz::fuzz;
    use crate::sockets::{NetworkProtocol, TcpState, UnixProtocol, UnixSocketState};
    use proptest::prelude::*;

    const TCP: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
        0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000   998        0 4711 1 0 100 0 0 10 0\n   \
        1: 0100007F:1F91 0200007F:0050 0D 0000000A:00000000 01:00000000 00000000     0        0 0 1\n   \
        2: 0100007F:1F90 00000000:0000 0A broken\n";

    #[test]
    #[cfg(target_endian = "little")]
    fn internet_lines_tell_addresses_states_and_queues() {
        let mut found = Vec::new();
        internet(TCP.as_bytes(), NetworkProtocol::Tcp, &mut found);
        let six =
            "head\n 0: 00000000000000000000000001000000:0050 0000000000000000FFFF00000100007F:0001 01 0:0 0 0 0 0 7\n";
        internet(six.as_bytes(), NetworkProtocol::Tcp6, &mut found);
        internet(TCP.as_bytes(), NetworkProtocol::Udp, &mut found);
        let shown: Vec<_> =
            found.iter().map(|s| format!("{} {} {} {}", s.protocol, s.local, s.remote, s.state)).collect();
        assert_eq!(
            shown,
            [
                "Tcp 127.0.0.1:8080 0.0.0.0:0 Listen",
                "Tcp 127.0.0.1:8081 127.0.0.2:80 None",
                "Tcp6 [::1]:80 [::ffff:127.0.0.1]:1 Established",
                "Udp 127.0.0.1:8080 0.0.0.0:0 None",
                "Udp 127.0.0.1:8081 127.0.0.2:80 None",
            ]
        );
        assert_eq!((found[0].recv_queue, found[0].send_queue, found[0].uid, found[0].inode), (3, 0, 998, 4711));
        assert_eq!((found[1].recv_queue, found[1].send_queue, found[1].state), (0, 10, TcpState::None));
    }

    #[test]
    fn unix_lines_tell_types_states_and_paths_and_forged_ones_nothing() {
        let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/a b.sock\n\
            0000000000000000: 0000000A 00000000 00000000 0005 03  4712\n\
            0000000000000000: 00000003 00000000 00000000 0009 02 4713 @abstract\n\
            0000000000000000: 00000002 00000000 00010000 0002 01 4711 /run/forged\n\
            x\n";
        let mut found = Vec::new();
        assert_eq!(unix(table.as_bytes(), &mut found), 1);
        let paths: Vec<_> = found.iter().map(|socket| (socket.inode, socket.path.as_str())).collect();
        assert_eq!(paths, [(4711, ""), (4712, ""), (4713, "@abstract")]);
        assert_eq!(
            (found[1].protocol, found[1].state, found[1].ref_count),
            (UnixProtocol::Seqpacket, UnixSocketState::Connected, 10)
        );
    }

    #[test]
    fn no_changed_table_is_too_odd() {
        let unix_table = b"Num: x\n0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/a b.sock\n".to_vec();
        fuzz("tables of sockets", &[TCP.as_bytes().to_vec(), unix_table], |table| {
            let (mut internet_found, mut unix_found) = (Vec::new(), Vec::new());
            internet(table, NetworkProtocol::Tcp, &mut internet_found);
            let unknown = unix(table, &mut unix_found);
            let states: Vec<_> = internet_found.iter().map(|socket| socket.state).collect();
            let kinds: Vec<_> = unix_found.iter().map(|socket| (socket.protocol, socket.state)).collect();
            format!("{states:?} {kinds:?} {}", unknown > 0)
        });
    }

    proptest! {
        #[test]
        fn no_table_is_too_odd(lines in prop::collection::vec("[0-9A-Fa-f: +\\-é\t]{0,90}", 0..6), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for table in [lines.join("\n").as_bytes(), &bytes] {
                internet(table, NetworkProtocol::Tcp6, &mut Vec::new());
                unix(table, &mut Vec::new());
            }
        }
    }
}
