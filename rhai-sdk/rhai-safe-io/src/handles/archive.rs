//! Tar archives: `extract_archive`, `list_archive`, `search_archive`, `create_archive`.

use crate::error::Failure;
use crate::needs::{
    CHMOD_DIR, CHMOD_FILE, CHOWN_DIR, CHOWN_FILE, CREATE_DIR, CREATE_FILE, OPEN_DIR, OPEN_FILE, READ_DIR, READ_FILE,
    STAT_DIR, STAT_FILE, WRITE_FILE,
};
use crate::values::{map, number, tell_skipped};
use rex_cedar_auth::{Gate, Need};
use rex_runner_registrar_utils::builder::{constructor, options, set, setter};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar};
use rhai::{Array, Dynamic};
use rust_safe_io::{
    DirHandle, Error, ExtractOptions, FileHandle, create_archive, extract_archive, list_archive, search_archive,
};

/// What opening the files of the examples and packing them asks for.
const PACKING: &[Need] = &[OPEN_DIR, OPEN_FILE, CREATE_FILE, WRITE_FILE, STAT_FILE, READ_FILE, STAT_DIR, READ_DIR];
const FILES: &[(&str, &str)] = &[("sub/a", "one\ntwo\n"), ("sub/deep/b", "two\n"), ("to/", "")];

/// The script `$test` with `d`, the example's folder, `to`, a folder in it, and `packed`, an archive of the folder `sub`.
macro_rules! with_archive {
    ($test:literal) => {
        concat!(
            r#"let d = DirConfig().path(dir).build().open(OpenDirOptions().build());
            let to = DirConfig().path(dir + "/to").build().open(OpenDirOptions().build());
            let packed = d.create_archive(["sub"], d.open_file("a.tgz", OpenFileOptions().create(true).read(true).build()));
            "#,
            $test
        )
    };
}

static OPTIONS: Function = constructor("ExtractArchiveOptions", "Begins the options for unpacking an archive.", &[]);
static PERMISSIONS: Function = setter(
    "preserve_permissions",
    "Give files and directories the permissions that the archive tells; without it, yes. The set-user-id, set-group-id and sticky bits are never given.",
);
static OWNERSHIP: Function = setter(
    "preserve_ownership",
    "Give files and directories the owners that the archive tells: by name, where the host has none of that name by number. Without it, no.",
);
static TIMESTAMPS: Function =
    setter("preserve_timestamps", "Give files and directories the times that the archive tells; without it, yes.");

static EXTRACT: Function = Function {
    name: "extract_archive",
    params: &["self", "dest_dir", "options"],
    doc: "Unpacks the tar archive, plain or packed with gzip, into the directory `dest_dir`. The whole archive is read and judged before anything is made: one that is \
          damaged, or has a member that may not be made, changes nothing. Links and devices are left out, permissions and owners that may not be set stay, and the log names \
          what was left out. Members whose names lead out of the directory are left out, too, and that is an error once the others were unpacked.",
    needs: &[READ_FILE, CREATE_FILE, WRITE_FILE, CREATE_DIR, OPEN_DIR, CHMOD_FILE, CHMOD_DIR, CHOWN_FILE, CHOWN_DIR],
    examples: &[
        Example {
            title: "Unpack as new files",
            files: FILES,
            script: with_archive!(
                r#"packed.extract_archive(to, ExtractArchiveOptions().preserve_permissions(false).build());
                cat(dir + "/to/sub/a") == "one\ntwo\n" && cat(dir + "/to/sub/deep/b") == "two\n""#
            ),
            around: PACKING,
            ..Example::BASE
        },
        Example {
            title: "Permissions are those of the archive",
            files: FILES,
            script: with_archive!(
                r#"let read = OpenFileOptions().read(true).build();
                let sub = DirConfig().path(dir + "/sub").build().open(OpenDirOptions().build());
                sub.chmod(ChmodDirOptions().permissions(0o750).build());
                sub.open_file("a", read).chmod(0o640);
                packed = d.create_archive(["sub"], packed);
                packed.extract_archive(to, ExtractArchiveOptions().build());
                let made = DirConfig().path(dir + "/to/sub").build().open(OpenDirOptions().build());
                (made.metadata().permissions() & 0o777) == 0o750 && (made.open_file("a", read).metadata().permissions() & 0o777) == 0o640"#
            ),
            around: &[
                OPEN_DIR,
                OPEN_FILE,
                CREATE_FILE,
                WRITE_FILE,
                STAT_FILE,
                READ_FILE,
                STAT_DIR,
                READ_DIR,
                CHMOD_FILE,
                CHMOD_DIR,
            ],
            ..Example::BASE
        },
        Example {
            title: "Owners that may not be set stay",
            files: FILES,
            script: with_archive!(
                r#"let o = ExtractArchiveOptions().preserve_permissions(false).preserve_ownership(true).build();
                packed.extract_archive(to, o); cat(dir + "/to/sub/a") == "one\ntwo\n""#
            ),
            around: PACKING,
            withheld: &[CHOWN_FILE, CHOWN_DIR],
            ..Example::BASE
        },
    ],
    ..Function::METHOD
};

