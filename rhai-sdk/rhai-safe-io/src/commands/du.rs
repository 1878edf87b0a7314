//! `du`: what a directory occupies.

use crate::error::{Failure, SOURCE};
use crate::needs::{OPEN_DIR, READ_DIR, STAT_DIR, STAT_FILE};
use crate::values::{map, number, tell_skipped};
use rex_cedar_auth::{Gate, Need};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar, flags};
use rhai::{Array, Dynamic, Map};
use rust_safe_io::{UsageOptions, usage};

#[derive(Debug, Clone, Copy)]
enum DuFlag {
    Summarize,
    AllFiles,
    ApparentSize,
    MaxDepth(i64),
}

const NEEDS: &[Need] = &[OPEN_DIR, STAT_DIR, READ_DIR, STAT_FILE];
/// What a tree without files needs.
const DIRECTORIES: &[Need] = &[OPEN_DIR, STAT_DIR, READ_DIR];

static DU: Function = Function {
    name: "du",
    params: &["path"],
    doc: "Adds up what the directory `path` and all below it occupy on the disk. Returns a map with `entries` (for each directory, the \
          innermost first, a map of `path`, `size_bytes` and `inode_count`), `total_size_bytes` and `total_inode_count`. A file with several \
          names counts once; what could not be read is left out and named in the log.",
    needs: NEEDS,
    examples: &[Example {
        title: "Directories and their totals",
        files: &[("t/a", "12345"), ("t/sub/b", "123")],
        script: r#"let m = du(dir + "/t"); m.entries.len() == 2 && m.total_inode_count == 4 && m.entries[1].size_bytes == m.total_size_bytes"#,
        ..Example::BASE
    }],
    ..Function::BASE
};

static DU_FLAGS: Function = Function {
    name: "du",
    params: &["flags", "path"],
    doc: "As `du(path)`. `du::summarize` lists the directory itself alone, `du::all_files` lists files too, `du::apparent_size` counts the length \
          of files instead of what they occupy, `du::max_depth(n)` lists nothing deeper than `n` levels.",
    needs: NEEDS,
    examples: &[Example {
        title: "The length of all files together",
        files: &[("t/a", "12345"), ("t/sub/b", "123")],
        script: r#"let m = du([du::apparent_size, du::all_files], dir + "/t"); m.entries.some(|e| e.path.ends_with("/b") && e.size_bytes == 3)"#,
        ..Example::BASE
    }],
    ..Function::BASE
};

static MAX_DEPTH: Function = Function {
    module: Some("du"),
    name: "max_depth",
    params: &["n"],
    doc: "A flag of `du`: list nothing deeper than `n` levels; 0 is the directory itself.",
    examples: &[Example {
        title: "One level",
        files: &[("t/sub/deep/", "")],
        script: r#"du([du::max_depth(1)], dir + "/t").entries.len() == 2"#,
        around: DIRECTORIES,
        ..Example::BASE
    }],
    ..Function::BASE
};

static D: Function =
    Function { name: "d", doc: "The same as `max_depth`.", examples: MAX_DEPTH_SHORT, ..MAX_DEPTH_BASE };
const MAX_DEPTH_BASE: Function = Function { module: Some("du"), params: &["n"], ..Function::BASE };
const MAX_DEPTH_SHORT: &[Example] = &[Example {
    title: "The directory alone",
    files: &[("t/sub/", "")],
    script: r#"du([du::d(0)], dir + "/t").entries.len() == 1"#,
    around: DIRECTORIES,
    ..Example::BASE
}];

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<DuFlag>("DuFlag");
    for (name, doc, flag) in [
        ("summarize", "List the directory itself alone.", DuFlag::Summarize),
        ("s", "The same as `summarize`.", DuFlag::Summarize),
        ("all_files", "List files too.", DuFlag::AllFiles),
        ("a", "The same as `all_files`.", DuFlag::AllFiles),
        ("apparent_size", "Count the length of files.", DuFlag::ApparentSize),
    ] {
        r.constant("du", name, doc, flag);
    }
    r.function(&MAX_DEPTH, |_| |n: i64| DuFlag::MaxDepth(n));
    r.function(&D, |_| |n: i64| DuFlag::MaxDepth(n));
    r.function(&DU, |entry| {
        move |call: Call<'_>, path: &str| entry.run(&call, |gate| du(gate, &entry, path, UsageOptions::default()))
    });
    r.function(&DU_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, path: &str| {
            entry.run(&call, |gate| du(gate, &entry, path, options(flags(SOURCE, "du", "DuFlag", array)?)))
        }
    });
}

fn options(flags: Vec<DuFlag>) -> UsageOptions {
    let mut options = UsageOptions::default();
    // Of a flag that carries a number the first counts.
    for flag in flags.into_iter().rev() {
        match flag {
            DuFlag::Summarize => options.summarize = true,
            DuFlag::AllFiles => options.all_files = true,
            DuFlag::ApparentSize => options.apparent_size = true,
            // A depth below 0 lists what 0 lists.
            DuFlag::MaxDepth(n) => options.max_depth = usize::try_from(n).unwrap_or(0),
        }
    }
    options
}

fn du(gate: &Gate, entry: &Entry, path: &str, options: UsageOptions) -> Result<Map, Failure> {
    let usage = usage(gate, path, options)?;
    tell_skipped(entry.log(), "du", &usage.skipped);
    let one = |entry: rust_safe_io::UsageEntry| {
        let members = [
            ("path", entry.path.into()),
            ("size_bytes", number(entry.size_bytes)),
            ("inode_count", number(entry.inode_count)),
        ];
        Dynamic::from(map(members))
    };
    Ok(map([
        ("entries", usage.entries.into_iter().map(one).collect::<Array>().into()),
        ("total_size_bytes", number(usage.total_size_bytes)),
        ("total_inode_count", number(usage.total_inode_count)),
    ]))
}
