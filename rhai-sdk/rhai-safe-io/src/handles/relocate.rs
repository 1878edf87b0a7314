//! Moving what is held open: `move`.

use crate::error::Failure;
use crate::needs::{
    CREATE_DIR, CREATE_FILE, DELETE_DIR, DELETE_FILE, MOVE_DIR, MOVE_FILE, OPEN_DIR, OPEN_FILE, READ_DIR, READ_FILE,
};
use rex_logger::Level;
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar};
use rust_safe_io::{DirHandle, FileHandle, RenameOptions};

/// How to move.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    backup: bool,
    verbose: bool,
}

static OPTIONS: Function = constructor("MoveOptions", "Begins the options for moving a file or directory.", &[]);
static BACKUP: Function =
    setter("backup", "Keep a file in the way under its name with `~` behind it. Directories have no backup.");
static VERBOSE: Function = setter("verbose", "Tell the log.");

static FILE: Function = Function {
    name: "move",
    params: &["self", "dest_dir", "dest_name", "options"],
    doc: "Moves the name by which the file was opened into `dest_dir` as `dest_name` and returns a handle of it there: of a link that was followed, the link alone. A \
          file in the way is replaced in one step, which needs the right to delete it. To another file system the file is copied whole before it goes.",
    needs: &[MOVE_FILE, CREATE_FILE, OPEN_FILE, DELETE_FILE],
    examples: &[
        Example {
            title: "Move into another directory",
            files: &[("a.txt", "content"), ("sub/", "")],
            script: with_file!(
                r#"let sub = DirConfig().path(dir + "/sub").build().open(OpenDirOptions().build());
                let moved = f.move(sub, "b.txt", MoveOptions().verbose(true).build()); moved.path == dir + "/sub/b.txt" && moved.read() == "content""#
            ),
            around: &[OPEN_DIR, READ_FILE],
            ..Example::BASE
        },
        Example {
            title: "Replace a file",
            files: &[("a.txt", "new"), ("b.txt", "old")],
            script: with_file!(r#"f.move(d, "b.txt", MoveOptions().build()).read() == "new""#),
            around: &[OPEN_DIR, READ_FILE],
            ..Example::BASE
        },
        Example {
            title: "Keep the old file",
            files: &[("a.txt", "new"), ("b.txt", "old")],
            script: with_file!(
                r#"f.move(d, "b.txt", MoveOptions().backup(true).build()); cat(dir + "/b.txt~") == "old""#
            ),
            around: &[OPEN_DIR, READ_FILE],
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static DIR: Function = Function {
    name: "move",
    params: &["self", "src_dir", "dest_parent", "dest_name", "options"],
    doc: "Moves `src_dir`, a directory in this one, into `dest_parent` as `dest_name` and returns a handle of it there. An empty directory of that name gives way; into a \
          full one it is moved under its own name. All that is in it is judged for its new place, and nothing is moved when something may not be. To another \
          file system it is copied whole before it goes.",
    needs: &[MOVE_DIR, CREATE_DIR, OPEN_DIR, READ_DIR, DELETE_DIR, MOVE_FILE, CREATE_FILE],
    examples: &[
        Example {
            title: "Move a tree",
            files: &[("src/a", ""), ("src/sub/b", ""), ("dst/", "")],
            script: with_dir!(
                r#"let src = DirConfig().path(dir + "/src").build().open(OpenDirOptions().build());
                let dst = DirConfig().path(dir + "/dst").build().open(OpenDirOptions().build());
                d.move(src, dst, "new", MoveOptions().verbose(true).build()).list_entries().keys() == ["a", "sub"]"#
            ),
            ..Example::BASE
        },
        Example {
            title: "An empty directory gives way",
            files: &[("src/a", ""), ("new/", "")],
            script: with_dir!(
                r#"let src = DirConfig().path(dir + "/src").build().open(OpenDirOptions().build());
                d.move(src, d, "new", MoveOptions().build()).path == dir + "/new""#
            ),
            ..Example::BASE
        },
        Example {
            title: "Into a full directory it is moved under its own name",
            files: &[("src/a", ""), ("full/b", "")],
            script: with_dir!(
                r#"let src = DirConfig().path(dir + "/src").build().open(OpenDirOptions().build());
                d.move(src, d, "full", MoveOptions().build()).path == dir + "/full/src""#
            ),
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<Options>(r, "MoveOptions", "MoveOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &BACKUP, |options: &mut Options, value: bool| options.backup = value);
    set(r, &VERBOSE, |options: &mut Options, value: bool| options.verbose = value);
    r.function(&FILE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, directory: DirHandle, name: &str, options: Options| {
            entry.run(&call, |gate| {
                let source = file.name_path();
                let moved = file.relocate(gate, &directory, name, RenameOptions { backup: options.backup })?;
                tell(&entry, options, &source, &moved.name_path());
                Ok::<_, Failure>(moved)
            })
        }
    });
    r.function(&DIR, |entry| {
        move |call: Call<'_>,
              dir: &mut DirHandle,
              source: DirHandle,
              parent: DirHandle,
              name: &str,
              options: Options| {
            entry.run(&call, |gate| {
                let moved = dir.relocate(gate, &source, &parent, name)?;
                tell(&entry, options, source.path(), moved.path());
                Ok::<_, Failure>(moved)
            })
        }
    });
}

fn tell(entry: &Entry, options: Options, source: &str, destination: &str) {
    if options.verbose {
        entry.log().function(Level::Info, &format!("Moved from '{source}' to '{destination}'"));
    }
}
