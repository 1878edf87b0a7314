//! Links and directories in a directory: `create_symlink`, `read_link_target`, `open_symlink`, `create_hard_link`, `make_dir`.

use crate::error::Failure;
use crate::needs::{CREATE_DIR, CREATE_FILE, DELETE_FILE, MOVE_FILE, OPEN_DIR, OPEN_FILE, READ_FILE};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::{DirHandle, FileHandle, SymlinkHandle};

/// How to make a link.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    force: bool,
}

static OPTIONS: Function = constructor("CreateSymlinkOptions", "Begins the options for making a link.", &[]);
static FORCE: Function = setter("force", "Replace what is there in one step, unless it is a directory.");

static CREATE: Function = Function {
    name: "create_symlink",
    params: &["self", "target", "link_name", "options"],
    doc: "Makes a link called `link_name` in the directory that holds the text `target` as it is, wherever that leads. With `force` what is there is replaced, which \
          needs the right to delete it.",
    needs: &[CREATE_FILE, DELETE_FILE],
    examples: &[
        Example {
            title: "Make a link",
            script: with_dir!(
                r#"d.create_symlink("some/where", "l", CreateSymlinkOptions().build()); d.read_link_target("l") == "some/where""#
            ),
            around: &[OPEN_DIR, READ_FILE],
            ..Example::BASE
        },
        Example {
            title: "Point a link elsewhere",
            files: &[("current -> v1", "")],
            script: with_dir!(
                r#"d.create_symlink("v2", "current", CreateSymlinkOptions().force(true).build()); d.read_link_target("current") == "v2""#
            ),
            around: &[OPEN_DIR, READ_FILE],
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static READ_TARGET: Function = Function {
    name: "read_link_target",
    params: &["self", "link_name"],
    doc: "Returns the text of the link called `link_name` in the directory.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "Where a link points",
        files: &[("l -> some/where", "")],
        script: with_dir!(r#"d.read_link_target("l") == "some/where""#),
        around: &[OPEN_DIR],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static OPEN: Function = Function {
    name: "open_symlink",
    params: &["self", "link_name"],
    doc: "Returns a handle of the link called `link_name` in the directory itself, not of what it points at.",
    needs: &[OPEN_FILE],
    examples: &[Example {
        title: "Hold a link that leads nowhere",
        files: &[("l -> nowhere", "")],
        script: with_dir!(r#"d.open_symlink("l").path == dir + "/l""#),
        around: &[OPEN_DIR],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static PATH: Function = Function {
    name: "path",
    doc: "The path of the link.",
    examples: &[Example {
        title: "Where it is",
        files: &[("l -> nowhere", "")],
        script: with_dir!(r#"d.open_symlink("l").path == dir + "/l""#),
        around: &[OPEN_DIR, OPEN_FILE],
        ..Example::BASE
    }],
    ..Function::GETTER
};

static HARD_LINK: Function = Function {
    name: "create_hard_link",
    params: &["self", "file", "name"],
    doc: "Gives the file of a handle another name, `name` in this directory, at which nothing may be. It is judged as moving the file there.",
    needs: &[MOVE_FILE, CREATE_FILE],
    examples: &[Example {
        title: "Two names for one file",
        files: &[("a.txt", "one")],
        script: with_file!(r#"d.create_hard_link(f, "b.txt"); f.append(" file"); cat(dir + "/b.txt") == "one file""#),
        around: &[OPEN_DIR, OPEN_FILE, crate::needs::WRITE_FILE, READ_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static MAKE_DIR: Function = Function {
    name: "make_dir",
    params: &["self", "name"],
    doc: "Makes a directory called `name` in this one and returns a handle of it. A directory that is there already is well.",
    needs: &[OPEN_DIR, CREATE_DIR],
    examples: &[Example {
        title: "Make a directory in another",
        script: with_dir!(
            r#"d.make_dir("a").make_dir("b").path == dir + "/a/b" && d.make_dir("a").path == dir + "/a""#
        ),
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<Options>(r, "CreateSymlinkOptions", "CreateSymlinkOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &FORCE, |options: &mut Options, value: bool| options.force = value);
    r.function(&CREATE, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, target: &str, name: &str, options: Options| {
            entry.run(&call, |gate| dir.create_symlink(gate, target, name, options.force).map_err(Failure::from))
        }
    });
    r.function(&READ_TARGET, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, name: &str| {
            entry.run(&call, |gate| dir.read_link_target(gate, name).map_err(Failure::from))
        }
    });
    r.function(&OPEN, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, name: &str| {
            entry.run(&call, |gate| dir.open_symlink(gate, name).map_err(Failure::from))
        }
    });
    r.function(&PATH, |_| |link: &mut SymlinkHandle| link.path().to_owned());
    r.function(&HARD_LINK, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, file: FileHandle, name: &str| {
            entry.run(&call, |gate| dir.create_hard_link(gate, &file, name).map_err(Failure::from))
        }
    });
    r.function(&MAKE_DIR, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, name: &str| {
            entry.run(&call, |gate| dir.make_dir(gate, name).map_err(Failure::from))
        }
    });
}
