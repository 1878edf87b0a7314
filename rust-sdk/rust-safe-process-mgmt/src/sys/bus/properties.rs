//! Properties of an object of the service manager.

use std::collections::HashMap;
use zbus::{Array, OwnedVariant, Str};

/// What is known of an object, by name. What it lacks, or has in another type, is empty.
#[derive(Debug, Default)]
pub(crate) struct Properties(pub(super) HashMap<String, OwnedVariant>);

impl Properties {
    /// A text.
    pub(crate) fn text(&self, name: &str) -> String {
        let text = self.0.get(name).and_then(|value| <&Str<'_>>::try_from(value).ok());
        text.map(|text| text.as_str().to_owned()).unwrap_or_default()
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let list = self.0.get(name).and_then(|value| <&Array<'_>>::try_from(value).ok());
        let texts = list.map(|list| list.iter().filter_map(|item| <&Str<'_>>::try_from(item).ok()));
        texts.map(|texts| texts.map(|text| text.as_str().to_owned()).collect()).unwrap_or_default()
    }

    /// Whether it is said to be so.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| bool::try_from(value) == Ok(true))
    }

    /// A count. The greatest number of 64 bits stands for none.
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        let value = self.0.get(name)?;
        u64::try_from(value)
            .ok()
            .filter(|count| *count != u64::MAX)
            .or_else(|| u32::try_from(value).ok().map(u64::from))
    }

    /// A small signed number.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        i32::try_from(self.0.get(name)?).ok()
    }
}
