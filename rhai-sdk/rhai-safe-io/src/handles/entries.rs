//! The entries of a directory, and opening them.

use crate::error::Failure;
use crate::needs::{CREATE_FILE, OPEN_DIR, OPEN_FILE, READ_DIR};
use crate::values::entry_map;
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::{DirEntry, DirHandle, DirOptions, FileOptions};

const LISTING: &[Need] = &[OPEN_DIR, READ_DIR];

static LIST: Function = Function {
    name: "list_entries",
    params: &["self"],
    doc: "Returns all entries of the directory as a map from name to entry, those whose name begins with a dot among them.",
    needs: &[READ_DIR],
    examples: &[Example {
        title: "Names in a directory",
        files: &[("a.txt", "a"), (".hidden", ""), ("sub/", "")],
        script: r#"DirConfig().path(dir).build().open(OpenDirOptions().build()).list_entries().keys() == [".hidden", "a.txt", "sub"]"#,
        around: &[OPEN_DIR],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static OPEN_AS_FILE: Function = Function {
    name: "open_as_file",
    params: &["self", "options"],
    doc: "Opens what the entry's name stands for at present as a file, as `open_file` does.",
    needs: &[OPEN_FILE, CREATE_FILE],
    examples: &[Example {
        title: "Open each file of a listing",
        files: &[("a.txt", "a")],
        script: r#"ls(dir)["a.txt"].open_as_file(OpenFileOptions().create(true).build()).path == dir + "/a.txt""#,
        around: LISTING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static OPEN_AS_DIR: Function = Function {
    name: "open_as_dir",
    params: &["self", "options"],
    doc: "Opens what the entry's name stands for at present as a directory. A link is refused unless it is to be followed; where it leads is judged too.",
    needs: &[OPEN_DIR, OPEN_FILE],
    examples: &[
        Example {
            title: "Go down",
            files: &[("sub/b.txt", "")],
            script: r#"ls(dir)["sub"].open_as_dir(OpenDirOptions().build()).list_entries().keys() == ["b.txt"]"#,
            around: LISTING,
            ..Example::BASE
        },
        Example {
            title: "Follow a link",
            files: &[("sub/b.txt", ""), ("link -> sub", "")],
            script: r#"ls(dir)["link"].open_as_dir(OpenDirOptions().follow_symlinks(true).build()).path == dir + "/sub""#,
            around: LISTING,
            ..Example::BASE
        },
        Example {
            title: "A link to a file is no directory",
            files: &[("a.txt", ""), ("link -> a.txt", "")],
            script: r#"let refused = false; try { ls(dir)["link"].open_as_dir(OpenDirOptions().follow_symlinks(true).build()); } catch (e) { refused = e.kind == IoErrorKind::EntryTypeMismatchError; } refused"#,
            around: LISTING,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static PATH: Function = Function {
    name: "path",
    doc: "The path of the entry.",
    examples: &[Example {
        title: "Where it is",
        files: &[("a.txt", "a")],
        script: r#"ls(dir)["a.txt"].path == dir + "/a.txt""#,
        around: LISTING,
        ..Example::BASE
    }],
    ..Function::GETTER
};

pub(super) fn register(r: &mut Registrar) {
    r.function(&LIST, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle| {
            entry.run(&call, |gate| {
                let entries = dir.entries(gate)?;
                Ok::<_, Failure>(entry_map(entries.into_iter().map(|entry| (entry.name(), entry))))
            })
        }
    });
    r.function(&OPEN_AS_FILE, |entry| {
        move |call: Call<'_>, of: &mut DirEntry, options: FileOptions| {
            entry.run(&call, |gate| of.open_as_file(gate, options).map_err(Failure::from))
        }
    });
    r.function(&OPEN_AS_DIR, |entry| {
        move |call: Call<'_>, of: &mut DirEntry, options: DirOptions| {
            entry.run(&call, |gate| of.open_as_dir(gate, options).map_err(Failure::from))
        }
    });
    r.function(&PATH, |_| |of: &mut DirEntry| of.path().to_owned());
}
