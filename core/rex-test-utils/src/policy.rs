//! The least policy for some needs.

use rex_cedar_auth::{Gate, Journal, Need, Policies};
use std::fmt::Write as _;

/// The account that tests run as in policies.
pub const fn principal() -> &'static str {
    "tester"
}

/// A policy that permits the principal exactly `needs`: on files and directories at or below `dir`, on other kinds wherever. `extra` is
/// Cedar text that stands behind it.
pub fn policy_from_needs(needs: &[Need], dir: &str, extra: &str) -> String {
    let mut policy = String::new();
    for need in needs {
        let (action, kind) = (need.action.uid, need.kind.type_name());
        let place = if need.kind.is_path() { format!(" in file_system::Dir::\"{dir}\"") } else { String::new() };
        // Writing into a String cannot fail.
        let _ = writeln!(
            policy,
            "permit(principal == User::\"{}\", action == {action}, resource is {kind}{place});",
            principal()
        );
    }
    policy + extra
}

/// A gate for the principal that decides by the Cedar text `policy`.
pub fn gate(policy: &str) -> Gate {
    gate_observed(policy, Journal::default())
}

/// As [`gate`], and `journal` keeps the verdicts.
pub fn gate_observed(policy: &str, journal: Journal) -> Gate {
    match Policies::load("test", policy) {
        Ok(policies) => Gate::new(policies, principal()).with_journal(journal),
        Err(error) => panic!("{error}\n{policy}"),
    }
}
