//! `list_open_files`, `processes_using_inode`: who has which files open.

use crate::error::Failure;
use crate::manager::ProcessManager;
use crate::needs::{LIST_FDS, OPEN_DIR, READ_DIR, STAT_DIR, STAT_FILE};
use crate::processes::tell_denied;
use crate::record::{Record, int, map, optional, register as record};
use rex_cedar_auth::Need;
use rex_logger::Level;
use rex_runner_registrar_utils::builder::{constructor, number, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Entry, Example, Function, Registrar};
use rhai::{Array, Dynamic, ImmutableString, Map};
use rust_safe_process_mgmt::{Access, FileUser, LsofOptions, OpenFile, Uses, file_users, open_files};

const NEEDS: &[Need] = &[OPEN_DIR, READ_DIR, STAT_FILE, STAT_DIR, LIST_FDS];
const fn getter(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::GETTER }
}

/// An example with the open files of the process `rex-worker`.
macro_rules! of_the_worker {
    ($title:literal, $test:literal) => {
        &[Example {
            title: $title,
            places: &["/proc"],
            script: concat!(
                r#"let pids = ps().filter(|p| p.name == "rex-worker").map(|p| p.pid);
            let files = if pids.is_empty() { [] } else { ProcessManager().list_open_files(LsofOptions().pid(pids[0]).build()) };
            "#,
                $test
            ),
            around: &[crate::needs::LIST, OPEN_DIR, READ_DIR, LIST_FDS],
            ..Example::BASE
        }]
    };
}

static OPTIONS: Function = constructor(
    "LsofOptions",
    "Begins the options for listing open files: of one process, or of a path.",
    &[Example {
        title: "One of the two is required",
        script: r#"let said = ""; try { LsofOptions().build(); } catch (e) { said = e; } said == "Validation error: Either path or pid is required""#,
        ..Example::BASE
    }],
);
static PATH: Function = setter(
    "path",
    "List who uses the file or directory at this path, by whatever name, and who still has a file open that was removed from there.",
);
static SUBDIR: Function = setter("include_subdir", "List also who uses what is or was below the path.");
static PID_OPTION: Function = setter("pid", "List what the process of this number uses.");

