//! `rm`: remove a file or directory.

use crate::error::{Failure, SOURCE};
use crate::needs::{DELETE_DIR, DELETE_FILE, OPEN_DIR, OPEN_FILE, READ_DIR};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::{RemoveOptions, remove};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RmFlag {
    Force,
    Recursive,
}

const NEEDS: &[Need] = &[OPEN_DIR, OPEN_FILE, DELETE_FILE, READ_DIR, DELETE_DIR];

static RM: Function = Function {
    name: "rm",
    params: &["path"],
    doc: "Removes the file, link or empty directory `path`. Of a link the link itself goes, never what it points at.",
    needs: &[OPEN_DIR, OPEN_FILE, DELETE_FILE, DELETE_DIR],
    examples: &[
        Example {
            title: "Remove a file",
            files: &[("old.tmp", ""), ("keep", "")],
            script: r#"rm(dir + "/old.tmp"); find_files("*", dir) == ["keep"]"#,
            around: &[READ_DIR],
            ..Example::BASE
        },
        Example {
            title: "Remove an empty directory",
            files: &[("empty/", "")],
            script: r#"rm(dir + "/empty"); find_files("*", dir) == []"#,
            around: &[READ_DIR],
            withheld: &[OPEN_FILE],
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

static RM_FLAGS: Function = Function {
    name: "rm",
    params: &["flags", "path"],
    doc: "As `rm(path)`. `rm::recursive` removes a directory with all that is in it: each file and directory in it is judged, and nothing is removed when one \
          may not be; `rm::force` takes nothing being there as no error.",
    needs: NEEDS,
    examples: &[
        Example {
            title: "Remove a tree",
            files: &[("t/a", ""), ("t/sub/b", ""), ("keep", "")],
            script: r#"rm([rm::recursive, rm::force], dir + "/t"); rm([rm::force], dir + "/t"); find_files("*", dir) == ["keep"]"#,
            withheld: &[OPEN_FILE],
            ..Example::BASE
        },
        Example {
            title: "Remove a file that may be gone already",
            files: &[("old", ""), ("keep", "")],
            script: r#"rm([rm::force], dir + "/old"); rm([rm::force], dir + "/old"); find_files("*", dir) == ["keep"]"#,
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<RmFlag>("RmFlag");
    for (name, short, doc, flag) in [
        ("force", "f", "Nothing being there is no error.", RmFlag::Force),
        ("recursive", "r", "A directory goes with all that is in it.", RmFlag::Recursive),
    ] {
        r.constant("rm", name, doc, flag);
        r.constant("rm", short, doc, flag);
    }
    r.function(&RM, |entry| {
        move |call: Call<'_>, path: &str| {
            entry.run(&call, |gate| remove(gate, path, RemoveOptions::default()).map_err(Failure::from))
        }
    });
    r.function(&RM_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, path: &str| {
            entry.run(&call, |gate| {
                let flags = flags::<RmFlag>(SOURCE, "rm", "RmFlag", array)?;
                let options = RemoveOptions {
                    force: flags.contains(&RmFlag::Force),
                    recursive: flags.contains(&RmFlag::Recursive),
                };
                remove(gate, path, options).map_err(Failure::from)
            })
        }
    });
}
