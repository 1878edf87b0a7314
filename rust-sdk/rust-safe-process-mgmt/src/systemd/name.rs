//! Units and the service manager, as policies see them.

use crate::{Error, Result};
use rex_cedar_auth::action::systemd::{
    DaemonReload, Disable, Enable, Journal, List, Reload, Restart, Start, Status, Stop,
};
use rex_cedar_auth::{Resource, RestrictedExpression, accepts, kind};
use std::borrow::Cow;

/// More is no name of a unit (`UNIT_NAME_MAX` of systemd).
const LONGEST: usize = 255;

/// A unit by one of its names. Its id is that name, as it was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service(String);

impl Service {
    /// The unit of this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Holds that the name can be one of a unit (systemd.unit(5)). Above all it is no path: the manager would make that a unit.
    pub(crate) fn check(&self) -> Result<()> {
        let Self(name) = self;
        let known = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(known) {
            let shown: String = name.chars().take(LONGEST).collect();
            return Err(Error::ValidationError(format!(
                "`{}` is no name of a unit, give one like `nginx.service`",
                shown.escape_debug()
            )));
        }
        Ok(())
    }
}

impl Resource for Service {
    type Kind = kind::Service;

    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        attributes(&self.0)
    }
}
accepts!(Service: Start, Stop, Restart, Reload, Enable, Disable, List, Status, Journal);

/// The attributes of a unit with this name.
pub(crate) fn attributes(name: &str) -> Vec<(String, RestrictedExpression)> {
    vec![("name".to_owned(), RestrictedExpression::new_string(name.to_owned()))]
}

/// The service manager itself, and what of the journal belongs to no unit.
#[derive(Debug)]
pub struct Manager;

impl Resource for Manager {
    type Kind = kind::Systemd;

    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed("systemd")
    }
}
accepts!(Manager: DaemonReload, Journal);

#[cfg(test)]
mod tests {
    use super::Service;

    #[test]
    fn only_what_can_be_a_name_is_one() {
        for good in ["nginx.service", "a@b.service", "dev-disk-by\\x2dlabel.device", "-.mount", "a:b_c.socket"] {
            assert!(Service::named(good).check().is_ok(), "{good}");
        }
        let long = "a".repeat(256);
        for bad in ["", "/etc/evil.service", "a b.service", "a\nb.service", "ä.service", "a;b.service", "\0", &long] {
            assert_eq!(Service::named(bad).check().unwrap_err().kind(), "ValidationError", "{bad}");
        }
    }
}
