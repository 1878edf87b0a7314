//! One call for attention.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::limits::{check_text, cut};

/// A call for attention. What [`AlarmBuilder::build`] made keeps all limits; what was read from JSON may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    #[serde(rename = "alarm_type")]
    kind: String,
    #[serde(rename = "alarm_details", default, skip_serializing_if = "Option::is_none")]
    details: Option<String>,
}

impl Alarm {
    /// An empty builder.
    pub fn builder() -> AlarmBuilder {
        AlarmBuilder::default()
    }

    /// Its type: what happened.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// More about it.
    pub fn details(&self) -> Option<&str> {
        self.details.as_deref()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.kind.len() + self.details.as_ref().map_or(0, String::len)
    }
}

/// Gathers the parts of an [`Alarm`].
#[derive(Debug, Clone, Default)]
pub struct AlarmBuilder {
    kind: Option<String>,
    details: Option<String>,
}

impl AlarmBuilder {
    /// Sets its type; required.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Sets its details, cut to [`MAX_TEXT`](crate::MAX_TEXT) bytes with `...` at the end where they are longer.
    #[must_use]
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(cut(details.into()));
        self
    }

    /// The alarm; the builder can build again.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::TooLong`] for the type.
    pub fn build(&self) -> Result<Alarm, Error> {
        let kind = self.kind.as_ref().ok_or(Error::Missing("alarm_type"))?;
        check_text("alarm_type", kind)?;
        Ok(Alarm { kind: kind.clone(), details: self.details.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::Alarm;
    use crate::{Error, MAX_TEXT};

    #[test]
    fn the_type_is_required_and_limited() {
        assert_eq!(Alarm::builder().details("d").build().unwrap_err().to_string(), "`alarm_type` must be initialized");
        assert!(Alarm::builder().kind("x".repeat(MAX_TEXT)).build().is_ok());
        let long = Alarm::builder().kind("x".repeat(MAX_TEXT + 1)).build();
        assert_eq!(long, Err(Error::TooLong { field: "alarm_type", bytes: 4097 }));
    }

    #[test]
    fn long_details_are_cut() {
        let alarm = Alarm::builder().kind("T").details("x".repeat(MAX_TEXT + 1)).build().unwrap();
        assert_eq!(alarm.details().unwrap(), "x".repeat(MAX_TEXT - 3) + "...");
    }
}
