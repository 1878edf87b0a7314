//! Needs that several functions share.

use rex_cedar_auth::action::file_system::{Create, Open, Read, Write};
use rex_cedar_auth::action::network::{Connect, Delete, Get, Head, Patch, Post, Put};
use rex_cedar_auth::action::process_system::ListFds;
use rex_cedar_auth::action::sysinfo::{List, ResolveHostname};
use rex_cedar_auth::{Need, kind, need};
use rex_runner_registrar_utils::Example;

pub(crate) const CONNECT: Need = need::<Connect, kind::Url>();
pub(crate) const GET: Need = need::<Get, kind::Url>();
pub(crate) const HEAD: Need = need::<Head, kind::Url>();
pub(crate) const POST: Need = need::<Post, kind::Url>();
pub(crate) const PUT: Need = need::<Put, kind::Url>();
pub(crate) const PATCH: Need = need::<Patch, kind::Url>();
pub(crate) const DELETE: Need = need::<Delete, kind::Url>();
pub(crate) const OPEN_DIR: Need = need::<Open, kind::Dir>();
pub(crate) const OPEN_FILE: Need = need::<Open, kind::File>();
pub(crate) const READ_FILE: Need = need::<Read, kind::File>();
pub(crate) const CREATE_FILE: Need = need::<Create, kind::File>();
pub(crate) const WRITE_FILE: Need = need::<Write, kind::File>();
pub(crate) const LIST: Need = need::<List, kind::Sysinfo>();
pub(crate) const LIST_FDS: Need = need::<ListFds, kind::Process>();
pub(crate) const RESOLVE: Need = need::<ResolveHostname, kind::Hostname>();

/// An example of what comes of a request.
pub(crate) const fn fetched(title: &'static str, script: &'static str) -> Example {
    Example { title, script, around: &[GET, CONNECT], ..Example::BASE }
}

/// An example of a request that is not sent.
pub(crate) const fn unsent(title: &'static str, script: &'static str) -> Example {
    Example { title, script, ..Example::BASE }
}
