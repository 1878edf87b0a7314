//! `mounts()`: the table of mounts.

use crate::error::Failure;
use crate::needs::{PROC, TABLES};
use crate::values::{getter, int, map, record, texts};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_disk_info::{Mount, mounts};

macro_rules! of_the_root {
    ($truth:literal) => {
        &[Example {
            title: "What is mounted at the root",
            script: concat!("let m = mounts().find(|m| m.mounted_on == \"/\" && m.visible); ", $truth),
            places: PROC,
            around: TABLES,
            ..Example::BASE
        }]
    };
}

static MOUNTS: Function = Function {
    name: "mounts",
    doc: "Returns all mounts in the order in which they were made, as `findmnt` tells them. Only the table of the kernel is read: no mount is \
          touched, so that none can hold this up.",
    needs: TABLES,
    examples: &[Example {
        title: "Where is proc mounted?",
        script: r#"mounts().some(|m| m.fs_kind == "proc" && m.mounted_on == "/proc")"#,
        places: PROC,
        ..Example::BASE
    }],
    ..Function::BASE
};

const NAMES: &[Example] =
    of_the_root!(r#"m.fs_kind != "" && m.root.starts_with("/") && type_of(m.fs_device) == "string""#);
const NUMBERS: &[Example] = of_the_root!(r#"m.id > 0 && m.parent_id >= 0 && m.device_number.contains(":")"#);
const OPTIONS: &[Example] =
    of_the_root!("(m.mount_options + m.super_options).len() > 0 && m.propagation.all(|p| p != \"-\") && m.visible");

static DEVICE: Function =
    Function { examples: NAMES, ..getter("fs_device", "The device, or whatever the file system calls its source.") };
static KIND: Function = Function { examples: NAMES, ..getter("fs_kind", "The type, such as `ext4`.") };
static ROOT: Function = Function {
    examples: NAMES,
    ..getter("root", "The directory of the file system that is mounted: `/`, or another where a part of it is.")
};
static MOUNTED_ON: Function = Function { examples: NAMES, ..getter("mounted_on", "Where it is mounted.") };
static ID: Function =
    Function { examples: NUMBERS, ..getter("id", "Its number, which no other has as long as it is mounted.") };
static PARENT: Function =
    Function { examples: NUMBERS, ..getter("parent_id", "The number of the mount that it is mounted on.") };
static NUMBER: Function = Function {
    examples: NUMBERS,
    ..getter("device_number", "The number of the device as `major:minor`; major 0 where it is none.")
};
static MOUNT_OPTIONS: Function =
    Function { examples: OPTIONS, ..getter("mount_options", "The options of the mount, in the order of the system.") };
static SUPER_OPTIONS: Function = Function {
    examples: OPTIONS,
    ..getter("super_options", "The options of the file system, in the order of the system.")
};
static PROPAGATION: Function = Function {
    examples: OPTIONS,
    ..getter("propagation", "How mounts below it propagate, such as `shared:2`; empty where they do not.")
};
static VISIBLE: Function = Function {
    examples: OPTIONS,
    ..getter("visible", "Whether its mount point shows it: no other mount lies over it, or over a directory above.")
};
static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "A map of all properties, by their names.",
    examples: of_the_root!("m.to_map().len() == 11 && m.to_string().contains(m.fs_kind)"),
    ..Function::METHOD
};

fn to_map(of: &Mount) -> Map {
    map([
        ("id", int(of.id).into()),
        ("parent_id", int(of.parent).into()),
        ("fs_device", of.device.clone().into()),
        ("device_number", of.number.clone().into()),
        ("fs_kind", of.kind.clone().into()),
        ("root", of.root.clone().into()),
        ("mounted_on", of.mounted_on.clone().into()),
        ("mount_options", texts(&of.options).into()),
        ("super_options", texts(&of.super_options).into()),
        ("propagation", texts(&of.propagation).into()),
        ("visible", of.visible.into()),
    ])
}

pub(crate) fn register(r: &mut Registrar) {
    r.function(&MOUNTS, |entry| {
        move |call: Call<'_>| {
            entry.run(&call, |gate| Ok::<Array, Failure>(mounts(gate)?.into_iter().map(Dynamic::from).collect()))
        }
    });
    record(r, "Mount", &TO_MAP, to_map);
    r.function(&ID, |_| |of: &mut Mount| int(of.id));
    r.function(&PARENT, |_| |of: &mut Mount| int(of.parent));
    r.function(&DEVICE, |_| |of: &mut Mount| of.device.clone());
    r.function(&NUMBER, |_| |of: &mut Mount| of.number.clone());
    r.function(&KIND, |_| |of: &mut Mount| of.kind.clone());
    r.function(&ROOT, |_| |of: &mut Mount| of.root.clone());
    r.function(&MOUNTED_ON, |_| |of: &mut Mount| of.mounted_on.clone());
    r.function(&MOUNT_OPTIONS, |_| |of: &mut Mount| texts(&of.options));
    r.function(&SUPER_OPTIONS, |_| |of: &mut Mount| texts(&of.super_options));
    r.function(&PROPAGATION, |_| |of: &mut Mount| texts(&of.propagation));
    r.function(&VISIBLE, |_| |of: &mut Mount| of.visible);
}
