//! Opening files: `OpenFileOptions`.

use crate::error::Failure;
use crate::needs::{CREATE_FILE, OPEN_DIR, OPEN_FILE};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::{DirHandle, FileHandle, FileOptions};

static OPTIONS: Function = constructor(
    "OpenFileOptions",
    "Begins the options for opening a file. At least one of `read`, `write` and `create` must be set.",
    &[],
);
static READ: Function = setter("read", "Open it for reading.");
static WRITE: Function = setter("write", "Open it for writing. Its content stays until something is written.");
static CREATE: Function = setter("create", "Make it if it is missing; implies `write(true)`.");
static PERMISSIONS: Function = setter(
    "permissions",
    "The permissions of a file that is made, of which `0o777` counts, narrowed by the umask. Without it `0o666`.",
);
static FOLLOW: Function = setter("follow_symlinks", "Follow a link in the name; the file behind it is judged too.");

static OPEN_FILE_IN: Function = Function {
    name: "open_file",
    params: &["self", "name", "options"],
    doc: "Opens the regular file called `name` in the directory and returns a handle of it. Directories, FIFOs and devices are refused, and links unless \
          they are to be followed.",
    needs: &[OPEN_FILE, CREATE_FILE],
    examples: &[
        Example {
            title: "Make a file",
            script: r#"let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); d.open_file("new", OpenFileOptions().create(true).build()).path == dir + "/new""#,
            around: &[OPEN_DIR],
            ..Example::BASE
        },
        Example {
            title: "A link is refused unless it is to be followed",
            files: &[("a.txt", "a"), ("link -> a.txt", "")],
            script: r#"let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); let refused = false;
                try { d.open_file("link", OpenFileOptions().read(true).build()); } catch (e) { refused = e.kind == IoErrorKind::FileError; }
                refused && d.open_file("link", OpenFileOptions().read(true).follow_symlinks(true).build()).path == dir + "/a.txt""#,
            around: &[OPEN_DIR],
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static PATH: Function = Function {
    name: "path",
    doc: "The path of the file; where it was opened through a link, that of the file behind it.",
    examples: &[Example {
        title: "Where it is",
        files: &[("a.txt", "a")],
        script: r#"DirConfig().path(dir).build().open(OpenDirOptions().build()).open_file("a.txt", OpenFileOptions().read(true).build()).path == dir + "/a.txt""#,
        around: &[OPEN_DIR, OPEN_FILE],
        ..Example::BASE
    }],
    ..Function::GETTER
};

pub(super) fn register(r: &mut Registrar) {
    options::<FileOptions>(r, "OpenFileOptions", "OpenFileOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &READ, |options: &mut FileOptions, value: bool| options.read = value);
    set(r, &WRITE, |options: &mut FileOptions, value: bool| options.write = value);
    set(r, &CREATE, |options: &mut FileOptions, value: bool| {
        options.create = value;
        options.write |= value;
    });
    set(r, &PERMISSIONS, |options: &mut FileOptions, value: i64| {
        // Of a negative number the low bits count, too.
        options.permissions = u32::try_from(value & 0o777).ok();
    });
    set(r, &FOLLOW, |options: &mut FileOptions, value: bool| options.follow = value);
    r.type_name::<FileHandle>("FileHandle");
    r.function(&OPEN_FILE_IN, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, name: &str, options: FileOptions| {
            entry.run(&call, |gate| dir.open_file(gate, name, options).map_err(Failure::from))
        }
    });
    r.function(&PATH, |_| |file: &mut FileHandle| file.path().to_owned());
}
