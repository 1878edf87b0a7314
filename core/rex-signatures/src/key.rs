//! Public keys, and certificates in their place.

use crate::certificate::Certificate;
use crate::wire::{Reader, put_string};
use crate::{Error, base64};
use ring::digest;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

/// Whoever held it touched the key.
const USER_PRESENT: u8 = 1;
/// Whoever held it proved to the key who they are, by a PIN or a finger.
const USER_VERIFIED: u8 = 4;

/// The kinds of key that a signature is accepted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `ssh-ed25519`.
    Ed25519,
    /// `ecdsa-sha2-nistp256`.
    P256,
    /// `ecdsa-sha2-nistp384`.
    P384,
    /// `sk-ssh-ed25519@openssh.com`: Ed25519 in a security key.
    SkEd25519,
    /// `sk-ecdsa-sha2-nistp256@openssh.com`: ECDSA in a security key.
    SkP256,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Ed25519, Self::P256, Self::P384, Self::SkEd25519, Self::SkP256];

    /// Its name in the SSH protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::P256 => "ecdsa-sha2-nistp256",
            Self::P384 => "ecdsa-sha2-nistp384",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// Its name as people know it from ssh-keygen(1).
    pub fn label(self) -> &'static str {
        match self {
            Self::Ed25519 => "ED25519",
            Self::P256 | Self::P384 => "ECDSA",
            Self::SkEd25519 => "ED25519-SK",
            Self::SkP256 => "ECDSA-SK",
        }
    }

    /// The algorithm of this name.
    ///
    /// # Errors
    /// Signatures of such keys are not accepted.
    pub(crate) fn named(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        known.ok_or_else(|| Error::KeyType(name.to_owned()))
    }

    /// Whether the key is in a security key, whose signatures say more than that they were made.
    pub(crate) fn is_hardware(self) -> bool {
        matches!(self, Self::SkEd25519 | Self::SkP256)
    }

    pub(crate) fn curve(self) -> Option<&'static str> {
        match self {
            Self::P256 | Self::SkP256 => Some("nistp256"),
            Self::P384 => Some("nistp384"),
            Self::Ed25519 | Self::SkEd25519 => None,
        }
    }

    /// The bytes of one of the two numbers that an ECDSA signature is.
    fn scalar(self) -> usize {
        if self == Self::P384 { 48 } else { 32 }
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Ed25519 | Self::SkEd25519 => &signature::ED25519,
            Self::P256 | Self::SkP256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED,
        }
    }
}

/// A public key that can be verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    algorithm: Algorithm,
    /// The point or the number that it consists of.
    public: Vec<u8>,
    /// What a security key was told the key is for.
    application: Vec<u8>,
    blob: Vec<u8>,
}

/// What the owner of a key did when it signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Touch {
    /// They proved to the security key who they are.
    pub verified: bool,
}

impl Key {
    /// Reads the form that keys have within signatures and, in base64, in files.
    ///
    /// # Errors
    /// It is malformed, or of a kind that is not accepted.
    pub fn from_blob(blob: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(blob, "public key");
        let algorithm = Algorithm::named(reader.text()?)?;
        let key = Self::fields(algorithm, &mut reader)?;
        reader.end()?;
        Ok(key)
    }

    /// Reads what follows the name of the algorithm.
    pub(crate) fn fields(algorithm: Algorithm, reader: &mut Reader<'_>) -> Result<Self, Error> {
        let before = reader.rest();
        if let Some(curve) = algorithm.curve()
            && reader.string()? != curve.as_bytes()
        {
            return Err(reader.malformed("it names two curves"));
        }
        let public = reader.string()?.to_vec();
        let right = match algorithm {
            Algorithm::Ed25519 | Algorithm::SkEd25519 => public.len() == 32,
            // Only the uncompressed form of a point is in use (RFC 5656, section 3.1).
            _ => public.len() == 2 * algorithm.scalar() + 1 && public.first() == Some(&4),
        };
        if !right {
            return Err(reader.malformed("the key has the wrong length or form"));
        }
        let application = if algorithm.is_hardware() { reader.string()?.to_vec() } else { Vec::new() };
        let mut blob = Vec::new();
        put_string(&mut blob, algorithm.name().as_bytes());
        blob.extend(before.get(..before.len().saturating_sub(reader.rest().len())).unwrap_or_default());
        Ok(Self { algorithm, public, application, blob })
    }

