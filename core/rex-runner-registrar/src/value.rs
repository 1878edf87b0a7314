//! Values as JSON: the final value for the result, and `to_json` for scripts.

use crate::display::{self, MAX_DEPTH, is_native};
use rex_cedar_auth::{Gate, Stopped};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::{Dynamic, EvalAltResult, ImmutableString, Map};
use serde::ser::{Error, Serialize, Serializer};
use serde_json::Value;
use std::cell::Cell;
use std::io::{self, Write};

/// How deep readers of JSON commonly go.
const DEPTH: usize = 100;
const _: () = assert!(DEPTH < MAX_DEPTH);

/// So many bytes are written between two looks at whether the run may go on.
const LOOK_EVERY: usize = 1 << 16;

/// The JSON of a value: arrays, maps, numbers, texts, truth values, and null for `()`; native objects as the text that `type_name`
/// gives them. Nothing where JSON cannot tell it: an infinite number, deep nesting, or more than about `max` bytes.
pub fn to_json(value: &Dynamic, max: usize, type_name: &dyn Fn(&Dynamic) -> String) -> Option<Value> {
    let text_of = |native: &Dynamic| Ok(type_name(native));
    serde_json::to_value(Json { value, depth: 0, left: &Cell::new(Some(max)), text_of: &text_of }).ok()
}

static TO_JSON: Function = Function {
    name: "to_json",
    params: &["self"],
    doc: "The map as JSON: members in the order of their keys, without blanks, `()` as null, objects as the text that `to_string()` \
          gives them. An infinite number and more than 100 levels are an error.",
    examples: &[
        Example {
            title: "A report",
            script: r#"#{free: 2.5, disks: ["a", ()], at: from_epoch_seconds(0)}.to_json()
    == `{"at":"1970-01-01T00:00:00Z","disks":["a",null],"free":2.5}`"#,
            ..Example::BASE
        },
        Example {
            title: "Back again",
            script: r#"let m = #{a: [1, #{b: "c"}]}; parse_json(m.to_json()) == m"#,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

/// Registers `to_json` in place of the engine's own, which takes any amount of memory and escapes texts as Rust does.
pub(crate) fn register(registrar: &mut Registrar) {
    registrar.function(&TO_JSON, |entry| {
        move |call: Call<'_>, map: &mut Map| -> Result<String, Box<EvalAltResult>> {
            let text_of = |native: &Dynamic| {
                let text = call.call_native_fn::<ImmutableString>("to_string", (native.clone(),));
                let name = |_| format!("`{}` has no text", call.engine().map_type_name(native.type_name()));
                text.map(Into::into).map_err(name)
            };
            entry.run(&call, |gate| map_to_json(map, gate, &text_of))
        }
    });
}

fn map_to_json(map: &Map, gate: &Gate, text_of: TextOf<'_>) -> Result<String, ScriptError> {
    let left = Cell::new(Some(usize::MAX));
    let members = map.iter().map(|(key, value)| (key.as_str(), Json { value, depth: 1, left: &left, text_of }));
    let mut json = JsonText { bytes: Vec::new(), looked: 0, gate, stopped: None };
    let written = serde_json::Serializer::new(&mut json).collect_map(members);
    match (json.stopped, written) {
        (Some(stopped), _) => Err(stopped.into()),
        (None, Err(error)) => Err(ScriptError::Text(format!("to_json: {error}"))),
        (None, Ok(())) => String::from_utf8(json.bytes).map_err(|error| ScriptError::Text(format!("to_json: {error}"))),
    }
}

/// JSON while it is written: asks now and then whether the run may go on.
struct JsonText<'t> {
    bytes: Vec<u8>,
    looked: usize,
    gate: &'t Gate,
    stopped: Option<Stopped>,
}

impl Write for JsonText<'_> {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() - self.looked + more.len() >= LOOK_EVERY {
            self.looked = self.bytes.len();
            self.gate.proceed().map_err(|stopped| {
                self.stopped = Some(stopped);
                io::Error::other("the run has to end")
            })?;
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Gives the text of a native object, or why it has none.
type TextOf<'t> = &'t dyn Fn(&Dynamic) -> Result<String, String>;

/// A value on its way to JSON.
#[derive(Clone, Copy)]
struct Json<'j> {
    value: &'j Dynamic,
    depth: usize,
    /// About how many bytes may still be written.
    left: &'j Cell<Option<usize>>,
    text_of: TextOf<'j>,
}

