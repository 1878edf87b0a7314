//! `cp`: copy a file.

use crate::error::{Failure, SOURCE};
use crate::needs::{CREATE_FILE, OPEN_DIR, OPEN_FILE, READ_FILE, READ_PLAIN, WRITE_FILE};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::{CopyOptions, copy};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CpFlag {
    Force,
    Preserve,
}

const NEEDS: &[Need] = &[OPEN_DIR, OPEN_FILE, CREATE_FILE, READ_FILE, WRITE_FILE];

static CP: Function = Function {
    name: "cp",
    params: &["src", "dst"],
    doc: "Copies the file `src` to `dst`, whole or not at all. A `dst` that holds something is refused.",
    needs: NEEDS,
    examples: &[Example {
        title: "Copy a file",
        files: &[("a", "content")],
        script: r#"cp(dir + "/a", dir + "/b"); cat(dir + "/b") == "content""#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

static CP_FLAGS: Function = Function {
    name: "cp",
    params: &["flags", "src", "dst"],
    doc: "Copies the file `src` to `dst`. With `cp::force` a `dst` that holds something is replaced; with `cp::preserve` it gets the permissions \
          and times of `src`.",
    needs: NEEDS,
    examples: &[Example {
        title: "Replace a file by a copy of another",
        files: &[("a", "new"), ("b", "old")],
        script: r#"cp([cp::force, cp::preserve], dir + "/a", dir + "/b"); cat(dir + "/b") == "new""#,
        around: READ_PLAIN,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<CpFlag>("CpFlag");
    for (name, doc, flag) in [
        ("force", "Replace a destination that holds something.", CpFlag::Force),
        ("f", "The same as `force`.", CpFlag::Force),
        ("preserve", "Keep permissions and times.", CpFlag::Preserve),
        ("p", "The same as `preserve`.", CpFlag::Preserve),
    ] {
        r.constant("cp", name, doc, flag);
    }
    r.function(&CP, |entry| {
        move |call: Call<'_>, src: &str, dst: &str| {
            entry.run(&call, |gate| copy(gate, src, dst, CopyOptions::default()).map_err(Failure::from))
        }
    });
    r.function(&CP_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, src: &str, dst: &str| {
            entry.run(&call, |gate| {
                let flags = flags::<CpFlag>(SOURCE, "cp", "CpFlag", array)?;
                let options =
                    CopyOptions { force: flags.contains(&CpFlag::Force), preserve: flags.contains(&CpFlag::Preserve) };
                copy(gate, src, dst, options).map_err(Failure::from)
            })
        }
    });
}
