//! Reading files: `read`, `read_lines`, `read_page`, `read_bytes`, `search`, `counts`, `extract_strings`.

use crate::error::{Failure, SOURCE};
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE, REDACTED_READ_FILE};
use crate::values::{int, map, number, texts};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::builder::{constructor, number as fits, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::{Array, Blob, Dynamic, Map};
use rust_safe_io::{FileHandle, Hit, LineSelection, Redaction, WordCount};
use std::rc::Rc;

/// Which lines.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReadLines {
    pub(super) count: Option<i64>,
    pub(super) start: Option<u64>,
}

impl ReadLines {
    /// Whether nothing was set.
    pub(super) fn is_empty(self) -> bool {
        self.count.is_none() && self.start.is_none()
    }

    /// The selection, which must name something.
    pub(super) fn selection(self) -> Result<LineSelection, rust_safe_io::Error> {
        LineSelection::new(self.start.map(|start| i64::try_from(start).unwrap_or(i64::MAX)), self.count)
    }
}

/// How long a page is.
#[derive(Debug, Clone, Copy, Default)]
struct ReadPage {
    lines: Option<u64>,
}

const OPENING: &[Need] = &[OPEN_DIR, OPEN_FILE];
const FILES: &[(&str, &str)] = &[("a.txt", "one\ntwo\nthree\n")];

macro_rules! of_a_file {
    ($test:literal) => {
        concat!(
            "let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); ",
            "let f = d.open_file(\"a.txt\", OpenFileOptions().read(true).build()); ",
            $test
        )
    };
}

/// An example with the file `f`.
const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, files: FILES, script, around: OPENING, ..Example::BASE }
}

/// An example with a file that may only be read redacted.
const fn redacted(script: &'static str) -> Example {
    Example { around: OPENING, ..crate::needs::redacted(script) }
}

static LINES_OPTIONS: Function = constructor(
    "ReadLinesOptions",
    "Begins the choice of lines. At least one of `count` and `start` must be set.",
    &[],
);
static COUNT: Function = setter(
    "count",
    "How many lines from `start` on, or of the first ones without it. A negative number means the last lines, those that end at `start` \
     where it is set.",
);
static START: Function = setter("start", "The number of a line, from 1.");

static PAGE_OPTIONS: Function = constructor("ReadPageOptions", "Begins the description of a page.", &[]);
static NUM_LINES: Function = setter("num_lines", "How many lines a page has, from 1. It must be set.");

static READ: Function = Function {
    name: "read",
    params: &["self"],
    doc: "Returns what follows the last page, or the whole file, as text, which must be UTF-8; the next read begins at the beginning again. Who may only \
          read it redacted gets `[REDACTED]` for each line that the dictionary does not know.",
    needs: &[READ_FILE, REDACTED_READ_FILE, OPEN_DIR, OPEN_FILE],
    examples: &[
        Example { around: &[], ..shown("Read a file", of_a_file!("f.read() == \"one\\ntwo\\nthree\\n\"")) },
        redacted(
            r#"DirConfig().path(dir).build().open(OpenDirOptions().build()).open_file("app.log", OpenFileOptions().read(true).build()).read() == "user=alice\n[REDACTED]""#,
        ),
    ],
    ..Function::METHOD
};

