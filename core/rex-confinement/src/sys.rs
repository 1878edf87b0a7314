//! The one place of this crate that touches the system.

use nix::libc;
use rustix::fs::{CWD, Mode, OFlags, RawDir, ResolveFlags, openat, openat2};
use rustix::io::Errno;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

/// The version of Landlock's interface; nothing where there is none.
pub(crate) fn landlock_version() -> Option<i32> {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with this flag the call reads no memory and takes numbers only, landlock_create_ruleset(2).
    #[expect(unsafe_code, reason = "no library tells the version")]
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, VERSION) };
    i32::try_from(version).ok().filter(|version| *version > 0)
}

/// Whether the kernel takes filters of system calls for all threads.
///
/// LINUX: filters for all threads since 3.17; the call that asks since 4.14.
pub(crate) fn has_seccomp_filters() -> bool {
    const GET_ACTION_AVAIL: libc::c_uint = 2;
    let action: u32 = libc::SECCOMP_RET_ERRNO;
    // SAFETY: the call reads the four bytes of `action`, seccomp(2).
    #[expect(unsafe_code, reason = "no library asks this")]
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, GET_ACTION_AVAIL, 0, &raw const action) };
    answer == 0
}

/// Whether `/proc` shows a process only to who may trace it (`hidepid` in proc(5)).
pub(crate) fn proc_hides_processes() -> bool {
    let Ok(mounts) = read("/proc/self/mounts") else { return false };
    let mounts = String::from_utf8_lossy(&mounts).into_owned();
    let mut of_proc = mounts.lines().filter_map(|line| line.split_once(" /proc proc ")).map(|(_, options)| options);
    // The last one covers those before.
    of_proc.next_back().is_some_and(|options| {
        let options = options.split_whitespace().next().unwrap_or_default();
        options
            .split(',')
            .filter_map(|option| option.strip_prefix("hidepid="))
            .any(|value| value != "0" && value != "off")
    })
}

/// The services that this host asks for names of users and groups, nsswitch.conf(5).
pub(crate) fn name_services() -> Vec<String> {
    let text = read("/etc/nsswitch.conf").map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let asked = lines
        .filter_map(|line| line.split_once(':'))
        .filter(|(database, _)| matches!(database.trim(), "passwd" | "group" | "initgroups"));
    let words = asked.flat_map(|(_, services)| services.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    words.filter(|word| !word.starts_with('[')).collect()
}

fn read(path: &str) -> io::Result<Vec<u8>> {
    const MOST: usize = 16 << 20;
    let fd = rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())?;
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        match rustix::io::read(&fd, &mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(length) if bytes.len() < MOST => bytes.extend(chunk.iter().take(length)),
            Ok(_) => return Err(io::Error::other("it is too long")),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Something in the file system, for a rule about it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) fd: OwnedFd,
    pub(crate) is_dir: bool,
}

/// What has a path, without opening it. With `follow`, where its links lead; else nothing with a link in its path, or at its end, is found.
pub(crate) fn find(path: &str, follow: bool) -> rustix::io::Result<Found> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let flags = if follow { flags } else { flags | OFlags::NOFOLLOW };
    let resolve = ResolveFlags::NO_MAGICLINKS;
    let resolve = if follow { resolve } else { resolve | ResolveFlags::NO_SYMLINKS };
    let fd = openat2(CWD, path, flags, Mode::empty(), resolve)?;
    let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode);
    if kind == rustix::fs::FileType::Symlink {
        return Err(Errno::LOOP);
    }
    Ok(Found { fd, is_dir: kind == rustix::fs::FileType::Directory })
}

/// The descriptors beyond 0, 1 and 2 that the process had when it began: whoever started it left them open, and nothing here owns them.
#[derive(Debug, Default)]
pub struct Inherited(Vec<RawFd>);

impl Inherited {
    /// Looks which there are. Call it before anything is opened.
    pub fn look() -> Self {
        Self(descriptors().unwrap_or_default())
    }

    /// Closes those that `kept` does not name.
    pub fn close(&self, kept: &[RawFd]) {
        for fd in self.0.iter().filter(|fd| !kept.contains(fd)) {
            // SAFETY: it was open before this program opened anything, so that no value of it owns the descriptor.
            #[expect(unsafe_code, reason = "it belongs to nobody in this process")]
            unsafe {
                rustix::io::close(*fd);
            }
        }
    }
}

fn descriptors() -> rustix::io::Result<Vec<RawFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let list = openat(CWD, c"/proc/self/fd", flags, Mode::empty())?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(&list, &mut buffer);
    let mut found = Vec::new();
    while let Some(entry) = entries.next() {
        let number = entry?.file_name().to_str().ok().and_then(|name| name.parse::<RawFd>().ok());
        found.extend(number.filter(|fd| *fd > 2 && *fd != list.as_raw_fd()));
    }
    Ok(found)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests set their stage")]
mod tests {
    use super::{Inherited, find};
    use std::os::fd::AsRawFd as _;

    #[test]
    fn inherited_descriptors_are_closed_unless_they_are_kept() {
        let (one, other) = (std::fs::File::open("/dev/null").unwrap(), std::fs::File::open("/dev/null").unwrap());
        let (one_fd, other_fd) = (one.as_raw_fd(), other.as_raw_fd());
        let found = Inherited::look();
        assert!(found.0.contains(&one_fd) && found.0.contains(&other_fd));
        // Only these two: other tests of this process have their own.
        let own = Inherited(vec![one_fd, other_fd]);
        std::mem::forget(one);
        own.close(&[other_fd]);
        assert!(std::fs::metadata(format!("/proc/self/fd/{other_fd}")).is_ok());
        assert!(
            std::fs::read_link(format!("/proc/self/fd/{one_fd}")).map_or(true, |path| path.as_os_str() != "/dev/null")
        );
    }

    #[test]
    fn links_are_found_only_where_they_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir(at("dir")).unwrap();
        std::os::unix::fs::symlink("dir", at("link")).unwrap();
        std::fs::write(at("dir/file"), "").unwrap();
        assert!(find(&at("dir"), false).unwrap().is_dir);
        assert!(!find(&at("dir/file"), false).unwrap().is_dir);
        assert!(find(&at("link"), false).is_err() && find(&at("link/file"), false).is_err());
        assert!(find(&at("link"), true).unwrap().is_dir);
    }
}
