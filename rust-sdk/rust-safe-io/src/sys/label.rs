//! Labels: extended attributes of judged files.

use super::descriptor::{Object, reopen};
use crate::Result;
use rex_cedar_auth::action::file_system::{SetXAttr, Stat};
use rex_cedar_auth::context::Xattr;
use rex_cedar_auth::{Accepts, Authorized, Resource};
use rustix::fs::{OFlags, XattrFlags, fgetxattr, fsetxattr};
use rustix::io::Errno;
use std::borrow::Cow;
use std::io;
use std::os::fd::OwnedFd;

/// An extended attribute of a file.
#[derive(Debug)]
pub(crate) struct Attribute<'o> {
    pub(crate) object: &'o Object,
    pub(crate) name: &'o str,
}

impl Resource for Attribute<'_> {
    type Kind = <Object as Resource>::Kind;
    fn id(&self) -> Cow<'_, str> {
        self.object.id()
    }
}
impl Accepts<SetXAttr> for Attribute<'_> {
    fn context(&self) -> Xattr {
        Xattr { name: self.name.to_owned() }
    }
}

/// The value of an attribute of a judged file; nothing where it has none of this name.
pub(crate) fn attribute(stat: Authorized<'_, Stat, Object>, name: &str) -> Result<Option<Vec<u8>>> {
    value(&for_attributes(stat.target())?, name)
}

/// Gives a judged attribute the value that `change` makes of the present one.
///
/// # Errors
/// What `change` fails with; what the system says, `ENODATA` for an attribute that is not there.
pub(crate) fn change_attribute(
    set: Authorized<'_, SetXAttr, Attribute<'_>>,
    change: impl FnOnce(&[u8]) -> Result<Vec<u8>>,
) -> Result<()> {
    let Attribute { object, name } = set.target();
    let fd = for_attributes(object)?;
    let old = value(&fd, name)?.ok_or(Errno::NODATA)?;
    let new = change(&old)?;
    Ok(fsetxattr(&fd, *name, &new, XattrFlags::REPLACE)?)
}

// LINUX: attributes cannot be reached by an `O_PATH` descriptor; any other will do.
fn for_attributes(object: &Object) -> io::Result<OwnedFd> {
    reopen(&object.fd, OFlags::RDONLY).or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => reopen(&object.fd, OFlags::WRONLY),
        _ => Err(error),
    })
}

fn value(fd: &OwnedFd, name: &str) -> Result<Option<Vec<u8>>> {
    // LINUX: 64 KiB is the most that the kernel takes or gives (xattr(7)).
    let mut value = vec![0_u8; 64 * 1024];
    match fgetxattr(fd, name, &mut value[..]) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}
