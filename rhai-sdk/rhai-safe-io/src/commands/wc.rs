//! `wc`: count lines, words and bytes.

use crate::error::{Failure, SOURCE};
use crate::needs::READ_PLAIN;
use crate::values::number;
use rex_cedar_auth::Gate;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::{Array, Map};
use rust_safe_io::count;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WcFlag {
    Lines,
    Words,
    Bytes,
}

const FILES: &[(&str, &str)] = &[("f", "one two\nthree\n")];

static WC: Function = Function {
    name: "wc",
    params: &["path"],
    doc: "Counts what the file `path` holds. Returns a map of `lines` (newlines), `words` (runs without white space) and `bytes`.",
    needs: READ_PLAIN,
    examples: &[Example {
        title: "Count all",
        files: FILES,
        script: r#"wc(dir + "/f") == #{lines: 2, words: 3, bytes: 14}"#,
        ..Example::BASE
    }],
    ..Function::BASE
};

static WC_FLAGS: Function = Function {
    name: "wc",
    params: &["flags", "path"],
    doc: "As `wc(path)`, with only the keys that `wc::lines`, `wc::words` and `wc::bytes` name.",
    needs: READ_PLAIN,
    examples: &[Example {
        title: "Count lines",
        files: FILES,
        script: r#"wc([wc::lines], dir + "/f") == #{lines: 2}"#,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<WcFlag>("WcFlag");
    for (name, short, doc, flag) in [
        ("lines", "l", "Count newlines.", WcFlag::Lines),
        ("words", "w", "Count words.", WcFlag::Words),
        ("bytes", "c", "Count bytes.", WcFlag::Bytes),
    ] {
        r.constant("wc", name, doc, flag);
        r.constant("wc", short, doc, flag);
    }
    r.function(&WC, |entry| move |call: Call<'_>, path: &str| entry.run(&call, |gate| wc(gate, path, &[])));
    r.function(&WC_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, path: &str| {
            entry.run(&call, |gate| wc(gate, path, &flags(SOURCE, "wc", "WcFlag", array)?))
        }
    });
}

fn wc(gate: &Gate, path: &str, flags: &[WcFlag]) -> Result<Map, Failure> {
    let wanted = |flag: WcFlag| flags.is_empty() || flags.contains(&flag);
    let counted = count(gate, path, wanted(WcFlag::Words))?;
    let members = [
        ("lines", WcFlag::Lines, counted.lines),
        ("words", WcFlag::Words, counted.words),
        ("bytes", WcFlag::Bytes, counted.bytes),
    ];
    Ok(members
        .into_iter()
        .filter(|(_, flag, _)| wanted(*flag))
        .map(|(key, _, count)| (key.into(), number(count)))
        .collect())
}