static LIST_OPEN_FILES: Function = Function {
    name: "list_open_files",
    params: &["self", "options"],
    doc: "Returns what a process uses, or who uses a path: of each process its working directory, root directory and program, the files it maps, its \
          descriptors. Of a path it is told by what is there, whatever its names; where the policy does not permit `stat` on it, nothing is touched and only paths are \
          compared, which the log tells. What is below a directory, and removed files, are told by path: that of a process in another mount namespace counts as it \
          is there. Processes that the policy does not let be looked into are left out; those of other users need CAP_SYS_PTRACE.",
    needs: NEEDS,
    examples: &[Example {
        title: "Who has the directory at the end of a link as its root",
        files: &[("top -> /", "")],
        places: &["/"],
        script: r#"ProcessManager().list_open_files(LsofOptions().path(dir + "/top").build()).some(|f| f.access == "Root directory" && f.file_path == "/")"#,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static USING: Function = Function {
    name: "processes_using_inode",
    params: &["self", "path"],
    doc: "Returns the processes that use the file or directory at `path`, and how. It is told by what it is: other names of it and other mounts count, too. Where the \
          policy does not permit `stat` on it, nothing is touched and only paths are compared, which the log tells. Processes that the policy does not let be \
          looked into are left out; those of other users need CAP_SYS_PTRACE. A path where nothing is is an error of kind `ProcessErrorKind::ValidationError`.",
    needs: NEEDS,
    examples: &[Example {
        title: "Who uses the directory at the end of a link",
        files: &[("top -> /", "")],
        places: &["/"],
        script: r#"ProcessManager().processes_using_inode(dir + "/top").some(|user| user.access.contains("Root directory"))"#,
        ..Example::BASE
    }],
    ..Function::METHOD
};

static PID: Function = getter(
    "pid",
    "The number of the process.",
    of_the_worker!("Whose", "files.len() > 0 && files.all(|f| f.pid == pids[0])"),
);
static NAME: Function = getter(
    "process_name",
    "The name of the process, at most 15 bytes.",
    of_the_worker!("Whose", r#"files.len() > 0 && files.all(|f| f.process_name == "rex-worker")"#),
);
static USER: Function = getter(
    "user",
    "The login name of the user of the process; the number where it has none.",
    of_the_worker!("Whose", r#"files.len() > 0 && files.all(|f| f.user != "")"#),
);
static COMMAND: Function = getter(
    "command",
    "The command line of the process, the directory of the first word left out.",
    of_the_worker!("Whose", r#"files.len() > 0 && files.all(|f| f.command == "rex-worker 86399")"#),
);
static FILE_PATH: Function = getter(
    "file_path",
    "The path, of a removed file with ` (deleted)` behind it; of what has none a name such as `pipe:[4711]`; of a Unix socket the path that it is bound to.",
    of_the_worker!(
        "What it runs",
        r#"files.some(|f| f.access == "Executable" && f.file_path.ends_with("/rex-worker"))"#
    ),
);
static FILE_TYPE: Function = getter(
    "file_type",
    "`DIR`, `REG`, `LNK`, `SOCK`, `CHR`, `BLK`, `FIFO`, `ANON_INODE` or `UNK`.",
    of_the_worker!("Its input", r#"files.some(|f| f.fd == 0 && f.file_type == "CHR")"#),
);
static ACCESS: Function = getter(
    "access",
    "`File descriptor`, `Root directory`, `Working directory`, `Executable` or `Memory mapped`; of `processes_using_inode` all of them, with commas.",
    of_the_worker!(
        "In the order of listing",
        r#"files.len() > 2 && files[0].access == "Working directory" && files[1].access == "Root directory""#
    ),
);
static FD: Function = getter(
    "fd",
    "The number of the descriptor; `()` for other uses.",
    of_the_worker!(
        "Its input",
        r#"files.some(|f| f.fd == 0 && f.file_path == "/dev/null") && files.some(|f| f.fd == ())"#
    ),
);
static DELETED: Function = getter(
    "deleted",
    "Whether no name of the file is left: it still occupies the disk until the process closes it.",
    of_the_worker!("What it runs is still there", r#"files.some(|f| f.access == "Executable" && !f.deleted)"#),
);
static SIZE: Function = getter(
    "size",
    "The length of the file in bytes; `()` of what is no file, or cannot be looked at.",
    of_the_worker!("How large its program is", r#"files.some(|f| f.access == "Executable" && f.size > 0)"#),
);

impl Record for OpenFile {
    fn map(&self) -> Map {
        map([
            ("pid", i64::from(self.pid).into()),
            ("process_name", Dynamic::from(self.process_name.to_string())),
            ("user", Dynamic::from(self.user.to_string())),
            ("command", Dynamic::from(self.command.to_string())),
            ("access_type", self.access.words().into()),
            ("file_type", self.file_type.into()),
            ("file_path", self.file_path.clone().into()),
        ])
    }
}

impl Record for FileUser {
    fn map(&self) -> Map {
        let access: Array = self.access.iter().map(|access| access.words().into()).collect();
        map([
            ("user", self.user.clone().into()),
            ("pid", i64::from(self.pid).into()),
            ("access_types", access.into()),
            ("command", self.command.clone().into()),
        ])
    }
}

pub(crate) fn register(r: &mut Registrar) {
    options::<LsofOptions>(r, "LsofOptions", "LsofOptionsBuilder", &OPTIONS, |options| {
        options.check().map_err(|error| error.to_string())
    });
    set(r, &PATH, |options: &mut LsofOptions, value: ImmutableString| options.path = Some(value.into()));
    set(r, &SUBDIR, |options: &mut LsofOptions, value: bool| options.include_subdir = value);
    set_checked(r, &PID_OPTION, |options: &mut LsofOptions, value: i64| {
        options.pid = Some(number("pid", value)?);
        Ok(())
    });
    r.function(&LIST_OPEN_FILES, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, options: LsofOptions| {
            entry.run(&call, |gate| Ok::<_, Failure>(told(&entry, open_files(gate, &options)?)))
        }
    });
    r.function(&USING, |entry| {
        move |call: Call<'_>, _: &mut ProcessManager, path: &str| {
            entry.run(&call, |gate| Ok::<_, Failure>(told(&entry, file_users(gate, path)?)))
        }
    });
    record::<OpenFile>(r, "OpenFileInfo");
    r.function(&PID, |_| |of: &mut OpenFile| i64::from(of.pid));
    r.function(&NAME, |_| |of: &mut OpenFile| of.process_name.to_string());
    r.function(&USER, |_| |of: &mut OpenFile| of.user.to_string());
    r.function(&COMMAND, |_| |of: &mut OpenFile| of.command.to_string());
    r.function(&FILE_PATH, |_| |of: &mut OpenFile| of.file_path.clone());
    r.function(&FILE_TYPE, |_| |of: &mut OpenFile| of.file_type);
    r.function(&ACCESS, |_| |of: &mut OpenFile| of.access.words());
    r.function(&FD, |_| |of: &mut OpenFile| optional(of.descriptor.map(i64::from)));
    r.function(&DELETED, |_| |of: &mut OpenFile| of.deleted);
    r.function(&SIZE, |_| |of: &mut OpenFile| optional(of.size.map(int)));
    record::<FileUser>(r, "FuserInfo");
    r.function(&PID, |_| |of: &mut FileUser| i64::from(of.pid));
    r.function(&USER, |_| |of: &mut FileUser| of.user.clone());
    r.function(&COMMAND, |_| |of: &mut FileUser| of.command.clone());
    r.function(&ACCESS, |_| |of: &mut FileUser| access(of));
}

fn access(of: &FileUser) -> String {
    let words: Vec<&str> = of.access.iter().copied().map(Access::words).collect();
    if words.is_empty() { "No access".to_owned() } else { words.join(", ") }
}

fn told<T: Clone + 'static>(entry: &Entry, uses: Uses<T>) -> Array {
    tell_denied(entry, uses.denied, "list_fds");
    let warn = |text: String| entry.log().function(Level::Warn, &text);
    if uses.unreadable > 0 {
        warn(format!("{} processes could not be looked into, or not wholly", uses.unreadable));
    }
    if let Some(path) = uses.path_alone {
        warn(format!("{path} is compared as a text alone: the policy does not permit `stat` on it"));
    }
    uses.found.into_iter().map(Dynamic::from).collect()
}
