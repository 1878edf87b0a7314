//! A file system, as scripts see it.

use crate::needs::{EVERYWHERE, FILESYSTEMS};
use crate::values::{getter, int, map, record, texts};
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::Map;
use rust_safe_disk_info::Filesystem;

macro_rules! of_the_folder {
    ($truth:literal) => {
        &[Example {
            title: "The file system that holds a directory",
            script: concat!(
                "let f = Filesystems(FilesystemOptions().targets([dir]).build()).filesystems()[0]; ",
                $truth
            ),
            places: EVERYWHERE,
            around: FILESYSTEMS,
            ..Example::BASE
        }]
    };
}

const SUM: &[Example] = of_the_folder!("f.block_used == f.size - f.block_available && f.used + f.reserved <= f.size");
const LARGER: &[Example] =
    of_the_folder!("f.kb_blocks == f.size / 1024 && f.mb_blocks == format_bytes(f.size, Unit::MEGABYTES)");
const SHARES: &[Example] = of_the_folder!(
    "f.block_use_percent >= 0.0 && f.used_percent <= 100.0 && f.iuse_percent <= 100.0 && f.used_percent <= f.block_use_percent + 0.001"
);
const INODES: &[Example] = of_the_folder!("f.iused == f.inodes - f.ifree");
const NAMES: &[Example] =
    of_the_folder!("f.mounted_on.starts_with(\"/\") && f.fs_kind != \"\" && type_of(f.fs_device) == \"string\"");
const OPTIONS: &[Example] =
    of_the_folder!("f.mount_options.contains(\"rw\") && type_of(f.is_local) == \"bool\" && f.block_size > 0");

static DEVICE: Function =
    Function { examples: NAMES, ..getter("fs_device", "The device, or whatever the file system calls its source.") };
static KIND: Function = Function { examples: NAMES, ..getter("fs_kind", "The type, such as `ext4`.") };
static MOUNTED_ON: Function = Function { examples: NAMES, ..getter("mounted_on", "Where it is mounted.") };
static MOUNT_OPTIONS: Function = Function {
    examples: OPTIONS,
    ..getter("mount_options", "Its options, `key` or `key=value`, in the order of the system.")
};
static IS_LOCAL: Function = Function {
    examples: OPTIONS,
    ..getter("is_local", "Whether it lies on this machine, as far as its type and device tell.")
};
static BLOCK_SIZE: Function = Function { examples: OPTIONS, ..getter("block_size", "How many bytes a block has.") };
static SIZE: Function = Function { examples: SUM, ..getter("size", "The size in bytes.") };
static AVAILABLE: Function =
    Function { examples: SUM, ..getter("block_available", "The bytes that ordinary users can still fill.") };
static BLOCK_USED: Function = Function {
    examples: SUM,
    ..getter(
        "block_used",
        "The bytes that ordinary users cannot fill: `size` less `block_available`. What is reserved for root counts.",
    )
};
static USED: Function =
    Function { examples: SUM, ..getter("used", "The bytes in use, as `df` tells them: without what is reserved.") };
static RESERVED: Function = Function { examples: SUM, ..getter("reserved", "The bytes that are free for root alone.") };
static KB: Function = Function { examples: LARGER, ..getter("kb_blocks", "The size in whole KiB.") };
static MB: Function = Function { examples: LARGER, ..getter("mb_blocks", "The size in whole MiB.") };
static BLOCK_PERCENT: Function =
    Function { examples: SHARES, ..getter("block_use_percent", "The share of `block_used` of the size, in percent.") };
static USED_PERCENT: Function = Function {
    examples: SHARES,
    ..getter(
        "used_percent",
        "The share in use of what ordinary users could use, in percent, as `df` tells it, not rounded.",
    )
};
static INODE_PERCENT: Function = Function {
    examples: SHARES,
    ..getter(
        "iuse_percent",
        "The share of inodes in use, in percent; 0.0 where the file system has no fixed number of them.",
    )
};
static ALL_INODES: Function = Function {
    examples: INODES,
    ..getter("inodes", "How many inodes it has; 0 where the file system has no fixed number of them.")
};
static USED_INODES: Function = Function { examples: INODES, ..getter("iused", "How many inodes are in use.") };
static FREE_INODES: Function = Function { examples: INODES, ..getter("ifree", "How many inodes are free.") };
static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "A map with the keys `fs_device`, `fs_kind`, `mounted_on`, `mount_options`, `size`, `block_used`, `block_available`, `kb_blocks`, \
          `mb_blocks`, `block_use_percent`, `inodes`, `iused`, `ifree` and `iuse_percent`.",
    examples: of_the_folder!(
        "f.to_map().len() == 14 && f.to_map().size == f.size && f.to_string().contains(f.mounted_on)"
    ),
    ..Function::METHOD
};

pub(crate) fn to_map(of: &Filesystem) -> Map {
    map([
        ("fs_device", of.device.clone().into()),
        ("fs_kind", of.kind.clone().into()),
        ("mounted_on", of.mounted_on.clone().into()),
        ("mount_options", texts(&of.options).into()),
        ("size", int(of.size()).into()),
        ("block_used", int(of.unavailable()).into()),
        ("block_available", int(of.available()).into()),
        ("kb_blocks", int(of.size() >> 10).into()),
        ("mb_blocks", int(of.size() >> 20).into()),
        ("block_use_percent", of.unavailable_percent().into()),
        ("inodes", int(of.inodes()).into()),
        ("iused", int(of.inodes_used()).into()),
        ("ifree", int(of.inodes_free()).into()),
        ("iuse_percent", of.inodes_percent().into()),
    ])
}

pub(crate) fn register(r: &mut Registrar) {
    record(r, "Filesystem", &TO_MAP, to_map);
    r.function(&DEVICE, |_| |of: &mut Filesystem| of.device.clone());
    r.function(&KIND, |_| |of: &mut Filesystem| of.kind.clone());
    r.function(&MOUNTED_ON, |_| |of: &mut Filesystem| of.mounted_on.clone());
    r.function(&MOUNT_OPTIONS, |_| |of: &mut Filesystem| texts(&of.options));
    r.function(&IS_LOCAL, |_| |of: &mut Filesystem| of.local);
    r.function(&BLOCK_SIZE, |_| |of: &mut Filesystem| int(of.block_size()));
    r.function(&SIZE, |_| |of: &mut Filesystem| int(of.size()));
    r.function(&AVAILABLE, |_| |of: &mut Filesystem| int(of.available()));
    r.function(&BLOCK_USED, |_| |of: &mut Filesystem| int(of.unavailable()));
    r.function(&USED, |_| |of: &mut Filesystem| int(of.used()));
    r.function(&RESERVED, |_| |of: &mut Filesystem| int(of.reserved()));
    r.function(&KB, |_| |of: &mut Filesystem| int(of.size() >> 10));
    r.function(&MB, |_| |of: &mut Filesystem| int(of.size() >> 20));
    r.function(&BLOCK_PERCENT, |_| |of: &mut Filesystem| of.unavailable_percent());
    r.function(&USED_PERCENT, |_| |of: &mut Filesystem| of.used_percent());
    r.function(&INODE_PERCENT, |_| |of: &mut Filesystem| of.inodes_percent());
    r.function(&ALL_INODES, |_| |of: &mut Filesystem| int(of.inodes()));
    r.function(&USED_INODES, |_| |of: &mut Filesystem| int(of.inodes_used()));
    r.function(&FREE_INODES, |_| |of: &mut Filesystem| int(of.inodes_free()));
}
