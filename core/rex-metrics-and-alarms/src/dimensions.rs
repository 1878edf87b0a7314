//! What tells apart the metrics of one name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::limits::{MAX_DIMENSIONS, check_text};

/// Keys and values, ordered by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dimensions(BTreeMap<String, String>);

impl Dimensions {
    /// Adds a dimension, or gives an existing one another value.
    ///
    /// # Errors
    /// [`Error::TooLong`] for the key or the value, [`Error::TooManyDimensions`].
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Result<Self, Error> {
        let (key, value) = (key.into(), value.into());
        check_text("metric_dimension", &key)?;
        check_text("metric_dimension", &value)?;
        if self.0.len() >= MAX_DIMENSIONS && !self.0.contains_key(&key) {
            return Err(Error::TooManyDimensions(key));
        }
        self.0.insert(key, value);
        Ok(self)
    }

    /// The dimensions, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.iter().map(|(key, value)| key.len() + value.len()).sum()
    }
}

/// Gathers [`Dimensions`]; for scripts, which know the two as different types.
#[derive(Debug, Clone, Default)]
pub struct DimensionsBuilder(Dimensions);

impl DimensionsBuilder {
    /// Adds a dimension, or gives an existing one another value.
    ///
    /// # Errors
    /// As [`Dimensions::with`].
    pub fn add(self, key: impl Into<String>, value: impl Into<String>) -> Result<Self, Error> {
        self.0.with(key, value).map(Self)
    }

    /// The dimensions so far.
    #[must_use]
    pub fn build(&self) -> Dimensions {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Dimensions, DimensionsBuilder};
    use crate::{Error, MAX_DIMENSIONS, MAX_TEXT};

    #[test]
    fn one_dimension_too_many_is_refused_but_a_known_one_can_change() {
        let mut builder = DimensionsBuilder::default();
        for i in 0..MAX_DIMENSIONS {
            builder = builder.add(format!("k{i:02}"), "v").unwrap();
        }
        let error = builder.clone().add("more", "v").unwrap_err();
        assert_eq!(error.to_string(), "a metric has at most 30 dimensions, there is no room for `more`");
        let dimensions = builder.add("k00", "new").unwrap().build();
        assert_eq!((dimensions.len(), dimensions.iter().next()), (30, Some(("k00", "new"))));
    }

    #[test]
    fn keys_and_values_of_the_limit_pass_and_longer_ones_do_not() {
        let (fits, long) = ("x".repeat(MAX_TEXT), "x".repeat(MAX_TEXT + 1));
        assert!(Dimensions::default().with(&fits, &fits).is_ok());
        let expected = Error::TooLong { field: "metric_dimension", bytes: 4097 };
        assert_eq!(Dimensions::default().with(&long, "v"), Err(expected.clone()));
        assert_eq!(Dimensions::default().with("k", &long), Err(expected));
    }
}
