//! What directories and files occupy: `DiskUsageOptions`, `disk_usage`.

use crate::error::Failure;
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_DIR, STAT_DIR, STAT_FILE};
use crate::values::{int, map, number, tell_skipped};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::builder::{constructor, number as fits, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_io::{DirHandle, FileHandle, UsageEntry, UsageOptions};

/// How to count, and whether the largest directory is wanted.
#[derive(Debug, Clone, Copy, Default)]
struct DiskUsage {
    usage: UsageOptions,
    track_largest: bool,
}

/// What was counted.
#[derive(Debug, Clone)]
struct DiskUsageResult {
    entries: Array,
    largest: Option<DirHandle>,
}

const FILES: &[(&str, &str)] = &[("a", "12345"), ("sub/b", "123"), ("sub/c", "1234567")];
/// What adding up in the examples of getters asks for.
const ADDING: &[Need] = &[OPEN_DIR, READ_DIR, STAT_DIR, STAT_FILE];

macro_rules! of_a_tree {
    ($test:literal) => {
        concat!(
            "let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); ",
            "let u = d.disk_usage(DiskUsageOptions().apparent_size(true).all_files(true).build()); ",
            $test
        )
    };
}

const fn got(title: &'static str, script: &'static str) -> Example {
    Example { title, files: FILES, script, around: ADDING, ..Example::BASE }
}

static OPTIONS: Function =
    constructor("DiskUsageOptions", "Begins the options for adding up what directories and files occupy.", &[]);
static SUMMARIZE: Function = setter("summarize", "List the directory itself alone.");
static ALL_FILES: Function = setter("all_files", "List files too, not directories alone.");
static ONE_FILE_SYSTEM: Function = setter("one_file_system", "Leave out what lies on other file systems.");
static HARD_LINKS: Function =
    setter("count_hard_links", "Count a file with several names for each of them, instead of once.");
static APPARENT: Function =
    setter("apparent_size", "Count the length of files instead of what they occupy on the disk.");
static MAX_DEPTH: Function = setter("max_depth", "List nothing deeper; the directory itself is at depth 0.");
static TRACK: Function =
    setter("track_largest_subdir", "Also open the largest directory that is listed below the first.");

static OF_DIR: Function = Function {
    name: "disk_usage",
    params: &["self", "options"],
    doc: "Adds up what the directory and all below it occupy. Links are not followed, a file with several names counts once, and what could not be \
          read is left out and named in the log.",
    needs: &[STAT_DIR, READ_DIR, OPEN_DIR, STAT_FILE],
    examples: &[
        Example {
            title: "Each directory with all below it",
            files: FILES,
            script: "DirConfig().path(dir).build().open(OpenDirOptions().build()).disk_usage(DiskUsageOptions().build()).entries.map(|e| e.inode_count) == [3, 5]",
            ..Example::BASE
        },
        Example {
            title: "The largest directory",
            files: FILES,
            script: r#"let u = DirConfig().path(dir).build().open(OpenDirOptions().build()).disk_usage(DiskUsageOptions().track_largest_subdir(true).build()); u.largest_subdir_handle.path == dir + "/sub" && u.entries[-1].inode_count == 5"#,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static OF_FILE: Function = Function {
    name: "disk_usage",
    params: &["self", "options"],
    doc: "Returns what the file occupies. Of the options only `apparent_size` counts.",
    needs: &[STAT_FILE],
    examples: &[Example {
        title: "The length of a file",
        files: FILES,
        script: r#"DirConfig().path(dir).build().open(OpenDirOptions().build()).open_file("a", OpenFileOptions().read(true).build()).disk_usage(DiskUsageOptions().apparent_size(true).build()).size_bytes == 5"#,
        around: &[OPEN_DIR, OPEN_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static ENTRIES: Function = Function {
    name: "entries",
    doc: "What is listed; a directory after what is in it, the first directory last.",
    examples: &[got("The first directory is the last", of_a_tree!("u.entries[-1].path == dir"))],
    ..Function::GETTER
};
static LARGEST: Function = Function {
    name: "largest_subdir_handle",
    doc: "The largest directory that is listed below the first, where it was asked for and there is one; else `()`.",
    examples: &[got("It was not asked for", of_a_tree!("u.largest_subdir_handle == ()"))],
    ..Function::GETTER
};
static PATH: Function = Function {
    name: "path",
    doc: "The path.",
    examples: &[got("Paths", of_a_tree!(r#"u.entries.some(|e| e.path == dir + "/sub/b")"#))],
    ..Function::GETTER
};
static SIZE: Function = Function {
    name: "size_bytes",
    doc: "How many bytes, of a directory with all below it.",
    examples: &[got("One file", of_a_tree!(r#"u.entries.some(|e| e.path == dir + "/a" && e.size_bytes == 5)"#))],
    ..Function::GETTER
};
static COUNT: Function = Function {
    name: "inode_count",
    doc: "How many files and directories, itself among them.",
    examples: &[got("The whole tree", of_a_tree!("u.entries[-1].inode_count == 5"))],
    ..Function::GETTER
};
static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "A map with the keys `path`, `size_bytes` and `inode_count`.",
    examples: &[got("Report the total", of_a_tree!("u.entries[-1].to_map().inode_count == 5"))],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    register_options(r);
    r.type_name::<DiskUsageResult>("DiskUsageResult");
    r.type_name::<UsageEntry>("DiskUsageEntry");
    r.function(&OF_DIR, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, options: DiskUsage| {
            entry.run(&call, |gate| {
                let usage = dir.disk_usage(gate, options.usage)?;
                tell_skipped(entry.log(), "disk_usage", &usage.skipped);
                let largest = if options.track_largest { dir.largest(gate, &usage)? } else { None };
                let entries = usage.entries.into_iter().map(Dynamic::from).collect();
                Ok::<_, Failure>(DiskUsageResult { entries, largest })
            })
        }
    });
    r.function(&OF_FILE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, options: DiskUsage| {
            entry.run(&call, |gate| file.disk_usage(gate, options.usage).map_err(Failure::from))
        }
    });
    r.function(&ENTRIES, |_| |result: &mut DiskUsageResult| result.entries.clone());
    r.function(&LARGEST, |_| {
        |result: &mut DiskUsageResult| result.largest.clone().map_or(Dynamic::UNIT, Dynamic::from)
    });
    r.function(&PATH, |_| |of: &mut UsageEntry| of.path.clone());
    r.function(&SIZE, |_| |of: &mut UsageEntry| int(of.size_bytes));
    r.function(&COUNT, |_| |of: &mut UsageEntry| int(of.inode_count));
    r.function(&TO_MAP, |_| {
        |of: &mut UsageEntry| -> Map {
            map([
                ("path", of.path.clone().into()),
                ("size_bytes", number(of.size_bytes)),
                ("inode_count", number(of.inode_count)),
            ])
        }
    });
}

fn register_options(r: &mut Registrar) {
    options::<DiskUsage>(r, "DiskUsageOptions", "DiskUsageOptionsBuilder", &OPTIONS, |of| {
        of.usage.check().map_err(|error| error.to_string())
    });
    set(r, &SUMMARIZE, |of: &mut DiskUsage, value: bool| of.usage.summarize = value);
    set(r, &ALL_FILES, |of: &mut DiskUsage, value: bool| of.usage.all_files = value);
    set(r, &ONE_FILE_SYSTEM, |of: &mut DiskUsage, value: bool| of.usage.one_file_system = value);
    set(r, &HARD_LINKS, |of: &mut DiskUsage, value: bool| of.usage.count_hard_links = value);
    set(r, &APPARENT, |of: &mut DiskUsage, value: bool| of.usage.apparent_size = value);
    set_checked(r, &MAX_DEPTH, |of: &mut DiskUsage, value: i64| {
        of.usage.max_depth = fits("max_depth", value)?;
        Ok(())
    });
    set(r, &TRACK, |of: &mut DiskUsage, value: bool| of.track_largest = value);
}
