//! What has to be signed before a run, and who signed it.

use crate::cli::Cli;
use crate::commands::signature_of;
use crate::host::Host;
use crate::inputs::Text;
use crate::trust::{Trust, TrustArgs};
use clap::ValueEnum;
use rex_cedar_auth::context;
use rex_signatures::{Use, Verified, advance, sha256};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where the host keeps which versions of bundles have run.
const BUNDLE_STATE: &str = "/var/opt/rex/bundles";

/// Flags about signatures.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct SignatureArgs {
    /// What has to be signed, or nothing runs: `script,policy`, or `bundle`.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT", help_heading = "Signatures")]
    pub(crate) require_signature: Vec<Required>,

    /// The signature of the script, where it is not SCRIPT.sig.
    #[arg(long, value_name = "PATH", help_heading = "Signatures")]
    pub(crate) script_signature: Option<PathBuf>,

    /// The signature of the policy, where it is not POLICY.sig.
    #[arg(long, value_name = "PATH", help_heading = "Signatures")]
    pub(crate) policy_signature: Option<PathBuf>,

    /// Run a bundle, made by `rex-runner bundle` and signed: script, policy and argument names in one.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["script_file", "policy_file", "script_signature", "policy_signature"])]
    #[arg(help_heading = "Signatures")]
    pub(crate) bundle: Option<PathBuf>,

    /// Where the versions of bundles that have run are kept; without it, `/var/opt/rex/bundles`.
    #[arg(long, value_name = "DIR", requires = "bundle", help_heading = "Signatures")]
    pub(crate) bundle_state: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// What can be required to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Required {
    /// The script.
    Script,
    /// The policy.
    Policy,
    /// Both, and the names of the arguments, in one file.
    Bundle,
}

/// What the run has to satisfy before anything of it is looked at: what its flags say, as far as the host lets them.
#[derive(Debug)]
pub(crate) struct Terms {
    script: bool,
    policy: bool,
    trust: TrustArgs,
    state: PathBuf,
    /// The policy, where it is not in a bundle.
    pub(crate) policy_file: PathBuf,
    /// Whether the host chose it, so that nobody else may have written it.
    pub(crate) policy_is_fixed: bool,
    pub(crate) redaction_file: PathBuf,
}

impl Terms {
    /// Puts flags and host together. The error says which flag the host does not leave to its caller.
    pub(crate) fn new(cli: &Cli, host: &Host) -> Result<Self, String> {
        let flags = &cli.signatures;
        let refused = |flag: &str| Err(format!("the host's configuration decides this, not `{flag}`"));
        let requires =
            |what: Required| flags.require_signature.contains(&what) || host.require_signature.contains(&what);
        if !host.require_signature.is_empty() {
            for (given, flag) in [
                (flags.trust.allowed_signers.is_some(), "--allowed-signers"),
                (flags.trust.revoked_keys.is_some(), "--revoked-keys"),
                (flags.bundle_state.is_some(), "--bundle-state"),
            ] {
                if given {
                    return refused(flag);
                }
            }
        }
        let usual = rex_runner_registrar::Options::default().redaction_file;
        if host.decides_policy() && cli.observe {
            return refused("--observe");
        }
        if host.decides_policy() && cli.redaction_file != usual {
            return refused("--redaction-file");
        }
        if host.policy_file.is_some() && cli.policy_file.is_some() && cli.policy_file != host.policy_file {
            return refused("--policy-file");
        }
        if host.policy_file.is_some() && flags.bundle.is_some() {
            return refused("--bundle");
        }
        if requires(Required::Bundle) && flags.bundle.is_none() {
            return Err("only signed bundles run here: say `--bundle PATH`".to_owned());
        }
        let mut trust = flags.trust.clone();
        host.complete(&mut trust);
        let state = flags.bundle_state.clone().or_else(|| host.bundle_state.clone());
        let file = host.policy_file.clone().or_else(|| cli.policy_file.clone());
        Ok(Self {
            script: requires(Required::Script),
            policy: requires(Required::Policy),
            trust,
            state: state.unwrap_or_else(|| BUNDLE_STATE.into()),
            policy_file: file.unwrap_or_default(),
            policy_is_fixed: host.policy_file.is_some(),
            redaction_file: host.redaction_file.clone().unwrap_or_else(|| cli.redaction_file.clone()),
        })
    }

