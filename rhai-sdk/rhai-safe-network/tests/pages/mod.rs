//! The servers that examples talk to: pages at port 8080, a certificate that signs itself at port 8443.
#![expect(clippy::disallowed_types, reason = "the test is the server")]

use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Starts them.
pub(crate) fn serve() {
    let (pages, secure) = (TcpListener::bind("127.0.0.1:8080").unwrap(), TcpListener::bind("127.0.0.1:8443").unwrap());
    thread::spawn(move || {
        for socket in pages.incoming().map_while(Result::ok) {
            thread::spawn(move || while answer(&socket).is_some() {});
        }
    });
    let config = config();
    thread::spawn(move || {
        for socket in secure.incoming().map_while(Result::ok) {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            thread::spawn(move || StreamOwned::new(tls, socket).read(&mut [0]));
        }
    });
}

/// Answers one request.
fn answer(mut socket: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(socket);
    let (mut line, mut length, mut token) = (String::new(), 0, false);
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|length| *length > 2 || header == "\r\n")?;
        if header == "\r\n" {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length: ") {
            length = value.trim().parse().ok()?;
        }
        token |= header == "authorization: Bearer t0ken\r\n";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (method, path) = line.split_once(' ')?;
    let (status, more, body) = match path.split([' ', '?']).next()? {
        "/status" => ("200 OK", "", b"up".to_vec()),
        "/moved" => ("302 Found", "location: /status\r\n", Vec::new()),
        "/token" if token => ("200 OK", "", Vec::new()),
        "/echo" => ("200 OK", "", body),
        _ => ("404 Not Found", "", Vec::new()),
    };
    let mut text = format!("HTTP/1.1 {status}\r\n{more}content-length: {}\r\n\r\n", body.len()).into_bytes();
    if method != "HEAD" {
        text.extend(body);
    }
    socket.write_all(&text).ok()
}

fn config() -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2120, 1, 1);
    params.distinguished_name.push(DnType::CommonName, "127.0.0.1");
    let chain = vec![params.self_signed(&key).unwrap().der().clone()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}