    /// Its kind.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// As it stands in signatures.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Its fingerprint, as ssh-keygen(1) prints it: `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.blob)
    }

    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }

    /// Whether `signature`, in the form of the protocol (RFC 4253, section 6.6), is one of this key over `message`, and what the owner did
    /// for it.
    ///
    /// # Errors
    /// It is malformed, of another kind than the key, of someone else or for something else, or nobody touched the security key.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<Touch, Error> {
        let mut reader = Reader::new(signature, "signature");
        let name = reader.text()?;
        if name != self.algorithm.name() {
            let (name, key) = (name.to_owned(), self.algorithm.name());
            return Err(Error::OtherAlgorithm { name, key });
        }
        let mut numbers = reader.inner()?;
        let flags_and_counter = if self.algorithm.is_hardware() { Some(reader.bytes(5)?) } else { None };
        reader.end()?;
        let fixed = if self.algorithm.curve().is_some() {
            let pair = [numbers.mpint()?, numbers.mpint()?];
            numbers.end()?;
            self.fixed(pair).ok_or_else(|| numbers.malformed("a number in it is too long"))?
        } else {
            numbers.rest().to_vec()
        };
        // PROTOCOL.u2f: a security key signs hashes, and what it saw.
        let told = flags_and_counter.map(|told| {
            let [application, message] =
                [&self.application[..], message].map(|part| digest::digest(&digest::SHA256, part));
            [application.as_ref(), told, message.as_ref()].concat()
        });
        let key = UnparsedPublicKey::new(self.algorithm.verification(), &self.public);
        key.verify(told.as_deref().unwrap_or(message), &fixed).map_err(|_| Error::Altered)?;
        let Some(flags) = flags_and_counter.and_then(|told| told.first()) else { return Ok(Touch::default()) };
        if flags & USER_PRESENT == 0 {
            return Err(Error::Untouched);
        }
        Ok(Touch { verified: flags & USER_VERIFIED != 0 })
    }

    /// Both numbers with as many bytes as the curve has.
    fn fixed(&self, pair: [&[u8]; 2]) -> Option<Vec<u8>> {
        let length = self.algorithm.scalar();
        let mut fixed = Vec::with_capacity(2 * length);
        for number in pair {
            fixed.resize(fixed.len() + length.checked_sub(number.len())?, 0);
            fixed.extend(number);
        }
        Some(fixed)
    }
}

/// The fingerprint of a public key in the form of the protocol.
pub(crate) fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", base64::unpadded(digest::digest(&digest::SHA256, blob).as_ref()))
}

/// Whose signature it is: a key, or a key with a certificate for it.
#[derive(Debug, Clone)]
pub enum Identity {
    /// A key alone.
    Key(Key),
    /// What an authority said of a key.
    Certificate(Box<Certificate>),
}

impl Identity {
    /// Reads the form that it has within signatures.
    ///
    /// # Errors
    /// As [`Key::from_blob`] and [`Certificate::from_blob`].
    pub fn from_blob(blob: &[u8]) -> Result<Self, Error> {
        let name = Reader::new(blob, "public key").text()?;
        if name.ends_with("-cert-v01@openssh.com") || name.ends_with("-cert-v00@openssh.com") {
            return Certificate::from_blob(blob).map(Box::new).map(Self::Certificate);
        }
        Key::from_blob(blob).map(Self::Key)
    }

    /// The key that signs.
    pub fn key(&self) -> &Key {
        match self {
            Self::Key(key) => key,
            Self::Certificate(certificate) => certificate.key(),
        }
    }

    /// The certificate, where there is one.
    pub fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Key(_) => None,
            Self::Certificate(certificate) => Some(certificate),
        }
    }
}