    /// Who signed script and policy, as far as that is required.
    pub(crate) fn check(&self, cli: &Cli, script: &Text, policy: &Text) -> Result<Signed, String> {
        let mut signed = Signed::of(script, policy);
        if !self.script && !self.policy {
            return Ok(signed);
        }
        let trust = Trust::load(&self.trust)?;
        let flags = &cli.signatures;
        if self.script {
            let beside = || cli.script_file.as_deref().filter(|path| *path != Path::new("-")).map(signature_of);
            let place = flags.script_signature.clone().or_else(beside);
            let place = place.ok_or("a script from standard input is signed by what `--script-signature` names")?;
            let verified = trust.verify(script.text.as_bytes(), &place, Use::Script, &script.source)?;
            signed.signature.script = Some(SignerPart::new(verified));
        }
        if self.policy {
            let place = flags.policy_signature.clone().unwrap_or_else(|| signature_of(&self.policy_file));
            let verified = trust.verify(policy.text.as_bytes(), &place, Use::Policy, &policy.source)?;
            signed.signature.policy = Some(SignerPart::new(verified));
        }
        Ok(signed)
    }

    /// Who signed the bundle whose content this is.
    pub(crate) fn check_bundle(&self, content: &[u8], path: &Path) -> Result<SignerPart, String> {
        let trust = Trust::load(&self.trust)?;
        let name = path.display().to_string();
        trust.verify(content, &signature_of(path), Use::Bundle, &name).map(SignerPart::new)
    }

    /// Keeps that this version of a bundle runs, unless a later one has.
    pub(crate) fn advance(&self, name: &str, version: u64, content: &[u8]) -> Result<(), String> {
        let kept = advance(&self.state, name, version, &sha256(content));
        kept.map_err(|error| format!("the bundle `{name}` does not run: {error}"))
    }
}

/// What is known of the inputs of a run, for its record and its policies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signed {
    pub(crate) signature: SignaturePart,
    pub(crate) script_digest: String,
    pub(crate) policy_digest: String,
}

impl Signed {
    /// The digests, and no signature yet.
    pub(crate) fn of(script: &Text, policy: &Text) -> Self {
        let [script_digest, policy_digest] = [script, policy].map(|text| sha256(text.text.as_bytes()));
        Self { signature: SignaturePart::default(), script_digest, policy_digest }
    }

    /// What policies can see of it.
    pub(crate) fn context(&self) -> context::Run {
        context::Run {
            signer: self.signature.signer().map(str::to_owned),
            script_digest: Some(self.script_digest.clone()),
            policy_digest: Some(self.policy_digest.clone()),
        }
    }
}

/// The signatures that were verified.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SignaturePart {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) script: Option<SignerPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<SignerPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bundle: Option<BundlePart>,
}

impl SignaturePart {
    /// Whether nothing was verified.
    pub(crate) fn is_empty(&self) -> bool {
        self.script.is_none() && self.policy.is_none() && self.bundle.is_none()
    }

    /// Who signed the script, or the bundle that it is in.
    pub(crate) fn signer(&self) -> Option<&str> {
        let bundle = self.bundle.as_ref().map(|bundle| &bundle.signed);
        bundle.or(self.script.as_ref()).map(|signed| signed.signer.as_str())
    }
}

/// A signer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SignerPart {
    pub(crate) signer: String,
    /// The fingerprint of the key.
    pub(crate) key: String,
    pub(crate) algorithm: &'static str,
    /// The fingerprint of the authority that vouched for the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<String>,
}

impl SignerPart {
    fn new(verified: Verified) -> Self {
        let Verified { signer, key, algorithm, authority } = verified;
        Self { signer, key, algorithm: algorithm.name(), authority }
    }
}

/// A bundle and its signer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BundlePart {
    pub(crate) name: String,
    pub(crate) version: u64,
    #[serde(flatten)]
    pub(crate) signed: SignerPart,
}
