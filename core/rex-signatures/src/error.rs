//! Why a signature is refused, or cannot be made.

use crate::Use;

/// Each reason has its own text, for people who have to do something about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file holds something else.
    #[error("it is no SSH signature: {0}")]
    NoSignature(&'static str),
    /// The bytes of something do not fit its format.
    #[error("the {what} is malformed: {why}")]
    Malformed {
        /// Of what.
        what: &'static str,
        /// In which way.
        why: String,
    },
    /// A version of the format that is not known.
    #[error("the signature has version {0} of the format, and only version 1 is known")]
    Version(u32),
    /// A hash that is not known.
    #[error("the signature uses the hash `{0}`; sha256 and sha512 are accepted")]
    Hash(String),
    /// A kind of key whose signatures are not accepted.
    #[error("{}", key_type(.0))]
    KeyType(String),
    /// The same, of who signed a certificate.
    #[error("the authority that signed the certificate has a key of another kind than is accepted: {}", key_type(.0))]
    AuthorityType(String),
    /// The signature's kind is not the key's.
    #[error("the signature is of the kind `{name}`, and its key of the kind `{key}`")]
    OtherAlgorithm {
        /// That of the signature.
        name: String,
        /// That of the key.
        key: &'static str,
    },
    /// The signature was made for something else.
    #[error("the signature was made for `{made}`, and a {} needs one for `{}`", .asked.name(), .asked.namespace())]
    OtherUse {
        /// The namespace it was made for.
        made: String,
        /// What it was to be used for.
        asked: Use,
    },
    /// The content is not what was signed.
    #[error("the signature does not match the content: one of them was altered after the signing")]
    Altered,
    /// The certificate is not what its authority signed.
    #[error("the certificate was altered: its authority's signature does not match it")]
    CertificateAltered,
    /// Nobody was present.
    #[error("the security key was not touched when it signed")]
    Untouched,
    /// Nobody proved who they are.
    #[error("the security key did not ask who holds it (PIN or finger) when it signed, which is demanded here")]
    Unverified,
    /// Nobody trusts the key.
    #[error("nobody with the key {0} is among the allowed signers")]
    UnknownSigner(String),
    /// The key is someone else's.
    #[error("the key {fingerprint} is not that of `{wanted}` among the allowed signers")]
    OtherSigner {
        /// The key that signed.
        fingerprint: String,
        /// Who should have.
        wanted: String,
    },
    /// The key is trusted for other uses.
    #[error("line {line} of the allowed signers does not let the key sign for `{namespace}`")]
    NotForThis {
        /// The line.
        line: usize,
        /// The use.
        namespace: &'static str,
    },
    /// Trust begins later.
    #[error("line {line} of the allowed signers trusts the key only from {from} on")]
    NotYetTrusted {
        /// The line.
        line: usize,
        /// The moment.
        from: String,
    },
    /// Trust has ended.
    #[error("line {line} of the allowed signers trusts the key only until {until}: it has expired")]
    Expired {
        /// The line.
        line: usize,
        /// The moment.
        until: String,
    },
    /// The line has nothing but patterns.
    #[error("line {0} of the allowed signers tells by patterns alone whose the key is: say which signer is meant")]
    Nameless(usize),
    /// The certificate names nobody whom its authority may name.
    #[error("line {0} of the allowed signers does not let the authority speak for anyone whom the certificate names")]
    NotNamed(usize),
    /// The certificate says nobody.
    #[error("the certificate does not say whose the key is: it has no principals")]
    NoPrincipals,
    /// The certificate is for a host.
    #[error("the certificate is for a host, not for a person")]
    HostCertificate,
    /// The certificate demands what is not understood.
    #[error("the certificate has the critical option `{0}`, which is not understood here")]
    CriticalOption(String),
    /// Its time has not come.
    #[error("the certificate is valid only from {0} on")]
    CertificateNotYetValid(String),
    /// Its time is over.
    #[error("the certificate was valid only before {0}: it has expired")]
    CertificateExpired(String),
    /// The key was revoked.
    #[error("the key {fingerprint} is revoked: {how}")]
    Revoked {
        /// The key that signed.
        fingerprint: String,
        /// By what.
        how: &'static str,
    },
    /// A line of the allowed signers cannot be understood, so that none of it is trusted.
    #[error("line {line} of the allowed signers: {why}")]
    Signers {
        /// The line.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The revocations cannot be understood, so that nothing counts as not revoked.
    #[error("the list of revoked keys is not understood: {0}")]
    Revocations(String),
    /// The file holds no key.
    #[error("it is no OpenSSH key: {0}")]
    NoKey(&'static str),
    /// The private key is locked, and no agent has it.
    #[error(
        "the private key has a passphrase: load it with `ssh-add` and try again ({0}), or sign with `ssh-keygen -Y sign -n NAMESPACE -f KEY FILE`"
    )]
    Encrypted(String),
    /// There is only a public key, and no agent has the private one.
    #[error("only the public key is at hand, and the agent does not sign with it: {0}")]
    NoPrivateKey(String),
    /// A security key signs through an agent.
    #[error(
        "a security key signs through ssh-agent: load it with `ssh-add` and try again ({0}), or sign with `ssh-keygen -Y sign`"
    )]
    Hardware(String),
    /// The agent answered, but not with a signature.
    #[error("{0}")]
    Agent(String),
}

fn key_type(name: &str) -> String {
    let why = match name {
        "ssh-rsa" => "RSA keys are not accepted",
        "ecdsa-sha2-nistp521" => "ECDSA keys of 521 bits are not accepted",
        "ssh-dss" => "DSA keys are not accepted",
        name if name.ends_with("-cert-v00@openssh.com") => "certificates of that old form are not accepted",
        name if name.starts_with("ssh-rsa-cert") => "certificates for RSA keys are not accepted",
        _ => return format!("keys of the kind `{name}` are not known; use Ed25519, or ECDSA with 256 or 384 bits"),
    };
    format!("{why}; use Ed25519, or ECDSA with 256 or 384 bits")
}
