//! `write`: write a file.

use crate::error::{Failure, SOURCE};
use crate::needs::{CREATE_FILE, OPEN_DIR, OPEN_FILE, READ_PLAIN, WRITE_FILE};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::{WriteMode, write};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WriteFlag {
    Append,
    Replace,
}

const NEEDS: &[Need] = &[OPEN_DIR, OPEN_FILE, CREATE_FILE, WRITE_FILE];

static WRITE: Function = Function {
    name: "write",
    params: &["path", "content"],
    doc: "Adds `content` to the end of the file `path`, which is made if it is not there. What it holds is not read.",
    needs: NEEDS,
    examples: &[Example {
        title: "Add a line",
        files: &[("log", "one\n")],
        script: r#"write(dir + "/log", "two\n"); cat(dir + "/log") == "one\ntwo\n""#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

static WRITE_FLAGS: Function = Function {
    name: "write",
    params: &["flags", "path", "content"],
    doc: "Writes `content` to the file `path`, which is made if it is not there. With `write::replace` it takes the place of what the file holds, in one step; \
          with `write::append` or no flag it comes after it.",
    needs: NEEDS,
    examples: &[Example {
        title: "Replace the content",
        files: &[("f", "old")],
        script: r#"write([write::replace], dir + "/f", "new"); cat(dir + "/f") == "new""#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<WriteFlag>("WriteFlag");
    for (name, short, doc, flag) in [
        ("append", "a", "The content comes after what is there.", WriteFlag::Append),
        ("replace", "r", "The content takes the place of what is there.", WriteFlag::Replace),
    ] {
        r.constant("write", name, doc, flag);
        r.constant("write", short, doc, flag);
    }
    r.function(&WRITE, |entry| {
        move |call: Call<'_>, path: &str, content: &str| {
            entry.run(&call, |gate| write(gate, path, content.as_bytes(), WriteMode::Append).map_err(Failure::from))
        }
    });
    r.function(&WRITE_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, path: &str, content: &str| {
            entry.run(&call, |gate| {
                let flags = flags::<WriteFlag>(SOURCE, "write", "WriteFlag", array)?;
                let mode = if flags.contains(&WriteFlag::Replace) { WriteMode::Replace } else { WriteMode::Append };
                write(gate, path, content.as_bytes(), mode).map_err(Failure::from)
            })
        }
    });
}
