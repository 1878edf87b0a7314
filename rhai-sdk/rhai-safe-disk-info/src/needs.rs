//! Needs and places that several functions share.

use rex_cedar_auth::action::file_system::{Open, Read, Stat, Unmount};
use rex_cedar_auth::{Need, kind, need};

pub(crate) const OPEN_DIR: Need = need::<Open, kind::Dir>();
pub(crate) const OPEN_FILE: Need = need::<Open, kind::File>();
pub(crate) const READ_DIR: Need = need::<Read, kind::Dir>();
pub(crate) const READ_FILE: Need = need::<Read, kind::File>();
pub(crate) const STAT_DIR: Need = need::<Stat, kind::Dir>();
pub(crate) const UNMOUNT_DIR: Need = need::<Unmount, kind::Dir>();

/// Of listings of file systems.
pub(crate) const FILESYSTEMS: &[Need] = &[READ_FILE, STAT_DIR];
/// Of what reads tables of the kernel alone.
pub(crate) const TABLES: &[Need] = &[READ_FILE];

/// Where mounts can be.
pub(crate) const EVERYWHERE: &[&str] = &["/"];
/// Where the tables of the kernel are.
pub(crate) const PROC: &[&str] = &["/proc"];
