//! Certificates and keys.

use crate::allow::{READ, all, all_but, allow, denied, failed, forbid};
use crate::gzip::{FOR_READING, open};
use rex_cedar_auth::Gate;
use rex_test_utils::Folder;
use rust_safe_io::{FileHandle, FileOptions, KeyInfo, Result, certificate_info, key_info, verify_certificate};

const ROOT: &str = include_str!("../data/root.pem");
const OTHER_ROOT: &str = include_str!("../data/other-root.pem");
const OLD_ROOT: &str = include_str!("../data/old-root.pem");
const MIDDLE: &str = include_str!("../data/middle.pem");
const EXPIRED_MIDDLE: &str = include_str!("../data/expired-middle.pem");
const SERVER: &str = include_str!("../data/server.pem");
const UNDER_MIDDLE: &str = include_str!("../data/under-middle.pem");
const EXPIRED: &str = include_str!("../data/expired.pem");
const FUTURE: &str = include_str!("../data/future.pem");
const CLIENT: &str = include_str!("../data/client.pem");

struct World {
    folder: Folder,
    gate: Gate,
}

impl World {
    fn new() -> Self {
        let folder = Folder::new(&[]);
        let gate = all(&folder);
        Self { folder, gate }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> FileHandle {
        self.folder.put(name, content);
        open(&self.folder, name, FOR_READING)
    }
}

/// Verifies a server's file by a root's and others.
fn verify(server: &str, root: &str, others: &[&str]) -> Result<()> {
    let world = World::new();
    let others: Vec<_> =
        others.iter().enumerate().map(|(number, text)| world.file(&format!("other{number}"), text)).collect();
    verify_certificate(&world.gate, &world.file("server", server), &world.file("root", root), &others)
}

/// What verifying fails with.
fn distrusted(server: &str, root: &str, others: &[&str]) -> String {
    let (kind, text) = failed(verify(server, root, others));
    assert_eq!(kind, "Other", "{text}");
    let prefix = "Certificate verification error: Certificate chain verification failed: ";
    text.strip_prefix(prefix).unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn unparsed(server: &str, root: &str, others: &[&str]) -> String {
    let (kind, text) = failed(verify(server, root, others));
    assert_eq!(kind, "Other", "{text}");
    text.strip_prefix("Certificate parse error: ").unwrap_or_else(|| panic!("{text}")).to_owned()
}

/// The first bytes of a text.
fn begin(text: &str, length: usize) -> &str {
    text.get(..length).unwrap()
}

#[test]
fn what_leads_to_the_root_is_trusted() {
    verify(SERVER, ROOT, &[]).unwrap();
    verify(UNDER_MIDDLE, ROOT, &[MIDDLE]).unwrap();
    // What follows the first certificate of the server leads on, too.
    verify(&[UNDER_MIDDLE, MIDDLE].concat(), ROOT, &[]).unwrap();
    verify(UNDER_MIDDLE, ROOT, &["", &[OTHER_ROOT, EXPIRED_MIDDLE, MIDDLE].concat()]).unwrap();
    verify(&format!("some words\n{SERVER}"), &[ROOT, OTHER_ROOT].concat(), &[]).unwrap();
    // A root is trusted because it was named, whatever its dates.
    verify(SERVER, OLD_ROOT, &[]).unwrap();
}

#[test]
fn what_does_not_is_not() {
    let unknown = "UnknownIssuer: nothing leads from it to the root";
    assert_eq!(distrusted(SERVER, OTHER_ROOT, &[]), unknown);
    assert_eq!(distrusted(UNDER_MIDDLE, ROOT, &[]), unknown);
    // The first certificate alone is the root.
    assert_eq!(distrusted(SERVER, &[OTHER_ROOT, ROOT].concat(), &[]), unknown);
    assert_eq!(distrusted(SERVER, OTHER_ROOT, &[ROOT]), unknown);
    assert_eq!(distrusted(EXPIRED, ROOT, &[]), "the certificate of CN=old.example expired on 2015-01-01T00:00:00Z");
    assert_eq!(
        distrusted(FUTURE, ROOT, &[]),
        "the certificate of CN=new.example is not in force before 2110-01-01T00:00:00Z"
    );
    assert_eq!(
        distrusted(UNDER_MIDDLE, ROOT, &[EXPIRED_MIDDLE]),
        "the certificate of CN=Test Middle expired on 2015-01-01T00:00:00Z"
    );
    assert_eq!(distrusted(CLIENT, ROOT, &[]), "RequiredEkuNotFound: a certificate is not made for servers");
    let authority = "CaUsedAsEndEntity: it is the certificate of an authority, not of a server";
    assert_eq!(distrusted(MIDDLE, ROOT, &[]), authority);
    // A server's certificate signs nothing.
    assert!(verify(SERVER, &[SERVER].concat(), &[]).is_err());
}

#[test]
fn a_certificate_that_was_changed_is_not_trusted() {
    let (mut refused, world) = (0, World::new());
    let body: Vec<usize> =
        SERVER.match_indices(|letter: char| letter.is_ascii_alphanumeric()).map(|(at, _)| at).collect();
    for at in body.into_iter().skip(30).step_by(9) {
        let mut bytes = SERVER.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let server = world.file("server", &bytes);
        match verify_certificate(&world.gate, &server, &world.file("root", ROOT), &[]) {
            // Of the words at the end no part is signed.
            Ok(()) => assert!(at > SERVER.find("-----END").unwrap(), "{at}"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn what_is_no_certificate_is_an_error() {
    assert_eq!(unparsed("", ROOT, &[]), "No certificates found in server certificate file");
    assert_eq!(unparsed("words", ROOT, &[]), "No certificates found in server certificate file");
    assert_eq!(unparsed(SERVER, "", &[]), "No certificates found in root CA file");
    let cut = begin(SERVER, SERVER.len() - 40);
    assert!(unparsed(cut, ROOT, &[]).starts_with("Failed to parse PEM certificates: "));
    assert!(unparsed(SERVER, begin(ROOT, 100), &[]).starts_with("Failed to parse PEM certificates: "));
    assert!(unparsed(SERVER, ROOT, &[begin(MIDDLE, 100)]).starts_with("Failed to parse PEM certificates: "));
    let none = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(unparsed(none, ROOT, &[]).starts_with("Failed to parse end-entity certificate: "));
    assert!(unparsed(SERVER, none, &[]).starts_with("Failed to parse root certificate as trust anchor: "));
    let world = World::new();
    let large = world.file("large", "x".repeat((1 << 20) + 1));
    let server = world.file("server", SERVER);
    for result in [
        verify_certificate(&world.gate, &large, &server, &[]),
        verify_certificate(&world.gate, &server, &server, std::slice::from_ref(&large)),
        certificate_info(&world.gate, &large).map(drop),
        key_info(&world.gate, &large).map(drop),
    ] {
        assert_eq!(failed(result).0, "FileContentTooLargeError");
    }
}

#[test]
fn every_file_must_be_readable() {
    let world = World::new();
    let (server, root, middle) =
        (world.file("server", UNDER_MIDDLE), world.file("root", ROOT), world.file("middle", MIDDLE));
    for name in ["server", "root", "middle"] {
        let path = world.folder.at(name);
        let gate = all_but(&world.folder, &forbid("read", &path));
        let verified = verify_certificate(&gate, &server, &root, std::slice::from_ref(&middle));
        assert_eq!(denied(verified), ("read", path));
    }
    let gate = allow(&world.folder, &[READ]);
    verify_certificate(&gate, &server, &root, std::slice::from_ref(&middle)).unwrap();
    let deaf = open(&world.folder, "root", FileOptions { read: false, write: true, ..FOR_READING });
    assert_eq!(failed(verify_certificate(&gate, &server, &deaf, &[])).0, "InvalidFileMode");
    assert_eq!(failed(verify_certificate(&gate, &deaf, &root, &[])).0, "InvalidFileMode");
    assert_eq!(failed(certificate_info(&gate, &deaf)).0, "InvalidFileMode");
    assert_eq!(failed(key_info(&gate, &deaf)).0, "InvalidFileMode");
    let gate = all_but(&world.folder, &forbid("read", &world.folder.at("server")));
    assert_eq!(denied(certificate_info(&gate, &server)).0, "read");
    assert_eq!(denied(key_info(&gate, &server)).0, "read");
}

#[test]
fn certificates_are_told() {
    let world = World::new();
    let told = certificate_info(&world.gate, &world.file("a", [SERVER, MIDDLE, EXPIRED].concat())).unwrap();
    let [server, middle, expired] = &told[..] else { panic!("{told:?}") };
    assert_eq!((server.subject.as_str(), server.issuer.as_str()), ("CN=node.example", "CN=Test Root"));
    assert_eq!(
        (server.not_before.as_str(), server.not_after.as_str()),
        ("2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z")
    );
    assert_eq!((server.serial.as_str(), server.is_ca, middle.is_ca), ("1003", false, true));
    assert_eq!(server.names, ["node.example", "192.0.2.1", "2001:db8::1", "a@example.org", "spiffe://x/y"]);
    assert_eq!((server.key_algorithm.as_str(), server.key_bits), ("EC P-256", 256));
    assert_eq!(server.signature_algorithm, "ecdsa-with-SHA256");
    assert!(server.days_left > 30_000 && expired.days_left < -3000, "{} {}", server.days_left, expired.days_left);
    assert_eq!(middle.names, Vec::<String>::new());
    for none in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", begin(SERVER, 200)] {
        let (kind, text) = failed(certificate_info(&world.gate, &world.file("a", none)));
        assert!(kind == "Other" && text.starts_with("Certificate parse error: "), "{text}");
    }
}

fn key(text: &str) -> Result<KeyInfo> {
    let world = World::new();
    key_info(&world.gate, &world.file("key", text))
}

#[test]
fn keys_are_told_without_their_content() {
    let told = |text: &str| {
        let KeyInfo { is_private, format, algorithm, bits, is_encrypted } = key(text).unwrap();
        let private = if is_private { "private" } else { "public" };
        let encrypted = if is_encrypted { " encrypted" } else { "" };
        let bits = bits.map_or_else(|| "?".to_owned(), |bits| bits.to_string());
        format!("{private} {format} {} {bits}{encrypted}", algorithm.unwrap_or_else(|| "?".to_owned()))
    };
    assert_eq!(told(include_str!("../data/keys/rsa-pkcs8.pem")), "private PKCS#8 RSA 1024");
    assert_eq!(told(include_str!("../data/keys/rsa-pkcs1.pem")), "private PKCS#1 RSA 1024");
    assert_eq!(told(include_str!("../data/keys/rsa-encrypted-pkcs8.pem")), "private PKCS#8 ? ? encrypted");
    assert_eq!(told(include_str!("../data/keys/rsa-encrypted-pkcs1.pem")), "private PKCS#1 ? ? encrypted");
    assert_eq!(told(include_str!("../data/keys/rsa-public.pem")), "public SPKI RSA 1024");
    assert_eq!(told(include_str!("../data/keys/rsa-public-pkcs1.pem")), "public PKCS#1 RSA 1024");
    assert_eq!(told(include_str!("../data/keys/rsa-openssh.pem")), "private OpenSSH RSA 1024");
    assert_eq!(told(include_str!("../data/keys/ec-pkcs8.pem")), "private PKCS#8 EC P-256 256");
    assert_eq!(told(include_str!("../data/keys/ec-sec1.pem")), "private SEC1 EC P-384 384");
    assert_eq!(told(include_str!("../data/keys/ec-public.pem")), "public SPKI EC P-256 256");
    assert_eq!(told(include_str!("../data/keys/ed25519-pkcs8.pem")), "private PKCS#8 Ed25519 256");
    assert_eq!(told(include_str!("../data/keys/ed25519-public.pem")), "public SPKI Ed25519 256");
    assert_eq!(told(include_str!("../data/keys/ed25519-openssh.pem")), "private OpenSSH Ed25519 256");
    let encrypted = include_str!("../data/keys/ed25519-encrypted-openssh.pem");
    assert_eq!(told(encrypted), "private OpenSSH Ed25519 256 encrypted");
    let after_a_certificate = [SERVER, include_str!("../data/keys/ec-pkcs8.pem")].concat();
    assert_eq!(told(&after_a_certificate), "private PKCS#8 EC P-256 256");
}

#[test]
fn what_is_no_key_is_an_error_that_tells_nothing_of_it() {
    let none = ("Other", "Key parse error: no key in PEM form found".to_owned());
    for text in
        ["", "words", SERVER, "-----BEGIN PRIVATE KEY-----\nAAAA\n", "-----BEGIN PRIVATE KEY", "-----BEGIN -----"]
    {
        assert_eq!(failed(key(text)), none, "{text}");
    }
    let malformed = ("Other", "Key parse error: the key is malformed".to_owned());
    for text in ["AAAA", "secret", "MAA=", "", "MIIB"] {
        for label in
            ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "PUBLIC KEY", "OTHER KEY"]
        {
            let block = format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
            assert_eq!(failed(key(&block)), malformed, "{block}");
        }
    }
}
