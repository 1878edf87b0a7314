//! Files and directories of `/proc` as policies know them, and those of a held process.

use super::process::{Process, link, read_file};
use super::stat::Status;
use rex_cedar_auth::action::file_system::{Open, Read};
use rex_cedar_auth::{Authorized, Resource, accepts, kind};
use std::borrow::Cow;
use std::ffi::CStr;
use std::io;

/// A file in the directory of a held process. The policy judges it by its path; it is the held process's whoever has the number by now.
#[derive(Debug)]
pub(crate) struct InProcess<'p> {
    process: &'p Process,
    name: &'static CStr,
    path: String,
}

impl<'p> InProcess<'p> {
    /// The file `name` in `/proc/PID`.
    pub(crate) fn of(process: &'p Process, name: &'static CStr) -> Self {
        let path = format!("/proc/{}/{}", process.pid(), name.to_string_lossy());
        Self { process, name, path }
    }
}

impl Resource for InProcess<'_> {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.path)
    }
}

accepts!(InProcess<'_>: Open, Read);

/// A directory of `/proc`, by its path.
#[derive(Debug)]
pub(crate) struct ProcessDir(Cow<'static, str>);

impl ProcessDir {
    /// `/proc` itself.
    pub(crate) const ALL: Self = Self(Cow::Borrowed("/proc"));

    /// The directory of the tables of System V IPC.
    pub(crate) const IPC: Self = Self(Cow::Borrowed("/proc/sysvipc"));

    /// `/proc/PID`, and what follows.
    pub(crate) fn of(process: &Process, below: &str) -> Self {
        Self(format!("/proc/{}{below}", process.pid()).into())
    }
}

impl Resource for ProcessDir {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

accepts!(ProcessDir: Open, Read);

/// What a link of a process says.
///
/// # Errors
/// What the system says: that of another user's process needs `CAP_SYS_PTRACE`.
pub(crate) fn link_of(
    _dirs: [Authorized<'_, Open, ProcessDir>; 2],
    _open: Authorized<'_, Open, InProcess<'_>>,
    read: Authorized<'_, Read, InProcess<'_>>,
) -> io::Result<String> {
    let target = read.target();
    link(&target.process.dir, target.name)
}

/// The number of a process in its own pid namespace, from its file `status`.
///
/// # Errors
/// What the system says.
pub(crate) fn inner_pid(
    _open: Authorized<'_, Open, InProcess<'_>>,
    read: Authorized<'_, Read, InProcess<'_>>,
) -> io::Result<u32> {
    let (target, mut content) = (read.target(), Vec::new());
    read_file(&target.process.dir, target.name, &mut content)?;
    Status::parse(&content).and_then(|status| status.inner_pid).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
