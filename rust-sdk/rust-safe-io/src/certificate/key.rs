//! What kind of key a file holds. Nothing of the key itself is told.

use super::{content, open};
use crate::{Error, FileHandle, Result};
use rex_cedar_auth::Gate;
use x509_parser::asn1_rs::{Any, Class, FromDer, Oid, Sequence, Tag};
use x509_parser::oid_registry::OidRegistry;
use x509_parser::pem::Pem;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// What kind of key a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// Whether it is a private key; else it is a public one.
    pub is_private: bool,
    /// Its form: `PKCS#8`, `PKCS#1`, `SEC1`, `DSA`, `OpenSSH` or `SPKI`.
    pub format: &'static str,
    /// What it is made for, such as `RSA`, `EC P-256` or `Ed25519`; nothing where encryption hides it.
    pub algorithm: Option<String>,
    /// Its length in bits, where it is known.
    pub bits: Option<u64>,
    /// Whether a passphrase is needed to use it.
    pub is_encrypted: bool,
}

/// What kind of key a key is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) algorithm: String,
    /// 0 where it is not known.
    pub(super) bits: u64,
}

/// The kind of the first key in a PEM file. Nothing of the key itself is told.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// `Other` when there is none, or it is malformed; `InvalidFileMode` when the file was not opened for reading; `FileContentTooLargeError`
/// for more than 1 MiB.
pub fn key_info(gate: &Gate, file: &FileHandle) -> Result<KeyInfo> {
    let content = content(gate, open(gate, file)?)?;
    let text = String::from_utf8_lossy(&content);
    let block = Block::first(&text).ok_or_else(|| failed("no key in PEM form found"))?;
    block.kind().ok_or_else(|| failed("the key is malformed"))
}

fn failed(what: &str) -> Error {
    Error::other(format!("Key parse error: {what}"))
}

/// A part of a PEM file that holds a key, with its ends.
struct Block<'t> {
    label: &'t str,
    text: &'t str,
}

impl<'t> Block<'t> {
    fn first(text: &'t str) -> Option<Self> {
        let mut rest = text;
        loop {
            let (_, begin) = rest.split_once("-----BEGIN ")?;
            let (label, body) = begin.split_once("-----")?;
            if !label.ends_with("KEY") || label.contains('\n') {
                rest = begin;
                continue;
            }
            let begin = rest.len() - begin.len() - "-----BEGIN ".len();
            let end = format!("-----END {label}-----");
            let length = rest.len() - body.len() - begin + body.find(&end)? + end.len();
            return Some(Self { label, text: rest.get(begin..begin + length)? });
        }
    }

    /// Nothing where it is malformed.
    fn kind(&self) -> Option<KeyInfo> {
        let format = match self.label {
            "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => "PKCS#8",
            "RSA PRIVATE KEY" | "RSA PUBLIC KEY" => "PKCS#1",
            "EC PRIVATE KEY" => "SEC1",
            "DSA PRIVATE KEY" => "DSA",
            "OPENSSH PRIVATE KEY" => "OpenSSH",
            "PUBLIC KEY" => "SPKI",
            _ => return None,
        };
        let is_private = !self.label.ends_with("PUBLIC KEY");
        // RFC 1421 writes so that the text is encrypted, RFC 5208 in the label.
        if self.label == "ENCRYPTED PRIVATE KEY" || self.text.contains("Proc-Type: 4,ENCRYPTED") {
            return Some(KeyInfo { is_private, format, algorithm: None, bits: None, is_encrypted: true });
        }
        let (pem, _) = Pem::read(std::io::Cursor::new(self.text)).ok()?;
        let der = pem.contents.as_slice();
        let (key, is_encrypted) = match self.label {
            "PRIVATE KEY" => (in_pkcs8(der)?, false),
            "RSA PRIVATE KEY" => (rsa(members(der)?.get(1)?)?, false),
            "RSA PUBLIC KEY" => (rsa(members(der)?.first()?)?, false),
            "EC PRIVATE KEY" => (in_sec1(der)?, false),
            "DSA PRIVATE KEY" => (Key { algorithm: "DSA".to_owned(), bits: integer(members(der)?.get(1)?)? }, false),
            "OPENSSH PRIVATE KEY" => in_openssh(der)?,
            _ => (in_spki(der)?, false),
        };
        let bits = (key.bits > 0).then_some(key.bits);
        Some(KeyInfo { is_private, format, algorithm: Some(key.algorithm), bits, is_encrypted })
    }
}

/// The members of the one sequence that `der` is.
fn members(der: &[u8]) -> Option<Vec<Any<'_>>> {
    let (rest, sequence) = Sequence::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut content: &[u8] = match sequence.content {
        std::borrow::Cow::Borrowed(content) => content,
        std::borrow::Cow::Owned(_) => return None,
    };
    let mut members = Vec::new();
    while !content.is_empty() {
        let (rest, member) = Any::from_der(content).ok()?;
        members.push(member);
        content = rest;
    }
    Some(members)
}

