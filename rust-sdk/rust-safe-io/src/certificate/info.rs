//! What certificates say.

use super::key::{Key, key_of, oid_name};
use super::{content, open, unparsed};
use crate::{FileHandle, Result};
use core::net::{Ipv4Addr, Ipv6Addr};
use rex_cedar_auth::Gate;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, UnixTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

/// Seconds in a day.
const DAY: i64 = 24 * 60 * 60;

/// What a certificate says. Nothing of it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateInfo {
    /// Whom it is for: a distinguished name such as `CN=host, O=firm`.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Its serial number, in hexadecimal digits.
    pub serial: String,
    /// When it comes into force, in UTC: `2020-01-01T00:00:00Z`.
    pub not_before: String,
    /// When it expires, in UTC.
    pub not_after: String,
    /// How many whole days it is still in force; negative when it expired.
    pub days_left: i64,
    /// The names of hosts, addresses and the like that it is for besides (subject alternative names).
    pub names: Vec<String>,
    /// Whether it may sign others.
    pub is_ca: bool,
    /// What its key is made for, such as `RSA` or `EC P-256`.
    pub key_algorithm: String,
    /// The length of its key in bits; 0 where it is not known.
    pub key_bits: u64,
    /// How it was signed, such as `ecdsa-with-SHA256`.
    pub signature_algorithm: String,
}

/// What each certificate in a file says, in their order.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// `Other` when there is none, or something that is none; `InvalidFileMode` when the file was not opened for reading;
/// `FileContentTooLargeError` for more than 1 MiB.
pub fn certificate_info(gate: &Gate, file: &FileHandle) -> Result<Vec<CertificateInfo>> {
    let content = content(gate, open(gate, file)?)?;
    let now = seconds(UnixTime::now().as_secs());
    let mut told = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&content) {
        gate.proceed()?;
        let failed = |error: &dyn std::fmt::Display| unparsed(&format!("Failed to parse PEM certificates: {error}"));
        told.push(info(&certificate.map_err(|error| failed(&error))?, now)?);
    }
    if told.is_empty() {
        return Err(unparsed("No certificates found in certificate file"));
    }
    Ok(told)
}

/// What a certificate in DER form says. Nothing of it is verified.
///
/// # Errors
/// `Other` for what is no certificate.
pub fn describe_certificate(certificate: &CertificateDer<'_>) -> Result<CertificateInfo> {
    info(certificate, seconds(UnixTime::now().as_secs()))
}

fn parse<'c>(certificate: &'c CertificateDer<'_>) -> Option<X509Certificate<'c>> {
    let (rest, certificate) = X509Certificate::from_der(certificate).ok()?;
    rest.is_empty().then_some(certificate)
}

fn info(certificate: &CertificateDer<'_>, now: i64) -> Result<CertificateInfo> {
    let broken = || unparsed("Failed to parse certificate: it is not well formed");
    let certificate = parse(certificate).ok_or_else(broken)?;
    let validity = certificate.validity();
    let (begin, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    // An extension that is there twice, or is none, says nothing reliable.
    let names = certificate.subject_alternative_name().map_err(|_| broken())?;
    let constraints = certificate.basic_constraints().map_err(|_| broken())?;
    let Key { algorithm, bits } = key_of(certificate.public_key());
    Ok(CertificateInfo {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat(),
        not_before: moment(begin),
        not_after: moment(end),
        days_left: end.saturating_sub(now).div_euclid(DAY),
        names: names.iter().flat_map(|names| &names.value.general_names).map(name).collect(),
        is_ca: constraints.is_some_and(|constraints| constraints.value.ca),
        key_algorithm: algorithm,
        key_bits: bits,
        signature_algorithm: oid_name(&certificate.signature_algorithm.algorithm),
    })
}

/// A name that a certificate is for, as it is usually written.
fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => (*text).to_owned(),
        GeneralName::IPAddress(bytes) => address(bytes).unwrap_or_else(|| "(an address of no known kind)".to_owned()),
        GeneralName::DirectoryName(name) => name.to_string(),
        GeneralName::RegisteredID(id) => id.to_id_string(),
        _ => "(a name of another kind)".to_owned(),
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string()),
        _ => None,
    }
}

/// A moment in UTC, as ISO 8601 writes it.
pub(super) fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| format!("{seconds} s"), |moment| moment.to_string())
}

/// Whom a certificate is for, if `is_it` says yes to when it comes into force and when it expires.
pub(super) fn subject(certificate: &CertificateDer<'_>, is_it: &dyn Fn(i64, i64) -> bool) -> Option<String> {
    let certificate = parse(certificate)?;
    let validity = certificate.validity();
    is_it(validity.not_before.timestamp(), validity.not_after.timestamp()).then(|| certificate.subject().to_string())
}

fn seconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
