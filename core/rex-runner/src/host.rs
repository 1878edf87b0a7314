//! What the host's owner has laid down for every run, whatever flags its caller chooses.

use crate::signed::Required;
use crate::trust::TrustArgs;
use rex_signatures::{Owners, Unsafe, read_trusted};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Nothing that a caller chooses can lead elsewhere: no flag and no variable.
const FILE: &str = "/etc/opt/rex/runner.toml";
const LARGEST: u64 = 64 << 10;

/// The file, in which each of these may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Host {
    /// What has to be signed.
    pub(crate) require_signature: Vec<Required>,
    /// The policy of every run.
    pub(crate) policy_file: Option<PathBuf>,
    pub(crate) allowed_signers: Option<PathBuf>,
    pub(crate) revoked_keys: Option<PathBuf>,
    pub(crate) require_user_verification: bool,
    pub(crate) redaction_file: Option<PathBuf>,
    /// Where the versions of bundles are kept.
    pub(crate) bundle_state: Option<PathBuf>,
    /// Where every run is recorded, as `--audit-log` has it, and the key that signs that.
    pub(crate) audit_log: Option<String>,
    pub(crate) audit_key: Option<PathBuf>,
}

impl Host {
    /// Reads the host's file; what it would say where there is none.
    ///
    /// The error says why nothing may run: the file cannot be read or understood, or others could have written it.
    pub(crate) fn load() -> Result<Self, String> {
        let refused =
            |why: &dyn std::fmt::Display| format!("nothing runs here until the host's configuration is right: {why}");
        match read_trusted(Path::new(FILE), Owners::Root, LARGEST) {
            Err(Unsafe::Absent(_)) => Ok(Self::default()),
            Err(error) => Err(refused(&error)),
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| refused(&format!("{FILE}: it is not UTF-8")))?;
                Self::read(&text).map_err(|why| refused(&format!("{FILE}: {why}")))
            }
        }
    }

    /// Puts what the host lays down about trust beside what the flags say.
    pub(crate) fn complete(&self, trust: &mut TrustArgs) {
        trust.host_signers.clone_from(&self.allowed_signers);
        trust.host_revoked.clone_from(&self.revoked_keys);
        trust.require_user_verification |= self.require_user_verification;
    }

    fn read(text: &str) -> Result<Self, String> {
        let host: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let files =
            [&host.policy_file, &host.allowed_signers, &host.revoked_keys, &host.redaction_file, &host.bundle_state];
        let log = host.audit_log.as_deref().filter(|log| !["journald", "stderr"].contains(log)).map(Path::new);
        let paths = files.into_iter().flatten().chain(&host.audit_key).map(PathBuf::as_path).chain(log);
        let relative = paths.into_iter().find(|path| !path.is_absolute()).map(|path| path.display().to_string());
        if let Some(path) = relative {
            return Err(format!("`{path}` is no absolute path"));
        }
        Ok(host)
    }

    /// Whether the caller has no say in what the policy permits.
    pub(crate) fn decides_policy(&self) -> bool {
        self.policy_file.is_some()
            || self.require_signature.iter().any(|required| matches!(required, Required::Policy | Required::Bundle))
    }
}

#[cfg(test)]
mod tests {
    use super::Host;
    use crate::signed::Required;

    #[test]
    fn what_a_host_may_lay_down() {
        assert_eq!(Host::read(""), Ok(Host::default()));
        let host = Host::read("require-signature = [\"script\", \"policy\"]\npolicy-file = \"/etc/opt/rex/p.cedar\"\n")
            .unwrap();
        assert_eq!(host.require_signature, [Required::Script, Required::Policy]);
        assert!(host.decides_policy());
        assert!(!Host::read("require-signature = [\"script\"]").unwrap().decides_policy());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (text, part) in [
            ("require-signature = \"script\"", "invalid type"),
            ("require-signature = [\"scripts\"]", "unknown variant `scripts`"),
            ("require_signature = [\"script\"]", "unknown field `require_signature`"),
            ("[host]\nrequire-signature = [\"script\"]", "unknown field `host`"),
            ("require-signature = [\"script\"]\nrequire-signature = []", "duplicate key"),
            ("policy-file = \"policy.cedar\"", "`policy.cedar` is no absolute path"),
            ("policy-file", "expected"),
            ("require-user-verification = \"yes\"", "invalid type"),
        ] {
            let told = Host::read(text).unwrap_err();
            assert!(told.contains(part), "{text}: {told}");
        }
    }
}
