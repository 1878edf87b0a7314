//! Gzip: `compress_gzip`, `gzip_info`, `read_gzip_lines`, `search_gzip`, `search_gzip_exists`.

use super::read::ReadLines;
use crate::error::Failure;
use crate::needs::{CREATE_FILE, OPEN_DIR, OPEN_FILE, READ_FILE, WRITE_FILE};
use crate::values::{int, map, number, texts};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::builder::{constructor, number as fits, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, ImmutableString};
use rust_safe_io::{
    FileHandle, GzipInfo, GzipSearch, check_level, compress_gzip, gzip_info, read_gzip_lines, search_gzip,
    search_gzip_exists,
};

/// How to pack.
#[derive(Debug, Clone, Copy)]
struct Level(u32);

impl Default for Level {
    fn default() -> Self {
        Self(6)
    }
}

/// What opening the files of the examples and packing one asks for.
const PACKING: &[Need] = &[OPEN_DIR, OPEN_FILE, CREATE_FILE, READ_FILE, WRITE_FILE];
const FILES: &[(&str, &str)] = &[("log", "INFO up\nERROR disk\nerror net\n")];

static COMPRESS_OPTIONS: Function = constructor(
    "CompressGzipOptions",
    "Begins the options for packing with gzip.",
    &[Example {
        title: "Levels go from 1 to 9",
        script: r#"let said = ""; try { CompressGzipOptions().level(10).build(); } catch (e) { said = e; } said == "Validation error: Compression level must be between 1 and 9, got 10""#,
        ..Example::BASE
    }],
);
static LEVEL: Function = setter("level", "From 1, fast, to 9, small. Without it 6.");

static SEARCH_OPTIONS: Function = constructor("SearchGzipOptions", "Begins the options for searching gzip files.", &[]);
static EXCLUDE: Function = setter(
    "exclude_pattern",
    "A regular expression: lines in which it matches too are left out. Upper and lower case always differ in it.",
);
static IGNORE_CASE: Function = setter("case_insensitive", "Take upper and lower case as the same in the pattern.");
static MAX_RESULTS: Function =
    setter("max_results", "So many of the first lines, of a negative number the last ones; 0 means all.");

