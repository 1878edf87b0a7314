//! `awk_…`: fields of lines.

use crate::error::Failure;
use crate::needs::{READ_TEXT, redacted};
use crate::values::{number, texts};
use rex_cedar_auth::Gate;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_io::{Redaction, count_unique, field, filter, filter_field, filter_range, split, sum};
use std::rc::Rc;

const FILES: &[(&str, &str)] = &[("sales.csv", "north,widget,10.5\nsouth,gadget,4\nnorth,gadget,n/a\nwest\n")];

const fn sales(title: &'static str, script: &'static str) -> Example {
    Example { title, files: FILES, script, ..Example::BASE }
}

static SPLIT: Function = Function {
    name: "awk_split",
    params: &["text", "delimiter"],
    doc: "Returns the parts of `text` between occurrences of `delimiter`, which is taken literally.",
    examples: &[Example {
        title: "Parts of a path",
        script: r#"awk_split("a:b::c", ":") == ["a", "b", "", "c"]"#,
        ..Example::BASE
    }],
    ..Function::BASE
};

static FIELD: Function = Function {
    name: "awk_field",
    params: &["field", "delimiter", "path"],
    doc: "Returns the field with the number `field`, from 1, of each line of the file `path` that has it. `delimiter` is taken literally.",
    needs: READ_TEXT,
    examples: &[
        sales("A column", r#"awk_field(2, ",", dir + "/sales.csv") == ["widget", "gadget", "gadget"]"#),
        redacted(r#"awk_field(2, "=", dir + "/app.log") == ["alice"]"#),
    ],
    ..Function::BASE
};

static FILTER: Function = Function {
    name: "awk_filter",
    params: &["pattern", "path"],
    doc: "Returns the lines of the file `path` that contain the text `pattern`.",
    needs: READ_TEXT,
    examples: &[
        sales("Lines with a word", r#"awk_filter("gadget", dir + "/sales.csv").len() == 2"#),
        redacted(r#"awk_filter("hunter2", dir + "/app.log") == []"#),
    ],
    ..Function::BASE
};

static FILTER_FIELD: Function = Function {
    name: "awk_filter_field",
    params: &["field", "delimiter", "pattern", "path"],
    doc: "Returns the lines of the file `path` whose field `field`, from 1, contains the text `pattern`.",
    needs: READ_TEXT,
    examples: &[
        sales("Lines of one region", r#"awk_filter_field(1, ",", "sou", dir + "/sales.csv") == ["south,gadget,4"]"#),
        redacted(r#"awk_filter_field(2, "=", "hunter", dir + "/app.log") == []"#),
    ],
    ..Function::BASE
};

static FILTER_RANGE: Function = Function {
    name: "awk_filter_range",
    params: &["start", "end", "path"],
    doc: "Returns the lines of the file `path` from number `start` to number `end`, both from 1 and included.",
    needs: READ_TEXT,
    examples: &[
        sales(
            "Lines in the middle",
            r#"awk_filter_range(2, 3, dir + "/sales.csv") == ["south,gadget,4", "north,gadget,n/a"]"#,
        ),
        redacted(r#"awk_filter_range(2, 2, dir + "/app.log") == ["[REDACTED]"]"#),
    ],
    ..Function::BASE
};

static SUM: Function = Function {
    name: "awk_sum",
    params: &["field", "delimiter", "path"],
    doc: "Returns the sum of the fields `field`, from 1, that are numbers; others are passed over.",
    needs: READ_TEXT,
    examples: &[
        sales("Sum of a column", r#"awk_sum(3, ",", dir + "/sales.csv") == 14.5"#),
        redacted(r#"awk_sum(2, "=", dir + "/app.log") == 0.0"#),
    ],
    ..Function::BASE
};

static COUNT_UNIQUE: Function = Function {
    name: "awk_count_unique",
    params: &["field", "delimiter", "path"],
    doc: "Returns a map from each value of the field `field`, from 1, to the number of lines that have it.",
    needs: READ_TEXT,
    examples: &[
        sales("Lines by region", r#"awk_count_unique(1, ",", dir + "/sales.csv") == #{north: 2, south: 1, west: 1}"#),
        redacted(r#"awk_count_unique(2, "=", dir + "/app.log") == #{alice: 1}"#),
    ],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar, redaction: &Rc<Redaction>) {
    r.function(&SPLIT, |entry| {
        move |call: Call<'_>, text: &str, delimiter: &str| entry.run(&call, |gate| awk_split(gate, text, delimiter))
    });
    r.function(&FIELD, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, number: i64, delimiter: &str, path: &str| {
            entry.run(&call, |gate| Ok::<_, Failure>(texts(field(gate, &redaction, number, delimiter, path)?)))
        }
    });
    r.function(&FILTER, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, pattern: &str, path: &str| {
            entry.run(&call, |gate| Ok::<_, Failure>(texts(filter(gate, &redaction, pattern, path)?)))
        }
    });
    r.function(&FILTER_FIELD, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, number: i64, delimiter: &str, pattern: &str, path: &str| {
            entry.run(&call, |gate| {
                Ok::<_, Failure>(texts(filter_field(gate, &redaction, number, delimiter, pattern, path)?))
            })
        }
    });
    r.function(&FILTER_RANGE, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, start: i64, end: i64, path: &str| {
            entry.run(&call, |gate| Ok::<_, Failure>(texts(filter_range(gate, &redaction, start, end, path)?)))
        }
    });
    r.function(&SUM, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, number: i64, delimiter: &str, path: &str| {
            entry.run(&call, |gate| sum(gate, &redaction, number, delimiter, path).map_err(Failure::from))
        }
    });
    r.function(&COUNT_UNIQUE, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, field: i64, delimiter: &str, path: &str| {
            entry.run(&call, |gate| {
                let counts = count_unique(gate, &redaction, field, delimiter, path)?;
                Ok::<_, Failure>(
                    counts.into_iter().map(|(value, count)| (value.into(), number(count))).collect::<Map>(),
                )
            })
        }
    });
}

fn awk_split(gate: &Gate, text: &str, delimiter: &str) -> Result<Array, Failure> {
    let mut parts = Array::new();
    for part in split(text, delimiter) {
        parts.push(Dynamic::from(part.to_owned()));
        if parts.len().is_multiple_of(4096) {
            gate.proceed()?;
        }
    }
    Ok(parts)
}
