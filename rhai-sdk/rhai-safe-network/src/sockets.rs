//! The sockets of the host: `netstat`, `network_stats`.

use crate::error::{Failure, Words};
use crate::needs::{LIST_FDS, OPEN_FILE, READ_FILE};
use crate::record::{Record, array, int, map, maps, number, register as record};
use rex_logger::{Level, Logger};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_network::{
    InternetSocket, NetworkProtocol, SocketOwner, Sockets, TcpState, UnixProtocol, UnixSocket, UnixSocketState,
    owned_sockets, sockets,
};
use std::net::SocketAddr;

const TABLES: Example = Example { places: &["/proc"], ..Example::BASE };

static NETSTAT: Function = Function {
    name: "netstat",
    doc: "Returns the sockets of the host as maps: those of TCP and UDP under `internet`, Unix-domain sockets under `unix`. A family that is off has none.",
    needs: &[OPEN_FILE, READ_FILE],
    examples: &[Example {
        title: "What listens",
        script: "netstat().internet.filter(|s| s.state == \"Listen\").map(|s| s.local_address).contains(\"127.0.0.1:7\")",
        ..TABLES
    }],
    ..Function::BASE
};
static NETWORK_STATS: Function = Function {
    name: "network_stats",
    doc: "Returns the sockets of the host, and the processes that have them open, as far as the policy lets those be looked into; one line in the log tells of the rest.",
    needs: &[OPEN_FILE, READ_FILE, LIST_FDS],
    examples: &[Example {
        title: "Whose is it?",
        script: "network_stats().internet_connections.some(|s| s.local_address.to_string() == \"127.0.0.1:7\" && s.process_info != ())",
        ..TABLES
    }],
    ..Function::BASE
};

const AROUND: Example = Example { around: &[OPEN_FILE, READ_FILE, LIST_FDS], ..TABLES };
const STATS: &[Example] = &[Example {
    title: "Both kinds",
    script: "let s = network_stats(); let owned = s.internet_connections.filter(|c| c.process_info != ()); \
             owned.len() > 0 && s.unix_sockets.len() >= 0",
    ..AROUND
}];
const CONNECTION: &[Example] = &[Example {
    title: "A listening socket",
    script: "let s = network_stats().internet_connections.find(|s| s.local_address.port == 7 && s.protocol == NetworkProtocol::TCP); \
             s.state == TcpState::LISTEN && s.recv_queue == 0 && s.send_queue >= 0 && s.inode > 0 && s.uid >= 0 \
             && s.remote_address.to_string() == \"0.0.0.0:0\" && s.owners[0].pid == s.process_info.pid && s.process_info.process_name != \"\"",
    ..AROUND
}];
const UNIX: &[Example] = &[Example {
    title: "A listening socket",
    script: "let s = network_stats().unix_sockets.find(|s| s.path == \"@rex-example\"); \
             s.protocol == UnixProtocol::STREAM && s.state == UnixSocketState::UNCONNECTED && s.ref_count > 0 && s.inode > 0 \
             && s.owners.len() == 1 && s.process_info.pid > 0",
    ..AROUND
}];
const ADDRESS: &[Example] = &[Example {
    title: "Its parts",
    script: "let a = network_stats().internet_connections.find(|s| s.process_info != () && s.local_address.port == 7).local_address; \
             a.ip == \"127.0.0.1\" && a.port == 7",
    ..AROUND
}];

impl Record for SocketOwner {
    fn map(&self) -> Map {
        map([("pid", number(self.pid.into())), ("process_name", self.process_name.to_string().into())])
    }
}

/// An address and port.
#[derive(Debug, Clone, Copy)]
struct Address(SocketAddr);

