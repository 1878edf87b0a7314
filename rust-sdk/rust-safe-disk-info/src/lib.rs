//! File systems, block devices and their figures, each judged before it is touched.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate). Nothing outside the private module `sys` touches the system, and `sys`
//! acts only on proofs that the gate made.

mod bytes;
mod device;
mod error;
mod filesystem;
mod filesystems;
mod iostat;
mod mount;
mod mount_table;
mod path;
mod rates;
mod select;
mod skipped;
mod sys;
mod unmount;

pub use bytes::{Unit, format_bytes, human_bytes};
pub use device::{BlockDevice, BlockDevices, block_devices};
pub use error::{Error, Result};
pub use filesystem::Filesystem;
pub use filesystems::{FilesystemOptions, Survey, filesystems};
pub use iostat::{IoStatOptions, iostat};
pub use mount::{Mount, mounts};
pub use path::Absolute;
pub use rates::{CpuShares, DeviceRates, IoStatSnapshot};
pub use skipped::{Skipped, Why};
pub use unmount::{UnmountOptions, unmount};
