//! Finding entries in a tree: `FindOptions`, `find`.

use crate::error::{Failure, SOURCE};
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_DIR, STAT_DIR, STAT_FILE};
use crate::values::tell_skipped;
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::builder::{constructor, number, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::{Dynamic, FnPtr, ImmutableString};
use rust_safe_io::{DirEntry, DirHandle, FindOptions, SizeUnit};
use rust_sdk_common_utils::DateTime;

/// What to find, and what to call for what could not be looked at.
#[derive(Debug, Clone, Default)]
struct Find {
    options: FindOptions,
    size: Option<SizeRange>,
    on_skipped: Option<FnPtr>,
}

impl Find {
    fn options(&self) -> FindOptions {
        let mut options = self.options.clone();
        if let Some(size) = self.size {
            (options.min_size, options.max_size) = (size.bytes(size.min), size.bytes(size.max));
        }
        options
    }
}

static OPTIONS: Function = constructor(
    "FindOptions",
    "Begins the options for finding entries. Everything that is set must hold of an entry.",
    &[Example {
        title: "One pattern at a time",
        script: r#"let said = ""; try { FindOptions().name("a").regex("b").build(); } catch (e) { said = e; } said.contains("Only one of")"#,
        ..Example::BASE
    }],
);
static NAME: Function =
    setter("name", "A glob that the whole name matches: `*`, `?`, `[...]`; a leading dot is nothing special.");
static INAME: Function = setter("iname", "As `name`, whatever the case of letters.");
static REGEX: Function = setter("regex", "A regular expression that matches somewhere in the whole path.");
static NEGATE: Function = setter("negate_name", "Take those that do not match `name` or `iname`.");
static SIZE_RANGE: Function =
    setter("size_range", "The sizes it may have: `SizeRange::min_only`, `SizeRange::max_only`, `SizeRange::between`.");
static MIN_CHANGED: Function =
    setter("min_creation_time", "The earliest moment of the last change of content or metadata.");
static MAX_CHANGED: Function =
    setter("max_creation_time", "The latest moment of the last change of content or metadata.");
static MIN_MODIFIED: Function = setter("min_modification_time", "The earliest moment of the last change of content.");
static MAX_MODIFIED: Function = setter("max_modification_time", "The latest moment of the last change of content.");
static MIN_DEPTH: Function = setter("min_depth", "The least depth; what is in the directory itself has depth 1.");
static MAX_DEPTH: Function = setter("max_depth", "The greatest depth.");
static FOLLOW: Function = setter(
    "follow_symlinks",
    "Follow links: they are found as what they lead to, which is judged too, and everything is found once.",
);
static ON_SKIPPED: Function = setter(
    "on_skipped",
    "A function of two parameters that is called with the path of each entry that could not be looked at, and why. They are named in the log, too.",
);

static FIND: Function = Function {
    name: "find",
    params: &["self", "options", "callback"],
    doc: "Calls `callback` with each entry below the directory that the options admit, a directory before what is in it. The callback may call any \
          function; an error in it ends the search and is thrown as `CallbackError`. What could not be looked at is named in the log and \
          given to `on_skipped`. Links are not followed unless the options say so.",
    needs: &[READ_DIR, OPEN_DIR, STAT_DIR, STAT_FILE, OPEN_FILE],
    examples: &[
        Example {
            title: "All logs in a tree",
            files: &[("a.log", ""), ("sub/b.log", ""), ("sub/c.txt", "")],
            script: r#"let found = []; DirConfig().path(dir).build().open(OpenDirOptions().build()).find(FindOptions().name("*.log").build(), |e| found.push(e.name)); found.sort(); found == ["a.log", "b.log"]"#,
            around: &[],
            ..Example::BASE
        },
        Example {
            title: "Follow links, and find everything once",
            files: &[("real/x", "123"), ("t/sub/", ""), ("t/link -> ../real", ""), ("t/to_x -> ../real/x", "")],
            script: r#"let n = 0; DirConfig().path(dir + "/t").build().open(OpenDirOptions().build()).find(FindOptions().follow_symlinks(true).build(), |e| n += 1); n == 3"#,
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

/// A function of the module `SizeRange`.
const fn range(
    name: &'static str,
    params: &'static [&'static str],
    doc: &'static str,
    examples: &'static [Example],
) -> Function {
    Function { module: Some("SizeRange"), name, params, doc, examples, ..Function::BASE }
}

/// What the search in the examples asks for: the name of the directory does not match, so that only files are looked at.
const SEARCHING: &[Need] = &[OPEN_DIR, READ_DIR, STAT_FILE];
const SIZES: &[(&str, &str)] = &[("small", "1"), ("large", "1234567890"), ("sub/", "")];

macro_rules! found_by_size {
    ($range:literal, $names:literal) => {
        concat!(
            "let found = []; let o = FindOptions().name(\"*l*\").size_range(",
            $range,
            ").build(); DirConfig().path(dir).build().open(OpenDirOptions().build()).find(o, |e| found.push(e.name)); found.sort(); found == ",
            $names
        )
    };
}

const fn sized(title: &'static str, script: &'static str) -> Example {
    Example { title, files: SIZES, script, around: SEARCHING, ..Example::BASE }
}

static MIN_ONLY: Function = range(
    "min_only",
    &["min", "unit"],
    "Sizes from `min` units on.",
    &[sized("Large files", found_by_size!("SizeRange::min_only(10, SizeUnit::BYTES)", "[\"large\"]"))],
);
static MAX_ONLY: Function = range(
    "max_only",
    &["max", "unit"],
    "Sizes up to `max` units.",
    &[sized("Small files", found_by_size!("SizeRange::max_only(9, SizeUnit::BYTES)", "[\"small\"]"))],
);
static BETWEEN: Function = range(
    "between",
    &["min", "max", "unit"],
    "Sizes from `min` to `max` units.",
    &[sized(
        "Both ends belong to it",
        found_by_size!("SizeRange::between(1, 10, SizeUnit::BYTES)", "[\"large\", \"small\"]"),
    )],
);

/// A range of sizes in bytes.
#[derive(Debug, Clone, Copy)]
struct SizeRange {
    min: Option<i64>,
    max: Option<i64>,
    unit: SizeUnit,
}

impl SizeRange {
    /// # Errors
    /// The text for a negative bound.
    fn check(self) -> Result<(), String> {
        for (bound, word) in [(self.min, "minimum"), (self.max, "maximum")] {
            if bound.is_some_and(|bound| bound < 0) {
                return Err(format!("Validation error: Size range {word} must be non-negative"));
            }
        }
        Ok(())
    }

    /// A bound in bytes; beyond what a file can have, the largest.
    fn bytes(self, bound: Option<i64>) -> Option<u64> {
        bound.map(|bound| self.unit.times(bound).unwrap_or(u64::MAX))
    }
}

fn register_sizes_and_times(r: &mut Registrar) {
    r.type_name::<SizeRange>("SizeRange");
    r.function(&MIN_ONLY, |_| |min: i64, unit: SizeUnit| SizeRange { min: Some(min), max: None, unit });
    r.function(&MAX_ONLY, |_| |max: i64, unit: SizeUnit| SizeRange { min: None, max: Some(max), unit });
    r.function(&BETWEEN, |_| |min: i64, max: i64, unit: SizeUnit| SizeRange { min: Some(min), max: Some(max), unit });
    set(r, &SIZE_RANGE, |find: &mut Find, range: SizeRange| find.size = Some(range));
    set(r, &MIN_CHANGED, |find: &mut Find, time: DateTime| find.options.changed.0 = Some(time.epoch_seconds()));
    set(r, &MAX_CHANGED, |find: &mut Find, time: DateTime| find.options.changed.1 = Some(time.epoch_seconds()));
    set(r, &MIN_MODIFIED, |find: &mut Find, time: DateTime| find.options.modified.0 = Some(time.epoch_seconds()));
    set(r, &MAX_MODIFIED, |find: &mut Find, time: DateTime| find.options.modified.1 = Some(time.epoch_seconds()));
}

pub(super) fn register(r: &mut Registrar) {
    register_sizes_and_times(r);
    options::<Find>(r, "FindOptions", "FindOptionsBuilder", &OPTIONS, |find| {
        find.options.check().map_err(|error| error.to_string())?;
        find.size.map_or(Ok(()), SizeRange::check)
    });
    let text = |pattern: ImmutableString| Some(String::from(pattern.as_str()));
    set(r, &NAME, move |find: &mut Find, pattern: ImmutableString| find.options.name = text(pattern));
    set(r, &INAME, move |find: &mut Find, pattern: ImmutableString| find.options.iname = text(pattern));
    set(r, &REGEX, move |find: &mut Find, pattern: ImmutableString| find.options.regex = text(pattern));
    set(r, &NEGATE, |find: &mut Find, value: bool| find.options.negate_name = value);
    set_checked(r, &MIN_DEPTH, |find: &mut Find, depth: i64| {
        find.options.min_depth = number("min_depth", depth)?;
        Ok(())
    });
    set_checked(r, &MAX_DEPTH, |find: &mut Find, depth: i64| {
        find.options.max_depth = Some(number("max_depth", depth)?);
        Ok(())
    });
    set(r, &FOLLOW, |find: &mut Find, value: bool| find.options.follow = value);
    set(r, &ON_SKIPPED, |find: &mut Find, callback: FnPtr| find.on_skipped = Some(callback));
    r.function(&FIND, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, find: Find, callback: FnPtr| {
            entry.run(&call, |gate| {
                let run = |callback: &FnPtr, arguments: Vec<Dynamic>| match callback
                    .call_within_context::<Dynamic>(&call, arguments)
                {
                    Ok(_) => Ok(()),
                    Err(error) => Err(Failure::from(ScriptError::callback(SOURCE, error))),
                };
                let mut skipped = Vec::new();
                let walked = dir.find::<Failure>(gate, &find.options(), &mut skipped, &mut |found: DirEntry| {
                    run(&callback, vec![Dynamic::from(found)])
                });
                tell_skipped(entry.log(), "find", &skipped);
                if let Some(on_skipped) = &find.on_skipped {
                    for left_out in skipped {
                        run(on_skipped, vec![left_out.path.into(), left_out.reason.into()])?;
                    }
                }
                walked
            })
        }
    });
}
