//! Certificates and keys in PEM form (RFC 7468): whether a certificate is to be trusted, and what certificates and keys are.

mod info;
mod key;
mod verify;

pub use info::{CertificateInfo, certificate_info, describe_certificate};
pub use key::{KeyInfo, key_info};
pub use verify::verify_certificate;

use crate::open::open_file;
use crate::path::Role;
use crate::read::failure;
use crate::sys::{self, Follow, Reader};
use crate::{Error, FileHandle, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Read;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::io::Read as _;

/// Longer files are refused.
const LONGEST: u64 = 1 << 20;

/// Opens a handle's file.
///
/// # Policy
/// Asks `read` on the file.
///
/// # Errors
/// `InvalidFileMode` when the handle was not opened for reading.
fn open(gate: &Gate, file: &FileHandle) -> Result<Reader> {
    let read = gate.authorize::<Read, _>(file.object())?;
    file.require_read()?;
    sys::read(read)
}

/// The certificates in the file at `path`, in their order. Nothing of them was verified.
///
/// # Policy
/// Asks `open` on the directory and the file, and `read` on the file.
///
/// # Errors
/// `Other` when there is none, or something that is none; `FileContentTooLargeError` for more than 1 MiB; as for reading.
pub fn certificates_at(gate: &Gate, path: &str) -> Result<Vec<CertificateDer<'static>>> {
    let object = open_file(gate, path, Role::File, Follow::Links)?;
    let read = gate.authorize::<Read, _>(&object)?;
    let content = content(gate, sys::read(read)?)?;
    let found: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    let found = found.map_err(|error| unparsed(&format!("Failed to parse PEM certificates: {error}: {path}")))?;
    if found.is_empty() {
        return Err(unparsed(&format!("No certificates found in certificate file: {path}")));
    }
    Ok(found)
}

/// All that a file of certificates or keys holds.
///
/// # Errors
/// `FileContentTooLargeError` for more than 1 MiB.
fn content(gate: &Gate, reader: Reader) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    reader.take(LONGEST + 1).read_to_end(&mut content).map_err(|error| failure(gate, error))?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > LONGEST {
        let text = format!("files of certificates and keys hold no more than {LONGEST} bytes");
        return Err(Error::FileContentTooLargeError(text));
    }
    Ok(content)
}

/// The error of what is no certificate.
fn unparsed(what: &str) -> Error {
    Error::other(format!("Certificate parse error: {what}"))
}