static READ_LINES: Function = Function {
    name: "read_lines",
    params: &["self", "options"],
    doc: "Returns the chosen lines without their ends, counted from the beginning of the file.",
    needs: &[READ_FILE],
    examples: &[shown(
        "The last two lines",
        of_a_file!(r#"f.read_lines(ReadLinesOptions().count(-2).build()) == ["two", "three"]"#),
    )],
    ..Function::METHOD
};

static READ_PAGE: Function = Function {
    name: "read_page",
    params: &["self", "options"],
    doc: "Returns the next lines without their ends, as many as a page has; an empty array at the end. Copies of a handle share the place where the next \
          page begins.",
    needs: &[READ_FILE],
    examples: &[shown(
        "Page by page",
        of_a_file!(
            r#"let o = ReadPageOptions().num_lines(2).build(); f.read_page(o) == ["one", "two"] && f.read_page(o) == ["three"] && f.read_page(o) == []"#
        ),
    )],
    ..Function::METHOD
};

static READ_BYTES: Function = Function {
    name: "read_bytes",
    params: &["self", "offset", "length"],
    doc: "Returns at most `length` bytes from `offset` on as a blob; fewer where the file ends before.",
    needs: &[READ_FILE],
    examples: &[shown("From the middle", of_a_file!("f.read_bytes(4, 3).as_string() == \"two\""))],
    ..Function::METHOD
};

static SEARCH: Function = Function {
    name: "search",
    params: &["self", "pattern"],
    doc: "Returns the lines in which the regular expression `pattern` matches, after the last page or in the whole file, numbered from there. Who may only \
          read it redacted searches what redaction leaves.",
    needs: &[READ_FILE, REDACTED_READ_FILE, OPEN_DIR, OPEN_FILE],
    examples: &[
        Example {
            around: &[],
            ..shown(
                "Where it stands",
                of_a_file!(
                    r#"let m = f.search("^t"); m.len() == 2 && m[0].line_number == 2 && m[0].line_content == "two""#
                ),
            )
        },
        redacted(
            r#"let f = DirConfig().path(dir).build().open(OpenDirOptions().build()).open_file("app.log", OpenFileOptions().read(true).build());
               f.search("hunter").len() == 0 && f.search("alice").len() == 1"#,
        ),
    ],
    ..Function::METHOD
};

static COUNTS: Function = Function {
    name: "counts",
    params: &["self"],
    doc: "Returns the numbers of newlines, words and bytes after the last page, or in the whole file, text or not.",
    needs: &[READ_FILE],
    examples: &[shown(
        "Lines, words and bytes",
        of_a_file!("let c = f.counts(); c.line_count == 3 && c.byte_count == 14"),
    )],
    ..Function::METHOD
};

static STRINGS: Function = Function {
    name: "extract_strings",
    params: &["self"],
    doc: "Returns the runs of four or more printable ASCII characters, TAB among them.",
    needs: &[READ_FILE],
    examples: &[shown("Texts in a file", of_a_file!(r#"f.extract_strings() == ["three"]"#))],
    ..Function::METHOD
};

/// What reading in the examples of getters asks for.
const READING: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE];

const fn got(title: &'static str, script: &'static str) -> Example {
    Example { around: READING, ..shown(title, script) }
}

static LINE_NUMBER: Function = Function {
    name: "line_number",
    doc: "The number of the line, from 1.",
    examples: &[got("The second", of_a_file!(r#"f.search("two")[0].line_number == 2"#))],
    ..Function::GETTER
};
static LINE_CONTENT: Function = Function {
    name: "line_content",
    doc: "The line without its end.",
    examples: &[got("Its text", of_a_file!(r#"f.search("w")[0].line_content == "two""#))],
    ..Function::GETTER
};
static LINE_COUNT: Function = Function {
    name: "line_count",
    doc: "The number of newlines.",
    examples: &[got("Three", of_a_file!("f.counts().line_count == 3"))],
    ..Function::GETTER
};
static WORD_COUNT: Function = Function {
    name: "word_count",
    doc: "The number of runs of bytes that are no ASCII white space.",
    examples: &[got("Three", of_a_file!("f.counts().word_count == 3"))],
    ..Function::GETTER
};
static BYTE_COUNT: Function = Function {
    name: "byte_count",
    doc: "The number of bytes.",
    examples: &[got("Fourteen", of_a_file!("f.counts().byte_count == 14"))],
    ..Function::GETTER
};
static COUNTS_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "The counts as a map with the keys `line_count`, `word_count` and `byte_count`.",
    examples: &[got("Report them", of_a_file!("f.counts().to_map().word_count == 3"))],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar, redaction: &Rc<Redaction>) {
    register_options(r);
    r.function(&READ, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, file: &mut FileHandle| {
            entry.run(&call, |gate| file.read(gate, &redaction).map(|text| text.content).map_err(Failure::from))
        }
    });
    r.function(&READ_LINES, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, lines: ReadLines| {
            entry.run(&call, |gate| Ok::<_, Failure>(texts(file.read_lines(gate, lines.selection()?)?)))
        }
    });
    r.function(&READ_PAGE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, page: ReadPage| {
            entry.run(&call, |gate| Ok::<_, Failure>(texts(file.read_page(gate, page.lines.unwrap_or_default())?)))
        }
    });
    r.function(&READ_BYTES, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, offset: i64, length: i64| {
            entry.run(&call, |gate| -> Result<Blob, Failure> {
                let at_least_0 = |name: &str, value: i64| {
                    u64::try_from(value).map_err(|_| {
                        ScriptError::map(
                            SOURCE,
                            "InvalidArguments",
                            format!("Invalid arguments: {name} is below 0: {value}"),
                        )
                    })
                };
                let (offset, length) = (at_least_0("offset", offset)?, at_least_0("length", length)?);
                Ok(file.read_bytes(gate, offset, length)?)
            })
        }
    });
    r.function(&SEARCH, |entry| {
        let redaction = Rc::clone(redaction);
        move |call: Call<'_>, file: &mut FileHandle, pattern: &str| {
            entry.run(&call, |gate| {
                let hits = file.search(gate, &redaction, pattern)?;
                Ok::<Array, Failure>(hits.lines.into_iter().map(Dynamic::from).collect())
            })
        }
    });
    r.function(&COUNTS, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| entry.run(&call, |gate| file.counts(gate).map_err(Failure::from))
    });
    r.function(&STRINGS, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| {
            entry.run(&call, |gate| Ok::<_, Failure>(texts(file.strings(gate)?)))
        }
    });
    getters(r);
}

fn register_options(r: &mut Registrar) {
    options::<ReadLines>(r, "ReadLinesOptions", "ReadLinesOptionsBuilder", &LINES_OPTIONS, |lines| match lines.start {
        Some(0) => {
            Err("Invalid line to start reading from: must be a positive integer greater than 1 (>= 1): 0".to_owned())
        }
        _ => Ok(()),
    });
    set(r, &COUNT, |lines: &mut ReadLines, value: i64| lines.count = Some(value));
    set_checked(r, &START, |lines: &mut ReadLines, value: i64| {
        lines.start = Some(fits("start", value)?);
        Ok(())
    });
    options::<ReadPage>(r, "ReadPageOptions", "ReadPageOptionsBuilder", &PAGE_OPTIONS, |page| match page.lines {
        None => Err(super::missing("num_lines")),
        Some(0) => Err("Read page options require the num_lines option to be set and greater than zero: 0".to_owned()),
        Some(_) => Ok(()),
    });
    set_checked(r, &NUM_LINES, |page: &mut ReadPage, value: i64| {
        page.lines = Some(fits("num_lines", value)?);
        Ok(())
    });
}

fn getters(r: &mut Registrar) {
    r.type_name::<Hit>("Match");
    r.type_name::<WordCount>("WordCount");
    r.function(&LINE_NUMBER, |_| |hit: &mut Hit| int(hit.line_number));
    r.function(&LINE_CONTENT, |_| |hit: &mut Hit| hit.line.clone());
    r.function(&LINE_COUNT, |_| |counts: &mut WordCount| int(counts.lines));
    r.function(&WORD_COUNT, |_| |counts: &mut WordCount| int(counts.words));
    r.function(&BYTE_COUNT, |_| |counts: &mut WordCount| int(counts.bytes));
    r.function(&COUNTS_MAP, |_| {
        |counts: &mut WordCount| -> Map {
            map([
                ("line_count", number(counts.lines)),
                ("word_count", number(counts.words)),
                ("byte_count", number(counts.bytes)),
            ])
        }
    });
}
