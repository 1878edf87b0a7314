//! Signatures as `ssh-keygen -Y sign` makes them (PROTOCOL.sshsig).

use crate::key::{Identity, Touch};
use crate::wire::{Reader, put_string};
use crate::{Error, Use, base64};
use ring::digest;

const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// A signature with the largest certificate that anybody uses has a tenth of it.
pub const LONGEST: usize = 64 << 10;
/// How long ssh-keygen(1) makes a line.
const LINE: usize = 70;

/// How the content is hashed before it is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hash {
    /// `sha256`.
    Sha256,
    /// `sha512`.
    #[default]
    Sha512,
}

impl Hash {
    /// Its name in signatures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn of(self, message: &[u8]) -> digest::Digest {
        match self {
            Self::Sha256 => digest::digest(&digest::SHA256, message),
            Self::Sha512 => digest::digest(&digest::SHA512, message),
        }
    }
}

/// A signature; whether it is right, and whose it is, is yet to be asked.
#[derive(Debug, Clone)]
pub struct Signature {
    identity: Identity,
    namespace: String,
    hash: Hash,
    /// In the form of the protocol: its kind and what it consists of.
    made: Vec<u8>,
}

impl Signature {
    /// Reads the text between and with `-----BEGIN SSH SIGNATURE-----` and its end.
    ///
    /// # Errors
    /// It is malformed, of a version or a hash that is not known, or of a kind of key that is not accepted.
    pub fn from_text(text: &[u8]) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(Error::NoSignature("it is too long"));
        }
        let text = std::str::from_utf8(text).map_err(|_| Error::NoSignature("it is no text"))?;
        let inner = text.trim().strip_prefix(BEGIN).ok_or(Error::NoSignature("it does not begin as one"))?;
        let inner = inner.strip_suffix(END).ok_or(Error::NoSignature("it does not end as one"))?;
        let lines: String = inner.lines().map(str::trim_end).collect();
        let bytes = base64::decode(&lines).ok_or(Error::NoSignature("it is not base64"))?;
        Self::from_bytes(&bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, "signature");
        if reader.bytes(MAGIC.len())? != MAGIC {
            return Err(Error::NoSignature("it does not begin with SSHSIG"));
        }
        let version = reader.u32()?;
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let identity = reader.string()?;
        let namespace = reader.text()?.to_owned();
        if !reader.string()?.is_empty() {
            return Err(reader.malformed("it uses a field that is reserved"));
        }
        let hash = match reader.text()? {
            "sha256" => Hash::Sha256,
            "sha512" => Hash::Sha512,
            other => return Err(Error::Hash(other.to_owned())),
        };
        let made = reader.string()?.to_vec();
        reader.end()?;
        Ok(Self { identity: Identity::from_blob(identity)?, namespace, hash, made })
    }

    /// The text that [`Self::from_text`] reads.
    pub(crate) fn text(identity: &[u8], what: Use, hash: Hash, signature: &[u8]) -> String {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_be_bytes());
        for part in [identity, what.namespace().as_bytes(), b"", hash.name().as_bytes(), signature] {
            put_string(&mut bytes, part);
        }
        let encoded = base64::encode(&bytes);
        let mut text = format!("{BEGIN}\n");
        for (at, letter) in encoded.chars().enumerate() {
            if at > 0 && at % LINE == 0 {
                text.push('\n');
            }
            text.push(letter);
        }
        text.push('\n');
        text.push_str(END);
        text.push('\n');
        text
    }

    /// Whose it says it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// That it is a signature of its own key over `message` for this use, and what the key's owner did for it. Says nothing of whose key it
    /// is.
    ///
    /// # Errors
    /// It is for another use, the content was altered, or a security key was not touched.
    pub fn verify(&self, message: &[u8], what: Use) -> Result<Touch, Error> {
        if self.namespace != what.namespace() {
            return Err(Error::OtherUse { made: self.namespace.clone(), asked: what });
        }
        let signed = to_be_signed(&self.namespace, self.hash, message);
        self.identity.key().verify(&signed, &self.made)
    }
}

/// What a key signs in place of `message`.
pub(crate) fn to_be_signed(namespace: &str, hash: Hash, message: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for part in [namespace.as_bytes(), b"", hash.name().as_bytes(), hash.of(message).as_ref()] {
        put_string(&mut bytes, part);
    }
    bytes
}

/// The SHA-256 of `bytes` in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
