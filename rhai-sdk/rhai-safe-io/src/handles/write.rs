//! Writing files: `write`, `write_bytes`, `write_in_place`, `append`.

use crate::error::Failure;
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE, WRITE_FILE};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::Blob;
use rust_safe_io::{FileHandle, WriteOptions};

const FILES: &[(&str, &str)] = &[("a.txt", "old")];
const AROUND: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE];
const EXAMPLE: Example = Example { files: FILES, around: AROUND, ..Example::BASE };

static OPTIONS: Function = constructor("WriteOptions", "Begins the options for writing.", &[]);
static PRESERVE: Function = setter(
    "preserve_ownership",
    "The file keeps its owner and group, which is so without options, too; else it belongs to the account of the run.",
);

static WRITE: Function = Function {
    name: "write",
    params: &["self", "content"],
    doc: "Gives the file the text `content` in one step and brings it to the disk: whoever reads it meets the old text or the new, never a part. Returns a handle \
          of the new file, which has owner, permissions and attributes of the old; the handle it is called on still reads the old text.",
    needs: &[WRITE_FILE],
    examples: &[
        Example {
            title: "Replace the content",
            script: with_file!(r#"f = f.write("new"); f.read() == "new" && f.path == dir + "/a.txt""#),
            ..EXAMPLE
        },
        Example {
            title: "Of a link that was followed, the file behind it is written",
            files: &[("a.txt", "old"), ("link -> a.txt", "")],
            script: with_dir!(
                r#"let o = OpenFileOptions().write(true).follow_symlinks(true).build(); d.open_file("link", o).write("new"); cat(dir + "/a.txt") == "new""#
            ),
            ..EXAMPLE
        },
    ],
    ..Function::METHOD
};

static WRITE_WITH: Function = Function {
    name: "write",
    params: &["self", "content", "options"],
    doc: "As `write(content)`, with options.",
    needs: &[WRITE_FILE],
    examples: &[Example {
        title: "The new file belongs to the account of the run",
        script: with_file!(r#"f.write("new", WriteOptions().preserve_ownership(false).build()).read() == "new""#),
        ..EXAMPLE
    }],
    ..Function::METHOD
};

static WRITE_BYTES: Function = Function {
    name: "write_bytes",
    params: &["self", "content"],
    doc: "As `write(content)`, for bytes that need not be text.",
    needs: &[WRITE_FILE],
    examples: &[Example {
        title: "Write a blob",
        script: with_file!(r#"let b = blob(2, 0x41); f.write_bytes(b).read() == "AA""#),
        ..EXAMPLE
    }],
    ..Function::METHOD
};

static IN_PLACE: Function = Function {
    name: "write_in_place",
    params: &["self", "content"],
    doc: "Gives the very file that the handle holds the text `content`, wherever the handle stands, and brings it to the disk. Whoever reads it meanwhile may meet \
          a part; use `write` unless the file has to stay the same.",
    needs: &[WRITE_FILE],
    examples: &[Example {
        title: "The file stays the same",
        script: with_file!(r#"f.write_in_place("tiny"); f.read() == "tiny""#),
        ..EXAMPLE
    }],
    ..Function::METHOD
};

static APPEND: Function = Function {
    name: "append",
    params: &["self", "content"],
    doc: "Adds the text `content` to the end of the file and brings it to the disk. The file is locked meanwhile, so that what others add who lock it too never comes \
          between.",
    needs: &[WRITE_FILE],
    examples: &[Example {
        title: "Add a line",
        script: with_file!(r#"f.append("er\n"); f.read() == "older\n""#),
        ..EXAMPLE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<WriteOptions>(r, "WriteOptions", "WriteOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &PRESERVE, |options: &mut WriteOptions, value: bool| options.preserve_ownership = value);
    r.function(&WRITE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, content: &str| {
            let options = WriteOptions::default();
            entry.run(&call, |gate| file.write(gate, content.as_bytes(), options).map_err(Failure::from))
        }
    });
    r.function(&WRITE_WITH, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, content: &str, options: WriteOptions| {
            entry.run(&call, |gate| file.write(gate, content.as_bytes(), options).map_err(Failure::from))
        }
    });
    r.function(&WRITE_BYTES, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, content: Blob| {
            let options = WriteOptions::default();
            entry.run(&call, |gate| file.write(gate, &content, options).map_err(Failure::from))
        }
    });
    r.function(&IN_PLACE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, content: &str| {
            entry.run(&call, |gate| file.write_in_place(gate, content.as_bytes()).map_err(Failure::from))
        }
    });
    r.function(&APPEND, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, content: &str| {
            entry.run(&call, |gate| file.append(gate, content.as_bytes()).map_err(Failure::from))
        }
    });
}
