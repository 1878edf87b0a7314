//! The sockets that a process has open, by the numbers that the kernel knows them by.

use super::process::{Held, Process, link};
use super::table::numbers;
use rex_cedar_auth::action::process_system::ListFds;
use rustix::fs::{Mode, OFlags, openat};
use std::ffi::CString;
use std::io;

impl Held<ListFds> {
    /// Tells `each` the inode of each socket that the process has open, as often as it has. Other users' processes need `CAP_SYS_PTRACE`.
    ///
    /// # Errors
    /// What the system says; what `each` fails with.
    pub(crate) fn sockets<E>(&self, each: &mut dyn FnMut(u64) -> Result<(), E>) -> Result<io::Result<()>, E> {
        let process: &Process = self;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let listed = openat(&process.dir, c"fd", flags, Mode::empty()).map_err(io::Error::from);
        let found = match listed.and_then(|fds| numbers(&fds)) {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        for number in found {
            let Ok(name) = CString::new(format!("fd/{number}")) else { continue };
            // One that was closed meanwhile is no longer open.
            let Ok(text) = link(&process.dir, &name) else { continue };
            if let Some(inode) = inode(&text) {
                each(inode)?;
            }
        }
        Ok(Ok(()))
    }
}

fn inode(text: &str) -> Option<u64> {
    text.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::inode;

    #[test]
    fn only_links_of_sockets_tell_sockets() {
        assert_eq!(inode("socket:[4711]"), Some(4711));
        for other in ["pipe:[4711]", "/socket:[4711]", "socket:[4711] (deleted)", "socket:[-1]", "socket:["] {
            assert_eq!(inode(other), None, "{other}");
        }
    }
}
