//! Values as JSON.

use crate::display::{MAX_DEPTH, is_native};
use rhai::Dynamic;
use serde_json::{Map, Number, Value};

/// How deep readers of JSON commonly go.
const DEPTH: usize = 100;
const _: () = assert!(DEPTH < MAX_DEPTH);

/// The JSON of a value: arrays, maps, numbers, texts, truth values, and null for `()`; native objects as the text that `type_name`
/// gives them. Nothing where JSON cannot tell it: an infinite number, deep nesting, or more than about `max` bytes.
pub fn to_json(value: &Dynamic, max: usize, type_name: &dyn Fn(&Dynamic) -> String) -> Option<Value> {
    Converter { left: max, type_name }.value(value, 0)
}

struct Converter<'c> {
    left: usize,
    type_name: &'c dyn Fn(&Dynamic) -> String,
}

impl Converter<'_> {
    fn take(&mut self, bytes: usize) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }

    fn value(&mut self, value: &Dynamic, depth: usize) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        self.take(2)?;
        if let Ok(array) = value.as_array_ref() {
            return array.iter().map(|element| self.value(element, depth + 1)).collect::<Option<_>>().map(Value::Array);
        }
        if let Ok(map) = value.as_map_ref() {
            let mut members = Map::new();
            for (key, element) in map.iter() {
                self.take(key.len())?;
                members.insert(key.to_string(), self.value(element, depth + 1)?);
            }
            return Some(Value::Object(members));
        }
        if let Ok(text) = value.as_immutable_string_ref() {
            self.take(text.len())?;
            return Some(Value::String(text.to_string()));
        }
        self.scalar(value)
    }

    fn scalar(&mut self, value: &Dynamic) -> Option<Value> {
        if value.is_unit() {
            Some(Value::Null)
        } else if let Ok(truth) = value.as_bool() {
            Some(Value::Bool(truth))
        } else if let Ok(number) = value.as_int() {
            Some(Value::Number(number.into()))
        } else if let Ok(number) = value.as_float() {
            Number::from_f64(number).map(Value::Number)
        } else if is_native(value) {
            Some(Value::String((self.type_name)(value)))
        } else {
            let (text, cut) = crate::display::cut(value, self.left);
            self.take(text.len())?;
            (!cut).then_some(Value::String(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::to_json;
    use rhai::{Dynamic, Engine};

    fn json(script: &str, max: usize) -> String {
        let value: Dynamic = Engine::new().eval(script).unwrap();
        to_json(&value, max, &|_| "native".into()).map_or_else(|| "none".to_owned(), |json| json.to_string())
    }

    #[test]
    fn values_keep_their_structure() {
        let script = r#"#{"b": [1, 2.5, "x", 'c', true, ()], a: #{}, c: blob(2, 255)}"#;
        assert_eq!(json(script, 1000), r#"{"a":{},"b":[1,2.5,"x","c",true,null],"c":"[ffff]"}"#);
    }

    #[test]
    fn what_json_cannot_tell_is_left_out() {
        assert_eq!(json("1.0 / 0.0", 1000), "none");
        assert_eq!(json("let a = []; for i in 0..101 { a = [a]; } a", 1000), "none");
        assert_eq!(json("\"abcdefgh\"", 9), "none");
        assert_eq!(json("\"abcdefgh\"", 10), "\"abcdefgh\"");
    }
}
