//! Removing what is held open: `delete`.

use crate::error::Failure;
use crate::needs::{DELETE_DIR, DELETE_FILE, OPEN_DIR, OPEN_FILE, READ_DIR};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::{DirHandle, FileHandle, RemoveOptions};

/// How to remove a file.
#[derive(Debug, Clone, Copy, Default)]
struct DeleteFile {
    force: bool,
}

static FILE_OPTIONS: Function = constructor("DeleteFileOptions", "Begins the options for removing a file.", &[]);
static DIR_OPTIONS: Function = constructor("DeleteDirOptions", "Begins the options for removing a directory.", &[]);
static FORCE: Function = setter("force", "That it is gone already is no error.");
static RECURSIVE: Function = setter("recursive", "Remove the directory with all that is in it.");

static FILE: Function = Function {
    name: "delete",
    params: &["self", "options"],
    doc: "Removes the name by which the file was opened: of a link that was followed, the link alone. A name that stands for another file by now is left alone.",
    needs: &[DELETE_FILE],
    examples: &[
        Example {
            title: "Remove a file that may be gone already",
            files: &[("a.txt", ""), ("keep", "")],
            script: with_file!(
                r#"f.delete(DeleteFileOptions().build()); f.delete(DeleteFileOptions().force(true).build()); d.list_entries().keys() == ["keep"]"#
            ),
            around: &[OPEN_DIR, OPEN_FILE, READ_DIR],
            ..Example::BASE
        },
        Example {
            title: "Remove a link",
            files: &[("a.txt", ""), ("link -> a.txt", "")],
            script: with_dir!(
                r#"let o = OpenFileOptions().read(true).follow_symlinks(true).build(); d.open_file("link", o).delete(DeleteFileOptions().build()); d.list_entries().keys() == ["a.txt"]"#
            ),
            around: &[OPEN_DIR, OPEN_FILE, READ_DIR],
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static DIR: Function = Function {
    name: "delete",
    params: &["self", "options"],
    doc: "Removes the directory, which must be empty. With `recursive` all that is in it goes, too: each file and directory is judged, and nothing is removed when one \
          may not be.",
    needs: &[DELETE_DIR, READ_DIR, OPEN_DIR, DELETE_FILE],
    examples: &[
        Example {
            title: "Remove an empty directory",
            files: &[("empty/", ""), ("keep/", "")],
            script: with_dir!(
                r#"DirConfig().path(dir + "/empty").build().open(OpenDirOptions().build()).delete(DeleteDirOptions().build()); d.list_entries().keys() == ["keep"]"#
            ),
            ..Example::BASE
        },
        Example {
            title: "Remove a tree",
            files: &[("t/a", ""), ("t/sub/b", ""), ("keep/", "")],
            script: with_dir!(
                r#"DirConfig().path(dir + "/t").build().open(OpenDirOptions().build()).delete(DeleteDirOptions().recursive(true).build()); d.list_entries().keys() == ["keep"]"#
            ),
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<DeleteFile>(r, "DeleteFileOptions", "DeleteFileOptionsBuilder", &FILE_OPTIONS, |_| Ok(()));
    set(r, &FORCE, |options: &mut DeleteFile, value: bool| options.force = value);
    options::<RemoveOptions>(r, "DeleteDirOptions", "DeleteDirOptionsBuilder", &DIR_OPTIONS, |_| Ok(()));
    set(r, &FORCE, |options: &mut RemoveOptions, value: bool| options.force = value);
    set(r, &RECURSIVE, |options: &mut RemoveOptions, value: bool| options.recursive = value);
    r.function(&FILE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, options: DeleteFile| {
            entry.run(&call, |gate| file.delete(gate, options.force).map_err(Failure::from))
        }
    });
    r.function(&DIR, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, options: RemoveOptions| {
            entry.run(&call, |gate| dir.delete(gate, options).map_err(Failure::from))
        }
    });
}