impl Record for Address {
    fn map(&self) -> Map {
        map([("ip", self.0.ip().to_string().into()), ("port", number(self.0.port().into()))])
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

fn first(owners: &[SocketOwner]) -> Dynamic {
    owners.first().map_or(Dynamic::UNIT, |owner| Dynamic::from(owner.clone()))
}

fn first_map(owners: &[SocketOwner]) -> Dynamic {
    owners.first().map_or(Dynamic::UNIT, |owner| owner.map().into())
}

impl Record for InternetSocket {
    fn map(&self) -> Map {
        map([
            ("protocol", self.protocol.to_string().into()),
            ("recv_queue", number(self.recv_queue)),
            ("send_queue", number(self.send_queue)),
            ("local_address", self.local.to_string().into()),
            ("remote_address", self.remote.to_string().into()),
            ("state", self.state.to_string().into()),
            ("inode", number(self.inode)),
            ("process_info", first_map(&self.owners)),
        ])
    }
}

impl Record for UnixSocket {
    fn map(&self) -> Map {
        map([
            ("protocol", self.protocol.to_string().into()),
            ("ref_count", number(self.ref_count)),
            ("state", self.state.to_string().into()),
            ("inode", number(self.inode)),
            ("path", self.path.clone().into()),
            ("process_info", first_map(&self.owners)),
        ])
    }
}

impl Record for Sockets {
    fn map(&self) -> Map {
        map([("internet_connections", maps(&self.internet)), ("unix_sockets", maps(&self.unix))])
    }
}

/// The sockets without what only processes are known by.
fn plain(found: &Sockets) -> Map {
    let without = |mut map: Map| {
        for name in ["inode", "process_info"] {
            map.remove(name);
        }
        Dynamic::from(map)
    };
    let internet: Array = found.internet.iter().map(|socket| without(socket.map())).collect();
    let unix: Array = found.unix.iter().map(|socket| without(socket.map())).collect();
    map([("internet", internet.into()), ("unix", unix.into())])
}

/// Tells the log what is not as it seems.
fn tell(log: &Logger, found: &Sockets) {
    let mut unsaid = Vec::new();
    if found.denied > 0 {
        unsaid.push(format!("the policy hides the sockets of {} processes", found.denied));
    }
    if found.unreadable > 0 {
        unsaid.push(format!("the sockets of {} processes cannot be read", found.unreadable));
    }
    if found.unknown_types > 0 {
        unsaid.push(format!("{} Unix-domain sockets of an unknown type are listed as streams", found.unknown_types));
    }
    if !unsaid.is_empty() {
        log.function(Level::Warn, &unsaid.join("; "));
    }
}

pub(crate) fn register(r: &mut Registrar) {
    r.function(&NETSTAT, |entry| {
        move |call: Call<'_>| {
            entry.run(&call, |gate| -> Result<Map, Words> {
                let found = sockets(gate)?;
                tell(entry.log(), &found);
                Ok(plain(&found))
            })
        }
    });
    r.function(&NETWORK_STATS, |entry| {
        move |call: Call<'_>| {
            entry.run(&call, |gate| -> Result<Sockets, Failure> {
                let found = owned_sockets(gate)?;
                tell(entry.log(), &found);
                Ok(found)
            })
        }
    });
    record::<Sockets>(r, "NetworkStats");
    getters! { r, Sockets, STATS,
        "internet_connections" "The sockets of TCP and UDP." |of| array(of.internet.iter().cloned());
        "unix_sockets" "Unix-domain sockets." |of| array(of.unix.iter().cloned());
    }
    record::<InternetSocket>(r, "InternetConnection");
    getters! { r, InternetSocket, CONNECTION,
        "protocol" "Its protocol." |of| of.protocol;
        "recv_queue" "How many bytes came and were not read; of a listening socket, how many connections." |of| int(of.recv_queue);
        "send_queue" "How many bytes were sent and not confirmed." |of| int(of.send_queue);
        "local_address" "Its own address." |of| Address(of.local);
        "remote_address" "The address that it is connected to." |of| Address(of.remote);
        "state" "Its state; `TcpState::NONE` for UDP." |of| of.state;
        "inode" "Its inode." |of| int(of.inode);
        "uid" "The number of the user it belongs to." |of| i64::from(of.uid);
        "process_info" "The first process that has it open; `()` where none is known." |of| first(&of.owners);
        "owners" "All processes that are known to have it open." |of| array(of.owners.iter().cloned());
    }
    record::<UnixSocket>(r, "UnixSocket");
    getters! { r, UnixSocket, UNIX,
        "protocol" "Its type." |of| of.protocol;
        "ref_count" "How many refer to it." |of| int(of.ref_count);
        "state" "Its state." |of| of.state;
        "inode" "Its inode." |of| int(of.inode);
        "path" "The path that it is bound to; of an abstract name, `@` and the name; empty where it has none." |of| of.path.clone();
        "process_info" "The first process that has it open; `()` where none is known." |of| first(&of.owners);
        "owners" "All processes that are known to have it open." |of| array(of.owners.iter().cloned());
    }
    record::<SocketOwner>(r, "ProcessInfo");
    getters! { r, SocketOwner, CONNECTION,
        "pid" "Its process id." |of| i64::from(of.pid);
        "process_name" "Its name." |of| of.process_name.to_string();
    }
    record::<Address>(r, "SocketAddr");
    getters! { r, Address, ADDRESS,
        "ip" "The address." |of| of.0.ip().to_string();
        "port" "The port." |of| i64::from(of.0.port());
    }
    constants(r);
}

