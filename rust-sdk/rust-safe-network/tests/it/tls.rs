//! Secure requests, and looking at servers that are or are not to be trusted.

use crate::server::{Server, page, pause};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rex_test_utils::{Folder, gate};
use rust_safe_io::Elsewhere;
use rust_safe_network::{Client, Error, Method, Reason, TlsOptions, Trust, tls_info};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use std::time::{Duration, Instant};

const ALL: &str = "permit(principal, action, resource);";

/// An authority, and a folder with its certificate in the file `root.pem`.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: Folder,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test Authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = Folder::new(&[("root.pem", &issuer.pem())]);
        Self { issuer, folder }
    }

    fn trust(&self) -> Trust {
        Trust::file(&gate(ALL), &self.folder.at("root.pem")).unwrap()
    }

    /// A server that shows a certificate for `name` until a year.
    fn server(&self, name: &str, until: i32) -> Server {
        let key = KeyPair::generate().unwrap();
        let certificate = params(name, until).signed_by(&key, &*self.issuer).unwrap();
        start(vec![certificate.der().clone(), self.issuer.der().clone()], &key)
    }
}

fn params(name: &str, until: i32) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn start(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    Server::start("127.0.0.1:0", Some(Arc::new(config)), |asked, wire| {
        if ["/cut", "/torn"].contains(&asked.path()) {
            // The end of the connection is the end of the body.
            let _ = wire.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf");
            return false;
        }
        wire.write_all(page("200 OK", "", "secure").as_bytes()).is_ok()
    })
}

fn secure(server: &Server, path: &str) -> String {
    server.url(path).replace("http://", "https://")
}

#[test]
fn a_trusted_server_is_talked_to_over_one_connection() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1", 2120);
    let client = Client::default().with_trust(authority.trust());
    for _ in 0..3 {
        let answer = client.request(Method::Get, &secure(&server, "/a")).send(&gate(ALL)).unwrap();
        assert_eq!(answer.text(), "secure");
        pause(20);
    }
    assert_eq!((server.connections(), server.lines().len()), (1, 3));
    let body = vec![7; 3_000_000];
    let put = client.request(Method::Put, &secure(&server, "/a")).with_body(&body, "a/b").unwrap();
    put.send(&gate(ALL)).unwrap();
    assert!(server.asked()[3].body == body);
    // Trusting somebody else is not trusting this one, be the connection as open as it may.
    let other = client.with_trust(Authority::new().trust());
    let error = other.request(Method::Get, &secure(&server, "/a")).send(&gate(ALL)).unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Tls));
}

#[test]
fn who_is_not_to_be_trusted_gets_no_request() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let alone = params("127.0.0.1", 2120).self_signed(&key).unwrap();
    let trusting = Client::default().with_trust(authority.trust());
    for (server, client, why) in [
        (authority.server("127.0.0.1", 2021), &trusting, "expired"),
        (authority.server("other.example", 2120), &trusting, "not valid for"),
        (start(vec![alone.der().clone()], &key), &trusting, "UnknownIssuer"),
        (authority.server("127.0.0.1", 2120), &Client::default(), "UnknownIssuer"),
    ] {
        let error = client.request(Method::Get, &secure(&server, "/")).send(&gate(ALL)).unwrap_err();
        assert_eq!((error.kind(), error.reason()), ("RequestError", Some(Reason::Tls)), "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert!(server.lines().is_empty());
    }
}

