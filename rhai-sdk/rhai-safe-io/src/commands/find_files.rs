//! `find_files`: names that match a glob.

use crate::error::{Failure, SOURCE};
use crate::needs::{OPEN_DIR, READ_DIR};
use crate::values::{tell_skipped, texts};
use rex_cedar_auth::{Gate, Need};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::find;

#[derive(Debug, Clone, Copy)]
enum GlobFlag {
    Recursive,
}

const NEEDS: &[Need] = &[OPEN_DIR, READ_DIR];
const FILES: &[(&str, &str)] = &[("a.log", ""), ("b.txt", ""), ("old/c.log", "")];

static FIND_FILES: Function = Function {
    name: "find_files",
    params: &["pattern", "path"],
    doc: "Returns the names in the directory `path` that match the glob `pattern` (`*`, `?`, `[...]`) as a whole. A leading dot is nothing special.",
    needs: NEEDS,
    examples: &[Example {
        title: "Logs in a directory",
        files: FILES,
        script: r#"find_files("*.log", dir) == ["a.log"]"#,
        ..Example::BASE
    }],
    ..Function::BASE
};

static FIND_FILES_FLAGS: Function = Function {
    name: "find_files",
    params: &["flags", "pattern", "path"],
    doc: "As `find_files(pattern, path)`. With `glob::recursive` it goes down into all directories; the names come without them. A directory that \
          cannot be entered is left out and named in the log.",
    needs: NEEDS,
    examples: &[Example {
        title: "Logs in a tree",
        files: FILES,
        script: r#"let r = find_files([glob::recursive], "*.log", dir); r.sort(); r == ["a.log", "c.log"]"#,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<GlobFlag>("GlobFlag");
    r.constant("glob", "recursive", "Go down into all directories.", GlobFlag::Recursive);
    r.constant("glob", "r", "The same as `recursive`.", GlobFlag::Recursive);
    r.function(&FIND_FILES, |entry| {
        move |call: Call<'_>, pattern: &str, path: &str| {
            entry.run(&call, |gate| find_files(gate, &entry, pattern, path, false))
        }
    });
    r.function(&FIND_FILES_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, pattern: &str, path: &str| {
            entry.run(&call, |gate| {
                let flags = flags::<GlobFlag>(SOURCE, "find_files", "GlobFlag", array)?;
                find_files(gate, &entry, pattern, path, !flags.is_empty())
            })
        }
    });
}

fn find_files(gate: &Gate, entry: &Entry, pattern: &str, path: &str, recursive: bool) -> Result<Array, Failure> {
    let found = find(gate, pattern, path, recursive)?;
    tell_skipped(entry.log(), "find_files", &found.skipped);
    Ok(texts(found.names))
}
