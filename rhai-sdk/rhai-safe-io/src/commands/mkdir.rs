//! `mkdir`: make a directory.

use crate::error::{Failure, SOURCE};
use crate::needs::{CREATE_DIR, OPEN_DIR};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::{make_dir, make_dirs};

#[derive(Debug, Clone, Copy)]
enum MkdirFlag {
    Parents,
}

const NEEDS: &[Need] = &[OPEN_DIR, CREATE_DIR];
const FIND: &[Need] = &[crate::needs::READ_DIR];

static MKDIR: Function = Function {
    name: "mkdir",
    params: &["path"],
    doc: "Makes the directory `path`; the one above it must be there. A directory that is there already is no error.",
    needs: NEEDS,
    examples: &[Example {
        title: "Make a directory",
        script: r#"mkdir(dir + "/new"); find_files("*", dir) == ["new"]"#,
        around: FIND,
        ..Example::BASE
    }],
    ..Function::BASE
};

static MKDIR_FLAGS: Function = Function {
    name: "mkdir",
    params: &["flags", "path"],
    doc: "Makes the directory `path`. With `mkdir::parents` all that are missing above it are made too.",
    needs: NEEDS,
    examples: &[Example {
        title: "Make a path of directories",
        script: r#"mkdir([mkdir::parents], dir + "/a/b/c"); find_files("*", dir + "/a/b") == ["c"]"#,
        around: FIND,
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<MkdirFlag>("MkdirFlag");
    r.constant("mkdir", "parents", "Make what is missing above, too.", MkdirFlag::Parents);
    r.constant("mkdir", "p", "The same as `parents`.", MkdirFlag::Parents);
    r.function(&MKDIR, |entry| {
        move |call: Call<'_>, path: &str| entry.run(&call, |gate| make_dir(gate, path).map_err(Failure::from))
    });
    r.function(&MKDIR_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, path: &str| {
            entry.run(&call, |gate| {
                let parents = !flags::<MkdirFlag>(SOURCE, "mkdir", "MkdirFlag", array)?.is_empty();
                if parents { make_dirs(gate, path) } else { make_dir(gate, path) }.map_err(Failure::from)
            })
        }
    });
}
