//! One captured message, as it stands in the result.

use std::fmt;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::Level;

/// A captured message. Serialises as `{"attributes": {…}}` with text values, in the order of the fields here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it was logged.
    pub timestamp: Timestamp,
    /// Its urgency.
    pub level: Level,
    /// Its text, at most [`MAX_MESSAGE`](crate::MAX_MESSAGE) bytes.
    pub message: String,
    /// The script line, counted from one; zero when it is not known.
    pub line: usize,
    /// The script's name of the function that logged it; none for the script's own messages.
    pub function: Option<&'static str>,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut outer = serializer.serialize_struct("Record", 1)?;
        outer.serialize_field("attributes", &Attributes(self))?;
        outer.end()
    }
}

struct Attributes<'r>(&'r Record);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(record) = self;
        let mut map = serializer.serialize_map(Some(4 + usize::from(record.function.is_some())))?;
        map.serialize_entry("timestamp", &Text(record.timestamp.strftime("%Y-%m-%d %H:%M:%S.%9f UTC")))?;
        map.serialize_entry("level", record.level.name())?;
        map.serialize_entry("message", &record.message)?;
        map.serialize_entry("line_number", &Text(record.line))?;
        if let Some(function) = record.function {
            map.serialize_entry("rhai_api_name", function)?;
        }
        map.end()
    }
}

/// Serialises a value as the text it displays.
struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, Record};

    #[test]
    fn all_values_are_text_in_a_fixed_order() {
        let mut record = Record {
            timestamp: "2026-01-02T03:04:05.677001Z".parse().unwrap(),
            level: Level::Info,
            message: "say \"hi\"".into(),
            line: 1,
            function: None,
        };
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            r#"{"attributes":{"timestamp":"2026-01-02 03:04:05.677001000 UTC","level":"INFO","message":"say \"hi\"","line_number":"1"}}"#
        );
        record.function = Some("cat");
        record.timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            r#"{"attributes":{"timestamp":"2026-01-02 03:04:05.000000000 UTC","level":"INFO","message":"say \"hi\"","line_number":"1","rhai_api_name":"cat"}}"#
        );
    }
}
