//! Bundles: a script, its policy and the names of its arguments in one file, with a name and a version.

use serde::{Deserialize, Serialize};

/// The only form there is so far.
const FORM: u32 = 1;
const LONGEST_NAME: usize = 64;

/// What is run together or not at all. As a file it is JSON, with the members in this order and each once:
///
/// ```json
/// {
///   "rex_bundle": 1,
///   "name": "restart-web",
///   "version": 7,
///   "arguments": ["host"],
///   "script": "…",
///   "policy": "…"
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    #[serde(rename = "rex_bundle")]
    form: u32,
    /// What it is called: small letters, digits, `-`, `_` and `.`, at most 64, the first a letter or a digit.
    pub name: String,
    /// Which of those of its name it is; 1 or more.
    pub version: u64,
    /// The names of the arguments that a run may have, in order.
    pub arguments: Vec<String>,
    /// The text of the script.
    pub script: String,
    /// The text of the policy.
    pub policy: String,
}

/// Why something is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no bundle: {0}")]
pub struct BundleError(String);

impl Bundle {
    /// A bundle of these parts.
    ///
    /// # Errors
    /// The name or the version cannot be one.
    pub fn new(
        name: String,
        version: u64,
        mut arguments: Vec<String>,
        script: String,
        policy: String,
    ) -> Result<Self, BundleError> {
        arguments.sort();
        Self { form: FORM, name, version, arguments, script, policy }.checked()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// It is of another form.
    pub fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        serde_json::from_slice::<Self>(bytes).map_err(|error| BundleError(error.to_string()))?.checked()
    }

    /// The file: the same for the same parts.
    ///
    /// # Errors
    /// None that is known: texts and numbers can always be written.
    pub fn write(&self) -> Result<String, BundleError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| BundleError(error.to_string()))?;
        Ok(text + "\n")
    }

    fn checked(self) -> Result<Self, BundleError> {
        let refused = |why: String| Err(BundleError(why));
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        let name = &self.name;
        if self.form != FORM {
            return refused(format!("its form is {}, and only 1 is known", self.form));
        }
        if name.len() > LONGEST_NAME
            || !name.starts_with(plain)
            || !name.chars().all(|letter| plain(letter) || "-_.".contains(letter))
        {
            return refused(format!(
                "`{name}` is no name for one: use small letters, digits, `-`, `_` and `.`, at most {LONGEST_NAME}"
            ));
        }
        if self.version == 0 {
            return refused("versions begin with 1".to_owned());
        }
        if self.arguments.windows(2).any(|pair| matches!(pair, [one, next] if one >= next)) {
            return refused("its arguments are not in order, or one is there twice".to_owned());
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Bundle;

    fn bundle(name: &str, version: u64, arguments: &[&str]) -> Result<Bundle, super::BundleError> {
        let arguments = arguments.iter().map(|name| (*name).to_owned()).collect();
        Bundle::new(name.into(), version, arguments, "1 + 1\n".into(), "permit(principal, action, resource);".into())
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written() {
        let made = bundle("restart-web.2", 7, &["host", "days"]).unwrap();
        let text = made.write().unwrap();
        assert_eq!(Bundle::read(text.as_bytes()).unwrap(), made);
        assert_eq!(made.arguments, ["days", "host"]);
        assert_eq!(text, bundle("restart-web.2", 7, &["days", "host"]).unwrap().write().unwrap());
    }

    #[test]
    fn what_is_no_bundle_is_refused() {
        for name in ["", ".", "..", ".x", "-x", "a/b", "A", "a b", "a\0", &"a".repeat(65)] {
            assert!(bundle(name, 1, &[]).is_err(), "{name}");
        }
        assert!(bundle("a", 0, &[]).is_err());
        assert!(bundle("a", 1, &["x", "x"]).is_err());
        let text = bundle("a", 1, &["x", "y"]).unwrap().write().unwrap();
        for (from, to) in [
            ("\"rex_bundle\": 1", "\"rex_bundle\": 2"),
            ("\"version\": 1", "\"version\": -1"),
            ("\"version\": 1", "\"version\": 1.0"),
            ("\"version\": 1", "\"version\": 18446744073709551616"),
            ("\"version\": 1,", "\"version\": 1, \"version\": 2,"),
            ("\"version\": 1,", ""),
            ("\"version\": 1,", "\"version\": 1, \"more\": 2,"),
            ("\"x\"", "\"z\""),
            ("}", "} x"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert!(Bundle::read(changed.as_bytes()).is_err(), "{changed}");
        }
    }
}
