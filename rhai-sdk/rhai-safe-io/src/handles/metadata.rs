//! Metadata of directories, files, links and entries.

use crate::error::Failure;
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_DIR, READ_FILE, STAT_DIR, STAT_FILE};
use crate::values::{int, map, number};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Dynamic, Map};
use rust_safe_io::{DirEntry, DirHandle, EntryType, FileHandle, Metadata, Owner, SymlinkHandle};

/// What the opening of a file in the examples asks for.
const OPENING: &[Need] = &[OPEN_DIR, OPEN_FILE];
/// What the opening of a file and its metadata ask for; the getters themselves ask for nothing.
const LOOKING: &[Need] = &[OPEN_DIR, OPEN_FILE, STAT_FILE];
const FILES: &[(&str, &str)] = &[("a.txt", "12345"), ("sub/", ""), ("link -> a.txt", "")];

macro_rules! of_a_file {
    ($test:literal) => {
        concat!(
            "let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); ",
            "let f = d.open_file(\"a.txt\", OpenFileOptions().read(true).build()); ",
            $test
        )
    };
}

static OF_DIR: Function = Function {
    name: "metadata",
    params: &["self"],
    doc: "Returns the metadata of the directory.",
    needs: &[STAT_DIR],
    examples: &[Example {
        title: "The permissions of a directory",
        files: FILES,
        script: r#"let m = DirConfig().path(dir + "/sub").build().open(OpenDirOptions().build()).metadata(); m.type() == EntryType::DIR && (m.permissions() & 0o700) == 0o700"#,
        around: &[OPEN_DIR],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static OF_FILE: Function = Function {
    name: "metadata",
    params: &["self"],
    doc: "Returns the metadata of the file.",
    needs: &[STAT_FILE],
    examples: &[Example {
        title: "The size of a file",
        files: FILES,
        script: of_a_file!("f.metadata().file_size() == 5"),
        around: OPENING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static OF_LINK: Function = Function {
    name: "metadata",
    params: &["self"],
    doc: "Returns the metadata of the link itself. Where it points is told only to who may `read` it.",
    needs: &[STAT_FILE, READ_FILE],
    examples: &[Example {
        title: "Where a link points",
        files: FILES,
        script: r#"DirConfig().path(dir).build().open(OpenDirOptions().build()).open_symlink("link").metadata().symlink_target() == "a.txt""#,
        around: OPENING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static OF_ENTRY: Function = Function {
    name: "metadata",
    params: &["self"],
    doc: "Returns the metadata of what the entry's name stands for at present; of a link its own. Where it points is told only to who may `read` it.",
    needs: &[OPEN_DIR, STAT_DIR, OPEN_FILE, STAT_FILE, READ_FILE],
    examples: &[Example {
        title: "Sizes and targets in a listing",
        files: FILES,
        script: r#"let l = ls(dir); l["a.txt"].metadata().file_size() == 5 && l["link"].metadata().symlink_target() == "a.txt" && l["sub"].metadata().type() == EntryType::DIR"#,
        around: &[OPEN_DIR, READ_DIR],
        ..Example::BASE
    }],
    ..Function::METHOD
};

/// A method that tells one thing of metadata.
const fn part(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, params: &["self"], ..Function::METHOD }
}

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, files: FILES, script, around: LOOKING, ..Example::BASE }
}

static TYPE: Function =
    part("type", "What it is.", &[shown("A regular file", of_a_file!("f.metadata().type() == EntryType::FILE"))]);
static FILE_SIZE: Function =
    part("file_size", "Its length in bytes.", &[shown("Length", of_a_file!("f.metadata().file_size() == 5"))]);
static BLOCKS: Function = part(
    "blocks",
    "How many blocks of 512 bytes it occupies on the disk.",
    &[shown("Blocks", of_a_file!("f.metadata().blocks() >= 0"))],
);
static ALLOCATED: Function = part(
    "allocated_size",
    "How many bytes it occupies on the disk.",
    &[shown("In blocks", of_a_file!("let m = f.metadata(); m.allocated_size() == m.blocks() * 512"))],
);
static LINKS: Function = part(
    "num_hardlinks",
    "How many names it has.",
    &[shown("One name", of_a_file!("f.metadata().num_hardlinks() == 1"))],
);
static MODIFIED: Function = part(
    "last_modified_time",
    "When its content was changed, in seconds since 1970.",
    &[shown("Lately", of_a_file!("f.metadata().last_modified_time() > 1_700_000_000"))],
);
static MODIFIED_NANOS: Function = part(
    "last_modified_time_nanos_component",
    "The nanoseconds after `last_modified_time()`.",
    &[shown("Below a second", of_a_file!("f.metadata().last_modified_time_nanos_component() < 1_000_000_000"))],
);
static ACCESSED: Function = part(
    "last_accessed_time",
    "When its content was read, in seconds since 1970, as far as the file system keeps that.",
    &[shown("Lately", of_a_file!("f.metadata().last_accessed_time() > 1_700_000_000"))],
);
static CHANGED: Function = part(
    "last_changed_time",
    "When its content or metadata was changed, in seconds since 1970.",
    &[shown("Lately", of_a_file!("f.metadata().last_changed_time() > 1_700_000_000"))],
);
static PERMISSIONS: Function = part(
    "permissions",
    "Type and permissions as the system holds them; `& 0o7777` leaves the permissions.",
    &[shown("For the owner", of_a_file!("(f.metadata().permissions() & 0o400) == 0o400"))],
);
static INODE: Function = part(
    "inode",
    "Its inode number.",
    &[shown("It is the same for each name", of_a_file!("f.metadata().inode() > 0"))],
);
static UID: Function =
    part("uid", "The number of its owner.", &[shown("A number", of_a_file!("f.metadata().uid() >= 0"))]);
static GID: Function =
    part("gid", "The number of its group.", &[shown("A number", of_a_file!("f.metadata().gid() >= 0"))]);
static TARGET: Function = part(
    "symlink_target",
    "Where it points, of a link whose text may be read; else `()`.",
    &[shown("No link", of_a_file!("f.metadata().symlink_target() == ()"))],
);
static OWNER: Function = Function {
    name: "owner",
    doc: "Its owner and group.",
    examples: &[shown("A name", of_a_file!(r#"f.metadata().owner.user != """#))],
    ..Function::GETTER
};
static TO_MAP: Function = part(
    "to_map",
    "Everything as a map: `type`, `permissions`, `file_size`, `allocated_size`, `last_modified_time`, `num_hardlinks`, `owner_user`, \
     `owner_group`, `symlink_target`.",
    &[shown("Report a file", of_a_file!(r#"let m = f.metadata().to_map(); m.type == "File" && m.file_size == 5"#))],
);

static USER: Function = Function {
    name: "user",
    doc: "The name of the owner; its number where it has no name.",
    examples: &[shown("A name", of_a_file!(r#"f.metadata().owner.user != """#))],
    ..Function::GETTER
};
static GROUP: Function = Function {
    name: "group",
    doc: "The name of the group; its number where it has no name.",
    examples: &[shown("A name", of_a_file!(r#"f.metadata().owner.group != """#))],
    ..Function::GETTER
};

static DIR_OWNERSHIP: Function = Function {
    name: "get_ownership",
    params: &["self"],
    doc: "Returns owner and group of the directory.",
    needs: &[STAT_DIR],
    examples: &[Example {
        title: "Whose it is",
        script: r#"DirConfig().path(dir).build().open(OpenDirOptions().build()).get_ownership().user != """#,
        around: &[OPEN_DIR],
        ..Example::BASE
    }],
    ..Function::METHOD
};
static FILE_OWNERSHIP: Function = Function {
    name: "get_ownership",
    params: &["self"],
    doc: "Returns owner and group of the file.",
    needs: &[STAT_FILE],
    examples: &[Example {
        title: "Whose it is",
        files: FILES,
        script: of_a_file!(r#"f.get_ownership().group != """#),
        around: OPENING,
        ..Example::BASE
    }],
    ..Function::METHOD
};
static FILE_MODIFIED: Function = Function {
    name: "get_last_modified_time",
    params: &["self"],
    doc: "Returns when the content of the file was changed, in nanoseconds since 1970.",
    needs: &[STAT_FILE],
    examples: &[Example {
        title: "In nanoseconds",
        files: FILES,
        script: of_a_file!("f.get_last_modified_time() / 1_000_000_000 > 1_700_000_000"),
        around: OPENING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<SymlinkHandle>("SymlinkHandle");
    r.type_name::<Metadata>("Metadata");
    r.type_name::<Owner>("Ownership");
    r.function(&OF_DIR, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle| entry.run(&call, |gate| dir.metadata(gate).map_err(Failure::from))
    });
    r.function(&OF_FILE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| entry.run(&call, |gate| file.metadata(gate).map_err(Failure::from))
    });
    r.function(&OF_LINK, |entry| {
        move |call: Call<'_>, link: &mut SymlinkHandle| {
            entry.run(&call, |gate| link.metadata(gate).map_err(Failure::from))
        }
    });
    r.function(&OF_ENTRY, |entry| {
        move |call: Call<'_>, of: &mut DirEntry| entry.run(&call, |gate| of.metadata(gate).map_err(Failure::from))
    });
    parts(r);
    r.function(&DIR_OWNERSHIP, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle| {
            entry.run(&call, |gate| dir.metadata(gate).map(|found| found.owner()).map_err(Failure::from))
        }
    });
    r.function(&FILE_OWNERSHIP, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| {
            entry.run(&call, |gate| file.metadata(gate).map(|found| found.owner()).map_err(Failure::from))
        }
    });
    r.function(&FILE_MODIFIED, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| {
            entry.run(&call, |gate| {
                let time = file.metadata(gate).map_err(Failure::from)?.modified();
                Ok::<i64, Failure>(time.seconds.saturating_mul(1_000_000_000).saturating_add(time.nanoseconds))
            })
        }
    });
}

fn parts(r: &mut Registrar) {
    r.function(&TYPE, |_| |of: &mut Metadata| -> EntryType { of.entry_type() });
    r.function(&FILE_SIZE, |_| |of: &mut Metadata| int(of.size()));
    r.function(&BLOCKS, |_| |of: &mut Metadata| int(of.blocks()));
    r.function(&ALLOCATED, |_| |of: &mut Metadata| int(of.allocated()));
    r.function(&LINKS, |_| |of: &mut Metadata| int(of.links()));
    r.function(&MODIFIED, |_| |of: &mut Metadata| of.modified().seconds);
    r.function(&MODIFIED_NANOS, |_| |of: &mut Metadata| of.modified().nanoseconds);
    r.function(&ACCESSED, |_| |of: &mut Metadata| of.accessed().seconds);
    r.function(&CHANGED, |_| |of: &mut Metadata| of.changed().seconds);
    r.function(&PERMISSIONS, |_| |of: &mut Metadata| i64::from(of.mode()));
    r.function(&INODE, |_| |of: &mut Metadata| int(of.inode()));
    r.function(&UID, |_| |of: &mut Metadata| i64::from(of.owner().user));
    r.function(&GID, |_| |of: &mut Metadata| i64::from(of.owner().group));
    r.function(&TARGET, |_| |of: &mut Metadata| target(of));
    r.function(&OWNER, |_| |of: &mut Metadata| of.owner());
    r.function(&USER, |_| |of: &mut Owner| of.user_name());
    r.function(&GROUP, |_| |of: &mut Owner| of.group_name());
    r.function(&TO_MAP, |_| to_map);
}

fn to_map(of: &mut Metadata) -> Map {
    map([
        ("type", of.entry_type().to_string().into()),
        ("permissions", i64::from(of.mode()).into()),
        ("file_size", number(of.size())),
        ("allocated_size", number(of.allocated())),
        ("last_modified_time", of.modified().seconds.into()),
        ("num_hardlinks", number(of.links())),
        ("owner_user", of.owner().user_name().into()),
        ("owner_group", of.owner().group_name().into()),
        ("symlink_target", target(of)),
    ])
}

fn target(of: &Metadata) -> Dynamic {
    of.target().map_or(Dynamic::UNIT, |target| target.to_owned().into())
}
