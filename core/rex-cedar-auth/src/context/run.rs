//! What policies can see of the run that a request is part of: the same for each of its requests.

use cedar_policy::RestrictedExpression;

/// The members, as the schema names them.
pub(crate) const OF_THE_RUN: [&str; 3] = ["signer", "script_digest", "policy_digest"];

/// What holds for every request of a run. A policy that asks for a member that is nothing here finds that the context does not have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Who signed the script or the bundle, where that was verified.
    pub signer: Option<String>,
    /// The SHA-256 of the script, in hexadecimal digits.
    pub script_digest: Option<String>,
    /// The SHA-256 of the policy, in hexadecimal digits.
    pub policy_digest: Option<String>,
}

impl Run {
    pub(crate) fn members(&self) -> Vec<(String, RestrictedExpression)> {
        let values = [&self.signer, &self.script_digest, &self.policy_digest];
        let member = |(name, value): (&str, &Option<String>)| {
            Some((name.to_owned(), RestrictedExpression::new_string(value.clone()?)))
        };
        OF_THE_RUN.into_iter().zip(values).filter_map(member).collect()
    }
}
