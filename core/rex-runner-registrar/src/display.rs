//! Values as text, never deeper and never longer than allowed.

use rhai::{Dynamic, Map};
use std::fmt::{self, Write};

/// How deep arrays and maps are shown.
pub(crate) const MAX_DEPTH: usize = 1000;

/// The text of a value is longer, or the value deeper, than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooBig {
    /// It is longer.
    Long,
    /// It is nested deeper than a thousand levels.
    Deep,
}

/// The text of a final value: texts without quotes, `()` as nothing, arrays and maps as a script writes them, native objects as
/// the name that `type_name` gives them.
///
/// # Errors
/// The text has more than `max` bytes, or the value is nested too deeply.
pub fn display(value: &Dynamic, max: usize, type_name: &dyn Fn(&Dynamic) -> String) -> Result<String, TooBig> {
    let mut out = Bounded { text: String::new(), max };
    let mut printer = Printer { out: &mut out, type_name, deep: false };
    let shown = match value.as_immutable_string_ref() {
        Ok(text) => printer.out.write_str(&text),
        Err(_) if value.is_array() || value.is_map() || is_native(value) => printer.debug(value, 0),
        // The engine shows the final value a little differently from the same value in an array.
        Err(_) => write!(printer.out, "{}", value.flatten_clone()),
    };
    match shown {
        Ok(()) => Ok(out.text),
        Err(fmt::Error) if printer.deep => Err(TooBig::Deep),
        Err(fmt::Error) => Err(TooBig::Long),
    }
}

/// The debug form of a value, cut where it gets longer than about `max` bytes or too deep.
pub(crate) fn debug(value: &Dynamic, max: usize) -> String {
    let mut out = Bounded { text: String::new(), max };
    let type_name = |value: &Dynamic| last_part(value.type_name()).to_owned();
    let mut printer = Printer { out: &mut out, type_name: &type_name, deep: false };
    if printer.debug(value, 0).is_err() {
        out.text.push_str("...");
    }
    out.text
}

/// Whatever displays itself, cut where it gets longer than `max` bytes; whether it was cut is the second member.
pub(crate) fn cut(value: &dyn fmt::Display, max: usize) -> (String, bool) {
    let mut out = Bounded { text: String::new(), max };
    let failed = write!(out, "{value}").is_err();
    (out.text, failed)
}

/// The longest start of `text` that has at most `max` bytes.
pub(crate) fn start(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The name of a type without its path.
pub(crate) fn last_part(rust: &str) -> &str {
    rust.rsplit("::").next().unwrap_or(rust)
}

/// A text that takes no more than `max` bytes; what does not fit is cut at a character and is an error.
struct Bounded {
    text: String,
    max: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = self.max.saturating_sub(self.text.len());
        if more.len() <= room {
            self.text.push_str(more);
            return Ok(());
        }
        self.text.push_str(start(more, room));
        Err(fmt::Error)
    }
}

struct Printer<'p> {
    out: &'p mut Bounded,
    type_name: &'p dyn Fn(&Dynamic) -> String,
    deep: bool,
}

impl Printer<'_> {
    fn debug(&mut self, value: &Dynamic, depth: usize) -> fmt::Result {
        if depth > MAX_DEPTH {
            self.deep = true;
            return Err(fmt::Error);
        }
        if let Ok(array) = value.as_array_ref() {
            return self.list(array.iter(), depth);
        }
        if let Ok(map) = value.as_map_ref() {
            return self.map(&map, depth);
        }
        if is_native(value) {
            let name = (self.type_name)(value);
            return self.out.write_str(&name);
        }
        if value.is_shared() {
            return write!(self.out, "{:?}", value.flatten_clone());
        }
        write!(self.out, "{value:?}")
    }

    fn list<'v>(&mut self, elements: impl Iterator<Item = &'v Dynamic>, depth: usize) -> fmt::Result {
        self.out.write_str("[")?;
        for (index, element) in elements.enumerate() {
            if index > 0 {
                self.out.write_str(", ")?;
            }
            self.debug(element, depth + 1)?;
        }
        self.out.write_str("]")
    }

    fn map(&mut self, map: &Map, depth: usize) -> fmt::Result {
        self.out.write_str("#{")?;
        for (index, (key, element)) in map.iter().enumerate() {
            if index > 0 {
                self.out.write_str(", ")?;
            }
            write!(self.out, "{key:?}: ")?;
            self.debug(element, depth + 1)?;
        }
        self.out.write_str("}")
    }
}

/// Whether the value is of a type that is none of the engine's own.
pub(crate) fn is_native(value: &Dynamic) -> bool {
    value.type_name().contains("::")
        && !(value.is_blob()
            || value.is_fnptr()
            || value.is_timestamp()
            || value.is_array()
            || value.is_map()
            || value.is_string()
            || value.is::<std::ops::Range<i64>>()
            || value.is::<std::ops::RangeInclusive<i64>>())
}

#[cfg(test)]
mod tests {
    use super::{TooBig, cut, debug, display};
    use rhai::{Dynamic, Engine};

    fn shown(script: &str, max: usize) -> Result<String, TooBig> {
        let value: Dynamic = Engine::new().eval(script).unwrap();
        display(&value, max, &|value| value.type_name().to_owned())
    }

    #[test]
    fn values_look_as_the_engine_shows_them() {
        for script in [
            r#"[1, 2.0, "a\n\"b", 'c', true, (), [], #{"k": "v", x: [1..3, 1..=3]}]"#,
            "2.5",
            "'c'",
            r#""text""#,
            "()",
            "blob(10, 7)",
            "#{}",
            "Fn(\"abc\")",
            "1..5",
            "timestamp()",
            "true",
            "[1.0e300, -0.0, 'é', \"é\"]",
        ] {
            let value: Dynamic = Engine::new().eval(script).unwrap();
            assert_eq!(display(&value, 1000, &|_| "native".into()), Ok(value.to_string()), "{script}");
        }
    }

    #[test]
    fn the_longest_allowed_text_passes_and_one_byte_more_does_not() {
        assert_eq!(shown("\"abc\"", 3).unwrap(), "abc");
        assert_eq!(shown("\"abcd\"", 3), Err(TooBig::Long));
        assert_eq!(shown("[1, 2]", 6).unwrap(), "[1, 2]");
        assert_eq!(shown("[1, 2]", 5), Err(TooBig::Long));
    }

    #[test]
    fn a_deep_value_is_refused_without_going_deep() {
        let nested = |levels| format!("let a = []; for i in 0..{levels} {{ a = [take(a)]; }} a");
        assert_eq!(shown(&nested(1000), 100_000).unwrap().len(), 2002);
        assert_eq!(shown(&nested(1001), 100_000), Err(TooBig::Deep));
        assert_eq!(debug(&Engine::new().eval(&nested(1001)).unwrap(), 10), "[[[[[[[[[[...");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut(&"aéé", 4), ("aé".to_owned(), true));
        assert_eq!(cut(&"aéé", 5), ("aéé".to_owned(), false));
    }
}
