//! `sed`: replace text in a file.

use crate::error::{Failure, SOURCE};
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE, READ_TEXT, REDACTED_READ_FILE, WRITE_FILE, redacted};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::Array;
use rust_safe_io::{Redaction, ReplaceOptions, replace};
use std::rc::Rc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SedFlag {
    Regex,
    All,
    InPlace,
}

const NEEDS: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE, REDACTED_READ_FILE, WRITE_FILE];
const FILES: &[(&str, &str)] = &[("c.ini", "port=80\nbackup_port=80\n")];

static SED: Function = Function {
    name: "sed",
    params: &["pattern", "replacement", "path"],
    doc: "Returns the content of the file `path` with the first occurrence of the text `pattern` replaced. The file stays as it is.",
    needs: READ_TEXT,
    examples: &[
        Example {
            title: "Replace a text",
            files: FILES,
            script: r#"sed("port=80", "port=8080", dir + "/c.ini") == "port=8080\nbackup_port=80\n""#,
            ..Example::BASE
        },
        redacted(r#"sed("alice", "bob", dir + "/app.log") == "user=bob\n[REDACTED]""#),
    ],
    ..Function::BASE
};

static SED_FLAGS: Function = Function {
    name: "sed",
    params: &["flags", "pattern", "replacement", "path"],
    doc: "As `sed(pattern, replacement, path)`. `sed::all` replaces every occurrence; `sed::regex` takes `pattern` as a regular expression, whose groups \
          `replacement` may name (`$1`, `${name}`); `sed::in_place` writes the new text into the file, in one step.",
    needs: NEEDS,
    examples: &[
        Example {
            title: "Edit a file",
            files: FILES,
            script: r#"sed([sed::in_place, sed::all], "80", "8080", dir + "/c.ini"); cat(dir + "/c.ini") == "port=8080\nbackup_port=8080\n""#,
            ..Example::BASE
        },
        redacted(r#"sed([sed::regex], "user=(\\w+)", "$1", dir + "/app.log") == "alice\n[REDACTED]""#),
    ],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar, redaction: &Rc<Redaction>) {
    r.type_name::<SedFlag>("SedFlag");
    for (name, doc, flag) in [
        ("regex", "The pattern is a regular expression.", SedFlag::Regex),
        ("all", "Every occurrence.", SedFlag::All),
        ("g", "The same as `all`.", SedFlag::All),
        ("in_place", "Write the new text into the file.", SedFlag::InPlace),
        ("i", "The same as `in_place`.", SedFlag::InPlace),
    ] {
        r.constant("sed", name, doc, flag);
    }
    r.function(&SED, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, pattern: &str, replacement: &str, path: &str| {
            let options = ReplaceOptions::default();
            entry.run(&call, |gate| {
                replace(gate, &redaction, pattern, replacement, path, options).map_err(Failure::from)
            })
        }
    });
    r.function(&SED_FLAGS, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, array: Array, pattern: &str, replacement: &str, path: &str| {
            entry.run(&call, |gate| {
                let flags = flags::<SedFlag>(SOURCE, "sed", "SedFlag", array)?;
                let options = ReplaceOptions {
                    regex: flags.contains(&SedFlag::Regex),
                    all: flags.contains(&SedFlag::All),
                    in_place: flags.contains(&SedFlag::InPlace),
                };
                replace(gate, &redaction, pattern, replacement, path, options).map_err(Failure::from)
            })
        }
    });
}
