//! `touch`: make an empty file, or set the times of one.

use crate::error::Failure;
use crate::needs::{CREATE_FILE, OPEN_DIR, OPEN_FILE, WRITE_FILE};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::touch;

static TOUCH: Function = Function {
    name: "touch",
    params: &["path"],
    doc: "Makes an empty file `path`. One that is there already keeps its content and gets the present time, which needs the right to write it.",
    needs: &[OPEN_DIR, OPEN_FILE, CREATE_FILE, WRITE_FILE],
    examples: &[
        Example {
            title: "Make a file",
            script: r#"touch(dir + "/lock"); find_files("*", dir) == ["lock"]"#,
            around: &[crate::needs::READ_DIR],
            ..Example::BASE
        },
        Example {
            title: "A file that is there keeps its content",
            files: &[("f", "content")],
            script: r#"touch(dir + "/f"); cat(dir + "/f") == "content""#,
            around: crate::needs::READ_PLAIN,
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.function(&TOUCH, |entry| {
        move |call: Call<'_>, path: &str| entry.run(&call, |gate| touch(gate, path).map_err(Failure::from))
    });
}
