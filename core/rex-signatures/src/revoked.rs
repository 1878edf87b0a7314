//! Keys that nobody may sign with any more: a list as ssh-keygen(1) makes it with `-k` (PROTOCOL.krl), or a text of public keys.

mod krl;

use crate::key::Identity;
use crate::wire::Reader;
use crate::{Error, base64};
use ring::digest::{self, digest};
use std::collections::HashSet;

/// What is revoked. What is not understood of such a list makes all of it an error.
#[derive(Debug, Default)]
pub struct Revocations {
    keys: HashSet<Vec<u8>>,
    sha1: HashSet<Vec<u8>>,
    sha256: HashSet<Vec<u8>>,
    certificates: Vec<krl::Certificates>,
}

impl Revocations {
    /// No key is revoked.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Something in it is not understood.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.starts_with(krl::MAGIC) {
            return krl::read(bytes).map_err(|error| Error::Revocations(error.to_string()));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Error::Revocations("it is neither a key revocation list nor text".to_owned()))?;
        let mut revoked = Self::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                let refused = |why: &str| Error::Revocations(format!("line {}: {why}", at + 1));
                revoked.keys.insert(key(line).map_err(refused)?);
            }
        }
        Ok(revoked)
    }

    /// That neither the key nor its certificate nor the authority of that is revoked.
    ///
    /// # Errors
    /// One of them is.
    pub fn check(&self, identity: &Identity) -> Result<(), Error> {
        let certificate = identity.certificate();
        let refused = |how| Error::Revoked { fingerprint: identity.key().fingerprint(), how };
        if self.holds(identity.key().blob()) {
            return Err(refused("it is on the list"));
        }
        let Some(certificate) = certificate else { return Ok(()) };
        if self.holds(certificate.authority().blob()) {
            return Err(refused("the authority of its certificate is on the list"));
        }
        if self.certificates.iter().any(|list| list.holds(certificate)) {
            return Err(refused("its certificate is on the list"));
        }
        Ok(())
    }

    fn holds(&self, blob: &[u8]) -> bool {
        let sha = |algorithm| digest(algorithm, blob);
        self.keys.contains(blob)
            || (!self.sha256.is_empty() && self.sha256.contains(sha(&digest::SHA256).as_ref()))
            || (!self.sha1.is_empty() && self.sha1.contains(sha(&digest::SHA1_FOR_LEGACY_USE_ONLY).as_ref()))
    }
}

/// The key on a line: `ssh-ed25519 AAAA… comment`.
fn key(line: &str) -> Result<Vec<u8>, &'static str> {
    let mut words = line.split_ascii_whitespace();
    let (Some(name), Some(blob)) = (words.next(), words.next()) else { return Err("it is no public key") };
    let blob = base64::decode(blob).ok_or("it is no public key")?;
    if Reader::new(&blob, "public key").text().ok() != Some(name) {
        return Err("the key is not of the kind that stands before it");
    }
    match Identity::from_blob(&blob) {
        Ok(identity) => Ok(identity.key().blob().to_vec()),
        // No signature of such a key is accepted anyway.
        Err(Error::KeyType(name)) if is_known(&name) => Ok(blob),
        Err(_) => Err("the key is malformed or of a kind that is not known"),
    }
}

fn is_known(name: &str) -> bool {
    let name = name.strip_suffix("-cert-v01@openssh.com").unwrap_or(name);
    ["ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp521"].contains(&name)
}
