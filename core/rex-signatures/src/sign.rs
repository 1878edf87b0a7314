//! Makes signatures.

use crate::key::Identity;
use crate::private::{self, Pair, Stored};
use crate::signature::{Signature, to_be_signed};
use crate::{Error, Hash, Use, agent, base64};
use std::path::PathBuf;

/// Something that signs.
#[derive(Debug)]
pub struct Signer {
    /// What a signature says it was made by: a key, or a certificate for one.
    identity: Vec<u8>,
    means: Means,
    /// Where the agent listens.
    agent: Option<PathBuf>,
    public: bool,
}

#[derive(Debug)]
enum Means {
    Pair(Box<Pair>),
    /// Only the agent can; otherwise the error is this one.
    Agent(fn(String) -> Error),
}

impl Signer {
    /// Reads a key file: a private key, or a public key or certificate whose private part ssh-agent(1) has. `agent` is where it listens.
    ///
    /// # Errors
    /// The file holds no key, or one of a kind that is not accepted.
    pub fn read(text: &str, agent: Option<PathBuf>) -> Result<Self, Error> {
        if !private::is_private(text) {
            let identity = public(text)?;
            return Ok(Self { identity, means: Means::Agent(Error::NoPrivateKey), agent, public: true });
        }
        let (public, means) = match private::read(text)? {
            Stored::Open(pair) => (pair.public().clone(), Means::Pair(pair)),
            Stored::Locked(key) if key.algorithm().is_hardware() => (key, Means::Agent(Error::Hardware)),
            Stored::Locked(key) => (key, Means::Agent(Error::Encrypted)),
            Stored::Hardware(key) => (key, Means::Agent(Error::Hardware)),
        };
        Ok(Self { identity: public.blob().to_vec(), means, agent, public: false })
    }

    /// Signs with the private key of `text` in the name of the public key or certificate that this signer was read from.
    ///
    /// # Errors
    /// They do not belong together, or `text` holds no key that signs.
    pub fn with_private(self, text: &str) -> Result<Self, Error> {
        let Self { identity, agent, .. } = self;
        let signer = Self::read(text, agent)?;
        let key = Identity::from_blob(&identity)?;
        if Identity::from_blob(&signer.identity)?.key() != key.key() {
            return Err(Error::NoKey("the private key beside it is that of another"));
        }
        Ok(Self { identity, ..signer })
    }

    /// Whether it was read from a public key or certificate, so that the private key is yet to be found.
    pub fn is_public(&self) -> bool {
        self.public
    }
}

/// The key or certificate on a line of a public key file.
fn public(text: &str) -> Result<Vec<u8>, Error> {
    let mut words = text.split_ascii_whitespace();
    let (Some(name), Some(blob)) = (words.next(), words.next()) else { return Err(Error::NoKey("the file is no key")) };
    let blob = base64::decode(blob).ok_or(Error::NoKey("the file is no key"))?;
    if crate::wire::Reader::new(&blob, "public key").text()? != name {
        return Err(Error::NoKey("its name and its content differ"));
    }
    Identity::from_blob(&blob)?;
    Ok(blob)
}

/// The text of a signature over `message` for this use.
///
/// # Errors
/// The key needs an agent, and that does not sign.
pub fn sign(signer: &Signer, message: &[u8], what: Use, hash: Hash) -> Result<String, Error> {
    let signed = to_be_signed(what.namespace(), hash, message);
    let signature = match &signer.means {
        Means::Pair(pair) => pair.sign(&signed)?,
        Means::Agent(failed) => agent::sign(signer.agent.as_deref(), &signer.identity, &signed).map_err(failed)?,
    };
    let text = Signature::text(&signer.identity, what, hash, &signature);
    // An agent may say anything; nobody shall find out only when it is needed.
    Signature::from_text(text.as_bytes())?.verify(message, what)?;
    Ok(text)
}
