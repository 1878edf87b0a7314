//! `grep`: lines that match a pattern.

use crate::error::{Failure, SOURCE};
use crate::needs::{READ_PLAIN, READ_TEXT, redacted};
use rex_cedar_auth::Gate;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::{Array, Dynamic};
use rust_safe_io::{Redaction, Search, search};
use std::rc::Rc;

#[derive(Debug, Clone, Copy)]
enum GrepFlag {
    IgnoreCase,
    Count,
    Invert,
    LineNumber,
    MaxCount(i64),
}

const FILES: &[(&str, &str)] = &[("app.log", "INFO start\nERROR disk full\ninfo stop\n")];

static GREP: Function = Function {
    name: "grep",
    params: &["pattern", "path"],
    doc: "Returns the lines of the file `path` in which the regular expression `pattern` matches.",
    needs: READ_TEXT,
    examples: &[
        Example {
            title: "Errors in a log",
            files: FILES,
            script: r#"grep("^ERROR", dir + "/app.log") == ["ERROR disk full"]"#,
            ..Example::BASE
        },
        redacted(r#"grep("user", dir + "/app.log") == ["user=alice"] && grep("hunter", dir + "/app.log") == []"#),
    ],
    ..Function::BASE
};

static GREP_FLAGS: Function = Function {
    name: "grep",
    params: &["flags", "pattern", "path"],
    doc: "As `grep(pattern, path)`. `grep::ignore_case` takes upper and lower case as the same, `grep::invert` returns the other lines, \
          `grep::line_number` puts the number and `:` before each, `grep::max_count(n)` stops after `n` lines, `grep::count` returns one text: \
          the number of lines.",
    needs: READ_TEXT,
    examples: &[
        Example {
            title: "Number of lines of either case",
            files: FILES,
            script: r#"grep([grep::ignore_case, grep::count], "info", dir + "/app.log") == ["2"]"#,
            ..Example::BASE
        },
        redacted(r#"grep([grep::line_number], "user", dir + "/app.log") == ["1:user=alice"]"#),
    ],
    ..Function::BASE
};

static MAX_COUNT: Function = Function {
    module: Some("grep"),
    name: "max_count",
    params: &["n"],
    doc: "A flag of `grep`: no more than `n` lines; 0 or less means no limit.",
    examples: &[Example {
        title: "The first match alone",
        files: FILES,
        script: r#"grep([grep::max_count(1)], "st", dir + "/app.log") == ["INFO start"]"#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

static M: Function = Function {
    module: Some("grep"),
    name: "m",
    params: &["n"],
    doc: "The same as `max_count`.",
    examples: &[Example {
        title: "The first match alone",
        files: FILES,
        script: r#"grep([grep::m(1)], "st", dir + "/app.log").len() == 1"#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar, redaction: &Rc<Redaction>) {
    r.type_name::<GrepFlag>("GrepFlag");
    for (name, short, doc, flag) in [
        ("ignore_case", "i", "Take upper and lower case as the same.", GrepFlag::IgnoreCase),
        ("count", "c", "Return the number of lines alone.", GrepFlag::Count),
        ("invert", "v", "Return the other lines.", GrepFlag::Invert),
        ("line_number", "n", "Put the line number before each line.", GrepFlag::LineNumber),
    ] {
        r.constant("grep", name, doc, flag);
        r.constant("grep", short, doc, flag);
    }
    r.function(&MAX_COUNT, |_| |n: i64| GrepFlag::MaxCount(n));
    r.function(&M, |_| |n: i64| GrepFlag::MaxCount(n));
    r.function(&GREP, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, pattern: &str, path: &str| {
            entry.run(&call, |gate| grep(gate, &redaction, pattern, path, &[]))
        }
    });
    r.function(&GREP_FLAGS, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, array: Array, pattern: &str, path: &str| {
            entry.run(&call, |gate| grep(gate, &redaction, pattern, path, &flags(SOURCE, "grep", "GrepFlag", array)?))
        }
    });
}

fn grep(gate: &Gate, redaction: &Redaction, pattern: &str, path: &str, flags: &[GrepFlag]) -> Result<Array, Failure> {
    let mut options = Search::default();
    let mut with_number = false;
    // Of a flag that carries a number the first counts.
    for flag in flags.iter().rev() {
        match *flag {
            GrepFlag::IgnoreCase => options.ignore_case = true,
            GrepFlag::Count => options.count_only = true,
            GrepFlag::Invert => options.invert = true,
            GrepFlag::LineNumber => with_number = true,
            GrepFlag::MaxCount(n) => options.max_count = u64::try_from(n).ok().filter(|n| *n > 0),
        }
    }
    let hits = search(gate, redaction, pattern, path, options)?;
    if options.count_only {
        return Ok(vec![hits.count.to_string().into()]);
    }
    let line =
        |hit: rust_safe_io::Hit| if with_number { format!("{}:{}", hit.line_number, hit.line) } else { hit.line };
    Ok(hits.lines.into_iter().map(|hit| Dynamic::from(line(hit))).collect())
}
