//! Needs that several functions share.

use rex_cedar_auth::action::file_system::{Open, Read, Write};
use rex_cedar_auth::action::sysctl::Load;
use rex_cedar_auth::action::sysinfo::List;
use rex_cedar_auth::{Need, kind, need};
use rex_runner_registrar_utils::Example;

pub(crate) const LIST: Need = need::<List, kind::Sysinfo>();
pub(crate) const LOAD: Need = need::<Load, kind::Sysctl>();
pub(crate) const OPEN_DIR: Need = need::<Open, kind::Dir>();
pub(crate) const OPEN_FILE: Need = need::<Open, kind::File>();
pub(crate) const READ_DIR: Need = need::<Read, kind::Dir>();
pub(crate) const READ_FILE: Need = need::<Read, kind::File>();
pub(crate) const WRITE_FILE: Need = need::<Write, kind::File>();

/// The base of examples that read files of the kernel.
pub(crate) const KERNEL: Example = Example { places: &["/proc"], ..Example::BASE };

/// An example of a getter of what such a file tells.
pub(crate) const fn told(title: &'static str, script: &'static str) -> Example {
    Example { title, script, around: &[READ_FILE], ..KERNEL }
}

/// An example of a function that reads such a file.
pub(crate) const fn reads(title: &'static str, script: &'static str) -> Example {
    Example { title, script, ..KERNEL }
}