#[test]
fn what_does_not_speak_tls_says_so_in_time() {
    let plain = Server::closing(page("400 Bad Request", "", ""));
    let junk = Server::new(|_, _| true);
    let hasty = Client::default().with_timeout(Duration::from_millis(500));
    let begun = Instant::now();
    for server in [&plain, &junk] {
        let error = hasty.request(Method::Get, &secure(server, "/")).send(&gate(ALL)).unwrap_err();
        assert!(matches!(error.reason(), Some(Reason::Timeout | Reason::Tls | Reason::Closed)), "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn what_is_cut_off_is_no_whole_answer() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1", 2120);
    let client = Client::default().with_trust(authority.trust());
    let torn = client.request(Method::Get, &secure(&server, "/torn")).send(&gate(ALL)).unwrap_err();
    assert_eq!(torn.reason(), Some(Reason::Closed), "without a farewell it may be half: {torn}");
    assert_eq!(client.request(Method::Get, &secure(&server, "/cut")).send(&gate(ALL)).unwrap().text(), "half");
}

#[test]
fn a_file_of_authorities_is_judged_and_read() {
    let authority = Authority::new();
    authority.folder.put("empty.pem", "");
    authority.folder.put("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let denied = Trust::file(&gate(""), &authority.folder.at("root.pem")).unwrap_err();
    assert!(matches!(denied, Error::PermissionDenied(_)));
    let redacted = "permit(principal, action in [file_system::Action::\"open\", file_system::Action::\"redacted_read\"], resource);";
    assert!(matches!(Trust::file(&gate(redacted), &authority.folder.at("root.pem")), Err(Error::PermissionDenied(_))));
    for name in ["empty.pem", "junk.pem", "missing.pem"] {
        let error = Trust::file(&gate(ALL), &authority.folder.at(name)).unwrap_err();
        assert!(error.kind() == "Other" && error.to_string().contains(name), "{error}");
    }
}

#[test]
fn nobody_is_trusted_by_the_word_of_another_mount_namespace() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1", 2120);
    let get = |client: &Client| client.request(Method::Get, &secure(&server, "/")).send(&gate(ALL));
    let client = Client::default();
    {
        let _elsewhere = Elsewhere::begin(true).unwrap();
        let error = get(&client).unwrap_err();
        assert!(error.reason() == Some(Reason::Tls) && error.to_string().contains("mount namespace"), "{error}");
        assert!(tls_info(&gate(ALL), "127.0.0.1", server.address.port(), &TlsOptions::default()).is_err());
        get(&Client::default().with_trust(authority.trust())).unwrap();
    }
    assert!(get(&client).unwrap_err().to_string().contains("UnknownIssuer"));
    let _elsewhere = Elsewhere::begin(true).unwrap();
    assert!(get(&client).unwrap_err().to_string().contains("UnknownIssuer"), "what was read before still holds");
}

#[test]
fn a_server_shows_itself_trusted_or_not() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let alone = params("127.0.0.1", 2120).self_signed(&key).unwrap();
    let look = |server: &Server, name: Option<&str>| {
        let options =
            TlsOptions { trust: authority.trust(), server_name: name.map(str::to_owned), ..TlsOptions::default() };
        tls_info(&gate(ALL), "127.0.0.1", server.address.port(), &options).unwrap()
    };
    let good = authority.server("127.0.0.1", 2120);
    let info = look(&good, None);
    assert_eq!((info.mistrust, info.version.as_deref()), (None, Some("TLSv1.3")));
    assert!(info.cipher.unwrap().starts_with("TLS13_"));
    assert_eq!((info.address, info.server_name.as_str()), (good.address.to_string(), "127.0.0.1"));
    let subjects: Vec<_> = info.certificates.iter().map(|certificate| certificate.subject.as_str()).collect();
    assert_eq!(subjects, ["CN=127.0.0.1", "CN=Test Authority"]);
    let leaf = &info.certificates[0];
    assert_eq!((leaf.issuer.as_str(), leaf.not_after.as_str()), ("CN=Test Authority", "2120-01-01T00:00:00Z"));
    assert_eq!(leaf.names, ["127.0.0.1"]);
    assert!(good.lines().is_empty(), "nothing is sent");

    let expired = look(&authority.server("127.0.0.1", 2021), None);
    assert!(expired.mistrust.unwrap().contains("expired") && expired.certificates[0].days_left < 0);
    assert!(expired.version.is_some());
    assert!(look(&good, Some("other.example")).mistrust.unwrap().contains("not valid for"));
    let named = authority.server("other.example", 2120);
    assert_eq!(look(&named, Some("other.example")).mistrust, None);
    let stranger = look(&start(vec![alone.der().clone()], &key), None);
    assert!(stranger.mistrust.unwrap().contains("UnknownIssuer"));
    assert_eq!(stranger.certificates.len(), 1);
}

#[test]
fn looking_at_a_server_needs_a_permit_of_its_address() {
    let server = Authority::new().server("127.0.0.1", 2120);
    let port = server.address.port();
    let look = |policy: &str, host: &str| tls_info(&gate(policy), host, port, &TlsOptions::default());
    for policy in [
        String::new(),
        "permit(principal, action == network::Action::\"GET\", resource);".to_owned(),
        format!(
            "permit(principal, action == network::Action::\"connect\", resource) when {{ resource.port != {port} }};"
        ),
        format!(
            "{ALL} forbid(principal, action, resource is network::url) when {{ resource has ip && resource.ip.isLoopback() }};"
        ),
    ] {
        for host in ["127.0.0.1", "0x7f.1", "::ffff:127.0.0.1", "localhost", "0"] {
            assert!(matches!(look(&policy, host), Err(Error::PermissionDenied(_))), "{policy} {host}");
        }
    }
    assert_eq!(server.connections(), 0);
    let exact = format!(
        "permit(principal, action == network::Action::\"connect\", resource) when {{ resource.host == \"127.0.0.1\" && resource.port == {port} }};"
    );
    assert!(look(&exact, "127.0.0.1").unwrap().mistrust.unwrap().contains("UnknownIssuer"));
}

#[test]
fn where_there_is_nothing_to_see_the_reason_is_told() {
    let look = |port: u16, timeout: u64| {
        let options = TlsOptions { timeout: Duration::from_millis(timeout), ..TlsOptions::default() };
        tls_info(&gate(ALL), "127.0.0.1", port, &options).unwrap_err()
    };
    assert_eq!(look(1, 5000).reason(), Some(Reason::Refused));
    let silent = Server::new(|_, _| true);
    assert_eq!(look(silent.address.port(), 300).reason(), Some(Reason::Timeout));
    for host in ["", "a b", "user@host", "http://a"] {
        assert_eq!(tls_info(&gate(ALL), host, 443, &TlsOptions::default()).unwrap_err().kind(), "Other", "{host}");
    }
    let options = TlsOptions { server_name: Some("a b".to_owned()), ..TlsOptions::default() };
    assert_eq!(tls_info(&gate(ALL), "127.0.0.1", 1, &options).unwrap_err().reason(), Some(Reason::Tls));
}
