//! `mv`: move a file.

use crate::error::{Failure, SOURCE};
use crate::needs::{CREATE_FILE, DELETE_FILE, MOVE_FILE, OPEN_DIR, OPEN_FILE, READ_PLAIN};
use rex_cedar_auth::{Gate, Need};
use rex_logger::Level;
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::{RenameOptions, rename};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MvFlag {
    Backup,
    Verbose,
}

const NEEDS: &[Need] = &[OPEN_DIR, OPEN_FILE, MOVE_FILE, CREATE_FILE, DELETE_FILE];
const REPLACE: Example = Example {
    title: "Replace a file",
    files: &[("a", "new"), ("b", "old")],
    script: r#"mv(dir + "/a", dir + "/b"); cat(dir + "/b") == "new""#,
    around: READ_PLAIN,
    ..Example::BASE
};

static MV: Function = Function {
    name: "mv",
    params: &["src", "dst"],
    doc: "Moves the regular file `src` to `dst`, its full new path. A file in the way is replaced in one step, which needs the right to delete it.",
    needs: NEEDS,
    examples: &[
        Example {
            title: "Rename a file",
            files: &[("a", "content")],
            script: r#"mv(dir + "/a", dir + "/b"); cat(dir + "/b") == "content""#,
            around: READ_PLAIN,
            ..Example::BASE
        },
        REPLACE,
    ],
    ..Function::BASE
};

static MV_FLAGS: Function = Function {
    name: "mv",
    params: &["flags", "src", "dst"],
    doc: "As `mv(src, dst)`. `mv::backup` keeps a file in the way under its name with `~` behind it; `mv::verbose` tells the log.",
    needs: NEEDS,
    examples: &[
        Example {
            title: "Keep the old file",
            files: &[("a", "new"), ("b", "old")],
            script: r#"mv([mv::backup], dir + "/a", dir + "/b"); cat(dir + "/b") == "new" && cat(dir + "/b~") == "old""#,
            around: READ_PLAIN,
            ..Example::BASE
        },
        Example { script: r#"mv([mv::verbose], dir + "/a", dir + "/b"); cat(dir + "/b") == "new""#, ..REPLACE },
    ],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<MvFlag>("MvFlag");
    for (name, short, doc, flag) in [
        ("backup", "b", "Keep a file in the way under its name with `~` behind it.", MvFlag::Backup),
        ("verbose", "v", "Tell the log.", MvFlag::Verbose),
    ] {
        r.constant("mv", name, doc, flag);
        r.constant("mv", short, doc, flag);
    }
    r.function(&MV, |entry| {
        move |call: Call<'_>, src: &str, dst: &str| entry.run(&call, |gate| mv(gate, &entry, src, dst, &[]))
    });
    r.function(&MV_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, src: &str, dst: &str| {
            entry.run(&call, |gate| mv(gate, &entry, src, dst, &flags(SOURCE, "mv", "MvFlag", array)?))
        }
    });
}

fn mv(gate: &Gate, entry: &Entry, src: &str, dst: &str, flags: &[MvFlag]) -> Result<(), Failure> {
    let moved = rename(gate, src, dst, RenameOptions { backup: flags.contains(&MvFlag::Backup) })?;
    if flags.contains(&MvFlag::Verbose) {
        entry.log().function(Level::Info, &format!("Moved from '{}' to '{}'", moved.source, moved.destination));
    }
    Ok(())
}
