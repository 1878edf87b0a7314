//! Whom the host trusts to sign.

use crate::inputs;
use rex_signatures::{
    LONGEST, Owners, Revocations, Signature, Signers, Unsafe, Use, Verified, Wanted, now, read_trusted,
};
use std::path::{Path, PathBuf};

/// Where the host keeps what it trusts.
const ALLOWED_SIGNERS: &str = "/etc/opt/rex/allowed_signers";
const REVOKED_KEYS: &str = "/etc/opt/rex/revoked_keys";
const MAX_SIGNERS: u64 = 4 << 20;
const MAX_REVOKED: u64 = 64 << 20;

/// Flags about who is trusted.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TrustArgs {
    /// Who may sign, in the format of ssh-keygen(1); without it, `/etc/opt/rex/allowed_signers`.
    #[arg(long, value_name = "PATH", help_heading = "Signatures")]
    pub(crate) allowed_signers: Option<PathBuf>,

    /// Keys that may no longer: a list made by `ssh-keygen -k`, or public keys; without it, `/etc/opt/rex/revoked_keys`, if it is there.
    #[arg(long, value_name = "PATH", help_heading = "Signatures")]
    pub(crate) revoked_keys: Option<PathBuf>,

    /// Who has to have signed the script or the bundle.
    #[arg(long, value_name = "NAME", help_heading = "Signatures")]
    pub(crate) signer: Option<String>,

    /// Accept only security keys that asked for a PIN or a finger.
    #[arg(long, help_heading = "Signatures")]
    pub(crate) require_user_verification: bool,

    /// What the host's configuration says in place of the usual files.
    #[arg(skip)]
    pub(crate) host_signers: Option<PathBuf>,
    #[arg(skip)]
    pub(crate) host_revoked: Option<PathBuf>,
}

/// Who may sign, and who may not any more.
#[derive(Debug)]
pub(crate) struct Trust {
    signers: Signers,
    revoked: Revocations,
    signer: Option<String>,
    touch_verified: bool,
    now: i64,
}

impl Trust {
    /// Reads what the flags name, or what the host has. Files that someone else could have written are refused.
    pub(crate) fn load(args: &TrustArgs) -> Result<Self, String> {
        let (path, owners) = place(args.allowed_signers.as_deref(), args.host_signers.as_deref(), ALLOWED_SIGNERS);
        let text = read_trusted(path, owners, MAX_SIGNERS).map_err(|error| match error {
            Unsafe::Absent(_) if args.allowed_signers.is_none() && args.host_signers.is_none() => {
                format!("nobody is trusted: say `--allowed-signers PATH`, or write {ALLOWED_SIGNERS}")
            }
            error => format!("the allowed signers: {error}"),
        })?;
        let text = String::from_utf8(text).map_err(|_| format!("{}: it is not UTF-8", path.display()))?;
        let signers = Signers::read(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let (path, owners) = place(args.revoked_keys.as_deref(), args.host_revoked.as_deref(), REVOKED_KEYS);
        let revoked = match read_trusted(path, owners, MAX_REVOKED) {
            Ok(bytes) => Revocations::read(&bytes).map_err(|error| format!("{}: {error}", path.display()))?,
            Err(Unsafe::Absent(_)) if args.revoked_keys.is_none() && args.host_revoked.is_none() => Revocations::none(),
            Err(error) => return Err(format!("the revoked keys: {error}")),
        };
        let (signer, touch_verified) = (args.signer.clone(), args.require_user_verification);
        Ok(Self { signers, revoked, signer, touch_verified, now: now() })
    }

    /// Who signed `content`, by the signature at `place`. `name` is that of the content, for the error.
    pub(crate) fn verify(&self, content: &[u8], place: &Path, what: Use, name: &str) -> Result<Verified, String> {
        let text = inputs::bytes(place, LONGEST as u64).map_err(|error| format!("{name} is not signed: {error}"))?;
        self.verify_text(content, &text, what).map_err(|error| format!("{name}: {error}"))
    }

    /// Who signed `content`, by the signature `text`.
    pub(crate) fn verify_text(
        &self,
        content: &[u8],
        text: &[u8],
        what: Use,
    ) -> Result<Verified, rex_signatures::Error> {
        let signature = Signature::from_text(text)?;
        let signer = self.signer.as_deref().filter(|_| what != Use::Policy);
        let wanted = Wanted { what, signer, now: self.now, touch_verified: self.touch_verified };
        self.signers.verify(&signature, content, &wanted, &self.revoked)
    }
}

/// What a flag names may belong to whoever chose the flag; what the host has, only to root.
fn place<'p>(flag: Option<&'p Path>, host: Option<&'p Path>, usual: &'static str) -> (&'p Path, Owners) {
    flag.map_or((host.unwrap_or(Path::new(usual)), Owners::Root), |path| (path, Owners::RootOrSelf))
}
