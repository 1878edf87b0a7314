//! Needs and examples that several functions share.

use rex_cedar_auth::action::file_system::{
    Chmod, Chown, Create, Delete, Execute, Move, Open, Read, RedactedRead, SetXAttr, Stat, Write,
};
use rex_cedar_auth::{Need, kind, need};
use rex_runner_registrar_utils::Example;

pub(crate) const OPEN_DIR: Need = need::<Open, kind::Dir>();
pub(crate) const OPEN_FILE: Need = need::<Open, kind::File>();
pub(crate) const READ_DIR: Need = need::<Read, kind::Dir>();
pub(crate) const READ_FILE: Need = need::<Read, kind::File>();
pub(crate) const REDACTED_READ_FILE: Need = need::<RedactedRead, kind::File>();
pub(crate) const STAT_DIR: Need = need::<Stat, kind::Dir>();
pub(crate) const STAT_FILE: Need = need::<Stat, kind::File>();
pub(crate) const CREATE_DIR: Need = need::<Create, kind::Dir>();
pub(crate) const CREATE_FILE: Need = need::<Create, kind::File>();
pub(crate) const WRITE_FILE: Need = need::<Write, kind::File>();
pub(crate) const DELETE_DIR: Need = need::<Delete, kind::Dir>();
pub(crate) const DELETE_FILE: Need = need::<Delete, kind::File>();
pub(crate) const MOVE_DIR: Need = need::<Move, kind::Dir>();
pub(crate) const EXECUTE_FILE: Need = need::<Execute, kind::File>();
pub(crate) const MOVE_FILE: Need = need::<Move, kind::File>();
pub(crate) const CHMOD_DIR: Need = need::<Chmod, kind::Dir>();
pub(crate) const CHMOD_FILE: Need = need::<Chmod, kind::File>();
pub(crate) const CHOWN_DIR: Need = need::<Chown, kind::Dir>();
pub(crate) const CHOWN_FILE: Need = need::<Chown, kind::File>();
pub(crate) const SET_XATTR_FILE: Need = need::<SetXAttr, kind::File>();

/// Of functions that read text, redacted where only that is permitted.
pub(crate) const READ_TEXT: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE, REDACTED_READ_FILE];

/// Of functions that read a file and have no redacted form.
pub(crate) const READ_PLAIN: &[Need] = &[OPEN_DIR, OPEN_FILE, READ_FILE];

/// An example in which the script may read `app.log` only redacted: the dictionary knows the lines `user=…`.
pub(crate) const fn redacted(script: &'static str) -> Example {
    Example {
        title: "With `redacted_read` alone, only lines of the dictionary come through",
        files: &[("rex_redaction.config", "user=%s\n"), ("app.log", "user=alice\npassword=hunter2\n")],
        withheld: &[READ_FILE],
        script,
        ..Example::BASE
    }
}
