//! The `SELinux` label of files that a script holds open.

use super::FileHandle;
use crate::sys::{self, Attribute};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{SetXAttr, Stat};
use rex_cedar_auth::{Gate, Means};

/// The only attribute that can be read or set.
const LABEL: &str = "security.selinux";

/// What to change of an extended attribute. What is not told stays.
#[derive(Debug, Clone, Default)]
pub struct LabelOptions {
    /// The name of the attribute.
    pub name: String,
    /// The user in the label.
    pub user: Option<String>,
    /// The role in the label.
    pub role: Option<String>,
    /// The type in the label.
    pub label_type: Option<String>,
    /// The level in the label, which may have categories: `s0:c1,c2`.
    pub level: Option<String>,
}

impl LabelOptions {
    /// The parts in the order of a label, each with its name.
    fn parts(&self) -> [(&'static str, Option<&str>); 4] {
        let Self { user, role, label_type, level, .. } = self;
        [
            ("user", user.as_deref()),
            ("role", role.as_deref()),
            ("type", label_type.as_deref()),
            ("level", level.as_deref()),
        ]
    }

    fn check(&self) -> Result<()> {
        for (part, text) in self.parts() {
            let Some(text) = text else { continue };
            let wrong = if text.trim().is_empty() {
                "be empty"
            } else if text.trim() != text {
                "have leading or trailing whitespace"
            } else if text.chars().any(char::is_control) {
                "contain control characters"
            // A level has categories behind a colon.
            } else if part != "level" && text.contains(':') {
                "contain colons"
            } else {
                continue;
            };
            return Err(Error::invalid_arguments(format!("SELinux {part} cannot {wrong}")));
        }
        Ok(())
    }

    /// The label with what is told changed.
    fn apply(&self, label: &[u8]) -> Result<Vec<u8>> {
        let (text, end) = match label.strip_suffix(b"\0") {
            Some(text) => (text, "\0"),
            None => (label, ""),
        };
        let text = std::str::from_utf8(text).map_err(|_| Error::Utf8Error)?;
        let mut present = text.splitn(4, ':');
        let mut parts = Vec::new();
        for (name, told) in self.parts() {
            match (told, present.next()) {
                (told, Some(part)) => parts.push(told.unwrap_or(part)),
                // A policy without levels has labels of three parts.
                (Some(level), None) if name == "level" => parts.push(level),
                (None, None) if name == "level" => {}
                (_, None) => {
                    let reason = format!("the label `{text}` is not of the form user:role:type:level");
                    return Err(Error::ValidationError(reason));
                }
            }
        }
        Ok((parts.join(":") + end).into_bytes())
    }
}

impl FileHandle {
    /// Changes parts of the file's `SELinux` label.
    ///
    /// # Policy
    /// Asks `set_x_attr` on the file, with the name of the attribute as context.
    ///
    /// # Errors
    /// `UnsupportedOperationError` for another attribute; `InvalidArguments` for a part that can be none; `ValidationError` when the file's label
    /// has not the form of one; what the system says, `ENODATA` for a file without label.
    pub fn set_extended_attr(&self, gate: &Gate, options: &LabelOptions) -> Result<()> {
        let attribute = Attribute { object: self.object(), name: &options.name };
        let set = gate.authorize::<SetXAttr, _>(&attribute)?;
        require_label(&options.name)?;
        options.check()?;
        sys::change_attribute(set, |label| {
            let label = options.apply(label)?;
            gate.spend(Means::Written, label.len() as u64)?;
            Ok(label)
        })
        .map_err(|error| error.about(self.path()))
    }

    /// The text of an extended attribute, of which only the `SELinux` label can be had; nothing where the file has none.
    ///
    /// # Policy
    /// Asks `stat` on the file.
    ///
    /// # Errors
    /// `UnsupportedOperationError` for another attribute; what the system says.
    pub fn extended_attr(&self, gate: &Gate, name: &str) -> Result<Option<String>> {
        let stat = gate.authorize::<Stat, _>(self.object())?;
        require_label(name)?;
        let value = sys::attribute(stat, name).map_err(|error| error.about(self.path()))?;
        Ok(value.map(|value| String::from_utf8_lossy(value.strip_suffix(b"\0").unwrap_or(&value)).into_owned()))
    }
}

fn require_label(name: &str) -> Result<()> {
    if name == LABEL {
        return Ok(());
    }
    Err(Error::UnsupportedOperationError(format!(
        "Extended attribute for '{name}' is not supported. Only '{LABEL}' is supported."
    )))
}

#[cfg(test)]
mod tests {
    use super::LabelOptions;

    fn options(parts: [Option<&str>; 4]) -> LabelOptions {
        let [user, role, label_type, level] = parts.map(|part| part.map(str::to_owned));
        LabelOptions { name: String::new(), user, role, label_type, level }
    }

    fn applied(parts: [Option<&str>; 4], label: &[u8]) -> Result<String, String> {
        let label = options(parts).apply(label).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(label).unwrap())
    }

    #[test]
    fn only_what_is_told_changes() {
        let label = b"system_u:object_r:etc_t:s0:c1,c2\0";
        assert_eq!(applied([None; 4], label).unwrap(), "system_u:object_r:etc_t:s0:c1,c2\0");
        assert_eq!(applied([None, None, Some("x_t"), None], label).unwrap(), "system_u:object_r:x_t:s0:c1,c2\0");
        assert_eq!(applied([Some("u"), Some("r"), None, Some("s1")], label).unwrap(), "u:r:etc_t:s1\0");
        assert_eq!(applied([None, None, None, Some("s0:c3")], b"u:r:t").unwrap(), "u:r:t:s0:c3");
        assert_eq!(applied([None, None, Some("x"), None], b"u:r:t").unwrap(), "u:r:x");
        assert!(applied([None, None, Some("x"), None], b"u:r").unwrap_err().contains("is not of the form"));
        assert!(applied([None; 4], b"\xff:r:t:s").is_err());
    }

    #[test]
    fn what_can_be_no_part() {
        let said = |parts| options(parts).check().map_err(|error| error.to_string());
        let refused = |text: &str| Err(format!("Invalid arguments: SELinux {text}"));
        assert_eq!(said([Some("u"), Some("r"), Some("t"), Some("s0-s1:c0.c3,c5")]), Ok(()));
        assert_eq!(said([Some(""), None, None, None]), refused("user cannot be empty"));
        assert_eq!(said([None, Some(" r"), None, None]), refused("role cannot have leading or trailing whitespace"));
        assert_eq!(said([None, None, Some("a:b"), None]), refused("type cannot contain colons"));
        assert_eq!(said([None, None, None, Some("s0\0")]), refused("level cannot contain control characters"));
        assert_eq!(said([None, None, None, Some("\t")]), refused("level cannot be empty"));
    }
}