/// RFC 5958: version, algorithm, key.
fn in_pkcs8(der: &[u8]) -> Option<Key> {
    let members = members(der)?;
    let (version, algorithm, key) = (members.first()?, members.get(1)?, members.get(2)?);
    if version.tag() != Tag::Integer || key.tag() != Tag::OctetString {
        return None;
    }
    let algorithm = AlgorithmIdentifier::try_from(algorithm.clone()).ok()?;
    let named = name(&algorithm);
    match named.algorithm.as_str() {
        "RSA" => rsa(self::members(key.data)?.get(1)?),
        _ => Some(named),
    }
}

/// RFC 5915: version, key, and the curve with the tag 0.
fn in_sec1(der: &[u8]) -> Option<Key> {
    let members = members(der)?;
    if members.first()?.tag() != Tag::Integer || members.get(1)?.tag() != Tag::OctetString {
        return None;
    }
    let curve = members.iter().find(|member| member.class() == Class::ContextSpecific && member.tag() == Tag(0));
    match curve {
        Some(curve) => Some(curve_key(&Oid::from_der(curve.data).ok()?.1)),
        None => Some(Key { algorithm: "EC".to_owned(), bits: 0 }),
    }
}

fn in_spki(der: &[u8]) -> Option<Key> {
    let (rest, key) = SubjectPublicKeyInfo::from_der(der).ok()?;
    rest.is_empty().then(|| key_of(&key))
}

/// openssh/PROTOCOL.key: names of cipher, derivation and its options, the number of keys, the public key, which begins with its
/// kind.
fn in_openssh(bytes: &[u8]) -> Option<(Key, bool)> {
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let cipher = text(&mut rest)?;
    let (_derivation, _options) = (text(&mut rest)?, text(&mut rest)?);
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    if u32::from_be_bytes(*count) != 1 {
        return None;
    }
    let mut public = text(&mut rest)?;
    let algorithm = match text(&mut public)? {
        b"ssh-rsa" => "RSA",
        b"ssh-dss" => "DSA",
        b"ssh-ed25519" => "Ed25519",
        b"ecdsa-sha2-nistp256" => "EC P-256",
        b"ecdsa-sha2-nistp384" => "EC P-384",
        b"ecdsa-sha2-nistp521" => "EC P-521",
        _ => "unknown",
    };
    let bits = match algorithm {
        "RSA" => text(&mut public).and_then(|_exponent| text(&mut public)).map_or(0, length),
        "Ed25519" | "EC P-256" => 256,
        "EC P-384" => 384,
        "EC P-521" => 521,
        _ => 0,
    };
    Some((Key { algorithm: algorithm.to_owned(), bits }, cipher != b"none"))
}

/// A text after its length (RFC 4251, 5).
fn text<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (text, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = after;
    Some(text)
}

fn rsa(modulus: &Any<'_>) -> Option<Key> {
    Some(Key { algorithm: "RSA".to_owned(), bits: integer(modulus)? })
}

/// The bits of an integer.
fn integer(value: &Any<'_>) -> Option<u64> {
    (value.tag() == Tag::Integer).then(|| length(value.data))
}

/// How many bits there are from the first that is set.
fn length(bytes: &[u8]) -> u64 {
    let zeros: u64 = bytes.iter().take_while(|byte| **byte == 0).count() as u64;
    let first = bytes.iter().find(|byte| **byte != 0).map_or(0, |byte| u64::from(byte.leading_zeros()));
    (bytes.len() as u64 - zeros) * 8 - first
}

/// The kind of a public key.
pub(super) fn key_of(key: &SubjectPublicKeyInfo<'_>) -> Key {
    let named = name(&key.algorithm);
    if named.bits > 0 {
        return named;
    }
    let bits = match key.parsed() {
        Ok(x509_parser::public_key::PublicKey::RSA(rsa)) => length(rsa.modulus),
        _ => 0,
    };
    Key { bits, ..named }
}

fn name(algorithm: &AlgorithmIdentifier<'_>) -> Key {
    let known = |algorithm: &str, bits| Key { algorithm: algorithm.to_owned(), bits };
    match algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => known("RSA", 0),
        "1.2.840.113549.1.1.10" => known("RSA-PSS", 0),
        "1.2.840.10045.2.1" => match algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok()) {
            Some(curve) => curve_key(&curve),
            None => known("EC", 0),
        },
        "1.2.840.10040.4.1" => known("DSA", 0),
        "1.3.101.110" => known("X25519", 256),
        "1.3.101.112" => known("Ed25519", 256),
        "1.3.101.113" => known("Ed448", 456),
        _ => known(&oid_name(&algorithm.algorithm), 0),
    }
}

/// The usual name of an algorithm; where it has none that is known, its number.
pub(super) fn oid_name(oid: &Oid<'_>) -> String {
    let registry = OidRegistry::default().with_crypto();
    registry.get(oid).map_or_else(|| oid.to_id_string(), |known| known.sn().to_owned())
}

fn curve_key(curve: &Oid<'_>) -> Key {
    let known = |name: &str, bits| Key { algorithm: format!("EC {name}"), bits };
    match curve.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => known("P-256", 256),
        "1.3.132.0.34" => known("P-384", 384),
        "1.3.132.0.35" => known("P-521", 521),
        "1.3.132.0.10" => known("secp256k1", 256),
        other => known(other, 0),
    }
}
