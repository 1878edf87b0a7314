//! `lsblk()`: the block devices.

use crate::error::as_text;
use crate::needs::{OPEN_DIR, OPEN_FILE, READ_DIR, READ_FILE};
use crate::values::{int, map, or_unit, tell_skipped, texts};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rhai::{Dynamic, Map};
use rust_safe_disk_info::{BlockDevice, block_devices};

static LSBLK: Function = Function {
    name: "lsblk",
    doc: "Returns the block devices that have a size, as a map from name to a map. Its keys: `name`, of a device of the device mapper the name that \
          its maker gave it; `kernel_name`; `type` (`disk`, `partition` or `unknown`, of the device mapper `lvm`, `crypt`, `mpath`, `dmraid`, \
          `part` or `dm`, of a software RAID its level, such as `raid1`); `maj` and `min` as texts, `major` and `minor` as numbers; `size_kib`; \
          `size` in bytes; `removable` and `read_only` as `\"0\"` or `\"1\"`, `is_removable` and `is_read_only` as truths; `rotational`, `model` and \
          `scheduler`; `fs_type` of what is mounted from it; `mount_point`, the first or `\"\"`; `mount_points`, all, `[SWAP]` for a swap area; \
          `parents`, the names of the devices that it lies on; `children`, the names of those that lie on it. What could not be learnt is `()`. \
          A device that policy forbids to look at is left out and named in the log. Errors are thrown as texts.",
    needs: &[OPEN_DIR, OPEN_FILE, READ_FILE, READ_DIR],
    examples: &[Example {
        title: "Every device is known by its name",
        script: "let all = lsblk(); all.keys() == all.values().map(|d| d.name) && all.values().some(|d| d.size > 0 && type_of(d.parents) == \"array\")",
        places: &["/proc", "/sys"],
        ..Example::BASE
    }],
    ..Function::BASE
};

fn to_map(of: &BlockDevice) -> Map {
    // Scripts that know these as texts compare them with "1".
    let digit = |flag: Option<bool>| if flag == Some(true) { "1" } else { "0" };
    map([
        ("name", of.name.clone().into()),
        ("kernel_name", of.kernel_name.clone().into()),
        ("type", of.kind.clone().into()),
        ("maj", of.major.to_string().into()),
        ("min", of.minor.to_string().into()),
        ("major", i64::from(of.major).into()),
        ("minor", i64::from(of.minor).into()),
        ("size_kib", int(of.size_kib).into()),
        ("size", int(of.size_kib.saturating_mul(1024)).into()),
        ("removable", digit(of.removable).into()),
        ("read_only", digit(of.read_only).into()),
        ("is_removable", or_unit(of.removable)),
        ("is_read_only", or_unit(of.read_only)),
        ("rotational", or_unit(of.rotational)),
        ("model", or_unit(of.model.clone())),
        ("scheduler", or_unit(of.scheduler.clone())),
        ("fs_type", or_unit(of.fs_kind.clone())),
        ("mount_point", of.mount_points.first().cloned().unwrap_or_default().into()),
        ("mount_points", texts(&of.mount_points).into()),
        ("parents", of.parents.as_deref().map_or(Dynamic::UNIT, |parents| texts(parents).into())),
        ("children", texts(&of.children).into()),
    ])
}

pub(crate) fn register(r: &mut Registrar) {
    r.function(&LSBLK, |entry| {
        move |call: Call<'_>| {
            entry.run(&call, |gate| {
                let found = block_devices(gate).map_err(as_text)?;
                tell_skipped(entry.log(), "lsblk", &found.skipped);
                let devices = found.devices.iter().map(|device| (device.name.as_str().into(), to_map(device).into()));
                Ok::<Map, ScriptError>(devices.collect())
            })
        }
    });
}
