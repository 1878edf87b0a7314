//! Opening directories: `DirConfig`, `OpenDirOptions`.

use crate::error::Failure;
use crate::needs::{CREATE_DIR, OPEN_DIR};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::ImmutableString;
use rust_safe_io::{DirHandle, DirOptions};

/// Which directory.
#[derive(Debug, Clone, Default)]
struct DirConfig {
    path: Option<ImmutableString>,
}

static CONFIG: Function = constructor(
    "DirConfig",
    "Begins the description of a directory: `DirConfig().path(p).build().open(options)`.",
    &[Example {
        title: "A path is required",
        script: r#"let said = ""; try { DirConfig().build(); } catch (e) { said = e; } said == "Invalid arguments: Field not initialized: path""#,
        ..Example::BASE
    }],
);
static PATH: Function = setter("path", "The absolute path of the directory.");

static OPTIONS: Function = constructor("OpenDirOptions", "Begins the options for opening a directory.", &[]);
static CREATE: Function =
    setter("create", "Make the directory; nothing may be at its place. Without it the directory must be there.");
static RECURSIVE: Function =
    setter("recursive", "With `create`, make those that are missing above it too, and take what is there.");
static FOLLOW: Function =
    setter("follow_symlinks", "Follow links in the path; where they lead is judged too. Nothing is made then.");

static OPEN: Function = Function {
    name: "open",
    params: &["self", "options"],
    doc: "Opens the directory and returns a handle of it. Handles do not notice when the path comes to stand for something else.",
    needs: &[OPEN_DIR, CREATE_DIR],
    examples: &[
        Example {
            title: "Open a directory",
            files: &[("sub/", "")],
            script: r#"DirConfig().path(dir + "/sub").build().open(OpenDirOptions().build()).path == dir + "/sub""#,
            ..Example::BASE
        },
        Example {
            title: "Make a directory and those above it",
            script: r#"let o = OpenDirOptions().create(true).recursive(true).build(); DirConfig().path(dir + "/a/b").build().open(o).path == dir + "/a/b""#,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static HANDLE_PATH: Function = Function {
    name: "path",
    doc: "The path of the directory, in which no link is.",
    examples: &[Example {
        title: "A link that was followed",
        files: &[("sub/", ""), ("link -> sub", "")],
        script: r#"DirConfig().path(dir + "/link").build().open(OpenDirOptions().follow_symlinks(true).build()).path == dir + "/sub""#,
        around: &[OPEN_DIR],
        ..Example::BASE
    }],
    ..Function::GETTER
};

pub(super) fn register(r: &mut Registrar) {
    options::<DirConfig>(r, "DirConfig", "DirConfigBuilder", &CONFIG, |config| match config.path {
        Some(_) => Ok(()),
        None => Err(super::missing("path")),
    });
    set(r, &PATH, |config: &mut DirConfig, path: ImmutableString| config.path = Some(path));
    options::<DirOptions>(r, "OpenDirOptions", "OpenDirOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &CREATE, |options: &mut DirOptions, value: bool| options.create = value);
    set(r, &RECURSIVE, |options: &mut DirOptions, value: bool| options.recursive = value);
    set(r, &FOLLOW, |options: &mut DirOptions, value: bool| options.follow = value);
    r.type_name::<DirHandle>("DirHandle");
    r.function(&OPEN, |entry| {
        move |call: Call<'_>, config: &mut DirConfig, options: DirOptions| {
            let path = config.path.clone().unwrap_or_default();
            entry.run(&call, |gate| DirHandle::open(gate, &path, options).map_err(Failure::from))
        }
    });
    r.function(&HANDLE_PATH, |_| |dir: &mut DirHandle| dir.path().to_owned());
}
