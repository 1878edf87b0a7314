//! Entries of a directory, as `ls` gives them.

use crate::needs::{OPEN_DIR, READ_DIR};
use crate::values::int;
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::Map;
use rust_safe_io::{DirEntry, EntryType};

/// What the listing in the examples asks for; the getters themselves ask for nothing.
const LISTING: &[Need] = &[OPEN_DIR, READ_DIR];

const FILES: &[(&str, &str)] = &[("a.txt", "a"), ("sub/", "")];

static NAME: Function = Function {
    name: "name",
    doc: "The name of an entry. Bytes that are not UTF-8 are shown as `\u{fffd}`.",
    examples: &[Example {
        title: "Names of entries",
        files: FILES,
        script: r#"ls(dir)["a.txt"].name == "a.txt""#,
        around: LISTING,
        ..Example::BASE
    }],
    ..Function::GETTER
};

static INODE: Function = Function {
    name: "inode",
    doc: "The inode number of an entry.",
    examples: &[Example {
        title: "Two entries are two objects",
        files: FILES,
        script: r#"let l = ls(dir); l["a.txt"].inode > 0 && l["a.txt"].inode != l["sub"].inode"#,
        around: LISTING,
        ..Example::BASE
    }],
    ..Function::GETTER
};

static TYPE: Function = Function {
    name: "type",
    params: &["self"],
    doc: "What an entry is, as the directory says. A link is `EntryType::SYMLINK`, whatever it points at.",
    examples: &[Example {
        title: "Directories among the entries",
        files: FILES,
        script: r#"ls(dir)["sub"].type() == EntryType::DIR"#,
        around: LISTING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "An entry as a map with the keys `name`, `type` (text) and `inode`.",
    examples: &[Example {
        title: "Report an entry",
        files: FILES,
        script: r#"let m = ls(dir)["sub"].to_map(); m.name == "sub" && m.type == "Dir""#,
        around: LISTING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<DirEntry>("DirEntry");
    r.function(&NAME, |_| |entry: &mut DirEntry| entry.name());
    r.function(&INODE, |_| |entry: &mut DirEntry| int(entry.inode()));
    r.function(&TYPE, |_| |entry: &mut DirEntry| -> EntryType { entry.entry_type() });
    r.function(&TO_MAP, |_| {
        |entry: &mut DirEntry| {
            let members = [
                ("name", entry.name().into()),
                ("type", entry.entry_type().to_string().into()),
                ("inode", int(entry.inode()).into()),
            ];
            members.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>()
        }
    });
}
