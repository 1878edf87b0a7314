//! Reading a file that the kernel makes.

use crate::kernel_file::KernelFile;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Read;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstatfs, openat2};
use std::io::{self, Read as _};

/// Far above what the kernel tells of itself on the largest hosts.
const MOST: u64 = 64 << 20;

// LINUX: linux/magic.h.
const PROC: i64 = 0x9fa0;
const SYSFS: i64 = 0x6265_6572;

/// The content of a file of the kernel (proc(5), sysfs(5)).
pub(crate) fn kernel_file(read: Authorized<'_, Read, KernelFile>) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let fd = openat2(CWD, read.target().path(), flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS)?;
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the type differs between platforms")]
    let kind = fstatfs(&fd)?.f_type as i64;
    if kind != PROC && kind != SYSFS {
        return Err(io::Error::other("not a file of the kernel: something else is mounted there"));
    }
    let mut content = Vec::with_capacity(8 << 10);
    std::fs::File::from(fd).take(MOST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MOST {
        return Err(io::Error::other("larger than 64 MiB"));
    }
    Ok(content)
}
