//! Files that the kernel makes, by paths that never change.

use crate::{Result, sys};
use rex_cedar_auth::action::file_system::Read;
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use std::borrow::Cow;

/// A file of the kernel, by the path that everyone knows it by, such as `/proc/meminfo`. A link in it, such as that of `/proc/mounts`,
/// is the kernel's own.
#[derive(Debug, Clone, Copy)]
pub struct KernelFile(&'static str);

impl KernelFile {
    /// The file at `path`, an absolute path below `/proc` or `/sys`.
    pub const fn at(path: &'static str) -> Self {
        Self(path)
    }

    /// Its path.
    pub const fn path(self) -> &'static str {
        self.0
    }

    /// Its content. What does not lie on a file system of the kernel, because something was mounted over it, is refused.
    ///
    /// # Errors
    /// What the system says; an error where it is no file of the kernel or larger than 64 MiB.
    ///
    /// # Policy
    /// Asks `read` on the file, and nothing else.
    pub fn read(self, gate: &Gate) -> Result<Vec<u8>> {
        sys::kernel_file(gate.authorize::<Read, _>(&self)?).map_err(|error| crate::Error::from(error).about(self.0))
    }
}

impl Resource for KernelFile {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0)
    }
}

accepts!(KernelFile: Read);
