//! Whether a server's certificate leads to a root that is trusted (RFC 5280).

use super::info::{moment, subject};
use super::{content, open, unparsed};
use crate::sys::Reader;
use crate::{Error, FileHandle, Result};
use rex_cedar_auth::Gate;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// Verifies the first certificate in `server` for use by a server, now: it, and what leads from it to the first certificate in `root`
/// by the others in `server` and those in `intermediates`, must be signed, in force and made for this. Neither host names nor revocations
/// are looked at, and the root is trusted whatever dates it has.
///
/// # Policy
/// Asks `read` on all files, before any is read.
///
/// # Errors
/// `Other` for what is no certificate and for what is not to be trusted, with the reason; `InvalidFileMode` when a file was not opened for
/// reading; `FileContentTooLargeError` for more than 1 MiB.
pub fn verify_certificate(
    gate: &Gate,
    server: &FileHandle,
    root: &FileHandle,
    intermediates: &[FileHandle],
) -> Result<()> {
    let server = open(gate, server)?;
    let root = open(gate, root)?;
    let others = intermediates.iter().map(|file| open(gate, file)).collect::<Result<Vec<_>>>()?;
    let root = certificates(gate, root)?;
    let root = root.first().ok_or_else(|| unparsed("No certificates found in root CA file"))?;
    let mut chain = certificates(gate, server)?;
    if chain.is_empty() {
        return Err(unparsed("No certificates found in server certificate file"));
    }
    for file in others {
        chain.extend(certificates(gate, file)?);
    }
    trust(root, &chain, UnixTime::now())
}

fn certificates(gate: &Gate, reader: Reader) -> Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(&content(gate, reader)?)
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| unparsed(&format!("Failed to parse PEM certificates: {error}")))
}

/// Verifies the first of `chain` at a moment.
pub(super) fn trust(root: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime) -> Result<()> {
    let anchor = anchor_from_trusted_cert(root)
        .map_err(|error| unparsed(&format!("Failed to parse root certificate as trust anchor: {error}")))?;
    let Some((leaf, intermediates)) = chain.split_first() else {
        return Err(unparsed("No certificates found in server certificate file"));
    };
    let leaf = EndEntityCert::try_from(leaf)
        .map_err(|error| unparsed(&format!("Failed to parse end-entity certificate: {error}")))?;
    let usage = KeyUsage::server_auth();
    match leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &[anchor], intermediates, now, usage, None, None) {
        Ok(_) => Ok(()),
        Err(error) => {
            let reason = reason(&error, chain);
            let text = format!("Certificate verification error: Certificate chain verification failed: {reason}");
            Err(Error::other(text))
        }
    }
}

/// The reason in words, where the library has but a name for it.
fn reason(error: &webpki::Error, chain: &[CertificateDer<'_>]) -> String {
    let whose = |is_it: &dyn Fn(i64, i64) -> bool| {
        let subject = chain.iter().find_map(|certificate| subject(certificate, is_it));
        subject.unwrap_or_else(|| "a certificate of the chain".to_owned())
    };
    let seconds = |time: &UnixTime| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match error {
        webpki::Error::CertExpired { not_after, .. } => {
            let end = seconds(not_after);
            format!("the certificate of {} expired on {}", whose(&|_, not_after| not_after == end), moment(end))
        }
        webpki::Error::CertNotValidYet { not_before, .. } => {
            let begin = seconds(not_before);
            let whose = whose(&|not_before, _| not_before == begin);
            format!("the certificate of {whose} is not in force before {}", moment(begin))
        }
        webpki::Error::UnknownIssuer => "UnknownIssuer: nothing leads from it to the root".to_owned(),
        webpki::Error::CaUsedAsEndEntity => {
            "CaUsedAsEndEntity: it is the certificate of an authority, not of a server".to_owned()
        }
        webpki::Error::RequiredEkuNotFoundContext(_) => {
            "RequiredEkuNotFound: a certificate is not made for servers".to_owned()
        }
        error => error.to_string(),
    }
}
