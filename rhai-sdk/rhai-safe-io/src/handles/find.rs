//! Finding entries in a tree: `FindOptions`, `find`.

use crate::builder::{constructor, number, options, set, set_checked, setter};
use crate::error::{Failure, SOURCE};
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_DIR, STAT_DIR, STAT_FILE};
use crate::values::tell_skipped;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::{Dynamic, FnPtr, ImmutableString};
use rust_safe_io::{DirEntry, DirHandle, FindOptions};

/// What to find, and what to call for what could not be looked at.
#[derive(Debug, Clone, Default)]
struct Find {
    options: FindOptions,
    on_skipped: Option<FnPtr>,
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

pub(super) fn register(r: &mut Registrar) {
    options::<Find>(r, "FindOptions", "FindOptionsBuilder", &OPTIONS, |find| {
        find.options.check().map_err(|error| error.to_string())
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
                let walked = dir.find::<Failure>(gate, &find.options, &mut skipped, &mut |found: DirEntry| {
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
