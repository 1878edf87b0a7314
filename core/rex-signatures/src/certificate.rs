//! OpenSSH certificates (PROTOCOL.certkeys): what an authority says of a key.

use crate::Error;
use crate::key::{Algorithm, Key};
use crate::wire::Reader;

/// For people, not for hosts.
const USER: u32 = 1;
/// The only option that is understood; any other that is critical makes a certificate void.
const VERIFY_REQUIRED: &str = "verify-required";

/// A certificate, whose authority's signature was found to be right. Who the authority is, is another question.
#[derive(Debug, Clone)]
pub struct Certificate {
    key: Key,
    serial: u64,
    kind: u32,
    id: Vec<u8>,
    principals: Vec<String>,
    valid: (u64, u64),
    critical: Vec<String>,
    authority: Key,
}

impl Certificate {
    /// Reads a certificate and verifies its signature.
    ///
    /// # Errors
    /// It is malformed, its key or that of its authority is of a kind that is not accepted, or the signature is not the authority's.
    pub fn from_blob(blob: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(blob, "certificate");
        let name = reader.text()?;
        let plain = match name.strip_suffix("-cert-v01@openssh.com") {
            None => return Err(Error::KeyType(name.to_owned())),
            Some(plain) if plain.starts_with("sk-") => format!("{plain}@openssh.com"),
            Some(plain) => plain.to_owned(),
        };
        let algorithm = Algorithm::named(&plain).map_err(|_| Error::KeyType(name.to_owned()))?;
        reader.string()?;
        let key = Key::fields(algorithm, &mut reader)?;
        let serial = reader.u64()?;
        let kind = reader.u32()?;
        let id = reader.string()?.to_vec();
        let principals = texts(reader.inner()?)?;
        let valid = (reader.u64()?, reader.u64()?);
        let critical = options(reader.inner()?)?;
        options(reader.inner()?)?;
        reader.string()?;
        let authority = reader.string()?;
        let signed = blob.get(..blob.len().saturating_sub(reader.rest().len())).unwrap_or_default();
        let signature = reader.string()?;
        reader.end()?;
        let authority = Key::from_blob(authority).map_err(|error| match error {
            Error::KeyType(name) => Error::AuthorityType(name),
            error => error,
        })?;
        authority.verify(signed, signature).map_err(|error| match error {
            Error::Altered => Error::CertificateAltered,
            error => error,
        })?;
        Ok(Self { key, serial, kind, id, principals, valid, critical, authority })
    }

    /// The key it is about.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Its number, as its authority counts; 0 where it does not.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// Its name, as its authority calls it.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// The key that signed it.
    pub fn authority(&self) -> &Key {
        &self.authority
    }

    /// Whose the key is.
    pub fn principals(&self) -> &[String] {
        &self.principals
    }

    /// Whether the security key must have been told who holds it.
    pub fn demands_verification(&self) -> bool {
        self.critical.iter().any(|name| name == VERIFY_REQUIRED)
    }

    /// That it speaks for people at the moment `now`, in seconds since 1970, and demands nothing that is not understood.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn holds(&self, now: i64) -> Result<(), Error> {
        if self.kind != USER {
            return Err(Error::HostCertificate);
        }
        if let Some(name) = self.critical.iter().find(|name| *name != VERIFY_REQUIRED) {
            return Err(Error::CriticalOption(name.clone()));
        }
        let (after, before) = self.valid;
        match u64::try_from(now) {
            Ok(now) if now >= before => Err(Error::CertificateExpired(crate::time::shown(before))),
            Ok(now) if now >= after => Ok(()),
            _ => Err(Error::CertificateNotYetValid(crate::time::shown(after))),
        }?;
        if self.principals.is_empty() { Err(Error::NoPrincipals) } else { Ok(()) }
    }
}

fn texts(mut reader: Reader<'_>) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    while !reader.is_empty() {
        texts.push(reader.text()?.to_owned());
    }
    Ok(texts)
}

/// The names of options, which have to be in order and different.
fn options(mut reader: Reader<'_>) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    while !reader.is_empty() {
        let name = reader.text()?.to_owned();
        reader.string()?;
        if names.last().is_some_and(|last| *last >= name) {
            return Err(reader.malformed("its options are not in order"));
        }
        names.push(name);
    }
    Ok(names)
}
