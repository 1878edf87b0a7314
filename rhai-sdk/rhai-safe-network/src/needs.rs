//! Needs that several functions share.

use rex_cedar_auth::action::file_system::{Open, Read};
use rex_cedar_auth::action::network::Connect;
use rex_cedar_auth::action::process_system::ListFds;
use rex_cedar_auth::action::sysinfo::{List, ResolveHostname};
use rex_cedar_auth::{Need, kind, need};

pub(crate) const CONNECT: Need = need::<Connect, kind::Url>();
pub(crate) const LIST: Need = need::<List, kind::Sysinfo>();
pub(crate) const LIST_FDS: Need = need::<ListFds, kind::Process>();
pub(crate) const OPEN_FILE: Need = need::<Open, kind::File>();
pub(crate) const READ_FILE: Need = need::<Read, kind::File>();
pub(crate) const RESOLVE: Need = need::<ResolveHostname, kind::Hostname>();
