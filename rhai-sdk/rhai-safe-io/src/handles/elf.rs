//! Programs, libraries and core dumps: `elf_info`.

use crate::error::Failure;
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE};
use crate::values::map;
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::Dynamic;
use rust_safe_io::{ElfInfo, FileHandle};

const OPENING: &[Need] = &[OPEN_DIR, OPEN_FILE];
const READING: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE];

/// A 64-bit file that names its interpreter `/lib/ld.so`.
const FILES: &[(&str, &str)] = &[(
    "tool",
    "\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
     \x40\0\x38\0\x01\0\0\0\0\0\0\0\x03\0\0\0\x04\0\0\0\x78\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
     \x0b\0\0\0\0\0\0\0\x0b\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0/lib/ld.so\0",
)];

/// An example that opens the program `tool` as `f` first.
macro_rules! with_tool {
    ($title:literal, $around:expr, $script:literal) => {
        Example {
            title: $title,
            files: FILES,
            script: concat!(
                r#"let f = DirConfig().path(dir).build().open(OpenDirOptions().build()).open_file("tool", OpenFileOptions().read(true).build());
            "#,
                $script
            ),
            around: $around,
            ..Example::BASE
        }
    };
}

static ELF_INFO: Function = Function {
    name: "elf_info",
    params: &["self"],
    doc: "Returns what the headers of a program, a library or a core dump say. Its content is not read, however large it is.",
    needs: &[READ_FILE],
    examples: &[with_tool!("What loads a program", OPENING, r#"f.elf_info().interpreter == "/lib/ld.so""#)],
    ..Function::METHOD
};

static EXECFN: Function = Function {
    name: "execfn",
    doc: "Of a core dump, the path that the program was started by, else `()`.",
    examples: &[with_tool!("A program is no core dump", READING, "f.elf_info().execfn == ()")],
    ..Function::GETTER
};

static PLATFORM: Function = Function {
    name: "platform",
    doc: "Of a core dump, the name of the processor, such as `x86_64`, else `()`.",
    examples: &[with_tool!("A program is no core dump", READING, "f.elf_info().platform == ()")],
    ..Function::GETTER
};

static INTERPRETER: Function = Function {
    name: "interpreter",
    doc: "The path of the program that loads it, or `()`.",
    examples: &[with_tool!("The loader", READING, r#"f.elf_info().interpreter == "/lib/ld.so""#)],
    ..Function::GETTER
};

static IS_64BIT: Function = Function {
    name: "is_64bit",
    doc: "Whether it is a 64-bit file.",
    examples: &[with_tool!("The class", READING, "f.elf_info().is_64bit")],
    ..Function::GETTER
};

static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "What the headers say, as a map with the keys `execfn`, `platform`, `interpreter` and `is_64bit`.",
    examples: &[with_tool!("Report a program", READING, r#"f.elf_info().to_map().interpreter == "/lib/ld.so""#)],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    r.function(&ELF_INFO, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| entry.run(&call, |gate| file.elf_info(gate).map_err(Failure::from))
    });
    r.type_name::<ElfInfo>("ElfInfo");
    r.function(&EXECFN, |_| |info: &mut ElfInfo| optional(info.execfn.clone()));
    r.function(&PLATFORM, |_| |info: &mut ElfInfo| optional(info.platform.clone()));
    r.function(&INTERPRETER, |_| |info: &mut ElfInfo| optional(info.interpreter.clone()));
    r.function(&IS_64BIT, |_| |info: &mut ElfInfo| info.is_64bit);
    r.function(&TO_MAP, |_| {
        |info: &mut ElfInfo| {
            map([
                ("execfn", optional(info.execfn.clone())),
                ("platform", optional(info.platform.clone())),
                ("interpreter", optional(info.interpreter.clone())),
                ("is_64bit", info.is_64bit.into()),
            ])
        }
    });
}

fn optional(text: Option<String>) -> Dynamic {
    text.map_or(Dynamic::UNIT, Dynamic::from)
}
