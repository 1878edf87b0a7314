//! The length of files: `truncate`, `fallocate`, and the units of sizes.

use crate::error::Failure;
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE, STAT_FILE, WRITE_FILE};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_safe_io::{FileHandle, SizeUnit};

/// The length that a file shall have.
#[derive(Debug, Clone, Copy, Default)]
struct Truncate {
    size: i64,
    unit: SizeUnit,
}

/// The length that room shall be reserved for.
#[derive(Debug, Clone, Copy, Default)]
struct Fallocate {
    length: Option<i64>,
    unit: SizeUnit,
}

static TRUNCATE_OPTIONS: Function =
    constructor("TruncateOptions", "Begins the length that a file shall have. Without more it is 0.", &[]);
static SIZE: Function = setter("size", "How many units.");
static UNIT: Function = setter("format", "The unit; without it bytes.");

static FALLOCATE_OPTIONS: Function = constructor(
    "FallocateOptions",
    "Begins the length that room shall be reserved for.",
    &[Example {
        title: "A length is required",
        script: r#"let said = ""; try { FallocateOptions().length(0).build(); } catch (e) { said = e; } said == "Validation error: Length must be greater than 0""#,
        ..Example::BASE
    }],
);
static LENGTH: Function = setter("length", "How many units.");

static TRUNCATE: Function = Function {
    name: "truncate",
    params: &["self", "options"],
    doc: "Cuts the file to a length, or extends it with zeros, which need no room on the disk.",
    needs: &[WRITE_FILE],
    examples: &[Example {
        title: "Keep the beginning",
        files: &[("a.txt", "abcdef")],
        script: with_file!(r#"f.truncate(TruncateOptions().size(3).build()); f.read() == "abc""#),
        around: &[OPEN_DIR, OPEN_FILE, READ_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static FALLOCATE: Function = Function {
    name: "fallocate",
    params: &["self", "options"],
    doc: "Reserves room on the disk for the beginning of the file; a shorter file becomes so long. What it holds stays.",
    needs: &[WRITE_FILE],
    examples: &[Example {
        title: "Reserve eight kibibytes",
        files: &[("a.txt", "abc")],
        script: with_file!(
            "f.fallocate(FallocateOptions().length(8).format(SizeUnit::KIBIBYTES).build()); f.metadata().file_size() == 8192"
        ),
        around: &[OPEN_DIR, OPEN_FILE, STAT_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<SizeUnit>("SizeUnit");
    for unit in SizeUnit::ALL {
        let (name, doc) = match unit {
            SizeUnit::Bytes => ("BYTES", "One byte."),
            SizeUnit::Kilobytes => ("KILOBYTES", "1000 bytes."),
            SizeUnit::Kibibytes => ("KIBIBYTES", "1024 bytes."),
            SizeUnit::Megabytes => ("MEGABYTES", "1000² bytes."),
            SizeUnit::Mebibytes => ("MEBIBYTES", "1024² bytes."),
            SizeUnit::Gigabytes => ("GIGABYTES", "1000³ bytes."),
            SizeUnit::Gibibytes => ("GIBIBYTES", "1024³ bytes."),
        };
        r.constant("SizeUnit", name, doc, *unit);
    }
    options::<Truncate>(r, "TruncateOptions", "TruncateOptionsBuilder", &TRUNCATE_OPTIONS, |_| Ok(()));
    set(r, &SIZE, |options: &mut Truncate, value: i64| options.size = value);
    set(r, &UNIT, |options: &mut Truncate, value: SizeUnit| options.unit = value);
    options::<Fallocate>(r, "FallocateOptions", "FallocateOptionsBuilder", &FALLOCATE_OPTIONS, |options| match options
        .length
    {
        None => Err(super::missing("length")),
        Some(length) if length <= 0 => Err("Validation error: Length must be greater than 0".to_owned()),
        Some(_) => Ok(()),
    });
    set(r, &LENGTH, |options: &mut Fallocate, value: i64| options.length = Some(value));
    set(r, &UNIT, |options: &mut Fallocate, value: SizeUnit| options.unit = value);
    r.function(&TRUNCATE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, options: Truncate| {
            entry.run(&call, |gate| file.truncate(gate, options.size, options.unit).map_err(Failure::from))
        }
    });
    r.function(&FALLOCATE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, options: Fallocate| {
            let length = options.length.unwrap_or_default();
            entry.run(&call, |gate| file.allocate(gate, length, options.unit).map_err(Failure::from))
        }
    });
}