static COMPRESS: Function = Function {
    name: "compress_gzip",
    params: &["self", "dest", "options"],
    doc: "Packs the content of the file with gzip into the file `dest`, which must be opened for writing and holds nothing else afterwards. `dest` is written in \
          place: whoever reads it meanwhile may meet a part. A large file becomes several members, which every tool reads as one file.",
    needs: &[READ_FILE, WRITE_FILE],
    examples: &[Example {
        title: "Pack a log",
        files: FILES,
        script: r#"let d = DirConfig().path(dir).build().open(OpenDirOptions().build());
            let packed = d.open_file("log.gz", OpenFileOptions().create(true).read(true).build());
            d.open_file("log", OpenFileOptions().read(true).build()).compress_gzip(packed, CompressGzipOptions().level(9).build());
            packed.gzip_info().uncompressed_size_bytes == 29"#,
        around: &[OPEN_DIR, OPEN_FILE, CREATE_FILE, READ_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

static INFO: Function = Function {
    name: "gzip_info",
    params: &["self"],
    doc: "Returns the sizes of a gzip file. It is unpacked for that, and an error tells when it is no gzip file, damaged or incomplete.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "What is no gzip file",
        files: FILES,
        script: r#"let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); let said = "";
            try { d.open_file("log", OpenFileOptions().read(true).build()).gzip_info(); } catch (e) { if e.kind == IoErrorKind::PermissionDenied { throw e; } said = e.message; }
            said == "File read failed: this is no gzip data""#,
        around: &[OPEN_DIR, OPEN_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

/// An example that packs `log` into `packed` first.
macro_rules! packed {
    ($title:literal, $script:literal) => {
        Example {
            title: $title,
            files: FILES,
            script: concat!(
                r#"let d = DirConfig().path(dir).build().open(OpenDirOptions().build());
            let packed = d.open_file("log.gz", OpenFileOptions().create(true).read(true).build());
            d.open_file("log", OpenFileOptions().read(true).build()).compress_gzip(packed, CompressGzipOptions().build());
            "#,
                $script
            ),
            around: PACKING,
            ..Example::BASE
        }
    };
}

static COMPRESSED: Function = Function {
    name: "compressed_size_bytes",
    doc: "The length of the file.",
    examples: &[packed!("Short", "packed.gzip_info().compressed_size_bytes > 20")],
    ..Function::GETTER
};

static UNCOMPRESSED: Function = Function {
    name: "uncompressed_size_bytes",
    doc: "The length of what the file holds, of all gzip members together.",
    examples: &[packed!("As it was", "packed.gzip_info().uncompressed_size_bytes == 29")],
    ..Function::GETTER
};

static RATIO: Function = Function {
    name: "compression_ratio",
    doc: "The length of what the file holds divided by its own.",
    examples: &[packed!("Little text does not get shorter", "packed.gzip_info().compression_ratio < 1.0")],
    ..Function::GETTER
};

static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "The sizes as a map with the keys `compressed_size_bytes`, `uncompressed_size_bytes` and `compression_ratio`.",
    examples: &[packed!("Report sizes", "packed.gzip_info().to_map().uncompressed_size_bytes == 29")],
    ..Function::METHOD
};

static LINES: Function = Function {
    name: "read_gzip_lines",
    params: &["self", "options"],
    doc: "Returns lines of what a gzip file holds, chosen as for `read_lines`, without unpacking it onto the disk. A file that is no gzip file, damaged or \
          incomplete is an error, and so is a line of more than 64 MiB.",
    needs: &[READ_FILE],
    examples: &[packed!(
        "The last line",
        r#"packed.read_gzip_lines(ReadLinesOptions().count(-1).build()) == ["error net"]"#
    )],
    ..Function::METHOD
};

static SEARCH: Function = Function {
    name: "search_gzip",
    params: &["self", "pattern", "options"],
    doc: "Returns the lines of what a gzip file holds in which the regular expression `pattern` matches, without unpacking it onto the disk. A file that is \
          no gzip file, damaged or incomplete is an error.",
    needs: &[READ_FILE],
    examples: &[packed!(
        "Errors of either case but those of the disk",
        r#"let found = packed.search_gzip("error", SearchGzipOptions().case_insensitive(true).exclude_pattern("disk").build());
            found.len() == 1 && found[0].line_number == 3 && found[0].line_content == "error net""#
    )],
    ..Function::METHOD
};

static EXISTS: Function = Function {
    name: "search_gzip_exists",
    params: &["self", "pattern", "options"],
    doc: "Whether `pattern` matches in some line of what a gzip file holds. `max_results` does not matter; reading ends at the first line.",
    needs: &[READ_FILE],
    examples: &[packed!("Is there an error?", r#"packed.search_gzip_exists("^ERROR", SearchGzipOptions().build())"#)],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<Level>(r, "CompressGzipOptions", "CompressGzipOptionsBuilder", &COMPRESS_OPTIONS, |level| {
        check_level(level.0).map_err(|error| error.to_string())
    });
    set_checked(r, &LEVEL, |level: &mut Level, value: i64| {
        level.0 = fits("level", value)?;
        Ok(())
    });
    options::<GzipSearch>(r, "SearchGzipOptions", "SearchGzipOptionsBuilder", &SEARCH_OPTIONS, |_| Ok(()));
    set(r, &EXCLUDE, |search: &mut GzipSearch, value: ImmutableString| {
        search.exclude_pattern = Some(value.to_string());
    });
    set(r, &IGNORE_CASE, |search: &mut GzipSearch, value: bool| search.ignore_case = value);
    set(r, &MAX_RESULTS, |search: &mut GzipSearch, value: i64| search.max_results = value);
    r.function(&COMPRESS, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, dest: FileHandle, level: Level| {
            entry.run(&call, |gate| compress_gzip(gate, file, &dest, level.0).map_err(Failure::from))
        }
    });
    info(r);
    r.function(&LINES, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, lines: ReadLines| {
            entry.run(&call, |gate| {
                let selection = if lines.is_empty() { None } else { Some(lines.selection()?) };
                Ok::<Array, Failure>(texts(read_gzip_lines(gate, file, selection)?))
            })
        }
    });
    r.function(&SEARCH, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, pattern: &str, search: GzipSearch| {
            entry.run(&call, |gate| {
                let hits = search_gzip(gate, file, pattern, &search)?;
                Ok::<Array, Failure>(hits.into_iter().map(Dynamic::from).collect())
            })
        }
    });
    r.function(&EXISTS, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, pattern: &str, search: GzipSearch| {
            entry.run(&call, |gate| search_gzip_exists(gate, file, pattern, &search).map_err(Failure::from))
        }
    });
}

fn info(r: &mut Registrar) {
    r.type_name::<GzipInfo>("GzipInfo");
    r.function(&INFO, |entry| {
        move |call: Call<'_>, file: &mut FileHandle| {
            entry.run(&call, |gate| gzip_info(gate, file).map_err(Failure::from))
        }
    });
    r.function(&COMPRESSED, |_| |info: &mut GzipInfo| int(info.compressed_size));
    r.function(&UNCOMPRESSED, |_| |info: &mut GzipInfo| int(info.uncompressed_size));
    r.function(&RATIO, |_| |info: &mut GzipInfo| info.ratio());
    r.function(&TO_MAP, |_| {
        |info: &mut GzipInfo| {
            map([
                ("compressed_size_bytes", number(info.compressed_size)),
                ("uncompressed_size_bytes", number(info.uncompressed_size)),
                ("compression_ratio", info.ratio().into()),
            ])
        }
    });
}
