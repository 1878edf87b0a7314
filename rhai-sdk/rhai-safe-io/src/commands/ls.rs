//! `ls`: the entries of a directory.

use crate::error::{Failure, SOURCE};
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_DIR};
use crate::values::{entry_map, tell_skipped};
use rex_cedar_auth::{Gate, Need};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar, flags};
use rhai::{Array, Map};
use rust_safe_io::list;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LsFlag {
    All,
    Long,
    Recursive,
}

const NEEDS: &[Need] = &[OPEN_DIR, READ_DIR, OPEN_FILE];
const FILES: &[(&str, &str)] = &[("a.txt", "a"), (".hidden", ""), ("sub/b.txt", ""), ("link -> nowhere", "")];
const OF_A_LINK: Example = Example {
    title: "A link is itself",
    files: FILES,
    script: r#"ls(dir + "/link").values()[0].type() == EntryType::SYMLINK"#,
    ..Example::BASE
};

static LS: Function = Function {
    name: "ls",
    params: &["path"],
    doc: "Returns the entries of the directory `path` as a map from name to entry, without names that begin with a dot. Of a link it returns the \
          link itself.",
    needs: NEEDS,
    examples: &[
        Example {
            title: "Names in a directory",
            files: FILES,
            script: r#"ls(dir).keys() == ["a.txt", "link", "sub"]"#,
            ..Example::BASE
        },
        OF_A_LINK,
    ],
    ..Function::BASE
};

static LS_FLAGS: Function = Function {
    name: "ls",
    params: &["flags", "path"],
    doc: "As `ls(path)`. `ls::all` returns names that begin with a dot too; `ls::recursive` goes down into all directories, the keys are then paths below \
          `path`, and a directory that cannot be entered is named in the log; `ls::long` changes nothing, since entries tell everything.",
    needs: NEEDS,
    examples: &[
        Example {
            title: "Hidden names too",
            files: FILES,
            script: r#"ls([ls::all], dir).keys() == [".hidden", "a.txt", "link", "sub"]"#,
            ..Example::BASE
        },
        Example {
            title: "A tree",
            files: FILES,
            script: r#"ls([ls::recursive], dir).keys() == ["a.txt", "link", "sub", "sub/b.txt"]"#,
            ..Example::BASE
        },
        Example { script: r#"ls([ls::long], dir + "/link").len() == 1"#, ..OF_A_LINK },
    ],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<LsFlag>("LsFlag");
    for (name, short, doc, flag) in [
        ("all", "a", "Names that begin with a dot too.", LsFlag::All),
        ("long", "l", "Nothing: entries tell everything.", LsFlag::Long),
        ("recursive", "R", "Go down into all directories.", LsFlag::Recursive),
    ] {
        r.constant("ls", name, doc, flag);
        r.constant("ls", short, doc, flag);
    }
    r.function(&LS, |entry| move |call: Call<'_>, path: &str| entry.run(&call, |gate| ls(gate, &entry, path, &[])));
    r.function(&LS_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, path: &str| {
            entry.run(&call, |gate| ls(gate, &entry, path, &flags(SOURCE, "ls", "LsFlag", array)?))
        }
    });
}

fn ls(gate: &Gate, entry: &Entry, path: &str, flags: &[LsFlag]) -> Result<Map, Failure> {
    let recursive = flags.contains(&LsFlag::Recursive);
    let listing = list(gate, path, recursive)?;
    tell_skipped(entry.log(), "ls", &listing.skipped);
    let is_link = listing.is_link;
    let keyed = listing.entries.into_iter().map(|found| {
        let below = found.path().strip_prefix(listing.path.as_str()).map(|below| below.trim_start_matches('/'));
        let key = below.filter(|_| recursive && !is_link).map_or_else(|| found.name(), str::to_owned);
        (key, found)
    });
    let shown = keyed.filter(|(key, _)| {
        is_link || flags.contains(&LsFlag::All) || !key.split('/').any(|part| part.starts_with('.'))
    });
    Ok(entry_map(shown))
}
