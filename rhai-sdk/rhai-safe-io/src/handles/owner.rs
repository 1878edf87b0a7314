//! Owners: `set_ownership`.

use crate::error::Failure;
use crate::needs::{CHOWN_DIR, CHOWN_FILE, OPEN_DIR, OPEN_FILE, READ_DIR, STAT_DIR, STAT_FILE};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::ImmutableString;
use rust_safe_io::{DirHandle, FileHandle, OwnershipOptions, SymlinkHandle};

static OPTIONS: Function = constructor(
    "SetOwnershipOptions",
    "Begins the owner and group that something shall have. What is not set stays.",
    &[],
);
static USER: Function = setter("user", "The user, by name or by number: `\"www\"`, `\"1000\"`.");
static GROUP: Function = setter("group", "The group, by name or by number.");
static RECURSIVE: Function = setter("recursive", "All below the directory get them, too, links themselves among them.");

static FILE: Function = Function {
    name: "set_ownership",
    params: &["self", "options"],
    doc: "Gives the file another owner or group. A name that is not known is an error, and nothing is changed then.",
    needs: &[CHOWN_FILE],
    examples: &[Example {
        title: "By number",
        files: &[("a.txt", "")],
        script: with_file!(
            r#"let uid = f.metadata().uid(); f.set_ownership(SetOwnershipOptions().user(uid.to_string()).build()); f.metadata().uid() == uid"#
        ),
        around: &[OPEN_DIR, OPEN_FILE, STAT_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static LINK: Function = Function {
    name: "set_ownership",
    params: &["self", "options"],
    doc: "Gives the link itself another owner or group.",
    needs: &[CHOWN_FILE],
    examples: &[Example {
        title: "The group that it has",
        files: &[("l -> nowhere", "")],
        script: with_dir!(
            r#"let l = d.open_symlink("l"); let group = l.metadata().owner.group; l.set_ownership(SetOwnershipOptions().group(group).build()); l.metadata().owner.group == group"#
        ),
        around: &[OPEN_DIR, OPEN_FILE, STAT_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static DIR: Function = Function {
    name: "set_ownership",
    params: &["self", "options"],
    doc: "Gives the directory another owner or group. With `recursive` all below it get them, too: each is judged, and nothing is changed when one may not be. What fails \
          is an error.",
    needs: &[CHOWN_DIR, READ_DIR, OPEN_DIR, CHOWN_FILE],
    examples: &[Example {
        title: "A whole tree",
        files: &[("t/a", ""), ("t/sub/b", "")],
        script: r#"let t = DirConfig().path(dir + "/t").build().open(OpenDirOptions().build()); let user = t.get_ownership().user;
            t.set_ownership(SetOwnershipOptions().user(user).recursive(true).build()); t.get_ownership().user == user"#,
        around: &[STAT_DIR],
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<OwnershipOptions>(r, "SetOwnershipOptions", "SetOwnershipOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &USER, |options: &mut OwnershipOptions, value: ImmutableString| options.user = Some(value.into()));
    set(r, &GROUP, |options: &mut OwnershipOptions, value: ImmutableString| options.group = Some(value.into()));
    set(r, &RECURSIVE, |options: &mut OwnershipOptions, value: bool| options.recursive = value);
    r.function(&FILE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, options: OwnershipOptions| {
            entry.run(&call, |gate| file.set_ownership(gate, &options).map_err(Failure::from))
        }
    });
    r.function(&LINK, |entry| {
        move |call: Call<'_>, link: &mut SymlinkHandle, options: OwnershipOptions| {
            entry.run(&call, |gate| link.set_ownership(gate, &options).map_err(Failure::from))
        }
    });
    r.function(&DIR, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, options: OwnershipOptions| {
            entry.run(&call, |gate| dir.set_ownership(gate, &options).map_err(Failure::from))
        }
    });
}
