//! Servers on loopback that do as a test says.
#![expect(clippy::disallowed_types, reason = "the tests are the servers")]

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Both directions of a connection.
pub(crate) trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

/// What a server makes of a request: it writes what it likes, and says whether the connection stays.
type Act = dyn Fn(&Asked, &mut dyn Wire) -> bool + Send + Sync;

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// Its first line without the version.
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap().trim_end_matches(" HTTP/1.1")
    }

    /// The path of its url.
    pub(crate) fn path(&self) -> &str {
        self.line().split_once(' ').unwrap().1
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

/// A server that lives as long as the tests.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub(crate) fn new(act: impl Fn(&Asked, &mut dyn Wire) -> bool + Send + Sync + 'static) -> Self {
        Self::start("127.0.0.1:0", None, act)
    }

    pub(crate) fn start(
        address: &str,
        tls: Option<Arc<ServerConfig>>,
        act: impl Fn(&Asked, &mut dyn Wire) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let server =
            Self { address: listener.local_addr().unwrap(), asked: Arc::default(), connections: Arc::default() };
        let (asked, connections, act) =
            (Arc::clone(&server.asked), Arc::clone(&server.connections), Arc::new(act) as Arc<Act>);
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                *connections.lock().unwrap() += 1;
                let (asked, act, tls) = (Arc::clone(&asked), Arc::clone(&act), tls.clone());
                thread::spawn(move || match tls {
                    None => serve(&mut { socket }, &asked, &*act),
                    Some(config) => {
                        let tls = ServerConnection::new(config).unwrap();
                        let mut secure = StreamOwned::new(tls, socket);
                        serve(&mut secure, &asked, &*act);
                        if asked.lock().unwrap().last().is_some_and(|asked| asked.path() == "/torn") {
                            return;
                        }
                        secure.conn.send_close_notify();
                        let _ = secure.flush();
                    }
                });
            }
        });
        server
    }

    /// A server that answers each request with this and keeps the connection.
    pub(crate) fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::new(move |_, wire| wire.write_all(&answer).is_ok())
    }

    /// A server that says this and closes the connection.
    pub(crate) fn closing(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::new(move |_, wire| wire.write_all(&answer).is_err())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests that came in.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The first lines of the requests that came in.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|asked| asked.line().to_owned()).collect()
    }

    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

fn serve(wire: &mut dyn Wire, asked: &Mutex<Vec<Asked>>, act: &Act) {
    while let Some(request) = receive(wire) {
        asked.lock().unwrap().push(request.clone());
        if !act(&request, wire) {
            return;
        }
    }
}

fn receive(wire: &mut dyn Wire) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match wire.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => return None,
        }
    }
    let mut request = Asked { head: String::from_utf8(bytes).unwrap(), body: Vec::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    request.body = vec![0; length];
    wire.read_exact(&mut request.body).ok()?;
    Some(request)
}

/// An answer with this body.
pub(crate) fn page(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// Whether this machine has a loopback address of IPv6.
pub(crate) fn has_ipv6() -> bool {
    TcpListener::bind("[::1]:0").is_ok()
}

/// A policy that permits these actions on everything.
pub(crate) fn permits<'r>(actions: impl IntoIterator<Item = &'r str>) -> String {
    let permits: Vec<_> =
        actions.into_iter().map(|action| format!("permit(principal, action == {action}, resource);")).collect();
    permits.concat()
}

/// Waits for the time in which nothing is to happen.
#[expect(clippy::disallowed_methods, reason = "the server is slow on purpose")]
pub(crate) fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}
