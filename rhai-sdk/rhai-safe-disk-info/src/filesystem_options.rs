//! Which file systems a listing shows.

use crate::needs::{EVERYWHERE, FILESYSTEMS};
use crate::values::texts_of;
use rex_runner_registrar_utils::builder::{constructor, number, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::Array;
use rust_safe_disk_info::{Absolute, FilesystemOptions};
use std::time::Duration;

const fn shown(title: &'static str, script: &'static str) -> Example {
    Example { title, script, places: EVERYWHERE, around: FILESYSTEMS, ..Example::BASE }
}

static OPTIONS: Function = constructor(
    "FilesystemOptions",
    "Begins options for `Filesystems`: all file systems that can be filled.",
    &[shown(
        "One file system",
        r#"Filesystems(FilesystemOptions().targets(["/"]).build()).filesystems().some(|f| f.mounted_on == "/")"#,
    )],
);

static TARGETS: Function = Function {
    examples: &[shown(
        "The file system that holds a path",
        "Filesystems(FilesystemOptions().targets([dir]).build()).filesystems().len() == 1",
    )],
    ..setter(
        "targets",
        "Only file systems mounted at or below one of these absolute paths, part by part: `/data` does not mean `/database`. Where none is \
         mounted there, the one that holds the path. What is mounted exactly there is listed whatever it is. An empty array means all.",
    )
};
static LOCAL: Function = Function {
    examples: &[shown(
        "No network file systems",
        "Filesystems(FilesystemOptions().local(true).build()).filesystems().all(|f| f.is_local)",
    )],
    ..setter(
        "local",
        "Only file systems that lie on this machine. The type tells: `nfs`, `cifs` and their like do not, and file systems in user space \
         (`fuse.…`) only where their device is a block device.",
    )
};
static KINDS: Function = Function {
    examples: &[shown(
        "Of one type",
        r#"Filesystems(FilesystemOptions().kinds(["tmpfs"]).build()).filesystems().all(|f| f.fs_kind == "tmpfs")"#,
    )],
    ..setter("kinds", "Only file systems of these types, such as `ext4`. An empty array means all.")
};
static ALL: Function = Function {
    examples: &[shown(
        "What holds nothing, too",
        r#"Filesystems(FilesystemOptions().all(true).build()).filesystems().some(|f| f.fs_kind == "proc")"#,
    )],
    ..setter(
        "all",
        "File systems that hold nothing to be filled too, which are left out else: `proc`, `sysfs`, `devtmpfs`, `cgroup`, `squashfs` and \
         their like, and what is mounted below `/proc`, `/sys` and `/run`, save `/run/media`.",
    )
};
static TIMEOUT: Function = Function {
    examples: &[shown(
        "Patience with a slow server",
        "Filesystems(FilesystemOptions().timeout(10).build()).survey().skipped.len() >= 0",
    )],
    ..setter(
        "timeout",
        "For how many seconds, 1 to 3600, a file system may leave the question for its figures unanswered; else 2.",
    )
};

pub(crate) fn register(r: &mut Registrar) {
    options::<FilesystemOptions>(r, "FilesystemOptions", "FilesystemOptionsBuilder", &OPTIONS, |_| Ok(()));
    set_checked(r, &TARGETS, |of: &mut FilesystemOptions, value: Array| {
        let paths = value.into_iter().map(|element| Absolute::parse(&element.to_string()));
        of.targets = paths.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        Ok(())
    });
    set(r, &LOCAL, |of: &mut FilesystemOptions, value: bool| of.local = value);
    set(r, &KINDS, |of: &mut FilesystemOptions, value: Array| of.kinds = texts_of(&value));
    set(r, &ALL, |of: &mut FilesystemOptions, value: bool| of.all = value);
    set_checked(r, &TIMEOUT, |of: &mut FilesystemOptions, value: i64| {
        let seconds = number::<u64>("timeout", value)?;
        if !(1..=3600).contains(&seconds) {
            return Err("timeout takes 1 to 3600 seconds".to_owned());
        }
        of.timeout = Duration::from_secs(seconds);
        Ok(())
    });
}
