//! Permissions: `chmod`.

use crate::error::Failure;
use crate::needs::{CHMOD_DIR, CHMOD_FILE, OPEN_DIR, OPEN_FILE, READ_DIR, STAT_DIR, STAT_FILE};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::{DirHandle, FileHandle};

/// The permissions that a directory shall have.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    permissions: Option<i64>,
    recursive: bool,
}

static OPTIONS: Function = constructor(
    "ChmodDirOptions",
    "Begins the permissions that a directory shall have.",
    &[Example {
        title: "Permissions are required",
        script: r#"let said = ""; try { ChmodDirOptions().build(); } catch (e) { said = e; } said == "`permissions` must be initialized""#,
        ..Example::BASE
    }],
);
static PERMISSIONS: Function = setter("permissions", "The permissions, from `0` to `0o777`.");
static RECURSIVE: Function =
    setter("recursive", "Regular files and directories below get them, too; links and special files are passed over.");

static FILE: Function = Function {
    name: "chmod",
    params: &["self", "permissions"],
    doc: "Gives the file these permissions, from `0` to `0o777`.",
    needs: &[CHMOD_FILE],
    examples: &[Example {
        title: "For the owner alone",
        files: &[("a.txt", "")],
        script: with_file!("f.chmod(0o600); (f.metadata().permissions() & 0o7777) == 0o600"),
        around: &[OPEN_DIR, OPEN_FILE, STAT_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static DIR: Function = Function {
    name: "chmod",
    params: &["self", "options"],
    doc: "Gives the directory permissions. With `recursive` all regular files and directories below get them, too: each is judged, and nothing is changed when one may \
          not be. What fails is an error.",
    needs: &[CHMOD_DIR, READ_DIR, OPEN_DIR, CHMOD_FILE],
    examples: &[
        Example {
            title: "The directory alone",
            files: &[("sub/", "")],
            script: r#"let s = DirConfig().path(dir + "/sub").build().open(OpenDirOptions().build());
                s.chmod(ChmodDirOptions().permissions(0o711).build()); (s.metadata().permissions() & 0o7777) == 0o711"#,
            around: &[STAT_DIR],
            ..Example::BASE
        },
        Example {
            title: "A whole tree",
            files: &[("t/a", ""), ("t/sub/b", "")],
            script: r#"let t = DirConfig().path(dir + "/t").build().open(OpenDirOptions().build());
                t.chmod(ChmodDirOptions().permissions(0o750).recursive(true).build()); (ls(dir + "/t/sub")["b"].metadata().permissions() & 0o7777) == 0o750"#,
            around: &[OPEN_FILE, STAT_FILE],
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<Options>(r, "ChmodDirOptions", "ChmodDirOptionsBuilder", &OPTIONS, |options| {
        options.permissions.map(drop).ok_or_else(|| "`permissions` must be initialized".to_owned())
    });
    set(r, &PERMISSIONS, |options: &mut Options, value: i64| options.permissions = Some(value));
    set(r, &RECURSIVE, |options: &mut Options, value: bool| options.recursive = value);
    r.function(&FILE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, permissions: i64| {
            entry.run(&call, |gate| file.chmod(gate, permissions).map_err(Failure::from))
        }
    });
    r.function(&DIR, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, options: Options| {
            let permissions = options.permissions.unwrap_or_default();
            entry.run(&call, |gate| dir.chmod(gate, permissions, options.recursive).map_err(Failure::from))
        }
    });
}
