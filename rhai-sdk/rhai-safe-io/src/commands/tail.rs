//! `tail`: some lines of a file.

use crate::error::{Failure, SOURCE};
use crate::needs::READ_PLAIN;
use crate::values::texts;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::{Error, LineSelection, lines};

#[derive(Debug, Clone, Copy)]
enum TailFlag {
    N(i64),
    From(i64),
    Range(i64, i64),
}

/// Without flags.
const DEFAULT: i64 = -10;

const FILES: &[(&str, &str)] = &[("f", "one\ntwo\nthree\nfour\n")];

static TAIL: Function = Function {
    name: "tail",
    params: &["path"],
    doc: "Returns the last ten lines of the file `path`.",
    needs: READ_PLAIN,
    examples: &[Example {
        title: "The end of a file",
        files: FILES,
        script: r#"tail(dir + "/f") == ["one", "two", "three", "four"]"#,
        ..Example::BASE
    }],
    ..Function::BASE
};

static TAIL_FLAGS: Function = Function {
    name: "tail",
    params: &["flags", "path"],
    doc: "Returns some lines of the file `path`. `tail::n(-k)` means the last `k` lines, `tail::n(k)` the FIRST `k`; `tail::from(l)` all from line `l` on; \
          `tail::range(a, b)` those from `a` to `b`. `from` and `n(k)` together mean `k` lines from there, `from` and `n(-k)` the `k` lines that end there.",
    needs: READ_PLAIN,
    examples: &[
        Example {
            title: "The last two lines",
            files: FILES,
            script: r#"tail([tail::n(-2)], dir + "/f") == ["three", "four"]"#,
            ..Example::BASE
        },
        Example {
            title: "One line from the second",
            files: FILES,
            script: r#"tail([tail::from(2), tail::n(1)], dir + "/f") == ["two"]"#,
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

static N: Function = Function {
    module: Some("tail"),
    name: "n",
    params: &["count"],
    doc: "A flag of `tail`: how many lines, negative from the end, positive from the beginning.",
    examples: &[Example {
        title: "The first line",
        files: FILES,
        script: r#"tail([tail::n(1)], dir + "/f") == ["one"]"#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

static FROM: Function = Function {
    module: Some("tail"),
    name: "from",
    params: &["line"],
    doc: "A flag of `tail`: the first line, counted from 1.",
    examples: &[Example {
        title: "From the third line",
        files: FILES,
        script: r#"tail([tail::from(3)], dir + "/f") == ["three", "four"]"#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

static RANGE: Function = Function {
    module: Some("tail"),
    name: "range",
    params: &["start", "end"],
    doc: "A flag of `tail`: the first and the last line, counted from 1.",
    examples: &[Example {
        title: "Two lines in the middle",
        files: FILES,
        script: r#"tail([tail::range(2, 3)], dir + "/f") == ["two", "three"]"#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<TailFlag>("TailFlag");
    r.function(&N, |_| |count: i64| TailFlag::N(count));
    r.function(&FROM, |_| |line: i64| TailFlag::From(line));
    r.function(&RANGE, |_| |start: i64, end: i64| TailFlag::Range(start, end));
    r.function(&TAIL, |entry| {
        move |call: Call<'_>, path: &str| {
            entry.run(&call, |gate| Ok::<_, Failure>(texts(lines(gate, path, select(&[])?)?)))
        }
    });
    r.function(&TAIL_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, path: &str| {
            entry.run(&call, |gate| {
                let flags = flags(SOURCE, "tail", "TailFlag", array)?;
                Ok::<_, Failure>(texts(lines(gate, path, select(&flags)?)?))
            })
        }
    });
}

/// `range` sets start and count, then `n` sets the count, then `from` the start; of each flag the first counts.
fn select(flags: &[TailFlag]) -> Result<LineSelection, Error> {
    let first = |of: fn(&TailFlag) -> Option<(i64, i64)>| flags.iter().find_map(of);
    let range = first(|flag| if let TailFlag::Range(start, end) = flag { Some((*start, *end)) } else { None });
    let n = first(|flag| if let TailFlag::N(count) = flag { Some((*count, 0)) } else { None });
    let from = first(|flag| if let TailFlag::From(line) = flag { Some((*line, 0)) } else { None });
    let (mut start, mut count) = (None, None);
    if let Some((begin, end)) = range {
        if end < begin {
            return Err(Error::InvalidArguments(format!("tail: invalid range {begin}..{end}")));
        }
        (start, count) = (Some(begin), Some(end.saturating_sub(begin).saturating_add(1)));
    }
    count = n.map(|(count, _)| count).or(count);
    start = from.map(|(line, _)| line).or(start);
    if (start, count) == (None, None) {
        count = Some(DEFAULT);
    }
    LineSelection::new(start, count)
}
