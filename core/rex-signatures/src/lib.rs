//! SSH signatures of scripts, policies and bundles: made, and held against the signers whom a host trusts.
//!
//! ```no_run
//! use rex_signatures::{Revocations, Signature, Signers, Use, Wanted};
//!
//! # fn read(_: &str) -> Vec<u8> { Vec::new() }
//! let signers = Signers::read(&String::from_utf8_lossy(&read("allowed_signers")))?;
//! let signature = Signature::from_text(&read("report.rhai.sig"))?;
//! let wanted = Wanted { what: Use::Script, signer: None, now: 1_800_000_000, touch_verified: false };
//! let verified = signers.verify(&signature, &read("report.rhai"), &wanted, &Revocations::none())?;
//! println!("signed by {}", verified.signer);
//! # Ok::<(), rex_signatures::Error>(())
//! ```

mod agent;
mod base64;
mod bundle;
mod certificate;
mod error;
mod key;
mod pattern;
mod private;
mod revoked;
mod sign;
mod signature;
mod signers;
mod sys;
mod time;
mod wire;

pub use bundle::{Bundle, BundleError};
pub use certificate::Certificate;
pub use error::Error;
pub use key::{Algorithm, Identity, Key, Touch};
pub use revoked::Revocations;
pub use sign::{Signer, sign};
pub use signature::{Hash, LONGEST, Signature, sha256};
pub use signers::{Signers, Verified, Wanted};
pub use sys::{Owners, Stale, Unsafe, advance, read_key, read_trusted, write_file};
pub use time::now;

/// What a signature is for. A signature for one use is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A script.
    Script,
    /// A policy.
    Policy,
    /// A script with its policy and the names of its arguments.
    Bundle,
    /// A record of an audit log, for all before it.
    Audit,
}

impl Use {
    /// What `ssh-keygen -Y sign` is told with `-n`.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Script => "script@rex",
            Self::Policy => "policy@rex",
            Self::Bundle => "bundle@rex",
            Self::Audit => "audit@rex",
        }
    }

    /// In words, and as flags name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Policy => "policy",
            Self::Bundle => "bundle",
            Self::Audit => "audit log",
        }
    }
}