macro_rules! compared {
    ($r:ident, $type:ident) => {{
        static EQUAL: Function = Function {
            name: "==",
            doc: concat!("Whether two values of `", stringify!($type), "` are the same."),
            ..Function::OPERATOR
        };
        static DIFFERENT: Function = Function {
            name: "!=",
            doc: concat!("Whether two values of `", stringify!($type), "` differ."),
            ..Function::OPERATOR
        };
        static TEXT: Function = Function {
            name: "to_string",
            params: &["self"],
            doc: concat!("The word for a value of `", stringify!($type), "`."),
            ..Function::METHOD
        };
        $r.type_name::<$type>(stringify!($type));
        $r.function(&EQUAL, |_| |left: $type, right: $type| left == right);
        $r.function(&DIFFERENT, |_| |left: $type, right: $type| left != right);
        $r.function(&TEXT, |_| |value: &mut $type| value.to_string());
    }};
}

fn constants(r: &mut Registrar) {
    compared!(r, NetworkProtocol);
    compared!(r, TcpState);
    compared!(r, UnixProtocol);
    compared!(r, UnixSocketState);
    for (name, doc, value) in [
        ("TCP", "TCP over IPv4.", NetworkProtocol::Tcp),
        ("TCP6", "TCP over IPv6.", NetworkProtocol::Tcp6),
        ("UDP", "UDP over IPv4.", NetworkProtocol::Udp),
        ("UDP6", "UDP over IPv6.", NetworkProtocol::Udp6),
    ] {
        r.constant("NetworkProtocol", name, doc, value);
    }
    for (name, doc, value) in [
        ("ESTABLISHED", "Connected.", TcpState::Established),
        ("SYN_SENT", "Connecting.", TcpState::SynSent),
        ("SYN_RECV", "Being connected to.", TcpState::SynRecv),
        ("FIN_WAIT1", "Closed here; the other side did not confirm it yet.", TcpState::FinWait1),
        ("FIN_WAIT2", "Closed here; the other side may still send.", TcpState::FinWait2),
        ("TIME_WAIT", "Closed; late packets are waited for.", TcpState::TimeWait),
        ("CLOSE", "Not in use.", TcpState::Close),
        ("CLOSE_WAIT", "Closed by the other side.", TcpState::CloseWait),
        ("LAST_ACK", "Closed by both; the last confirmation is waited for.", TcpState::LastAck),
        ("LISTEN", "Waiting for connections.", TcpState::Listen),
        ("CLOSING", "Closed by both at once.", TcpState::Closing),
        ("NEW_SYN_RECV", "Being connected to, and the kernel keeps only the least of it.", TcpState::NewSynRecv),
        ("NONE", "It has none, as sockets of UDP.", TcpState::None),
    ] {
        r.constant("TcpState", name, doc, value);
    }
    for (name, doc, value) in [
        ("STREAM", "A stream of bytes.", UnixProtocol::Stream),
        ("DGRAM", "Packets.", UnixProtocol::Dgram),
        ("SEQPACKET", "Packets in order, over connections.", UnixProtocol::Seqpacket),
    ] {
        r.constant("UnixProtocol", name, doc, value);
    }
    for (name, doc, value) in [
        ("UNCONNECTED", "Not connected.", UnixSocketState::Unconnected),
        ("CONNECTING", "Connecting.", UnixSocketState::Connecting),
        ("CONNECTED", "Connected.", UnixSocketState::Connected),
        ("DISCONNECTING", "Being closed.", UnixSocketState::Disconnecting),
    ] {
        r.constant("UnixSocketState", name, doc, value);
    }
}
