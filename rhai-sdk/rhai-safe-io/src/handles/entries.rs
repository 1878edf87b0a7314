//! The entries of a directory that a script holds open.

use crate::error::Failure;
use crate::needs::{OPEN_DIR, READ_DIR};
use crate::values::entry_map;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::DirHandle;

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

pub(super) fn register(r: &mut Registrar) {
    r.function(&LIST, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle| {
            entry.run(&call, |gate| {
                let entries = dir.entries(gate)?;
                Ok::<_, Failure>(entry_map(entries.into_iter().map(|entry| (entry.name(), entry))))
            })
        }
    });
}