impl Json<'_> {
    fn take<E: Error>(self, bytes: usize) -> Result<(), E> {
        self.left.set(self.left.get().and_then(|left| left.checked_sub(bytes)));
        self.left.get().map(drop).ok_or_else(|| E::custom("it is too long"))
    }

    fn scalar<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.value;
        if value.is_unit() {
            return serializer.serialize_unit();
        }
        if let Ok(truth) = value.as_bool() {
            return serializer.serialize_bool(truth);
        }
        if let Ok(number) = value.as_int() {
            return serializer.serialize_i64(number);
        }
        if let Ok(number) = value.as_float() {
            if number.is_finite() {
                return serializer.serialize_f64(number);
            }
            return Err(S::Error::custom(format_args!("JSON has no number `{number}`")));
        }
        let text = if is_native(value) {
            (self.text_of)(value).map_err(S::Error::custom)?
        } else {
            // One byte more than there is room for ends it.
            display::cut(value, self.left.get().unwrap_or_default().saturating_add(1)).0
        };
        self.take(text.len())?;
        serializer.serialize_str(&text)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.depth > DEPTH {
            return Err(S::Error::custom(format_args!("it is nested deeper than {DEPTH} levels")));
        }
        self.take(2)?;
        let depth = self.depth + 1;
        if let Ok(array) = self.value.as_array_ref() {
            return serializer.collect_seq(array.iter().map(|value| Json { value, depth, ..*self }));
        }
        if let Ok(map) = self.value.as_map_ref() {
            for key in map.keys() {
                self.take(key.len())?;
            }
            return serializer
                .collect_map(map.iter().map(|(key, value)| (key.as_str(), Json { value, depth, ..*self })));
        }
        if let Ok(text) = self.value.as_immutable_string_ref() {
            self.take(text.len())?;
            return serializer.serialize_str(&text);
        }
        self.scalar(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::{LOOK_EVERY, map_to_json, to_json};
    use crate::from_json;
    use proptest::prelude::*;
    use rex_cedar_auth::{Gate, Policies, Stopped};
    use rex_runner_registrar_utils::ScriptError;
    use rhai::{Dynamic, Engine, Map};
    use std::cell::Cell;
    use std::rc::Rc;

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

    fn gate() -> Gate {
        Gate::new(Policies::load("none", "").unwrap(), "nobody")
    }

    fn text(map: &Map) -> Result<String, String> {
        map_to_json(map, &gate(), &|_| Ok("native".into())).map_err(|error| match error {
            ScriptError::Text(text) => text,
            other => format!("{other:?}"),
        })
    }

    fn text_of(script: &str) -> Result<String, String> {
        text(&Engine::new().eval::<Map>(script).unwrap())
    }

    #[test]
    fn a_map_is_valid_json_whatever_it_holds() {
        let script = r#"#{"k\"\n": ["\x01\"\\", 'c', 1e300, -0.0], b: blob(2, 255), r: 1..3, f: Fn("g")}"#;
        let json = r#"{"b":"[ffff]","f":"Fn(g)","k\"\n":["\u0001\"\\","c",1e+300,-0.0],"r":"1..3"}"#;
        assert_eq!(text_of(script).unwrap(), json);
        assert_eq!(text_of("let m = #{}; let f = || m; m.x = m; m"), Ok(r#"{"x":{}}"#.into()));
    }

    #[test]
    fn what_json_cannot_tell_is_an_error_for_a_script() {
        assert_eq!(text_of("#{a: [0.0 / 0.0]}"), Err("to_json: JSON has no number `NaN`".into()));
        let nested = |levels| format!("let a = #{{}}; for i in 0..{levels} {{ a = #{{a: a}}; }} a");
        assert_eq!(text_of(&nested(100)).unwrap().len(), 100 * 6 + 2);
        assert_eq!(text_of(&nested(101)), Err("to_json: it is nested deeper than 100 levels".into()));
    }

    #[test]
    fn writing_ends_when_the_run_has_to() {
        let looks = Rc::new(Cell::new(0));
        let stop = {
            let looks = Rc::clone(&looks);
            move || {
                looks.set(looks.get() + 1);
                (looks.get() == 3).then(|| Stopped("enough".into()))
            }
        };
        let gate = gate().with_stop(stop);
        let half = Dynamic::from("x".repeat(LOOK_EVERY / 2));
        let map = |elements| Map::from_iter([("a".into(), Dynamic::from(vec![half.clone(); elements]))]);
        let stopped = map_to_json(&map(40), &gate, &|_| Ok(String::new())).unwrap_err();
        assert!(matches!(stopped, ScriptError::Stopped(_)), "{stopped:?}");
        assert_eq!(looks.get(), 3);
        looks.set(10);
        assert_eq!(map_to_json(&map(10), &gate, &|_| Ok(String::new())).unwrap().len(), 10 * (LOOK_EVERY / 2 + 3) + 7);
        assert!(looks.get() <= 20, "{looks:?}");
    }

    fn values() -> impl Strategy<Value = Dynamic> {
        let leaf = prop_oneof![
            Just(Dynamic::UNIT),
            any::<bool>().prop_map(Dynamic::from),
            any::<i64>().prop_map(Dynamic::from),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Dynamic::from),
            any::<String>().prop_map(Dynamic::from),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Dynamic::from),
                prop::collection::btree_map(any::<String>(), inner, 0..8).prop_map(|map| Dynamic::from(
                    map.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>()
                )),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in values()) {
            let json = text(&Map::from_iter([("v".into(), value.clone())])).unwrap();
            let again = from_json(&json, usize::MAX).unwrap();
            prop_assert_eq!(format!("{again:?}"), format!("#{{\"v\": {value:?}}}"));
        }
    }
}
