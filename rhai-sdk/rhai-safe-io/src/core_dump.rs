//! Core dumps: `CoreDump`, `backtrace`, `get_variables`.

use crate::error::{Failure, SOURCE};
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE};
use crate::values::map;
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::{Array, Dynamic, ImmutableString, Map};
use rust_safe_io::{CoreDump, Frame, TracedProcess, TracedThread};

const READING: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE];

/// A program with the function `main`, and the dump of a process with the number 42 that ended in it.
const FILES: &[(&str, &str)] =
    &[("tool", include_str!("core_dump/program.elf")), ("core", include_str!("core_dump/dump.elf"))];

/// An example with a dump `c`.
macro_rules! with_dump {
    ($title:literal, $around:expr, $script:literal) => {
        Example {
            title: $title,
            files: FILES,
            script: concat!(r#"let c = CoreDump(dir + "/tool", dir + "/core"); "#, $script),
            around: $around,
            ..Example::BASE
        }
    };
}

static CORE_DUMP: Function = Function {
    name: "CoreDump",
    params: &["exe_path", "core_path"],
    doc: "Returns a value for looking into the core dump at `core_path` that the program at `exe_path` left. Nothing is opened yet.",
    examples: &[with_dump!("Nothing is asked yet", &[], r#"c.to_map().exe_path == dir + "/tool""#)],
    ..Function::BASE
};

static DUMP_TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "The paths, as a map with the keys `exe_path` and `core_dump_path`.",
    examples: &[with_dump!("Which files", &[], r#"c.to_map().core_dump_path == dir + "/core""#)],
    ..Function::METHOD
};

static BACKTRACE: Function = Function {
    name: "backtrace",
    params: &["self"],
    doc: "Returns what each thread was doing when the process ended: the functions that it was in, with source file and line where the program was compiled with \
          debug information (`-g`). No debugger and nothing of the program is run. Libraries that a thread was in are judged and read too; of one that may not be read only the path is \
          told.",
    needs: READING,
    examples: &[with_dump!(
        "The function in which it ended",
        &[],
        r#"c.backtrace().threads[0].frames[0].function_name == "main""#
    )],
    ..Function::METHOD
};

static VARIABLES: Function = Function {
    name: "get_variables",
    params: &["self", "frame", "names"],
    doc: "Returns the values of variables as seen in the frame with this number of the first thread, as texts by name. A name may go on to members and elements: \
          `list->head.items[3]`. What is not there is left out; what the compiler did not keep is `<optimized out>`. Names are looked up, never run: a text that is \
          no name is an error. The program must have been compiled with debug information (`-g`).",
    needs: READING,
    examples: &[with_dump!("What is not there is left out", &[], r#"c.get_variables(0, ["count"]).len() == 0"#)],
    ..Function::METHOD
};

static VARIABLES_OF: Function = Function {
    name: "get_variables",
    params: &["self", "thread_id", "frame", "names"],
    doc: "As the other form, in the thread with the number `thread_id`; the first one, where there is no such thread.",
    needs: READING,
    examples: &[with_dump!(
        "A text that is no name is refused",
        &[],
        r#"let refused = false; try { c.get_variables(1, 0, ["f(1)"]); } catch (e) { refused = e.kind == IoErrorKind::ValidationError; }
            refused && c.get_variables(1, 0, ["count"]).len() == 0"#
    )],
    ..Function::METHOD
};

static PID: Function = Function {
    name: "pid",
    doc: "The number of the process, or `()` where the dump does not tell it.",
    examples: &[with_dump!("Which process", READING, "c.backtrace().pid == 42")],
    ..Function::GETTER
};
static THREADS: Function = Function {
    name: "threads",
    doc: "The threads of the process, first the one that ended it.",
    examples: &[with_dump!("How many", READING, "c.backtrace().threads.len() == 1")],
    ..Function::GETTER
};
static PROCESS_TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "The process as a map with the keys `pid` and `threads`, down to the frames.",
    examples: &[with_dump!(
        "Report all",
        READING,
        r#"c.backtrace().to_map().threads[0].frames[0].function_name == "main""#
    )],
    ..Function::METHOD
};

static ID: Function = Function {
    name: "id",
    doc: "The place of the thread among the threads, from 1, as `get_variables` takes it.",
    examples: &[with_dump!("The first", READING, "c.backtrace().threads[0].id == 1")],
    ..Function::GETTER
};
static TID: Function = Function {
    name: "tid",
    doc: "The number of the thread in the system, or `()`.",
    examples: &[with_dump!("Which thread", READING, "c.backtrace().threads[0].tid == 42")],
    ..Function::GETTER
};
static FRAMES: Function = Function {
    name: "frames",
    doc: "The functions that the thread was in, the innermost first, at most 256.",
    examples: &[with_dump!("How deep", READING, "c.backtrace().threads[0].frames.len() == 1")],
    ..Function::GETTER
};
static THREAD_TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "The thread as a map with the keys `id`, `tid` and `frames`.",
    examples: &[with_dump!("Report a thread", READING, "c.backtrace().threads[0].to_map().tid == 42")],
    ..Function::METHOD
};

static NUMBER: Function = Function {
    name: "frame_number",
    doc: "The place of the frame in its thread, from 0, as `get_variables` takes it.",
    examples: &[with_dump!("The innermost", READING, "c.backtrace().threads[0].frames[0].frame_number == 0")],
    ..Function::GETTER
};
static FUNCTION: Function = Function {
    name: "function_name",
    doc: "The name of the function, without its arguments; `??` where nothing tells it.",
    examples: &[with_dump!("Where it was", READING, r#"c.backtrace().threads[0].frames[0].function_name == "main""#)],
    ..Function::GETTER
};
static INSTRUCTION: Function = Function {
    name: "instruction_ptr",
    doc: "The address of the instruction, such as `0x0000000000401008`; `()` for a function that was built into the one that called it.",
    examples: &[with_dump!(
        "The very place",
        READING,
        r#"c.backtrace().threads[0].frames[0].instruction_ptr == "0x0000000000401008""#
    )],
    ..Function::GETTER
};
static FRAME_SOURCE: Function = Function {
    name: "source",
    doc: "The source file, or the library where no source file is known, or `()`.",
    examples: &[with_dump!(
        "Unknown without debug information",
        READING,
        "c.backtrace().threads[0].frames[0].source == ()"
    )],
    ..Function::GETTER
};
static LINE: Function = Function {
    name: "line_number",
    doc: "The line in the source file, or `()`.",
    examples: &[with_dump!(
        "Unknown without debug information",
        READING,
        "c.backtrace().threads[0].frames[0].line_number == ()"
    )],
    ..Function::GETTER
};
static FRAME_TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "The frame as a map with the keys `frame_number`, `function_name`, `instruction_ptr`, `source` and `line_number`.",
    examples: &[with_dump!("Report a frame", READING, "c.backtrace().threads[0].frames[0].to_map().frame_number == 0")],
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<CoreDump>("CoreDump");
    r.function(&CORE_DUMP, |_| |exe: &str, core: &str| CoreDump { exe: exe.to_owned(), core: core.to_owned() });
    r.function(&DUMP_TO_MAP, |_| {
        |dump: &mut CoreDump| map([("exe_path", dump.exe.clone().into()), ("core_dump_path", dump.core.clone().into())])
    });
    r.function(&BACKTRACE, |entry| {
        move |call: Call<'_>, dump: &mut CoreDump| entry.run(&call, |gate| dump.backtrace(gate).map_err(Failure::from))
    });
    r.function(&VARIABLES, |entry| {
        move |call: Call<'_>, dump: &mut CoreDump, frame: i64, wanted: Array| {
            entry.run(&call, |gate| Ok::<_, Failure>(values(dump.variables(gate, None, frame, &names(wanted)?)?)))
        }
    });
    r.function(&VARIABLES_OF, |entry| {
        move |call: Call<'_>, dump: &mut CoreDump, thread: i64, frame: i64, wanted: Array| {
            entry.run(&call, |gate| {
                Ok::<_, Failure>(values(dump.variables(gate, Some(thread), frame, &names(wanted)?)?))
            })
        }
    });
    results(r);
}

fn results(r: &mut Registrar) {
    r.type_name::<TracedProcess>("TracedProcess");
    r.function(&PID, |_| |process: &mut TracedProcess| optional(process.pid));
    r.function(&THREADS, |_| {
        |process: &mut TracedProcess| process.threads.iter().cloned().map(Dynamic::from).collect::<Array>()
    });
    r.function(&PROCESS_TO_MAP, |_| {
        |process: &mut TracedProcess| {
            let threads: Array = process.threads.iter().map(|thread| thread_map(thread).into()).collect();
            map([("pid", optional(process.pid)), ("threads", threads.into())])
        }
    });
    r.type_name::<TracedThread>("TracedThread");
    r.function(&ID, |_| |thread: &mut TracedThread| thread.id);
    r.function(&TID, |_| |thread: &mut TracedThread| optional(thread.tid));
    r.function(&FRAMES, |_| {
        |thread: &mut TracedThread| thread.frames.iter().cloned().map(Dynamic::from).collect::<Array>()
    });
    r.function(&THREAD_TO_MAP, |_| |thread: &mut TracedThread| thread_map(thread));
    r.type_name::<Frame>("Frame");
    r.function(&NUMBER, |_| |frame: &mut Frame| frame.number);
    r.function(&FUNCTION, |_| |frame: &mut Frame| frame.function.clone());
    r.function(&INSTRUCTION, |_| |frame: &mut Frame| optional(instruction(frame)));
    r.function(&FRAME_SOURCE, |_| |frame: &mut Frame| optional(frame.source.clone()));
    r.function(&LINE, |_| |frame: &mut Frame| optional(frame.line));
    r.function(&FRAME_TO_MAP, |_| |frame: &mut Frame| frame_map(frame));
}

fn thread_map(thread: &TracedThread) -> Map {
    let frames: Array = thread.frames.iter().map(|frame| frame_map(frame).into()).collect();
    map([("id", thread.id.into()), ("tid", optional(thread.tid)), ("frames", frames.into())])
}

fn frame_map(frame: &Frame) -> Map {
    map([
        ("frame_number", frame.number.into()),
        ("function_name", frame.function.clone().into()),
        ("instruction_ptr", optional(instruction(frame))),
        ("source", optional(frame.source.clone())),
        ("line_number", optional(frame.line)),
    ])
}

fn instruction(frame: &Frame) -> Option<String> {
    frame.instruction.map(|address| format!("{address:#018x}"))
}

fn optional<T: Into<Dynamic>>(value: Option<T>) -> Dynamic {
    value.map_or(Dynamic::UNIT, Into::into)
}

/// The names in an array.
fn names(wanted: Array) -> Result<Vec<String>, ScriptError> {
    let name = |(at, name): (usize, Dynamic)| {
        let refused = || {
            ScriptError::map(
                SOURCE,
                "InvalidArguments",
                format!("Invalid arguments: the name at index {at} is no text"),
            )
        };
        name.into_immutable_string().map(ImmutableString::into_owned).map_err(|_| refused())
    };
    wanted.into_iter().enumerate().map(name).collect()
}

fn values(found: std::collections::BTreeMap<String, String>) -> Map {
    found.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}
