//! Entering namespaces of a judged process with the calling thread, and coming back, `setns(2)`.

use super::kept::Keeper;
use super::process::{Held, Process};
use super::table::Table;
use crate::{Error, Result};
use rex_cedar_auth::action::process_system::{MountNamespace, NetworkNamespace, PidNamespace};
use rust_safe_io::Elsewhere;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::{chroot, fchdir};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

/// A namespace that was judged.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(super) fd: OwnedFd,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Pid,
    Network,
    /// Entered last: in it, `/proc` is another.
    Mount,
}

impl Kind {
    fn link(self) -> LinkNameSpaceType {
        match self {
            Self::Pid => LinkNameSpaceType::ProcessID,
            Self::Network => LinkNameSpaceType::Network,
            Self::Mount => LinkNameSpaceType::Mount,
        }
    }

    /// That of the calling thread, in `/proc`. Its pid namespace is that of processes it will start; its own never changes.
    fn own(self) -> &'static str {
        match self {
            Self::Pid => "thread-self/ns/pid_for_children",
            Self::Network => "thread-self/ns/net",
            Self::Mount => "thread-self/ns/mnt",
        }
    }
}

impl Held<MountNamespace> {
    /// Its mount namespace.
    pub(crate) fn mounts(&self) -> Result<Namespace> {
        of(self, "ns/mnt", Kind::Mount)
    }
}

impl Held<NetworkNamespace> {
    /// Its network namespace.
    pub(crate) fn network(&self) -> Result<Namespace> {
        of(self, "ns/net", Kind::Network)
    }
}

impl Held<PidNamespace> {
    /// Its pid namespace.
    pub(crate) fn pids(&self) -> Result<Namespace> {
        of(self, "ns/pid", Kind::Pid)
    }
}

fn of(process: &Process, name: &str, kind: Kind) -> Result<Namespace> {
    let fd = openat(&process.dir, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(refused)?;
    Ok(Namespace { fd, kind })
}

/// What is lacking where namespaces cannot be entered.
fn refused(errno: Errno) -> Error {
    let lacking = match errno {
        Errno::ACCESS | Errno::PERM => {
            ", this takes the capabilities CAP_SYS_ADMIN and CAP_SYS_CHROOT, and CAP_SYS_PTRACE for processes of others"
        }
        _ => "",
    };
    let error = format!("{}{lacking}", io::Error::from(errno));
    Error::NamespaceOperationError { reason: "Failed to enter requested namespaces".to_owned(), error }
}

/// The calling thread in other namespaces. It comes back when this is dropped; whether it did is what [`Self::leave`] tells.
pub(crate) struct Entered {
    /// Its own namespaces, of those that it left, in the order of entering.
    own: Vec<Namespace>,
    /// Its root and working directory: a thread that enters a mount namespace begins at the root of that.
    directories: Option<[OwnedFd; 2]>,
    elsewhere: Option<Elsewhere>,
    keeper: Option<Keeper>,
}

impl Entered {
    /// Enters namespaces; all of them, or none.
    ///
    /// # Errors
    /// `NamespaceOperationError`. The inner error is that the thread could not come back from those that it had entered already: the run has
    /// to end.
    pub(crate) fn enter(mut namespaces: Vec<Namespace>) -> std::result::Result<Result<Self>, String> {
        namespaces.sort_by_key(|namespace| namespace.kind);
        let mounts = namespaces.iter().any(|namespace| namespace.kind == Kind::Mount);
        let mut entered = match Self::prepare(mounts) {
            Ok(entered) => entered,
            Err(error) => return Ok(Err(error)),
        };
        for namespace in namespaces {
            if let Err(error) = entered.enter_one(&namespace) {
                return entered.leave().map(|()| Err(error));
            }
        }
        Ok(Ok(entered))
    }

    fn prepare(mounts: bool) -> Result<Self> {
        let keeper = if mounts { Keeper::begin()? } else { None };
        let elsewhere = Some(Elsewhere::begin(mounts)?);
        let mut directories = None;
        if mounts {
            let find = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let [root, working] = [c"/", c"."].map(|path| openat(CWD, path, find, Mode::empty()));
            directories = Some([root?, working?]);
            // LINUX: threads that share root and working directory cannot enter mount namespaces.
            own_directories().map_err(refused)?;
        }
        Ok(Self { own: Vec::new(), directories, elsewhere, keeper })
    }

    fn enter_one(&mut self, namespace: &Namespace) -> Result<()> {
        let kind = namespace.kind;
        let table = Table::open()?;
        let fd = openat(&table.fd, kind.own(), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let fd = fd.map_err(|errno| Error::NamespaceOperationError {
            reason: "Failed to access current namespace".to_owned(),
            error: io::Error::from(errno).to_string(),
        })?;
        move_into_link_name_space(namespace.fd.as_fd(), Some(kind.link())).map_err(refused)?;
        self.own.push(Namespace { fd, kind });
        Ok(())
    }

    /// Comes back.
    ///
    /// # Errors
    /// What failed, in words. The thread must not go on then.
    pub(crate) fn leave(mut self) -> std::result::Result<(), String> {
        self.back()
    }

    fn back(&mut self) -> std::result::Result<(), String> {
        let mut failure = None;
        while let Some(Namespace { fd, kind }) = self.own.pop() {
            let back = match kind {
                Kind::Mount => self.back_to_mounts(&fd),
                _ => move_into_link_name_space(fd.as_fd(), Some(kind.link())),
            };
            failure = failure.or(back.err());
        }
        match failure {
            None => Ok(()),
            Some(errno) => {
                // What was kept stays kept: the thread still is where it must not look things up.
                std::mem::forget((self.elsewhere.take(), self.keeper.take()));
                Err(format!("Failed to restore original namespace: {}", io::Error::from(errno)))
            }
        }
    }

    fn back_to_mounts(&mut self, own: &OwnedFd) -> rustix::io::Result<()> {
        // A thread that was begun inside shares them again.
        own_directories()?;
        move_into_link_name_space(own.as_fd(), Some(LinkNameSpaceType::Mount))?;
        let Some([root, working]) = self.directories.take() else { return Ok(()) };
        fchdir(&root)?;
        chroot(c".")?;
        fchdir(&working)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Only a panic comes here before `leave`: it ends the run.
        let _ = self.back();
    }
}

/// Gives the calling thread root, working directory and mask of new files of its own, which are those that it shared until now.
#[expect(unsafe_code, reason = "the safe form is deprecated because of flags that are not used here")]
fn own_directories() -> rustix::io::Result<()> {
    // SAFETY: the flag is not that of the descriptor table, the only one that other code could rely on being shared.
    unsafe { unshare_unsafe(UnshareFlags::FS) }
}
