//! One measured value.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::limits::check_text;
use crate::{Dimensions, Error};

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Unit {
    /// Nothing that has a name.
    Undefined,
    /// Things.
    Count,
    /// Nanoseconds.
    Time,
    /// Megabytes.
    Megabytes,
    /// Percent.
    Percent,
}

impl Unit {
    /// All units, in the order of the script constants.
    pub const ALL: [Self; 5] = [Self::Undefined, Self::Count, Self::Time, Self::Megabytes, Self::Percent];

    /// The name that scripts and the result use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Undefined => "UNDEFINED",
            Self::Count => "COUNT",
            Self::Time => "TIME",
            Self::Megabytes => "MEGABYTES",
            Self::Percent => "PERCENT",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A measured value. What [`MetricBuilder::build`] made keeps all limits; what was read from JSON may not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    #[serde(rename = "metric_name")]
    name: String,
    #[serde(rename = "metric_value")]
    value: f64,
    #[serde(rename = "metric_unit")]
    unit: Unit,
    #[serde(rename = "metric_dimension", default)]
    dimensions: Dimensions,
    #[serde(rename = "metric_timestamp", serialize_with = "write_timestamp", deserialize_with = "read_timestamp")]
    timestamp: Timestamp,
}

fn write_timestamp<S: Serializer>(timestamp: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(timestamp)
}

fn read_timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

impl Metric {
    /// An empty builder.
    pub fn builder() -> MetricBuilder {
        MetricBuilder::default()
    }

    /// What was measured.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How much of it.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// What the value counts.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// What tells it apart from others of its name.
    pub fn dimensions(&self) -> &Dimensions {
        &self.dimensions
    }

    /// When it was published.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    pub(crate) fn bytes(&self) -> usize {
        self.name.len() + self.dimensions.bytes()
    }
}

/// Gathers the parts of a [`Metric`].
#[derive(Debug, Clone, Default)]
pub struct MetricBuilder {
    name: Option<String>,
    value: Option<f64>,
    unit: Option<Unit>,
    dimensions: Dimensions,
}

impl MetricBuilder {
    /// Sets what is measured; required.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets how much of it; required, and must be finite.
    #[must_use]
    pub fn value(mut self, value: f64) -> Self {
        self.value = Some(value);
        self
    }

    /// Sets what the value counts; required.
    #[must_use]
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Sets all dimensions; without this there are none.
    #[must_use]
    pub fn dimensions(mut self, dimensions: Dimensions) -> Self {
        self.dimensions = dimensions;
        self
    }

    /// The metric of now; the builder can build again.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::TooLong`] for the name, [`Error::NotFinite`].
    pub fn build(&self) -> Result<Metric, Error> {
        let name = self.name.as_ref().ok_or(Error::Missing("metric_name"))?;
        let value = self.value.ok_or(Error::Missing("metric_value"))?;
        let unit = self.unit.ok_or(Error::Missing("metric_unit"))?;
        check_text("metric_name", name)?;
        if !value.is_finite() {
            return Err(Error::NotFinite(value));
        }
        Ok(Metric { name: name.clone(), value, unit, dimensions: self.dimensions.clone(), timestamp: Timestamp::now() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Metric, Unit};
    use crate::{Error, MAX_TEXT};

    #[test]
    fn each_missing_field_is_named() {
        let builder = Metric::builder();
        assert_eq!(builder.build().unwrap_err().to_string(), "`metric_name` must be initialized");
        let builder = builder.name("X");
        assert_eq!(builder.build().unwrap_err().to_string(), "`metric_value` must be initialized");
        let builder = builder.value(1.0);
        assert_eq!(builder.build().unwrap_err().to_string(), "`metric_unit` must be initialized");
        let builder = builder.unit(Unit::Count);
        assert_eq!(builder.build().unwrap().name(), "X");
        assert!(builder.build().is_ok(), "a builder builds twice");
    }

    #[test]
    fn values_that_json_cannot_tell_are_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let built = Metric::builder().name("X").value(value).unit(Unit::Count).build();
            assert!(matches!(built, Err(Error::NotFinite(_))), "{value}");
        }
    }

    #[test]
    fn a_name_of_the_limit_passes_and_a_longer_one_does_not() {
        let build = |length| Metric::builder().name("x".repeat(length)).value(1.0).unit(Unit::Count).build();
        assert!(build(MAX_TEXT).is_ok());
        assert_eq!(
            build(MAX_TEXT + 1).unwrap_err().to_string(),
            "`metric_name` has 4097 bytes, at most 4096 are allowed: use a shorter text"
        );
    }

    #[test]
    fn unit_names_are_those_of_json() {
        for unit in Unit::ALL {
            assert_eq!(serde_json::to_string(&unit).unwrap(), format!("\"{unit}\""));
        }
    }
}
