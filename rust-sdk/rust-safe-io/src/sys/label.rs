//! Labels: extended attributes of judged files.

use super::descriptor::{Object, by_own_name, reopen};
use crate::Result;
use rex_cedar_auth::action::file_system::{SetXAttr, Stat};
use rex_cedar_auth::context::Xattr;
use rex_cedar_auth::{Accepts, Authorized, Resource};
use rustix::fs::{Access, AtFlags, OFlags, XattrFlags, accessat, fgetxattr, fsetxattr, getxattr, setxattr};
use rustix::io::Errno;
use std::borrow::Cow;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

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
    for_attributes(stat.target())?.value(name)
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
    let holder = for_attributes(object)?;
    let old = holder.value(name)?.ok_or(Errno::NODATA)?;
    let new = change(&old)?;
    holder.set(name, &new)
}

/// What attributes are reached by.
enum Holder<'o> {
    Open(OwnedFd),
    /// The object's own entry in `/proc/self/fd`.
    Found(&'o Object),
}

// LINUX: attributes cannot be reached by an `O_PATH` descriptor; any other will do. Where the account may open the object and is not let by the
// kernel floor, because nothing permits it to be read or written, the way through `/proc` is left, which opens nothing.
fn for_attributes(object: &Object) -> io::Result<Holder<'_>> {
    let opened = reopen(&object.fd, OFlags::RDONLY).or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => reopen(&object.fd, OFlags::WRONLY),
        _ => Err(error),
    });
    match opened {
        Ok(fd) => Ok(Holder::Open(fd)),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let may = |access| by_own_name(&object.fd, |own, name| accessat(own, name, access, AtFlags::EACCESS));
            may(Access::READ_OK).or_else(|_| may(Access::WRITE_OK)).map_err(|_| error)?;
            Ok(Holder::Found(object))
        }
        Err(error) => Err(error),
    }
}

impl Holder<'_> {
    fn value(&self, name: &str) -> Result<Option<Vec<u8>>> {
        // LINUX: 64 KiB is the most that the kernel takes or gives (xattr(7)).
        let mut value = vec![0_u8; 64 * 1024];
        let got = match self {
            Self::Open(fd) => fgetxattr(fd, name, &mut value[..]),
            Self::Found(object) => getxattr(entry_of(object), name, &mut value[..]),
        };
        match got {
            Ok(length) => {
                value.truncate(length);
                Ok(Some(value))
            }
            Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<()> {
        Ok(match self {
            Self::Open(fd) => fsetxattr(fd, name, value, XattrFlags::REPLACE),
            Self::Found(object) => setxattr(entry_of(object), name, value, XattrFlags::REPLACE),
        }?)
    }
}

fn entry_of(object: &Object) -> String {
    format!("/proc/self/fd/{}", object.fd.as_raw_fd())
}