static LIST: Function = Function {
    name: "list_archive",
    params: &["self"],
    doc: "Returns what the tar archive, plain or packed with gzip, tells of each member: a map with `name`, `type` (`File`, `Dir`, `Symlink`, `HardLink`, `CharDevice`, \
          `BlockDevice`, `Fifo`, `Sparse` or `Unknown`), `size` in bytes, `mode` and `mtime`, in seconds since 1970. Nothing is unpacked.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "Names in an archive",
        files: FILES,
        script: with_archive!(
            r#"packed.list_archive().map(|m| `${m.type} ${m.name} ${m.size}`) == ["Dir sub 0", "File sub/a 8", "Dir sub/deep 0", "File sub/deep/b 4"]"#
        ),
        around: PACKING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static SEARCH: Function = Function {
    name: "search_archive",
    params: &["self", "pattern"],
    doc: "Returns the lines of the files in the tar archive, plain or packed with gzip, in which the regular expression `pattern` matches: maps with `name`, \
          `line_number` and `line`. Nothing is unpacked onto the disk.",
    needs: &[READ_FILE],
    examples: &[Example {
        title: "Lines in an archive",
        files: FILES,
        script: with_archive!(
            r#"packed.search_archive("^t").map(|m| `${m.name}:${m.line_number}:${m.line}`) == ["sub/a:2:two", "sub/deep/b:1:two"]"#
        ),
        around: PACKING,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static CREATE: Function = Function {
    name: "create_archive",
    params: &["self", "names", "dest"],
    doc: "Packs the files and directories called `names` in the directory, the directories with all below them, into a tar archive packed with gzip, which takes the place \
          of what the file `dest` holds in one step. Returns a handle of it: `dest = dir.create_archive(names, dest)`. Links and devices are left out, and the log names them.",
    needs: &[WRITE_FILE, OPEN_FILE, OPEN_DIR, STAT_DIR, READ_DIR, STAT_FILE, READ_FILE],
    examples: &[Example {
        title: "Pack a directory",
        files: FILES,
        script: r#"let d = DirConfig().path(dir).build().open(OpenDirOptions().build());
            let packed = d.create_archive(["sub"], d.open_file("a.tgz", OpenFileOptions().create(true).read(true).build()));
            packed.list_archive().len() == 4"#,
        around: &[OPEN_DIR, OPEN_FILE, CREATE_FILE, READ_FILE],
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    options::<ExtractOptions>(r, "ExtractArchiveOptions", "ExtractArchiveOptionsBuilder", &OPTIONS, |_| Ok(()));
    set(r, &PERMISSIONS, |options: &mut ExtractOptions, value: bool| options.permissions = value);
    set(r, &OWNERSHIP, |options: &mut ExtractOptions, value: bool| options.ownership = value);
    set(r, &TIMESTAMPS, |options: &mut ExtractOptions, value: bool| options.timestamps = value);
    r.function(&EXTRACT, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, target: DirHandle, options: ExtractOptions| {
            entry.run(&call, |gate| extract(gate, &entry, file, &target, options))
        }
    });
    r.function(&LIST, |entry| move |call: Call<'_>, file: &mut FileHandle| entry.run(&call, |gate| list(gate, file)));
    r.function(&SEARCH, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, pattern: &str| entry.run(&call, |gate| search(gate, file, pattern))
    });
    r.function(&CREATE, |entry| {
        move |call: Call<'_>, dir: &mut DirHandle, names: Array, dest: FileHandle| {
            entry.run(&call, |gate| create(gate, &entry, dir, names, &dest))
        }
    });
}

fn extract(
    gate: &Gate,
    entry: &Entry,
    file: &FileHandle,
    target: &DirHandle,
    options: ExtractOptions,
) -> Result<(), Failure> {
    let mut skipped = Vec::new();
    let extracted = extract_archive(gate, file, target, options, &mut skipped);
    // What an error is about may be named there.
    tell_skipped(entry.log(), "extract_archive", &skipped);
    Ok(extracted?)
}

fn list(gate: &Gate, file: &FileHandle) -> Result<Array, Failure> {
    let listed = list_archive(gate, file)?.into_iter().map(|member| {
        Dynamic::from_map(map([
            ("name", member.name.into()),
            ("type", member.member_type.to_string().into()),
            ("size", number(member.size)),
            ("mode", i64::from(member.mode).into()),
            ("mtime", member.modified.into()),
        ]))
    });
    Ok(listed.collect())
}

fn search(gate: &Gate, file: &FileHandle, pattern: &str) -> Result<Array, Failure> {
    let found = search_archive(gate, file, pattern)?.into_iter().map(|hit| {
        Dynamic::from_map(map([
            ("name", hit.name.into()),
            ("line_number", number(hit.line_number)),
            ("line", hit.line.into()),
        ]))
    });
    Ok(found.collect())
}

fn create(gate: &Gate, entry: &Entry, dir: &DirHandle, names: Array, dest: &FileHandle) -> Result<FileHandle, Failure> {
    let name = |name: Dynamic| {
        let not_text = |found: &str| Error::InvalidArguments(format!("names must be texts, got {found}"));
        name.into_string().map_err(not_text)
    };
    let names = names.into_iter().map(name).collect::<Result<Vec<_>, _>>()?;
    let mut skipped = Vec::new();
    let made = create_archive(gate, dir, &names, dest, &mut skipped);
    tell_skipped(entry.log(), "create_archive", &skipped);
    Ok(made?)
}
