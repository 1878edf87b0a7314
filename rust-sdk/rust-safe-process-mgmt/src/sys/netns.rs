//! Network namespaces by name, `ip-netns(8)`.

use super::setns::{Kind, Namespace};
use rex_cedar_auth::action::file_system::{NetworkNamespace, Open};
use rex_cedar_auth::{Authorized, Resource, accepts, kind};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstat, fstatfs, openat2};
use std::borrow::Cow;
use std::io;

/// Where their names are.
pub(crate) const DIRECTORY: &str = "/run/netns";

/// LINUX: the file system of namespaces, `NSFS_MAGIC` in linux/magic.h.
const NSFS: i64 = 0x6e73_6673;

/// The directory of the names.
#[derive(Debug)]
pub(crate) struct Names;

impl Resource for Names {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        DIRECTORY.into()
    }
}
accepts!(Names: Open);

/// A name in it.
#[derive(Debug)]
pub(crate) struct Name(String);

impl Name {
    /// The file for a name; nothing for what can be none.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let valid = !matches!(name, "" | "." | "..") && name.len() <= 255 && !name.contains(['/', '\0']);
        valid.then(|| Self(format!("{DIRECTORY}/{name}")))
    }
}

impl Resource for Name {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
accepts!(Name: NetworkNamespace, Open);

/// The network namespace of this name.
///
/// # Errors
/// What the system says; an error for a link, and for what is no namespace.
pub(crate) fn by_name(
    _enter: Authorized<'_, NetworkNamespace, Name>,
    _directory: Authorized<'_, Open, Names>,
    open: Authorized<'_, Open, Name>,
) -> io::Result<Namespace> {
    let Name(path) = open.target();
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let find = |flags| openat2(CWD, path.as_str(), flags | OFlags::CLOEXEC, Mode::empty(), resolve);
    // First without opening it: it may be a device.
    let found = find(OFlags::PATH)?;
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the type differs between platforms")]
    let kind = fstatfs(&found)?.f_type as i64;
    let fd = find(OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?;
    let (found, opened) = (fstat(&found)?, fstat(&fd)?);
    if kind != NSFS || (found.st_dev, found.st_ino) != (opened.st_dev, opened.st_ino) {
        return Err(io::Error::other("it is no namespace"));
    }
    Ok(Namespace { fd, kind: Kind::Network })
}
