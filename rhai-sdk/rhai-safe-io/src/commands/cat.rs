//! `cat`: the content of a file.

use crate::error::{Failure, SOURCE};
use crate::needs::{READ_TEXT, redacted};
use rex_cedar_auth::Gate;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::{Redaction, read};
use std::fmt::Write as _;
use std::rc::Rc;

#[derive(Debug, Clone, Copy)]
enum CatFlag {
    Number,
}

static CAT: Function = Function {
    name: "cat",
    params: &["path"],
    doc: "Returns the whole content of the file at `path`, which must be UTF-8. A link is not followed.",
    needs: READ_TEXT,
    examples: &[
        Example {
            title: "Read a file",
            files: &[("hello.txt", "hello\n")],
            script: r#"cat(dir + "/hello.txt") == "hello\n""#,
            ..Example::BASE
        },
        redacted(r#"cat(dir + "/app.log") == "user=alice\n[REDACTED]""#),
    ],
    ..Function::BASE
};

static CAT_FLAGS: Function = Function {
    name: "cat",
    params: &["flags", "path"],
    doc: "Returns the content of the file at `path`. With `cat::number` each line has its number before it, in a column of six.",
    needs: READ_TEXT,
    examples: &[
        Example {
            title: "Number the lines",
            files: &[("hello.txt", "hello\nworld\n")],
            script: r#"cat([cat::number], dir + "/hello.txt") == "     1\thello\n     2\tworld""#,
            ..Example::BASE
        },
        redacted(r#"cat([cat::n], dir + "/app.log") == "     1\tuser=alice\n     2\t[REDACTED]""#),
    ],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar, redaction: &Rc<Redaction>) {
    r.type_name::<CatFlag>("CatFlag");
    r.constant("cat", "number", "Number the lines.", CatFlag::Number);
    r.constant("cat", "n", "The same as `number`.", CatFlag::Number);
    r.function(&CAT, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, path: &str| entry.run(&call, |gate| cat(gate, &redaction, path, false))
    });
    r.function(&CAT_FLAGS, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, array: Array, path: &str| {
            entry.run(&call, |gate| {
                let flags = flags::<CatFlag>(SOURCE, "cat", "CatFlag", array)?;
                cat(gate, &redaction, path, !flags.is_empty())
            })
        }
    });
}

fn cat(gate: &Gate, redaction: &Redaction, path: &str, number: bool) -> Result<String, Failure> {
    let content = read(gate, redaction, path)?.content;
    if !number {
        return Ok(content);
    }
    let mut numbered = String::with_capacity(content.len() + content.len() / 4);
    for (number, line) in (1_u64..).zip(content.lines()) {
        if number > 1 {
            numbered.push('\n');
        }
        // Writing into a String cannot fail.
        let _ = write!(numbered, "{number:>6}\t{line}");
        if number % 4096 == 0 {
            gate.proceed()?;
        }
    }
    Ok(numbered)
}
