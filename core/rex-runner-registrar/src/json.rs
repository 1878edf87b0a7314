//! `parse_json`: JSON text to script values, with a look at the memory while they grow.

use crate::{Reason, Watch, memory};
use rex_runner_registrar_utils::{Call, ScriptError};
use rhai::{Array, Dynamic, Engine, EvalAltResult, Map};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// Replaces the engine's own `parse_json`, which takes any amount of memory.
pub(crate) fn register(engine: &mut Engine, watch: &Arc<Watch>) {
    let watch = Arc::clone(watch);
    engine.register_fn("parse_json", move |call: Call<'_>, text: &str| -> Result<Dynamic, Box<EvalAltResult>> {
        let limit = watch.limits().memory.unwrap_or(usize::MAX);
        from_json(text, limit).map_err(|error| {
            let error = match error {
                NoValue::Full => ScriptError::from(watch.stop(Reason::Memory)),
                NoValue::Malformed(error) => ScriptError::Text(format!("parse_json: {error}")),
            };
            error.thrown(call.call_position())
        })
    });
}

/// Why a JSON text gave no value.
#[derive(Debug)]
pub enum NoValue {
    /// It is no JSON, or is nested deeper than 128 levels.
    Malformed(serde_json::Error),
    /// Its value takes too much memory.
    Full,
}

impl fmt::Display for NoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Full => f.write_str("the value takes too much memory"),
        }
    }
}

/// The value of a JSON text: objects are maps, null is `()`, numbers are integers where they fit and floats elsewhere.
///
/// # Errors
/// The text is malformed, or its value makes the process use more than `limit` bytes.
pub fn from_json(text: &str, limit: usize) -> Result<Dynamic, NoValue> {
    let full = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Value { limit, full: &full }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| if full.get() { NoValue::Full } else { NoValue::Malformed(error) })
}

#[derive(Clone, Copy)]
struct Value<'v> {
    limit: usize,
    full: &'v Cell<bool>,
}

impl Value<'_> {
    fn check<E: serde::de::Error>(self) -> Result<(), E> {
        if memory::used() > self.limit {
            self.full.set(true);
            return Err(E::custom(NoValue::Full));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Dynamic;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Dynamic, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Dynamic;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Dynamic, E> {
        Ok(Dynamic::UNIT)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Dynamic, E> {
        #[expect(clippy::cast_precision_loss, reason = "a number beyond the integers becomes the nearest float")]
        Ok(i64::try_from(value).map_or_else(|_| Dynamic::from(value as f64), Dynamic::from))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Dynamic, A::Error> {
        let mut array = Array::new();
        while let Some(element) = elements.next_element_seed(self)? {
            self.check::<A::Error>()?;
            array.push(element);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Dynamic, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            self.check::<A::Error>()?;
            let value = members.next_value_seed(self)?;
            map.insert(key.into(), value);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::from_json;

    fn debug(text: &str) -> String {
        from_json(text, usize::MAX).map_or_else(|error| format!("error: {error}"), |value| format!("{value:?}"))
    }

    #[test]
    fn values_are_those_of_scripts() {
        assert_eq!(
            debug(r#"{"b":[1,2.5,null,true],"a":{"x":"y"}}"#),
            r#"#{"a": #{"x": "y"}, "b": [1, 2.5, (), true]}"#
        );
        assert_eq!(debug("-9223372036854775808"), "-9223372036854775808");
        assert_eq!(debug("9223372036854775808"), "9.223372036854776e18");
        assert_eq!(debug("1e2"), "100.0");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "[1,]", "1 2", "nul", "{a:1}"] {
            assert!(debug(text).starts_with("error: "), "{text}: {}", debug(text));
        }
        assert!(debug(&"[".repeat(100_000)).contains("recursion limit"));
    }
}
