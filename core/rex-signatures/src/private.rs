//! Private keys, in the form of OpenSSH (PROTOCOL.key).

use crate::key::{Algorithm, Key};
use crate::wire::{Reader, put_mpint, put_string};
use crate::{Error, base64};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// What a file of a private key holds.
#[derive(Debug)]
pub(crate) enum Stored {
    /// A key that signs.
    Open(Box<Pair>),
    /// A key behind a passphrase; its public part is in the clear.
    Locked(Key),
    /// A key that never leaves its hardware.
    Hardware(Key),
}

/// Both parts of a key.
#[derive(Debug)]
pub(crate) enum Pair {
    Ed25519(Ed25519KeyPair, Key),
    Ecdsa(EcdsaKeyPair, Key),
}

/// Whether `text` is meant to be a private key.
pub(crate) fn is_private(text: &str) -> bool {
    text.trim_start().starts_with("-----BEGIN ")
}

/// Reads a private key.
pub(crate) fn read(text: &str) -> Result<Stored, Error> {
    let inner = text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(Error::NoKey(
        "only the form that ssh-keygen(1) writes by itself is read; `ssh-keygen -p -f KEY` rewrites an older one",
    ))?;
    let lines: String = inner.lines().map(str::trim_end).collect();
    let bytes = base64::decode(&lines).ok_or(Error::NoKey("it is not base64"))?;
    let mut reader = Reader::new(&bytes, "private key");
    if reader.bytes(MAGIC.len())? != MAGIC {
        return Err(Error::NoKey("it is of another version"));
    }
    let cipher = reader.text()?;
    // How the key is made from the passphrase.
    reader.string()?;
    reader.string()?;
    if reader.u32()? != 1 {
        return Err(Error::NoKey("it holds more than one"));
    }
    let public = Key::from_blob(reader.string()?)?;
    if cipher != "none" {
        return Ok(Stored::Locked(public));
    }
    let mut private = reader.inner()?;
    reader.end()?;
    pair(&mut private, public)
}

fn pair(private: &mut Reader<'_>, public: Key) -> Result<Stored, Error> {
    if private.u32()? != private.u32()? || private.text()? != public.algorithm().name() {
        return Err(private.malformed("its parts do not belong together"));
    }
    let apart = |_| Error::Malformed { what: "private key", why: "its parts do not belong together".to_owned() };
    match public.algorithm() {
        Algorithm::SkEd25519 | Algorithm::SkP256 => Ok(Stored::Hardware(public)),
        Algorithm::Ed25519 => {
            private.string()?;
            let seed = private.string()?.get(..32).unwrap_or_default();
            let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public.public()).map_err(apart)?;
            Ok(Stored::Open(Box::new(Pair::Ed25519(pair, public))))
        }
        algorithm @ (Algorithm::P256 | Algorithm::P384) => {
            // The public part, once more.
            private.string()?;
            private.string()?;
            let number = private.mpint()?;
            let (signing, length) = if algorithm == Algorithm::P256 {
                (&ECDSA_P256_SHA256_FIXED_SIGNING, 32)
            } else {
                (&ECDSA_P384_SHA384_FIXED_SIGNING, 48)
            };
            // The file leaves out zeros at its beginning.
            let mut padded = vec![0; length - number.len().min(length)];
            padded.extend(number);
            let random = SystemRandom::new();
            let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, &padded, public.public(), &random);
            Ok(Stored::Open(Box::new(Pair::Ecdsa(pair.map_err(apart)?, public))))
        }
    }
}

impl Pair {
    pub(crate) fn public(&self) -> &Key {
        match self {
            Self::Ed25519(_, key) | Self::Ecdsa(_, key) => key,
        }
    }

    /// A signature in the form of the protocol.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        put_string(&mut out, self.public().algorithm().name().as_bytes());
        match self {
            Self::Ed25519(pair, _) => put_string(&mut out, pair.sign(message).as_ref()),
            Self::Ecdsa(pair, _) => {
                let signature = pair.sign(&SystemRandom::new(), message);
                let signature = signature.map_err(|_| Error::Agent("the system gives no random numbers".to_owned()))?;
                let (r, s) = signature.as_ref().split_at(signature.as_ref().len() / 2);
                let mut numbers = Vec::new();
                put_mpint(&mut numbers, r);
                put_mpint(&mut numbers, s);
                put_string(&mut out, &numbers);
                debug_assert_eq!(pair.public_key().as_ref(), self.public().public());
            }
        }
        Ok(out)
    }
}
