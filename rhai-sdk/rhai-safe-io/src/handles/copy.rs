//! Copying between files, and replacing in texts: `copy`, `replace_text`.

use crate::error::Failure;
use crate::needs::{CREATE_FILE, OPEN_DIR, OPEN_FILE, READ_FILE, WRITE_FILE};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::{CopyOptions, FileHandle, ReplaceOptions, replace_text};

static COPY_OPTIONS: Function = constructor("CopyFileOptions", "Begins the options for copying a file.", &[]);
static FORCE: Function = setter("force", "Copy also into a file that holds something, which is lost then.");
static PRESERVE: Function = setter("preserve", "Give the copy the permissions and times of the source.");

static COPY: Function = Function {
    name: "copy",
    params: &["self", "destination", "options"],
    doc: "Copies the whole content of the file into the file `destination`, which must be opened for writing, and returns `destination`. It is written in place: \
          whoever reads it meanwhile may meet a part.",
    needs: &[READ_FILE, WRITE_FILE],
    examples: &[Example {
        title: "Copy into a new file",
        files: &[("a.txt", "content")],
        script: with_file!(
            r#"let copy = d.open_file("b.txt", OpenFileOptions().create(true).read(true).build());
            f.copy(copy, CopyFileOptions().preserve(true).build()); cat(dir + "/b.txt") == "content""#
        ),
        around: &[OPEN_DIR, OPEN_FILE, CREATE_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static REPLACE_OPTIONS: Function =
    constructor("ReplacementOptions", "Begins the options for replacing in a text.", &[]);
static IS_REGEX: Function = setter(
    "is_regex",
    "What is replaced is a regular expression, whose groups the new text may name (`$1`, `${name}`).",
);
static ALL: Function = setter("replace_all", "Replace every occurrence, not the first alone.");

static REPLACE_TEXT: Function = Function {
    name: "replace_text",
    params: &["text", "old", "new", "options"],
    doc: "Returns `text` with the first occurrence of `old` replaced by `new`, or all, as the options say.",
    needs: &[],
    examples: &[
        Example {
            title: "Every occurrence of a text",
            script: r#"replace_text("a.b axb a.b", "a.b", "Q", ReplacementOptions().replace_all(true).build()) == "Q axb Q""#,
            ..Example::BASE
        },
        Example {
            title: "The first match of an expression",
            script: r#"replace_text("a.b axb", "a(.)b", "<$1>", ReplacementOptions().is_regex(true).build()) == "<.> axb""#,
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    options::<CopyOptions>(r, "CopyFileOptions", "CopyFileOptionsBuilder", &COPY_OPTIONS, |_| Ok(()));
    set(r, &FORCE, |options: &mut CopyOptions, value: bool| options.force = value);
    set(r, &PRESERVE, |options: &mut CopyOptions, value: bool| options.preserve = value);
    r.function(&COPY, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, destination: FileHandle, options: CopyOptions| {
            entry.run(&call, |gate| {
                file.copy(gate, &destination, options)?;
                Ok::<_, Failure>(destination.clone())
            })
        }
    });
    options::<ReplaceOptions>(r, "ReplacementOptions", "ReplacementOptionsBuilder", &REPLACE_OPTIONS, |_| Ok(()));
    set(r, &IS_REGEX, |options: &mut ReplaceOptions, value: bool| options.regex = value);
    set(r, &ALL, |options: &mut ReplaceOptions, value: bool| options.all = value);
    r.function(&REPLACE_TEXT, |entry| {
        move |call: Call<'_>, text: &str, old: &str, new: &str, options: ReplaceOptions| {
            entry.run(&call, |_| replace_text(text, old, new, options).map_err(Failure::from))
        }
    });
}
