//! The disk functions of scripts: file systems, mounts, block devices and what they do.

mod devices;
mod error;
mod filesystem;
mod filesystem_options;
mod filesystems;
mod iostat;
mod iostat_records;
mod mounts;
mod needs;
mod unit;
mod unmount;
mod values;

use rex_runner_registrar_utils::Registrar;
use rust_safe_disk_info::Error;

/// Registers all functions of this crate.
pub fn register(r: &mut Registrar) {
    r.error_kinds(error::SOURCE, "A kind of error of disk functions.", Error::kinds());
    filesystem_options::register(r);
    filesystems::register(r);
    filesystem::register(r);
    mounts::register(r);
    unmount::register(r);
    iostat::register(r);
    iostat_records::register(r);
    devices::register(r);
    unit::register(r);
}
